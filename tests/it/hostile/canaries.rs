//! No secret where people look (redaction): every kind of secret is planted once, used in every way that a
//! client can use or misuse it, and then looked for in all that a whole installation says of itself.

use std::path::Path;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use futures_util::StreamExt;
use pantheon_harness::{Api, Cluster, ClusterOptions, Reply, eventually, run, send};
use pantheon_nats::{AgentCredentials, BusKeys};
use reqwest::Method;
use serde_json::{Value, json};

use super::disks::nowhere;
use super::judge::refusal;

/// 32 bytes nobody would take by chance.
const SECRET_KEY: &str = "S2FuYXJpZTAxS2FuYXJpZTAyS2FuYXJpZTAzS2FuYTQ=";
const PASSWORD: &str = "kanarie-password-1";
const NEXT_PASSWORD: &str = "kanarie-password-2";
const WRONG_PASSWORD: &str = "kanarie-password-3";
const SHORT_PASSWORD: &str = "knr4!";
const EMAIL: &str = "kanarie@example.org";
const FULL_NAME: &str = "Kanarie Vogel";
const BROWSER: &str = "kanarie-browser/7";
/// What looks like a token to a person, and to no pattern.
const NO_TOKEN: &str = "kanarie.bearer.8";
const NO_TICKET: &str = "kanarie-ticket-9";
const NUMBER: u64 = 7_013_579_135_791_357;

/// A secret, and what it is.
#[derive(Clone, Debug)]
struct Canary {
    what: &'static str,
    secret: String,
}

/// Everything that was planted.
#[derive(Debug, Default)]
struct Canaries(Vec<Canary>);

impl Canaries {
    fn plant(&mut self, what: &'static str, secret: &str) {
        assert!(secret.len() >= 5, "{what} would be found everywhere");
        self.0.push(Canary {
            what,
            secret: secret.to_owned(),
        });
    }

    /// Nothing of it stands in this text: not as it is, not in capitals, not in base64 or in an address.
    fn absent(&self, place: &str, text: &str) -> Result<()> {
        let lower = text.to_lowercase();
        for Canary { what, secret } in &self.0 {
            let encoded = encoded(secret);
            let found = lower.contains(&secret.to_lowercase())
                || encoded.iter().any(|form| text.contains(form.as_str()));
            ensure!(!found, "{place} holds {what}: {}", around(text, secret));
        }
        Ok(())
    }

    /// Nothing of it stands in any file of a folder, `spared` ones left out.
    fn nowhere_below(&self, folder: &Path, spared: Option<&str>) -> Result<()> {
        let secrets = self.0.iter().map(|canary| &canary.secret);
        let forms =
            secrets.flat_map(|secret| [vec![secret.clone()], encoded(secret).into()].concat());
        nowhere(&forms.collect::<Vec<_>>(), folder, spared)
    }
}

/// Other forms that a secret may be written down in.
fn encoded(secret: &str) -> [String; 4] {
    [
        STANDARD.encode(secret),
        STANDARD_NO_PAD.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
        secret
            .replace('@', "%40")
            .replace('/', "%2F")
            .replace('=', "%3D"),
    ]
}

/// The line that a secret stands in, for whoever has to mend it.
fn around<'t>(text: &'t str, secret: &str) -> &'t str {
    let mut lines = text.lines();
    let line = lines.find(|line| line.to_lowercase().contains(&secret.to_lowercase()));
    let line = line.unwrap_or("(in another form)");
    line.char_indices()
        .nth(600)
        .map_or(line, |(end, _)| &line[..end])
}

/// An installation that says as much of itself as it can.
struct Watched {
    cluster: Cluster,
    api: Api,
    canaries: Canaries,
    /// Everything that went over the bus.
    heard: Arc<Mutex<Vec<String>>>,
}

impl Watched {
    async fn start() -> Result<Self> {
        let options = ClusterOptions::new(env!("CARGO_BIN_EXE_pantheon"))
            .set("PANTHEON_LOG", "trace")
            .set("PANTHEON_REGISTRATION", "open")
            .set("PANTHEON_SECRET_KEY", SECRET_KEY);
        let cluster = Cluster::start(options).await?;
        let mut canaries = Canaries::default();
        canaries.plant("the master key", SECRET_KEY);
        let keys = cluster.data().join("keys");
        let pem = std::fs::read_to_string(keys.join("token.pem"))?;
        let key = pem.lines().nth(1).context("a key in PEM")?;
        canaries.plant("the key of tokens", key);
        let bus = BusKeys::load(&keys.join("nats.json"))?.context("keys of the bus")?;
        for seed in [&bus.issuer, &bus.server, &bus.system] {
            canaries.plant("a seed of the bus", seed);
        }
        let url = cluster.database().url();
        let user = url.split('@').next().unwrap_or_default();
        let (_, password) = user.rsplit_once(':').context("a URL with a password")?;
        canaries.plant("the database's password", password);
        let heard = Arc::default();
        listen(&cluster, Arc::clone(&heard)).await?;
        Ok(Self {
            api: cluster.api(0)?,
            cluster,
            canaries,
            heard,
        })
    }

