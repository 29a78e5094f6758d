//! `pantheon dev`, as somebody meets it first: it starts from nothing, works, leaves no process, and
//! the next start continues on the same data.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use pantheon_embedded::Signal;
use pantheon_harness::evidence::Scope;
use pantheon_harness::{Address, Api, Door, LiveClient, PATIENCE, Process, Seed, eventually, run};
use serde_json::{Value, json};

const START: Duration = Duration::from_secs(100);

/// A development installation in a directory.
struct Dev {
    process: Process,
    api: Api,
    address: Address,
    url: String,
    token: String,
}

impl Dev {
    async fn start(data: &Path) -> Result<Self> {
        let dir = data.display().to_string();
        let args = [
            "dev",
            "--listen",
            "127.0.0.1:0",
            "--agents",
            "2",
            "--data-dir",
            &dir,
        ];
        let process = Process::start(env!("CARGO_BIN_EXE_pantheon"), args, [("HOME", &dir)])?;
        let url = process.ready(START).await?;
        let token = std::fs::read_to_string(data.join("admin.token"))?
            .trim()
            .to_owned();
        let address = Address::of(&url);
        Ok(Self {
            api: Api::new(address.clone(), &token, Duration::from_secs(15))?,
            process,
            address,
            url,
            token,
        })
    }

    async fn cli(&self, args: &[&str]) -> Result<String> {
        let env = [
            ("PANTHEON_SERVER", self.url.clone()),
            ("PANTHEON_TOKEN", self.token.clone()),
        ];
        run(Path::new(env!("CARGO_BIN_EXE_pantheon")), args, env, 0).await
    }

    /// The whole log as the command line tells it.
    async fn log(&self) -> Result<Vec<Value>> {
        let out = self
            .cli(&["events", "tail", "--after", "0", "-o", "ndjson"])
            .await?;
        Ok(out
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()?)
    }

    /// Interrupts it as Ctrl-C does, and gives the processes that it had and that are still there.
    async fn interrupt(mut self) -> Result<Vec<u32>> {
        let all = descendants(self.process.pid().context("it runs")?)?;
        ensure!(all.len() >= 3, "itself, Postgres and nats-server: {all:?}");
        self.process.signal(Signal::Interrupt)?;
        let status = self.process.wait(Duration::from_secs(30)).await?;
        ensure!(
            status.code() == Some(130),
            "{status}: {:?}",
            self.process.stderr()
        );
        Ok(all.into_iter().filter(|pid| alive(*pid)).collect())
    }
}

/// A process and everything it started.
fn descendants(pid: u32) -> Result<BTreeSet<u32>> {
    let mut all = BTreeSet::from([pid]);
    let mut next = vec![pid];
    while let Some(pid) = next.pop() {
        for task in std::fs::read_dir(format!("/proc/{pid}/task"))?.flatten() {
            let children = std::fs::read_to_string(task.path().join("children"));
            let children = children.unwrap_or_default();
            let children = children.split_whitespace().map(str::parse::<u32>);
            for child in children.collect::<Result<Vec<_>, _>>()? {
                if all.insert(child) {
                    next.push(child);
                }
            }
        }
    }
    Ok(all)
}

/// Whether it is there and no zombie.
fn alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat
        .rsplit_once(") ")
        .and_then(|(_, rest)| rest.chars().next());
    state.is_some_and(|state| state != 'Z')
}

#[tokio::test(flavor = "multi_thread")]
async fn dev_works_from_nothing_leaves_no_process_and_continues_on_the_same_data() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let data = dir.path().join("data");
    std::fs::create_dir(&data)?;
    let dev = Dev::start(&data).await?;
    let random = Seed::of_run().random(1);
    let watching = LiveClient::start(
        Door::WebSocket,
        vec![dev.address.clone()],
        dev.token.clone(),
        Scope::All,
        random,
    );
    let tail = ["events", "tail", "--after", "0", "--follow", "-o", "ndjson"];
    let env = [
        ("PANTHEON_SERVER", dev.url.as_str()),
        ("PANTHEON_TOKEN", dev.token.as_str()),
    ];
    let mut tail = Process::start(env!("CARGO_BIN_EXE_pantheon"), tail, env)?;

    // The simulated agents beat over NATS, and one of them does what is to be done.
    eventually(PATIENCE, async || {
        let agents = dev.api.get("/agents").await?.expect(200)?;
        let list = agents
            .body
            .as_array()
            .or_else(|| agents.body["items"].as_array());
        let active = list
            .into_iter()
            .flatten()
            .filter(|agent| agent["status"] == "active");
        ensure!(active.count() >= 2, "{}", agents.text);
        anyhow::Ok(())
    })
    .await;
    let task = json!({ "name": "Write the release notes", "max_retries": 20 });
    let made = dev.api.post("/tasks", &task).await?.expect(201)?;
    let task = made.body["id"].as_str().context("a task")?.to_owned();
    let completed =
        |line: &str| line.contains(&task) && line.contains("pantheon.task.task_completed");
    let line = tail.line(PATIENCE, completed).await?;
    let event: Value = serde_json::from_str(&line)?;
    ensure!(
        event["actor"]
            .as_str()
            .is_some_and(|actor| actor.starts_with("agent:")),
        "{event}"
    );
    let position: i64 = event["position"].as_str().context("a position")?.parse()?;
    let path = format!("/tasks/{task}?min_position={position}&wait=10");
    let shown = dev.api.get(&path).await?.expect(200)?;
    ensure!(
        shown.body["task"]["status"] == "completed",
        "{}",
        shown.text
    );
    let (seen, _) = watching.up_to(position, PATIENCE).await?;
    ensure!(
        seen.seen.iter().any(|(at, _)| *at == position),
        "a WebSocket client sees it happen"
    );
    tail.signal(Signal::Interrupt)?;
    let ended = tail.wait(PATIENCE).await?;
    ensure!(ended.code() == Some(130), "{ended}");
    let (_, said) = tail.printed().await;
    ensure!(said.contains("last position: "), "{said}");

    let before = dev.log().await?;
    let left = dev.interrupt().await?;
    ensure!(left.is_empty(), "these processes were left: {left:?}");

    let dev = Dev::start(&data).await?;
    let after = dev.log().await?;
    for (number, event) in (1..).zip(&after) {
        ensure!(
            event["position"] == i64::to_string(&number),
            "{event} is not number {number}"
        );
    }
    let same = after.get(..before.len()) == Some(&before[..]);
    ensure!(same, "the log of before is the beginning of the log now");
    let shown = dev.api.get(&format!("/tasks/{task}")).await?.expect(200)?;
    ensure!(
        shown.body["task"]["status"] == "completed",
        "{}",
        shown.text
    );
    eventually(PATIENCE, async || {
        let bus: Value = serde_json::from_str(&dev.cli(&["bus", "status", "-o", "json"]).await?)?;
        let at = bus["mirror"]["position"]
            .as_str()
            .unwrap_or("0")
            .parse::<usize>()?;
        ensure!(at >= after.len(), "JetStream goes on where it was: {bus}");
        anyhow::Ok(())
    })
    .await;
    let left = dev.interrupt().await?;
    ensure!(left.is_empty(), "these processes were left: {left:?}");
    Ok(())
}
