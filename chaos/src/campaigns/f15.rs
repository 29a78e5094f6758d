//! F15: live clients lose their connections at random moments and resume.

use std::time::Duration;

use anyhow::Result;
use pantheon_harness::{Address, Door, Plan, Proxy, Trial};
use rand::Rng;

use crate::{Outcome, Run};

pub async fn run(run: &Run) -> Result<Outcome> {
    let wanted = usize::try_from(run.count)?;
    let plan = Plan {
        live: 0,
        ..run.plan(run.installation())
    };
    let mut trial = Trial::of(plan).await?;
    let mut random = run.seed.random(1);
    let (mut proxies, mut doors) = (Vec::new(), Vec::new());
    for address in trial.cluster.addresses() {
        let proxy = Proxy::start(address.get().parse()?).await?;
        doors.push(Address::of(&format!("http://127.0.0.1:{}", proxy.port())));
        proxies.push(proxy);
    }
    for number in 0..run.pick(20, 6) {
        let door = if number % 2 == 0 {
            Door::WebSocket
        } else {
            Door::Sse
        };
        trial.follow_at(door, doors.clone());
    }
    while trial.connections() < wanted {
        let pause = random.random_range(5..150);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        proxies[random.random_range(0..proxies.len())].cut();
    }
    let connections = u64::try_from(trial.connections())?;
    // The judge holds every client's transcript against the log.
    run.judge(trial, connections).await
}
