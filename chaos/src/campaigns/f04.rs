//! F04: clients hang up at any byte of a request or of its answer.

use std::time::Duration;

use anyhow::{Result, ensure};
use futures_util::{StreamExt, stream};
use pantheon_harness::journal::Answer;
use pantheon_harness::load::answer;
use pantheon_harness::{Api, Journal, Plan, Trial, eventually, send};
use rand::Rng;
use rand::rngs::StdRng;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::{Outcome, Run};

/// So many hang up at the same time.
const AT_ONCE: usize = 16;
/// Nobody reads more of an answer than this.
const ANSWER: usize = 600;
/// One of so many comes back and asks what became of its command.
const COMES_BACK: usize = 10;
/// A session that has been in a transaction for a second without a statement is stuck.
const SETTLED: Duration = Duration::from_secs(20);

/// A command and where its client hangs up.
struct Call {
    id: Uuid,
    node: usize,
    path: &'static str,
    body: Value,
    what: &'static str,
    events: usize,
    /// So many bytes of the request are sent.
    sent: usize,
    /// So many bytes of the answer are read, when the whole request was sent.
    read: usize,
    /// Whether it ends with a reset.
    reset: bool,
}

pub async fn run(run: &Run) -> Result<Outcome> {
    let plan = Plan {
        rebuild: false,
        ..run.plan(run.installation())
    };
    let trial = Trial::of(plan).await?;
    let mut random = run.seed.random(1);
    let token = trial.cluster.admin();
    let apis = trial.cluster.apis()?;
    let calls = (0..run.count).map(|_| call(&mut random, &token));
    let mut asked_again = Vec::new();
    let mut hanging_up = stream::iter(calls)
        .map(|call| async {
            let address = trial.cluster.address(call.node).get();
            hang_up(&address, &token, &trial.journal, &call).await?;
            anyhow::Ok(call)
        })
        .buffer_unordered(AT_ONCE);
    let mut number = 0;
    while let Some(done) = hanging_up.next().await {
        number += 1;
        if number % COMES_BACK == 0 {
            asked_again.push(done?);
        }
    }
    drop(hanging_up);
    for call in asked_again {
        ask_again(&apis[1 - call.node], &trial.journal, &call).await?;
    }
    // No connection of any pool was left in the middle of something.
    eventually(SETTLED, async || {
        let stuck = trial.cluster.idle_in_transaction().await?;
        ensure!(stuck == 0, "{stuck} sessions are idle in a transaction");
        anyhow::Ok(())
    })
    .await;
    for api in &apis {
        for _ in 0..50 {
            let made = api.post("/tasks", &json!({ "name": "after" })).await?;
            ensure!(made.status.is_success(), "{}", made.text);
            api.get("/tasks?limit=1").await?.expect(200)?;
        }
    }
    run.judge(trial, run.count).await
}

fn call(random: &mut StdRng, token: &str) -> Call {
    let id = Uuid::from_u128(random.random());
    let two = random.random_bool(0.3);
    let (path, body, what, events) = if two {
        let body = json!({ "resource_type": "payment_refund", "resource_id": id });
        ("/api/v1/approvals", body, "request_approval", 2)
    } else {
        let body = json!({ "name": format!("task {id}") });
        ("/api/v1/tasks", body, "create_task", 1)
    };
    let mut call = Call {
        id,
        node: random.random_range(0..2),
        path,
        body,
        what,
        events,
        sent: 0,
        read: random.random_range(0..ANSWER),
        reset: random.random_bool(0.5),
    };
    let whole = request(&call, "node", token).len();
    call.sent = match random.random_bool(0.5) {
        true => whole,
        false => random.random_range(0..whole),
    };
    call
}

fn request(call: &Call, host: &str, token: &str) -> Vec<u8> {
    let body = call.body.to_string();
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\
         idempotency-key: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        call.path,
        call.id,
        body.len()
    );
    [head.into_bytes(), body.into_bytes()].concat()
}

async fn hang_up(address: &str, token: &str, journal: &Journal, call: &Call) -> Result<()> {
    let bytes = request(call, "node", token);
    journal.sends(call.id, call.what, call.events);
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(&bytes[..call.sent]).await?;
    if call.sent == bytes.len() {
        let mut answer = vec![0; call.read];
        let mut read = 0;
        while read < call.read {
            match stream.read(&mut answer[read..]).await? {
                0 => break,
                more => read += more,
            }
            // An answer is smaller than what this client would read: enough is enough.
            if answer[..read].ends_with(b"}") {
                break;
            }
        }
    }
    if call.reset {
        socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO))?;
    }
    drop(stream);
    journal.hears(call.id, Answer::Unknown);
    Ok(())
}

async fn ask_again(api: &Api, journal: &Journal, call: &Call) -> Result<()> {
    journal.sends(call.id, call.what, call.events);
    let request = api.request(Method::POST, call.path);
    let request = request.header("idempotency-key", call.id.to_string());
    let reply = send(request.json(&call.body)).await?;
    ensure!(reply.status.is_success(), "{}", reply.text);
    journal.hears(call.id, answer(&reply));
    Ok(())
}
