//! How calls end: every exit code, and the forms in which data are printed.

use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::words::Cli;
use crate::world::{World, answer};

const ID: &str = "0198c7a0-0000-7000-8000-00000000000a";

#[tokio::test]
async fn what_the_program_knows_by_itself_is_printed_in_every_form() {
    let cli = Cli::new();
    assert!(cli.ok(&["version"]).await.starts_with("pantheon "));
    assert_eq!(cli.json(&["version"]).await["name"], "pantheon");
    assert!(cli.ok(&["--help"]).await.contains("Usage: pantheon"));
    assert!(cli.ok(&["completions", "bash"]).await.contains("pantheon"));
    for format in ["table", "json"] {
        let document: Value =
            serde_json::from_str(&cli.ok(&["openapi", "-o", format]).await).expect("JSON");
        assert!(document["paths"]["/api/v1/events"]["get"].is_object());
    }
    let lines = cli.ndjson(&["openapi"]).await;
    assert_eq!((lines.len(), &lines[0]["openapi"]), (1, &json!("3.1.0")));
}

#[tokio::test]
async fn a_wrong_call_ends_with_2_and_names_what_is_wrong() {
    let cli = Cli::new();
    for (args, named) in [
        (&["evnts"][..], "evnts"),
        (&["events", "list", "--what"], "--what"),
        (&["events", "list", "-o", "xml"], "xml"),
        (&["events", "get"], "<EVENT>"),
        (&["events", "get", ""], "<EVENT>"),
        (&["events", "tail", "--after", "soon"], "--after"),
        (&["streams", "show", "task"], "<type>/<id>"),
        (&["replay", "--from", "5", "--to", "3"], "--to"),
        (&["replay", "--filter", "task_created"], "--filter"),
        (&["replay", "--speed", "2x"], "--speed"),
        (&["replay", "--target", "subject:pantheon.evt"], "--target"),
        (
            &["replay", "--target", "projection:tasks", "--from", "2"],
            "--from",
        ),
        (
            &["command", "task", "create_task", ID, "--data", "{"],
            "--data",
        ),
        (
            &["command", "task", "create_task", ID, "--data", "@/none"],
            "/none",
        ),
        (&["agent", "simulate", "--rate", "0"], "--rate"),
        (&["agent", "simulate", "--duration", "soon"], "--duration"),
        (&["token", "issue"], "--role"),
        (&["token", "issue", "--role", "chef"], "chef"),
        (&["token", "revoke", "what"], "token"),
        (&["bus", "rebuild"], "--yes"),
        (&["serve", "--role", "api,chef"], "role"),
        (
            &["events", "list", "--server", "127.0.0.1:8080"],
            "--server",
        ),
        (
            &["events", "list", "--server", "https://127.0.0.1"],
            "--server",
        ),
        (&["events", "list", "--timeout", "soon"], "--timeout"),
    ] {
        let ended = cli.ends(args, 2).await;
        assert!(ended.err.contains(named), "{args:?}: {}", ended.err);
        assert_eq!(ended.out, "", "{args:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_8_and_a_silent_one_is_7() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = silent.local_addr().expect("an address");
    let cli = Cli::new().set("PANTHEON_SERVER", format!("http://{address}"));
    let ended = cli.ends(&["events", "list", "--timeout", "300ms"], 7).await;
    assert!(ended.err.contains("did not answer in time"), "{ended:?}");
    drop(silent);
    let ended = cli.ends(&["events", "list"], 8).await;
    assert!(
        ended.err.contains("pantheon dev"),
        "it says what to do: {ended:?}"
    );
}

#[tokio::test]
async fn a_refusal_ends_with_the_code_of_its_kind() {
    let world = World::new().await;
    let cli = Cli::of(&world);
    let create = ["command", "task", "create_task", ID, "--data"];
    let create = |data: &'static str| [&create[..], &[data]].concat();

    let verdict = cli.json(&create(r#"{"name": "one"}"#)).await;
    assert_eq!(
        (&verdict["verdict"], &verdict["sequence"]),
        (&json!("accepted"), &json!("1"))
    );
    let again = cli.ends(&create(r#"{"name": "two"}"#), 5).await;
    assert!(again.err.contains("409"), "{}", again.err);
    let stale = [
        &create(r#"{"name": "x"}"#)[..],
        &["--expected-sequence", "7"],
    ]
    .concat();
    cli.ends(&stale, 5).await;
    let id = ["--command-id", "0198c7a0-0000-7000-8000-00000000000b"];
    let rename = |name: &'static str| {
        let update = ["command", "task", "update_task", ID, "--data", name];
        [&update[..], &id].concat()
    };
    cli.ok(&rename(r#"{"name": "three"}"#)).await;
    cli.ok(&rename(r#"{"name": "three"}"#)).await;
    let other = cli.ends(&rename(r#"{"name": "four"}"#), 1).await;
    assert!(other.err.contains("command_mismatch"), "{}", other.err);

    let empty = cli.ends(&create(r#"{"name": ""}"#), 1).await;
    assert!(empty.err.contains("name"), "{}", empty.err);
    cli.ends(&["events", "get", "999999"], 3).await;
    cli.ends(&["streams", "show", "task/none"], 3).await;
    cli.ends(&["projections", "status", "none"], 3).await;
    cli.ends(&["command", "task", "what", ID], 3).await;
    cli.ends(&["schema", "show", "what_happened"], 3).await;
    cli.ends(&["events", "list", "--limit", "5000"], 2).await;

    let nobody = cli.clone().unset("PANTHEON_TOKEN");
    let ended = nobody.ends(&["events", "list"], 4).await;
    assert!(ended.err.contains("--token-file"), "{}", ended.err);
    let viewer = world.role(pantheon::auth::Role::Viewer);
    let viewer = cli.set("PANTHEON_TOKEN", viewer);
    let ended = viewer.ends(&["events", "list"], 4).await;
    assert!(ended.err.contains("events.read"), "{}", ended.err);
}

#[tokio::test]
async fn a_command_reads_its_data_from_a_file() {
    let world = World::new().await;
    let cli = Cli::of(&world);
    let file = cli.dir().join("task.json");
    std::fs::write(&file, r#"{"name": "from a file"}"#).expect("it is written");
    let data = format!("@{}", file.display());
    let create = ["command", "task", "create_task", ID, "--data", &data];
    cli.ok(&create).await;
    assert_eq!(world.now(ID).await["name"], "from a file");
}

#[tokio::test]
async fn an_account_is_added_and_its_password_opens_it() {
    let world = World::new().await;
    let cli = Cli::of(&world);
    let url = format!("http://{}/api/v1/auth/login", world.node.address());
    let login = async |name: &str, password: &serde_json::Value| {
        let login = json!({ "username": name, "password": password });
        answer(reqwest::Client::new().post(&url).json(&login))
            .await
            .0
    };
    let add = ["user", "add", "carol@example.org", "--role", "developer"];
    let added = cli.json(&add).await;
    assert_eq!(
        (&added["username"], &added["role"]),
        (&json!("carol"), &json!("developer"))
    );
    assert_eq!(login("carol", &added["password"]).await, 200);

    let file = cli.dir().join("password");
    std::fs::write(&file, "correct horse battery\n").expect("it is written");
    let file = file.display().to_string();
    let add = ["user", "add", "dave@example.org", "--password-file", &file];
    let added = cli.json(&add).await;
    assert!(added["password"].is_null(), "what is known is not printed");
    assert_eq!(login("dave", &json!("correct horse battery")).await, 200);
    // The address is taken now: a refusal of the server's.
    cli.ends(&["user", "add", "carol@example.org"], 5).await;
}
