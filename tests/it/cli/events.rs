//! `events list|tail|get|trace`.

use pantheon_embedded::Signal;
use serde_json::json;

use super::words::{Cli, Server, WITHIN, dense, ended, lines, positions, tasks};
use crate::world::World;

#[tokio::test]
async fn a_page_is_a_table_the_api_s_answer_or_lines() {
    let world = World::new().await;
    let cli = Cli::of(&world);
    tasks(&world, world.tenant, 5).await;
    let list = ["events", "list", "--limit", "3"];
    let (_, page) = world.get("/events?limit=3").await;
    assert_eq!(cli.json(&list).await, page);
    assert_eq!(json!(cli.ndjson(&list).await), page["items"]);
    let table = cli.run(&list).await;
    let rows: Vec<_> = table.out.lines().collect();
    assert_eq!(rows.len(), 4, "{table:?}");
    assert!(rows[0].contains("POSITION") && rows[1].contains("organization_created"));
    assert!(
        table.err.contains("--after 3"),
        "it says how to go on: {table:?}"
    );

    let typed = cli.ndjson(&[
        "events",
        "list",
        "--type",
        "task_created",
        "--limit",
        "1000",
    ]);
    assert_eq!(typed.await.len(), 5);
    let stream = cli
        .ndjson(&["events", "list", "--stream", "agent/codegen"])
        .await;
    assert!(!stream.is_empty() && stream.iter().all(|event| event["subject"] == "codegen"));
}

#[tokio::test]
async fn one_event_is_found_by_its_position_and_by_its_id() {
    let world = World::new().await;
    let cli = Cli::of(&world);
    let first = cli.json(&["events", "get", "1"]).await;
    assert_eq!(first["position"], "1");
    let id = first["id"].as_str().expect("an id");
    assert_eq!(cli.json(&["events", "get", id]).await, first);
    assert!(
        cli.ok(&["events", "get", "1"])
            .await
            .contains("organization_created")
    );
}

#[tokio::test]
async fn a_trace_shows_who_sent_which_command_and_what_came_of_it() {
    let world = World::new().await;
    let cli = Cli::of(&world);
    tasks(&world, world.tenant, 1).await;
    let made = cli
        .ndjson(&["events", "list", "--type", "task_created"])
        .await;
    let made = positions(&made)[0].to_string();
    let table = cli.ok(&["events", "trace", &made]).await;
    let rows: Vec<_> = table.lines().collect();
    let who = format!("human {}", crate::world::ADMIN);
    assert!(
        rows[0].starts_with(&who) && rows[0].contains("→ command"),
        "{table}"
    );
    assert!(
        rows[1].contains(&made) && rows[1].contains("task_created"),
        "{table}"
    );
    let (_, trace) = world.get(&format!("/events/{made}/trace")).await;
    assert_eq!(cli.json(&["events", "trace", &made]).await, trace);
}

#[tokio::test]
async fn tail_prints_a_log_of_more_than_a_page_once_and_in_order() {
    let world = World::new().await;
    let cli = Cli::of(&world);
    let head = tasks(&world, world.tenant, 1_050).await.get();
    let printed = cli
        .run(&["events", "tail", "--after", "0", "-o", "ndjson"])
        .await;
    assert_eq!(printed.exit, Some(0), "{}", printed.err);
    let found = positions(&lines(&printed.out));
    let last = *found.last().expect("events");
    assert!(last >= head, "{last} is before {head}");
    assert_eq!(found, dense(1, last));
    assert_eq!(printed.err, format!("last position: {last}"));

    let beyond = cli.ends(&["events", "tail", "--after", "999999"], 7).await;
    assert!(beyond.err.contains("the log ends at"), "{}", beyond.err);
    let from_the_head = cli.run(&["events", "tail"]).await;
    assert_eq!(
        (from_the_head.exit, from_the_head.out.as_str()),
        (Some(0), "")
    );
    let said = from_the_head.err.trim_start_matches("last position: ");
    assert!(said.parse::<i64>().is_ok_and(|at| at >= head), "{said}");
}

#[tokio::test]
async fn tail_goes_on_where_it_was_after_the_server_was_killed() {
    let mut server = Server::start().await;
    let first = server.task("before").await;
    let tail = ["events", "tail", "--after", "0", "--follow", "-o", "ndjson"];
    let tail = server.cli.start(&tail);
    let shows = |position: i64| {
        let wanted = format!(r#""position":"{position}""#);
        let tail = &tail;
        async move { tail.line(WITHIN, |line| line.contains(&wanted)).await }
    };
    shows(first).await.expect("what was there");

    server.kill().await;
    pantheon_harness::soon(async || {
        let said = tail.stderr().join("\n");
        said.contains("is not reachable").then_some(()).ok_or(said)
    })
    .await;
    server.restart().await;
    let second = server.task("after").await;
    shows(second).await.expect("what came after");

    tail.signal(Signal::Interrupt).expect("it runs");
    let tail = ended(tail).await;
    assert_eq!(tail.exit, Some(130), "{}", tail.err);
    let found = positions(&lines(&tail.out));
    let last = *found.last().expect("events");
    assert_eq!(found, dense(1, last), "nothing missed, nothing twice");
    assert!(tail.err.ends_with("pantheon: interrupted"), "{}", tail.err);
    let said = format!("last position: {last}");
    assert!(tail.err.contains(&said), "{said}: {}", tail.err);
}

#[tokio::test]
async fn a_tail_that_is_terminated_says_its_last_position_too() {
    let world = World::new().await;
    let cli = Cli::of(&world);
    let tail = cli.start(&["events", "tail", "--after", "0", "--follow"]);
    tail.line(WITHIN, |line| line.contains("agent_registered"))
        .await
        .expect("events");
    tail.signal(Signal::Terminate).expect("it runs");
    let tail = ended(tail).await;
    assert_eq!(tail.exit, Some(130), "{}", tail.err);
    assert!(tail.err.contains("last position: "), "{}", tail.err);
}

#[tokio::test]
async fn any_command_that_waits_ends_with_130_when_it_is_interrupted() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = silent.local_addr().expect("an address");
    let cli = Cli::new().set("PANTHEON_SERVER", format!("http://{address}"));
    for args in [
        &["projections", "list"][..],
        &["events", "list"],
        &["replay"],
    ] {
        let waits = cli.start(args);
        let _asked = silent.accept().await.expect("it asks");
        waits.signal(Signal::Interrupt).expect("it runs");
        let waits = ended(waits).await;
        assert_eq!(waits.exit, Some(130), "{args:?}: {}", waits.err);
    }
}
