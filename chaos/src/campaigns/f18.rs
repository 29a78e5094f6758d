//! F18: clients that send nothing, or a request's head or its body byte by byte.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::probe::{Probe, quantile};
use crate::{Outcome, Run};

/// Until an attacker is closed, in milliseconds.
const CLOSED: u64 = 15_000;
/// The answer that says so may take a moment more.
const FAREWELL: u64 = 2_000;
/// How long an attacker goes on at the most.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two bytes.
const DRIP: Duration = Duration::from_millis(700);
/// What others may wait longer, and what the clock's grain hides.
const SLOWER: f64 = 2.0;
const GRAIN: f64 = 2.0;

/// Where an attacker is slow.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Its first byte never comes.
    Silent,
    /// In its head.
    Head,
    /// In its second head, on a connection that has served it well.
    NextHead,
    /// In its body.
    Body,
}

const KINDS: [Kind; 4] = [Kind::Silent, Kind::Head, Kind::NextHead, Kind::Body];

pub async fn run(run: &Run) -> Result<Outcome> {
    let mut trial = run.stage().await?;
    let probe = Probe::start(
        trial.cluster.api(0)?,
        &trial.journal,
        run.seed.random(100),
        Duration::from_millis(20),
    );
    let calm = Instant::now();
    run.usual(&trial).await;
    trial.acknowledges(20).await;
    let before = probe.since(calm);
    let since = Instant::now();
    let token = trial.cluster.admin();
    let attackers = (0..run.count).map(|number| {
        let kind = KINDS[usize::try_from(number).unwrap_or_default() % KINDS.len()];
        let (address, token) = (trial.cluster.address(0).get(), token.clone());
        async move { anyhow::Ok((kind, attack(&address, &token, kind).await?)) }
    });
    for ended in join_all(attackers).await {
        let (kind, took) = ended?;
        let name = format!("ms until an attacker was closed ({kind:?})");
        trial
            .gauges
            .push(run.within(&name, took, CLOSED + FAREWELL));
    }
    let during = probe.since(since);
    let felt = probe.end().await?;
    let mut outcome = run.judge(trial, run.count).await?;
    outcome.holds(felt.iter().all(|one| one.is_done()), || {
        format!(
            "others were not served: {:?}",
            felt.iter().find(|one| !one.is_done())
        )
    });
    if run.is_full() {
        let (before, during) = (quantile(&before, 0.99), quantile(&during, 0.99));
        outcome.holds(during <= before * SLOWER + GRAIN, || {
            format!("p99 of the others was {before:.1} ms, then {during:.1} ms")
        });
    }
    Ok(outcome)
}

/// Milliseconds until it was closed.
async fn attack(address: &str, token: &str, kind: Kind) -> Result<u64> {
    let stream = TcpStream::connect(address).await?;
    let (mut from, mut to) = stream.into_split();
    if matches!(kind, Kind::NextHead) {
        to.write_all(b"GET /livez HTTP/1.1\r\nhost: node\r\n\r\n")
            .await?;
        ensure!(from.read(&mut [0; 1024]).await? > 0, "no answer");
    }
    let since = Instant::now();
    let head = format!(
        "POST /api/v1/tasks HTTP/1.1\r\nhost: node\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: 10000\r\n"
    );
    let start = match kind {
        Kind::Silent => String::new(),
        Kind::Head | Kind::NextHead => head,
        Kind::Body => format!("{head}\r\n{{"),
    };
    to.write_all(start.as_bytes()).await?;
    let drips = async {
        loop {
            tokio::time::sleep(DRIP).await;
            let byte: &[u8] = match kind {
                Kind::Silent => b"",
                // A header that never ends, and white space that never becomes JSON.
                Kind::Head | Kind::NextHead => b"x",
                Kind::Body => b" ",
            };
            if to.write_all(byte).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    let closed = async {
        let mut rest = [0; 1024];
        // A reset is an end as well.
        while matches!(from.read(&mut rest).await, Ok(more) if more > 0) {}
    };
    let ended = tokio::time::timeout(PATIENCE, async {
        tokio::select! {
            () = drips => {}
            () = closed => {}
        }
    });
    ensure!(
        ended.await.is_ok(),
        "{kind:?} was still open after {PATIENCE:?}"
    );
    Ok(u64::try_from(since.elapsed().as_millis())?)
}
