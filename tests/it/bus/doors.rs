//! The doors for commands.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use pantheon_events::{CommandId, Position};
use pantheon_nats::{
    AgentCredentials, BusReply, BusRequest, CommandHandler, Door, DoorOptions, HeadHint, Mirror,
    Topology, config::ServiceUser, serve_commands, subject::service_inbox,
};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::server::{Server, until, worked_off};

/// Answers what it was asked; `wait` waits for a place, `panic` panics.
struct Echo {
    handled: AtomicUsize,
    waiting: AtomicUsize,
    gate: Semaphore,
}

impl Echo {
    fn new() -> Arc<Self> {
        let (handled, waiting) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Arc::new(Self {
            handled,
            waiting,
            gate: Semaphore::new(0),
        })
    }
}

impl CommandHandler for Echo {
    async fn handle(&self, request: BusRequest) -> BusReply {
        match request.command.as_str() {
            "panic" => panic!("as asked"),
            "wait" => {
                self.waiting.fetch_add(1, Ordering::SeqCst);
                drop(self.gate.acquire().await);
            }
            _ => {}
        }
        self.handled.fetch_add(1, Ordering::SeqCst);
        let door = match request.door {
            Door::Agent(agent) => agent.to_string(),
            Door::Service => "service".to_owned(),
        };
        let body = json!({
            "status": 200, "door": door, "aggregate": request.aggregate, "command": request.command,
            "command_id": request.command_id, "authorization": request.authorization,
            "bytes": request.body.len(),
        });
        BusReply {
            status: 200,
            body: body.to_string().into(),
            retry_after: None,
        }
    }
}

struct Open {
    server: Server,
    handler: Arc<Echo>,
    service: async_nats::Client,
    stop: CancellationToken,
    doors: AbortOnDropHandle<()>,
}

async fn open(options: DoorOptions) -> Open {
    let key = AgentCredentials::generate("ci".parse().expect("an id")).expect("a key");
    let user = ServiceUser {
        name: "ci".to_owned(),
        public_key: key.public_key.clone(),
        reads_events: false,
    };
    let server = Server::with_services(vec![user]).await;
    server.let_agents_in().await;
    let handler = Echo::new();
    let stop = CancellationToken::new();
    let serving = serve_commands(
        server.bus("node").await,
        handler.clone(),
        options,
        stop.clone(),
    );
    let doors = AbortOnDropHandle::new(tokio::spawn(serving));
    let connect = async_nats::ConnectOptions::with_nkey(key.seed);
    let connect = connect.custom_inbox_prefix(service_inbox("ci"));
    let service = connect.connect(server.nats.url()).await.expect("let in");
    until("the doors are open", || async {
        service
            .request("$SRV.PING.pantheon", "".into())
            .await
            .is_ok()
    })
    .await;
    Open {
        server,
        handler,
        service,
        stop,
        doors,
    }
}

async fn ask(client: &async_nats::Client, subject: &str, body: impl Into<Bytes>) -> Value {
    let subject = subject.to_owned();
    let reply = client
        .request(subject, body.into())
        .await
        .expect("an answer");
    serde_json::from_slice(&reply.payload).expect("JSON")
}

#[tokio::test]
async fn commands_of_agents_and_services_are_answered() {
    let open = open(DoorOptions::default()).await;
    let agent = open.server.agent(&open.server.enrol("own")).await;
    let id = CommandId::generate();
    let mut headers = async_nats::HeaderMap::new();
    headers.insert("Nats-Msg-Id", id.to_string());
    headers.insert("Authorization", "Bearer token");
    let subject = "pantheon.cmd.task.create_task";
    let reply = open
        .service
        .request_with_headers(subject, headers, "{}".into())
        .await
        .expect("an answer");
    let reply: Value = serde_json::from_slice(&reply.payload).expect("JSON");
    assert_eq!(reply["command_id"], json!(id));
    assert_eq!(
        (&reply["door"], &reply["aggregate"]),
        (&json!("service"), &json!("task"))
    );
    assert_eq!(
        (&reply["command"], &reply["authorization"]),
        (&json!("create_task"), &json!("Bearer token"))
    );

    let reply = ask(&agent, "pantheon.agent.own.cmd.claim_task", "{}").await;
    assert_eq!(
        (&reply["door"], &reply["command"]),
        (&json!("own"), &json!("claim_task"))
    );
    let reply = ask(&agent, "pantheon.agent.own.heartbeat", "{}").await;
    assert_eq!(
        (&reply["door"], &reply["command"]),
        (&json!("own"), &json!("heartbeat"))
    );
}

#[tokio::test]
async fn a_heartbeat_without_a_reply_subject_is_handled_all_the_same() {
    let open = open(DoorOptions::default()).await;
    let agent = open.server.agent(&open.server.enrol("own")).await;
    for _ in 0..100 {
        agent
            .publish("pantheon.agent.own.heartbeat", "{}".into())
            .await
            .expect("sent");
    }
    until("all are handled", || async {
        open.handler.handled.load(Ordering::SeqCst) == 100
    })
    .await;
}

