//! A client beside `pantheon dev`, which knows only the data directory and the address.

use std::os::unix::fs::PermissionsExt;

use futures_util::StreamExt;
use pantheon_embedded::Signal;
use pantheon_nats::{Bus, BusKeys, BusOptions};
use serde_json::json;

use super::words::{Cli, WITHIN, dense, ended, positions};

#[tokio::test]
async fn beside_dev_every_command_works_without_naming_its_servers() {
    let cli = Cli::new();
    // As root, Postgres runs as somebody else, who has to get there.
    let passable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(cli.dir(), passable).expect("the mode is set");
    let dev = ["dev", "--agents", "0", "--listen", "127.0.0.1:0"];
    let dev = cli.start(&dev);
    let url = dev.ready(WITHIN).await.expect("it is ready");
    let cli = cli.set("PANTHEON_SERVER", &url);

    let simulate = [
        "agent",
        "simulate",
        "--count",
        "3",
        "--rate",
        "30",
        "--duration",
        "2",
    ];
    let report = cli.json(&simulate).await;
    assert!(report["acknowledged"].as_u64() > Some(0), "{report}");

    assert_eq!(cli.json(&["migrate", "status"]).await["status"], "current");
    let issued = cli.json(&["token", "issue", "--role", "viewer"]).await;
    let token = issued["token"].as_str().expect("a token");
    let viewer = cli.clone().set("PANTHEON_TOKEN", token);
    viewer.ok(&["agent", "list"]).await;
    cli.ok(&["token", "revoke", token]).await;
    let refused = async || viewer.run(&["agent", "list"]).await.exit == Some(4);
    pantheon_harness::soon(refused).await;

    replayed_on_nats(&cli).await;

    let address = url.trim_start_matches("http://");
    let doctor = cli
        .clone()
        .set("PANTHEON_LISTEN", address)
        .json(&["doctor"])
        .await;
    let port = doctor
        .as_array()
        .expect("findings")
        .iter()
        .find(|one| one["check"] == "port");
    let port = port.expect("the port");
    assert!(
        port["detail"]
            .as_str()
            .is_some_and(|text| text.contains("serving")),
        "{port}"
    );

    dev.signal(Signal::Interrupt).expect("it runs");
    let dev = ended(dev).await;
    assert_eq!(dev.exit, Some(130), "{}", dev.err);
    let left = cli.ends(&["migrate", "status"], 2).await;
    assert!(
        left.err.contains("DATABASE_URL"),
        "nothing runs any more: {}",
        left.err
    );
}

/// Every event comes below the subject, in order, and the stream of the living hears nothing of it.
async fn replayed_on_nats(cli: &Cli) {
    let status = cli.json(&["bus", "status"]).await;
    let nats = status["url"].as_str().expect("a URL");
    let keys = BusKeys::load(&cli.dir().join("keys").join("nats.json"));
    let keys = keys.expect("usable").expect("there");
    let options = BusOptions::new(nats, keys.server_credentials(), "listener");
    let bus = Bus::start(options).await.expect("a connection");
    bus.ready(WITHIN).await.expect("it is let in");
    let heard = bus.client().subscribe("again.>").await.expect("subscribed");
    bus.client().flush().await.expect("the server knows");

    let replay = ["replay", "--to", "25", "--target", "subject:again.today"];
    let report = cli.json(&replay).await;
    let expected = json!({ "from": "1", "position": "25", "read": 25, "written": 25 });
    assert_eq!(report, expected);
    let messages: Vec<_> = heard.take(25).collect().await;
    let events: Vec<serde_json::Value> = messages
        .iter()
        .map(|message| serde_json::from_slice(&message.payload).expect("JSON"))
        .collect();
    assert_eq!(positions(&events), dense(1, 25));
    let subjects = messages.iter().map(|message| message.subject.as_str());
    let subjects: Vec<_> = subjects.take(2).collect();
    assert_eq!(
        subjects,
        [
            "again.today.pantheon.organization.organization_created",
            "again.today.pantheon.agent.agent_registered",
        ]
    );
    bus.close().await;
}