    /// Asks without a token, from a browser that names itself.
    async fn ask(&self, path: &str, body: &Value) -> Result<Reply> {
        let url = format!("http://{}/api/v1/auth{path}", self.cluster.address(0).get());
        let request = reqwest::Client::new()
            .post(url)
            .header("user-agent", BROWSER);
        send(request.json(body)).await
    }

    /// An answer that has to refuse, and to say nothing back.
    fn refused(&self, what: &str, reply: &Reply) -> Result<()> {
        let status = reply.status.as_u16();
        ensure!((400..500).contains(&status), "{what}: {status}");
        refusal(what, status, &reply.body);
        self.canaries.absent(what, &reply.text)?;
        self.canaries.absent(what, &format!("{:?}", reply.headers))
    }
}

/// Writes down every message that anybody sends, from now on.
async fn listen(cluster: &Cluster, heard: Arc<Mutex<Vec<String>>>) -> Result<()> {
    let client = cluster.bus().await?;
    let mut all = client.subscribe(">").await?;
    client.flush().await?;
    tokio::spawn(async move {
        while let Some(message) = all.next().await {
            let text = String::from_utf8_lossy(&message.payload);
            let said = format!("{} {:?} {text}", message.subject, message.headers);
            heard.lock().expect("nobody panics here").push(said);
        }
        drop(client);
    });
    Ok(())
}

fn text(value: &Value) -> Result<String> {
    Ok(value.as_str().context("a text")?.to_owned())
}

/// Somebody registers, signs in, stays, changes the password; every secret that is handed out is planted.
async fn a_person(watched: &mut Watched) -> Result<()> {
    for (what, secret) in [
        ("a password", PASSWORD),
        ("a changed password", NEXT_PASSWORD),
        ("a wrong password", WRONG_PASSWORD),
        ("a password that is too short", SHORT_PASSWORD),
        ("an address", EMAIL),
        ("a name", FULL_NAME),
        ("a browser", BROWSER),
        ("what was no token", NO_TOKEN),
        ("what was no ticket", NO_TICKET),
        ("a password in digits", &NUMBER.to_string()),
    ] {
        watched.canaries.plant(what, secret);
    }
    let person = json!({ "email": EMAIL, "password": PASSWORD, "full_name": FULL_NAME });
    watched.ask("/register", &person).await?.expect(201)?;
    let sign_in = json!({ "email": EMAIL, "password": PASSWORD });
    let tokens = watched.ask("/login", &sign_in).await?.expect(200)?.body;
    let (access, first) = (
        text(&tokens["access_token"])?,
        text(&tokens["refresh_token"])?,
    );
    watched.canaries.plant("an access token", &access);
    watched.canaries.plant("a refresh token", &first);
    let stay = json!({ "refresh_token": first });
    let tokens = watched.ask("/refresh", &stay).await?.expect(200)?.body;
    let (access, second) = (
        text(&tokens["access_token"])?,
        text(&tokens["refresh_token"])?,
    );
    watched.canaries.plant("a second access token", &access);
    watched.canaries.plant("a second refresh token", &second);
    let own = watched.api.with_token(&access);
    own.get("/auth/me").await?.expect(200)?;
    own.get("/auth/sessions").await?.expect(200)?;
    let ticket = own
        .post("/live/tickets", &json!({}))
        .await?
        .expect(200)?
        .body;
    let ticket = text(&ticket["ticket"])?;
    watched.canaries.plant("a ticket", &ticket);
    own.get(&format!("/live?ticket={ticket}"))
        .await?
        .expect(426)?;
    let change = json!({ "current_password": PASSWORD, "new_password": NEXT_PASSWORD });
    own.post("/auth/change-password", &change)
        .await?
        .expect(200)?;
    Ok(())
}

