//! Who may connect, and what an agent may do (S04).

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use pantheon_events::Position;
use pantheon_nats::tell::Control;
use pantheon_nats::{
    AgentCredentials, CalloutOptions, Credentials, Cutter, Tell, config::ServiceUser, tell,
};
use serde_json::{Value, json};

use super::raw::{Raw, signed};
use super::server::{PATIENCE, Server, unheard, until, worked_off};

/// What a client sends, made of the server's nonce.
type Connect<'a> = Box<dyn FnOnce(&str) -> Value + 'a>;

const HOSTILE_PUBLISHES: &[&str] = &[
    "pantheon.agent.other.heartbeat",
    "pantheon.agent.other.cmd.claim_task",
    "pantheon.agent.other.tell",
    "pantheon.agent.own.tell",
    "pantheon.agent.*.heartbeat",
    "pantheon.evt.t.task.task_created.x",
    "pantheon.cmd.task.create_task",
    "pantheon.head",
    "_INBOX.other.1",
    "_INBOX.own.1",
    "_INBOX_PANTHEON.node.1",
    "_INBOX_SERVICE.ci.1",
    "$JS.API.INFO",
    "$JS.API.STREAM.DELETE.PANTHEON_EVENTS",
    "$JS.API.STREAM.PURGE.PANTHEON_EVENTS",
    "$JS.API.STREAM.CREATE.MINE",
    "$JS.API.STREAM.RESTORE.MINE",
    "$JS.API.STREAM.MSG.GET.PANTHEON_EVENTS",
    "$JS.API.DIRECT.GET.PANTHEON_EVENTS",
    "$JS.API.CONSUMER.CREATE.PANTHEON_EVENTS.mine",
    "$JS.ACK.PANTHEON_EVENTS.c.1.1.1.1.0",
    "$SYS.REQ.SERVER.PING",
    "$SYS.REQ.SERVER.PING.CONNZ",
    "$SYS.REQ.USER.AUTH",
    "$SYS.ACCOUNT.PANTHEON.CONNECT",
    "$SRV.PING",
    "$KV.x.y",
];

const HOSTILE_SUBSCRIPTIONS: &[&str] = &[
    ">",
    "*",
    "*.*",
    "pantheon.>",
    "pantheon.*.*.*",
    "pantheon.agent.>",
    "pantheon.agent.*.tell",
    "pantheon.agent.other.tell",
    "pantheon.agent.own.>",
    "pantheon.agent.own.heartbeat pantheon",
    "pantheon.agent.*.heartbeat pantheon",
    "pantheon.cmd.*.* pantheon",
    "pantheon.evt.>",
    "pantheon.head",
    "_INBOX.>",
    "_INBOX.*",
    "_INBOX.*.>",
    "_INBOX.other.>",
    "_INBOX.own",
    "_INBOX_PANTHEON.>",
    "$JS.>",
    "$SYS.>",
    "$SYS.REQ.USER.AUTH pantheon",
    "$SRV.>",
    "_R_.>",
];

fn denied(lines: &[String]) -> bool {
    lines
        .iter()
        .any(|line| line.starts_with("-ERR 'Permissions Violation"))
}

#[tokio::test]
async fn an_enrolled_agent_speaks_as_itself_and_is_told() {
    let server = Server::start().await;
    let bus = server.let_agents_in().await;
    let client = server.agent(&server.enrol("own")).await;
    let mut heard = bus
        .client()
        .subscribe("pantheon.agent.*.heartbeat")
        .await
        .expect("subscribed");
    worked_off(&bus).await;
    client
        .publish("pantheon.agent.own.heartbeat", "{}".into())
        .await
        .expect("sent");
    assert_eq!(
        heard.next().await.expect("a message").subject.as_str(),
        "pantheon.agent.own.heartbeat"
    );

    let mut told = client
        .subscribe("pantheon.agent.own.tell")
        .await
        .expect("subscribed");
    unheard(&client, "pantheon.agent.own.cmd.nobody").await;
    let pause = Tell {
        tell: Control::Pause,
        position: Position::new(3),
        data: Value::Null,
    };
    tell(&bus, &"own".parse().expect("an agent id"), &pause)
        .await
        .expect("told");
    let message = told.next().await.expect("a message");
    assert_eq!(
        serde_json::from_slice::<Tell>(&message.payload).expect("JSON"),
        pause
    );
}

#[tokio::test]
async fn what_is_not_its_own_is_denied_to_an_agent() {
    let server = Server::start().await;
    let bus = server.let_agents_in().await;
    let own = server.enrol("own");
    server.enrol("other");
    server.agent(&own).await;
    let mut raw = Raw::as_agent(&server.nats.url(), &own)
        .await
        .expect("let in");
    let mut witness = bus.client().subscribe(">").await.expect("subscribed");
    worked_off(&bus).await;
    for subject in HOSTILE_PUBLISHES {
        let said = raw.publish(subject).await.expect("still connected");
        assert!(denied(&said), "publish {subject}: {said:?}");
    }
    for subject in HOSTILE_SUBSCRIPTIONS {
        let said = raw
            .say(&format!("SUB {subject} 7\r\n"))
            .await
            .expect("still connected");
        assert!(denied(&said), "subscribe {subject}: {said:?}");
    }
    // Its own subject still works; of all the others nobody heard anything.
    let own = "pantheon.agent.own.heartbeat";
    assert_eq!(raw.publish(own).await, Ok(vec![]));
    loop {
        let heard = witness.next().await.expect("a message").subject;
        assert!(!HOSTILE_PUBLISHES.contains(&heard.as_str()), "{heard}");
        if heard.as_str() == own {
            break;
        }
    }
}