#[tokio::test]
async fn the_service_is_seen_by_discovery() {
    let open = open(DoorOptions::default()).await;
    let info = ask(&open.service, "$SRV.INFO.pantheon", "").await;
    assert_eq!(info["name"], "pantheon");
    assert_eq!(info["endpoints"][0]["subject"], "pantheon.cmd.*.*");
    assert_eq!(info["endpoints"][0]["queue_group"], "pantheon");
    ask(&open.service, "pantheon.cmd.task.create_task", "{}").await;
    let stats = ask(&open.service, "$SRV.STATS.pantheon", "").await;
    assert_eq!(stats["endpoints"][0]["num_requests"], 1);
}

#[tokio::test]
async fn g11_a_full_door_refuses_at_once_and_others_go_on() {
    let options = DoorOptions {
        services: 2,
        agents: 8,
        per_agent: 3,
        ..DoorOptions::default()
    };
    let open = open(options).await;
    let (busy, other) = (open.server.enrol("busy"), open.server.enrol("other"));
    let (busy, other) = (
        open.server.agent(&busy).await,
        open.server.agent(&other).await,
    );
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let busy = busy.clone();
            AbortOnDropHandle::new(tokio::spawn(async move {
                ask(&busy, "pantheon.agent.busy.cmd.wait", "{}").await
            }))
        })
        .collect();
    until("the agent's places are taken", || async {
        open.handler.waiting.load(Ordering::SeqCst) == 3
    })
    .await;
    let refused = busy
        .request("pantheon.agent.busy.cmd.x", "{}".into())
        .await
        .expect("an answer");
    let headers = refused.headers.expect("headers");
    assert_eq!(
        headers.get("Retry-After").map(|v| v.as_str().to_owned()),
        Some("1".to_owned())
    );
    assert_eq!(
        ask(&other, "pantheon.agent.other.cmd.x", "{}").await["status"],
        200
    );
    assert_eq!(
        ask(&open.service, "pantheon.cmd.task.x", "{}").await["status"],
        200
    );
    open.handler.gate.add_permits(3);
    for answered in waiting {
        assert_eq!(answered.await.expect("no panic")["status"], 200);
    }
    assert_eq!(
        ask(&busy, "pantheon.agent.busy.cmd.x", "{}").await["status"],
        200
    );
}

#[tokio::test]
async fn g11_a_door_is_full_by_bytes_as_well_as_by_count() {
    let options = DoorOptions {
        bytes: 128 * 1024,
        bytes_per_agent: 64 * 1024,
        ..DoorOptions::default()
    };
    let open = open(options).await;
    let (busy, other) = (open.server.enrol("busy"), open.server.enrol("other"));
    let (busy, other) = (
        open.server.agent(&busy).await,
        open.server.agent(&other).await,
    );
    let large = |kib: usize| Bytes::from(vec![b' '; kib * 1024]);
    let waiting = {
        let (busy, body) = (busy.clone(), large(60));
        AbortOnDropHandle::new(tokio::spawn(async move {
            ask(&busy, "pantheon.agent.busy.cmd.wait", body).await
        }))
    };
    until("the agent's bytes are taken", || async {
        open.handler.waiting.load(Ordering::SeqCst) == 1
    })
    .await;
    let again = ask(&busy, "pantheon.agent.busy.cmd.x", large(10)).await;
    assert_eq!(
        (&again["status"], &again["code"]),
        (&json!(503), &json!("overloaded"))
    );
    let small = ask(&busy, "pantheon.agent.busy.cmd.x", "{}").await;
    assert_eq!(small["status"], 200);
    let all = ask(&other, "pantheon.agent.other.cmd.x", large(100)).await;
    assert_eq!(all["status"], 503, "of all agents together");
    let service = ask(&open.service, "pantheon.cmd.task.x", large(100)).await;
    assert_eq!(service["status"], 200, "services have their own");
    open.handler.gate.add_permits(1);
    assert_eq!(waiting.await.expect("no panic")["status"], 200);
}

/// `append_log` with as many and as large entries as it may have.
#[tokio::test]
async fn the_largest_command_fits_through_the_door() {
    let open = open(DoorOptions::default()).await;
    let agent = open.server.agent(&open.server.enrol("own")).await;
    let bytes = 100 * 8 * 1024 + 64 * 1024;
    let answer = ask(
        &agent,
        "pantheon.agent.own.cmd.append_log",
        vec![b' '; bytes],
    )
    .await;
    assert_eq!(
        (&answer["status"], &answer["bytes"]),
        (&json!(200), &json!(bytes))
    );
}