/// The same secrets where they are of no use.
async fn a_fumbler(watched: &Watched) -> Result<()> {
    let wrong = WRONG_PASSWORD;
    for (path, body) in [
        (
            "/register",
            json!({ "email": EMAIL, "password": wrong, "full_name": FULL_NAME }),
        ),
        (
            "/register",
            json!({ "email": "other@example.org", "password": SHORT_PASSWORD }),
        ),
        (
            "/register",
            json!({ "email": PASSWORD, "password": [wrong], "full_name": FULL_NAME }),
        ),
        (
            "/register",
            json!({ "email": EMAIL, "password": { "text": wrong } }),
        ),
        ("/login", json!({ "email": EMAIL, "password": wrong })),
        ("/login", json!({ "username": wrong, "password": EMAIL })),
        (
            "/login",
            json!({ "email": EMAIL, "username": FULL_NAME, "password": wrong }),
        ),
        ("/login", json!({ "email": EMAIL, "password": [wrong] })),
        ("/login", json!([EMAIL, wrong])),
        ("/login", json!(wrong)),
        ("/login", json!({ "email": EMAIL, "password": NUMBER })),
        ("/refresh", json!({ "refresh_token": NO_TOKEN })),
        ("/refresh", json!({ "refresh_token": [NO_TOKEN] })),
    ] {
        let reply = watched.ask(path, &body).await?;
        watched.refused(&format!("{path} {body}"), &reply)?;
    }
    for token in [NO_TOKEN, wrong, &watched.canaries.0[0].secret] {
        let other = watched.api.with_token(token);
        watched.refused("a bearer of nothing", &other.get("/auth/me").await?)?;
    }
    for (name, value) in [
        (
            "authorization",
            format!("Basic {}", STANDARD.encode(format!("{EMAIL}:{wrong}"))),
        ),
        ("idempotency-key", wrong.to_owned()),
        ("if-match", wrong.to_owned()),
    ] {
        let request = watched.api.request(Method::POST, "/api/v1/tasks");
        let mut request = request.json(&json!({ "name": "x" })).build()?;
        request.headers_mut().insert(name, value.parse()?);
        let reply = watched.sent(request).await?;
        watched.refused(name, &reply)?;
    }
    for path in [
        format!("/live?ticket={NO_TICKET}"),
        format!("/ws?ticket={NO_TICKET}&token={NO_TOKEN}"),
        format!("/tasks?cursor={wrong}"),
    ] {
        watched.refused(&path, &watched.api.get(&path).await?)?;
    }
    Ok(())
}

impl Watched {
    async fn sent(&self, request: reqwest::Request) -> Result<Reply> {
        let (client, request) = (reqwest::Client::new(), request);
        send(reqwest::RequestBuilder::from_parts(client, request)).await
    }
}

/// An agent is enrolled and says something.
async fn an_agent(watched: &mut Watched) -> Result<()> {
    let enrol = json!({ "id": "kanarie", "type": "codegen" });
    let enrolled = watched.api.post("/agents", &enrol).await?.expect(201)?.body;
    let seed = text(&enrolled["credentials"]["seed"])?;
    watched.canaries.plant("an agent's seed", &seed);
    let token = text(&enrolled["credentials"]["token"])?;
    watched.canaries.plant("an agent's token", &token);
    let keys = AgentCredentials::from_seed("kanarie".parse()?, seed)?;
    let url = watched.cluster.nats.url();
    let patience = pantheon_harness::PATIENCE;
    let agent = eventually(patience, async || {
        let options = async_nats::ConnectOptions::with_nkey(keys.seed.clone());
        options
            .custom_inbox_prefix(keys.inbox_prefix.clone())
            .connect(&url)
            .await
    })
    .await;
    let beat = json!({ "data": { "session_id": "first" } }).to_string();
    eventually(patience, async || {
        let subject = "pantheon.agent.kanarie.heartbeat";
        let answer = agent.request(subject, beat.clone().into()).await?;
        let answer: Value = serde_json::from_slice(&answer.payload)?;
        ensure!(answer["status"] == 200, "{answer}");
        Ok(())
    })
    .await;
    // Whoever has another's seed is not let in, and that is written down without it.
    let stranger = AgentCredentials::generate("stranger".parse()?)?;
    watched.canaries.plant("a stranger's seed", &stranger.seed);
    let refused = async_nats::ConnectOptions::with_nkey(stranger.seed.clone());
    ensure!(refused.connect(&url).await.is_err(), "a stranger is let in");
    Ok(())
}

/// Every row of every table.
async fn rows(cluster: &Cluster) -> Result<Vec<(String, String)>> {
    let tables: Vec<(String, String)> = sqlx::query_as(
        "select schemaname::text, tablename::text from pg_tables
         where schemaname not in ('pg_catalog', 'information_schema')",
    )
    .fetch_all(cluster.pool())
    .await?;
    let mut all = Vec::new();
    for (schema, table) in tables {
        let rows = format!("select t::text from {schema}.{table} t");
        let rows: Vec<String> = sqlx::query_scalar(&rows).fetch_all(cluster.pool()).await?;
        all.extend(
            rows.into_iter()
                .map(|row| (format!("{schema}.{table}"), row)),
        );
    }
    Ok(all)
}