#[tokio::test]
async fn an_agents_messages_and_subscriptions_are_limited() {
    let server = Server::start().await;
    server.let_agents_in().await;
    let own = server.enrol("own");
    server.agent(&own).await;
    let mut raw = Raw::as_agent(&server.nats.url(), &own)
        .await
        .expect("let in");
    let mut said = Vec::new();
    for sid in 0..300 {
        said.extend(
            raw.say(&format!("SUB _INBOX.own.{sid} {sid}\r\n"))
                .await
                .unwrap_or_default(),
        );
    }
    assert!(
        said.iter()
            .any(|line| line.to_lowercase().contains("maximum subscriptions")),
        "{said:?}"
    );
    let mut raw = Raw::as_agent(&server.nats.url(), &own)
        .await
        .expect("let in");
    let large = "x".repeat(3 * 1024 * 1024);
    let said = raw
        .say(&format!(
            "PUB pantheon.agent.own.heartbeat {}\r\n{large}\r\n",
            large.len()
        ))
        .await;
    let closed = said.is_err();
    assert!(
        closed
            || said
                .iter()
                .flatten()
                .any(|line| line.contains("Maximum Payload")),
        "{said:?}"
    );
}

#[tokio::test]
async fn nobody_without_a_known_key_gets_in() {
    let server = Server::start().await;
    server.let_agents_in().await;
    let known = server.enrol("own");
    server.agent(&known).await;
    let stranger = AgentCredentials::generate("own".parse().expect("an id")).expect("a key");
    let url = server.nats.url();
    let pantheon = server.keys.server_credentials();
    let Credentials::Seed(seed) = pantheon else {
        panic!("a seed")
    };
    let own_key = pantheon_nats::keys::public_key(&seed).expect("a key");
    let connects: Vec<(&str, Connect<'_>)> = vec![
        ("nothing", Box::new(|_| json!({}))),
        (
            "a password",
            Box::new(|_| json!({ "user": "own", "pass": "own" })),
        ),
        ("a token", Box::new(|_| json!({ "auth_token": "own" }))),
        (
            "an unknown key",
            Box::new(|nonce| signed(&stranger, &stranger.public_key, nonce)),
        ),
        (
            "another's key",
            Box::new(|nonce| signed(&stranger, &known.public_key, nonce)),
        ),
        (
            "an old signature",
            Box::new(|_| signed(&known, &known.public_key, "old nonce")),
        ),
        (
            "no signature",
            Box::new(|_| json!({ "nkey": known.public_key })),
        ),
        (
            "Pantheon's key",
            Box::new(|nonce| signed(&known, &own_key, nonce)),
        ),
        (
            "Pantheon's name",
            Box::new(|_| json!({ "user": own_key, "pass": "x" })),
        ),
    ];
    for (what, connect) in connects {
        let refused = Raw::open(&url, connect).await;
        let said = refused.err().unwrap_or_else(|| panic!("{what} was let in"));
        assert!(
            said.contains("Authorization") || said == "closed",
            "{what}: {said}"
        );
    }
}

#[tokio::test]
async fn without_pantheon_no_agent_gets_in() {
    let server = Server::start().await;
    let agent = server.enrol("own");
    assert!(Raw::as_agent(&server.nats.url(), &agent).await.is_err());
}

#[tokio::test]
async fn a_revoked_agent_is_cut_within_five_seconds_and_stays_out() {
    let server = Server::start().await;
    server.let_agents_in().await;
    let (gone, stays) = (server.enrol("gone"), server.enrol("stays"));
    server.agent(&gone).await;
    let url = server.nats.url();
    let mut cut = [
        Raw::as_agent(&url, &gone).await.expect("in"),
        Raw::as_agent(&url, &gone).await.expect("in"),
    ];
    let mut kept = Raw::as_agent(&url, &stays).await.expect("in");
    let cutter = Cutter::new(server.system().await);
    let revoked = Instant::now();
    server.directory.revoke(&gone);
    let cutting = tokio::spawn(async move { cutter.cut(&gone.agent).await.map(|n| (n, gone)) });
    for raw in &mut cut {
        tokio::time::timeout(PATIENCE, raw.closed())
            .await
            .expect("cut");
    }
    assert!(
        revoked.elapsed() < Duration::from_secs(5),
        "{:?}",
        revoked.elapsed()
    );
    let (connections, gone) = cutting.await.expect("no panic").expect("cut");
    assert!(connections >= 2, "{connections}");
    assert!(Raw::as_agent(&url, &gone).await.is_err());
    assert_eq!(
        kept.publish("pantheon.agent.stays.heartbeat").await,
        Ok(vec![])
    );
}