#[tokio::test]
async fn a_body_over_the_cap_and_a_panic_are_answers() {
    let open = open(DoorOptions::default()).await;
    let large = ask(
        &open.service,
        "pantheon.cmd.task.x",
        vec![b' '; 1100 * 1024],
    )
    .await;
    assert_eq!(
        (&large["status"], &large["code"]),
        (&json!(413), &json!("body_too_large"))
    );
    for _ in 0..3 {
        let panicked = ask(&open.service, "pantheon.cmd.task.panic", "{}").await;
        assert_eq!(
            (&panicked["status"], &panicked["code"]),
            (&json!(500), &json!("internal"))
        );
    }
    assert_eq!(
        ask(&open.service, "pantheon.cmd.task.x", "{}").await["status"],
        200
    );
}

#[tokio::test]
async fn a_forged_reply_subject_does_not_make_pantheon_speak() {
    let open = open(DoorOptions::default()).await;
    let bus = open.server.bus("other").await;
    let mirror = Mirror::new(bus.clone(), Topology::default());
    mirror.ensure(Position::new(1)).await.expect("made");
    let agent = open.server.agent(&open.server.enrol("own")).await;
    let mut heard = bus.client().subscribe(">").await.expect("subscribed");
    worked_off(&bus).await;
    let forged = [
        "$JS.API.STREAM.DELETE.PANTHEON_EVENTS",
        "pantheon.agent.other.tell",
        "pantheon.evt.t.task.task_created.x",
        "_INBOX.other.1",
        "_INBOX_PANTHEON.node.1",
    ];
    for reply in forged {
        let subject = "pantheon.agent.own.heartbeat";
        agent
            .publish_with_reply(subject, reply, "{}".into())
            .await
            .expect("sent");
    }
    until("all are handled", || async {
        open.handler.handled.load(Ordering::SeqCst) == forged.len()
    })
    .await;
    agent
        .request("pantheon.agent.own.heartbeat", "{}".into())
        .await
        .expect("an answer");
    loop {
        let subject = heard.next().await.expect("a message").subject.to_string();
        assert!(
            !forged.contains(&subject.as_str()),
            "Pantheon spoke on {subject}"
        );
        if subject.starts_with("_INBOX.own.") {
            break;
        }
    }
    assert!(mirror.last().await.is_ok());
}

#[tokio::test]
async fn two_nodes_share_the_work_and_one_may_go() {
    let mut open = open(DoorOptions::default()).await;
    let second = Echo::new();
    let stop = CancellationToken::new();
    let bus = open.server.bus("second").await;
    let serving = serve_commands(bus, second.clone(), DoorOptions::default(), stop.clone());
    let doors = tokio::spawn(serving);
    until("the second node gets work", || async {
        ask(&open.service, "pantheon.cmd.task.x", "{}").await;
        second.handled.load(Ordering::SeqCst) > 0
    })
    .await;
    stop.cancel();
    doors.await.expect("ended");
    for _ in 0..50 {
        assert_eq!(
            ask(&open.service, "pantheon.cmd.task.x", "{}").await["status"],
            200
        );
    }
    open.stop.cancel();
    (&mut open.doors).await.expect("ended");
    let gone = open
        .service
        .request("pantheon.cmd.task.x", "{}".into())
        .await;
    assert!(gone.is_err());
}

#[tokio::test]
async fn the_doors_are_open_again_when_the_server_is_back() {
    let mut open = open(DoorOptions::default()).await;
    open.server.nats.kill9().await;
    open.server.nats.restart().await.expect("back");
    until("a command is answered", || async {
        let asked = open.service.request("pantheon.cmd.task.x", "{}".into());
        matches!(
            tokio::time::timeout(Duration::from_secs(1), asked).await,
            Ok(Ok(_))
        )
    })
    .await;
}

#[tokio::test]
async fn a_hint_wakes_the_other_nodes_only() {
    let server = Server::start().await;
    let (one, two) = (server.bus("one").await, server.bus("two").await);
    let stop = CancellationToken::new();
    let (moved, watched) = watch::channel(0);
    let counts = [Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0))];
    let hints = [HeadHint::new(one.clone()), HeadHint::new(two)];
    for (hint, count) in hints.iter().zip(&counts) {
        let (hint, count, stop) = (hint.clone(), count.clone(), stop.clone());
        tokio::spawn(async move {
            let wake = || {
                count.fetch_add(1, Ordering::SeqCst);
            };
            hint.listen(wake, stop).await;
        });
    }
    let (hint, ends) = (hints[0].clone(), stop.clone());
    tokio::spawn(async move { hint.announce(watched, ends).await });
    until("the other node is woken", || async {
        moved.send_modify(|n| *n += 1);
        counts[1].load(Ordering::SeqCst) > 0
    })
    .await;
    worked_off(&one).await;
    assert_eq!(counts[0].load(Ordering::SeqCst), 0);
    stop.cancel();
}