#[tokio::test(flavor = "multi_thread")]
async fn s10_no_planted_secret_is_on_a_disk_in_logs_errors_events_messages_settings_or_metrics()
-> Result<()> {
    let mut watched = Watched::start().await?;
    a_person(&mut watched).await?;
    an_agent(&mut watched).await?;
    a_fumbler(&watched).await?;
    let Watched {
        cluster,
        api,
        canaries,
        heard,
    } = &mut watched;

    let log = cluster.log().await?;
    let kinds = ["user_registered", "session_started", "agent_enrolled"];
    for kind in kinds {
        ensure!(
            log.iter().any(|event| event.event_type == kind),
            "no {kind}"
        );
    }
    for (table, row) in rows(cluster).await? {
        canaries.absent(&table, &row)?;
    }
    let shown = api.get("/events?limit=1000&tenant=*").await?.expect(200)?;
    canaries.absent("GET /events", &shown.text)?;

    let head = log.last().context("events")?.position;
    for message in cluster.mirror_up_to(head).await? {
        canaries.absent("JetStream", &message.body.to_string())?;
    }
    eventually(pantheon_harness::PATIENCE, async || {
        let heard = heard.lock().expect("nobody panics here");
        let all = ["pantheon.evt.", "pantheon.agent.kanarie.heartbeat"];
        all.iter()
            .all(|subject| heard.iter().any(|said| said.starts_with(subject)))
    })
    .await;
    for said in heard.lock().expect("nobody panics here").iter() {
        canaries.absent("NATS", said)?;
    }

    for path in [
        "/metrics",
        "/readyz?verbose",
        "/openapi.json",
        "/asyncapi.json",
    ] {
        let page = send(api.request(Method::GET, path)).await?.expect(200)?;
        canaries.absent(path, &page.text)?;
    }
    let metrics = send(api.request(Method::GET, "/metrics")).await?.text;
    ensure!(
        metrics.contains("/api/v1/auth/login"),
        "the metrics count nothing"
    );

    let program = Path::new(env!("CARGO_BIN_EXE_pantheon"));
    for form in ["table", "json", "ndjson"] {
        let args = ["config", "show", "--origin", "-o", form];
        let shown = run(program, &args, cluster.settings(), 0).await?;
        ensure!(shown.contains("PANTHEON_SECRET_KEY"), "{shown}");
        canaries.absent("config show", &shown)?;
    }

    // The last words are in it too.
    let said = cluster.last_words(0).await?;
    for level in ["TRACE", "DEBUG", "INFO"] {
        ensure!(said.contains(level), "the log has no {level}");
    }
    ensure!(
        said.contains("/api/v1/auth/login"),
        "the log tells nothing of requests"
    );
    canaries.absent("the process log", &said)?;

    // S10: what lies on the disks of the three servers, as a thief would read it. The keys of this
    // installation lie in `keys` of the data directory, and nowhere else.
    ensure!(canaries.0.len() >= 20, "{} are planted", canaries.0.len());
    sqlx::raw_sql("checkpoint").execute(cluster.pool()).await?;
    let rows: String = sqlx::query_scalar("show data_directory")
        .fetch_one(cluster.pool())
        .await?;
    cluster.nats.stop().await?;
    let store = cluster.nats.places().store_dir.clone();
    for (folder, spared) in [
        (Path::new(&rows), None),
        (store.as_path(), None),
        (cluster.data(), Some("keys")),
    ] {
        let searched = std::fs::read_dir(folder)?.count();
        ensure!(searched > 0, "{} is empty", folder.display());
        canaries.nowhere_below(folder, spared)?;
    }
    Ok(())
}

#[test]
fn a_planted_secret_is_found_in_every_form() {
    let mut canaries = Canaries::default();
    canaries.plant("an address", EMAIL);
    for text in [
        "to KANARIE@example.org now".to_owned(),
        format!("{{\"x\":\"{}\"}}", STANDARD.encode(EMAIL)),
        "?name=kanarie%40example.org&x".to_owned(),
    ] {
        canaries.absent("a text", &text).expect_err(&text);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("keys").join("block");
    std::fs::create_dir(folder.path().join("keys")).expect("a folder");
    std::fs::write(
        &file,
        [b"\0\xff".as_slice(), EMAIL.as_bytes(), b"\0"].concat(),
    )
    .expect("kept");
    let found = canaries.nowhere_below(folder.path(), None);
    assert!(
        found
            .expect_err("it is there")
            .to_string()
            .contains("block")
    );
    let spared = canaries.nowhere_below(folder.path(), Some("keys"));
    spared.expect("that folder is not looked at");
    canaries
        .absent("a text", "nobody@example.org")
        .expect("it is not there");
}