#[tokio::test]
async fn a_sweep_cuts_who_was_revoked_while_nobody_looked() {
    let server = Server::start().await;
    server.let_agents_in().await;
    let (gone, stays) = (server.enrol("gone"), server.enrol("stays"));
    server.agent(&stays).await;
    let mut raw = Raw::as_agent(&server.nats.url(), &gone).await.expect("in");
    let cutter = Cutter::new(server.system().await);
    assert_eq!(cutter.sweep(&*server.directory).await, Ok(0));
    server.directory.revoke(&gone);
    assert_eq!(cutter.sweep(&*server.directory).await, Ok(1));
    tokio::time::timeout(PATIENCE, raw.closed())
        .await
        .expect("cut");
}

#[tokio::test]
async fn while_the_keys_cannot_be_looked_up_nobody_is_cut_and_nobody_is_let_in() {
    let server = Server::start().await;
    server.let_agents_in().await;
    let (gone, stays) = (server.enrol("gone"), server.enrol("stays"));
    let mut revoked = Raw::as_agent(&server.nats.url(), &gone).await.expect("in");
    let mut kept = Raw::as_agent(&server.nats.url(), &stays).await.expect("in");
    server.directory.revoke(&gone);
    server.directory.set_away(true);
    let cutter = Cutter::new(server.system().await);
    let swept = cutter.sweep(&*server.directory).await;
    assert!(swept.is_err(), "a sweep without keys is no good sweep");
    assert!(Raw::as_agent(&server.nats.url(), &stays).await.is_err());
    assert_eq!(
        kept.publish("pantheon.agent.stays.heartbeat").await,
        Ok(vec![])
    );
    server.directory.set_away(false);
    assert_eq!(cutter.sweep(&*server.directory).await, Ok(1));
    tokio::time::timeout(PATIENCE, revoked.closed())
        .await
        .expect("cut");
    assert_eq!(
        kept.publish("pantheon.agent.stays.heartbeat").await,
        Ok(vec![])
    );
}

#[tokio::test]
async fn a_service_sends_commands_and_does_nothing_else() {
    let service = AgentCredentials::generate("ci".parse().expect("an id")).expect("a key");
    let user = ServiceUser {
        name: "ci".to_owned(),
        public_key: service.public_key.clone(),
        reads_events: false,
    };
    let server = Server::with_services(vec![user]).await;
    let mut raw = Raw::as_agent(&server.nats.url(), &service)
        .await
        .expect("let in");
    for subject in [
        "pantheon.cmd.task.create_task",
        "$SRV.PING",
        "$SRV.INFO.pantheon",
    ] {
        assert_eq!(raw.publish(subject).await, Ok(vec![]), "{subject}");
    }
    assert_eq!(raw.say("SUB _INBOX_SERVICE.ci.> 1\r\n").await, Ok(vec![]));
    for subject in HOSTILE_SUBSCRIPTIONS {
        let said = raw
            .say(&format!("SUB {subject} 7\r\n"))
            .await
            .expect("still connected");
        assert!(denied(&said), "{subject}: {said:?}");
    }
    let open = ["pantheon.cmd.task.create_task", "$SRV.PING"];
    for subject in HOSTILE_PUBLISHES
        .iter()
        .filter(|subject| !open.contains(*subject))
    {
        let said = raw.publish(subject).await.expect("still connected");
        assert!(denied(&said), "{subject}: {said:?}");
    }
}

#[tokio::test]
async fn a_callout_that_comes_back_lets_agents_in_again() {
    let mut server = Server::start().await;
    server.let_agents_in().await;
    let own = server.enrol("own");
    let client = server.agent(&own).await;
    server.nats.kill9().await;
    server.nats.restart().await.expect("back");
    until("the agent is back", || async {
        client.connection_state() == async_nats::connection::State::Connected
            && client.statistics().connects.load(Ordering::SeqCst) > 1
    })
    .await;
}

#[tokio::test]
async fn an_answer_expires_and_the_agent_is_judged_anew() {
    let server = Server::start().await;
    let expires = Duration::from_secs(1);
    let options = CalloutOptions {
        expires,
        ..CalloutOptions::default()
    };
    server.let_agents_in_for(options).await;
    let own = server.enrol("own");
    let client = server.agent(&own).await;
    let mut raw = Raw::as_agent(&server.nats.url(), &own).await.expect("in");
    tokio::time::timeout(PATIENCE, raw.closed())
        .await
        .expect("expired");
    let first = client.statistics().connects.load(Ordering::SeqCst);
    until("the agent is back by itself", || async {
        client.statistics().connects.load(Ordering::SeqCst) > first
    })
    .await;
    server.directory.revoke(&own);
    until("it is not let in again", || async {
        client.connection_state() != async_nats::connection::State::Connected
    })
    .await;
}
