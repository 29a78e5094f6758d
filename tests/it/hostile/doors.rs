//! S05: every command of the generic door on HTTP.

use futures_util::{StreamExt, stream};
use pantheon::auth::table;
use pantheon::store::Commands;
use pantheon_events::CommandSpec;
use reqwest::Method;
use serde_json::Value;

use super::bodies::{AT_ONCE, NOBODY, Sender, Target};
use super::example::Book;
use super::judge::{Unchanged, document, judged, operations, with_body};
use super::spoil::{Spoilt, spoilt_of};

/// Who tries a command, and on what.
struct Try<'a> {
    target: &'a Target,
    spec: &'static CommandSpec,
    sender: Sender,
}

impl Try<'_> {
    async fn one(&self, document: &Value, spoilt: Spoilt) {
        let token = if self.sender == Sender::Agents {
            &self.target.agent
        } else {
            &self.target.world.admin
        };
        let path = format!("/commands/{}/{}", self.spec.aggregate, self.spec.name);
        let request = self.target.world.request_as(token, Method::POST, &path);
        let wanted = spoilt.wanted();
        let answer = with_body(request, spoilt.bytes)
            .send()
            .await
            .expect("an answer");
        let what = format!("{path} {}", spoilt.what);
        let door = operations(document);
        let door = door
            .iter()
            .find(|operation| operation.path.starts_with("/api/v1/commands/"));
        let refusal = judged(&what, door, answer).await;
        let got = (refusal.status, refusal.code.as_str());
        if !spoilt.readable && got != (403, "forbidden") {
            assert_eq!(got, wanted, "{what}");
        }
        // Agents may only name themselves, and what is spoilt may name another.
        assert!(got.0 != 403 || self.sender != Sender::People, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s05_every_spoilt_command_of_the_generic_door_is_refused_and_changes_nothing() {
    let target = Target::new().await;
    let document = document();
    let contract = pantheon::asyncapi::document();
    for spec in Commands::SPECS.iter().copied().flatten() {
        let log = Unchanged::since_now(&target.world).await;
        let need = table::command(spec.aggregate, spec.name).expect("a row");
        let message = format!("{}.{}", spec.aggregate, spec.name);
        let schema = &contract["components"]["messages"][message]["payload"];
        let mut good = Book(contract).example(schema);
        good["id"] = NOBODY.into();
        let one = Try {
            target: &target,
            spec,
            sender: Sender::of(need),
        };
        let tries = spoilt_of(Book(contract), schema, &good).into_iter();
        let tries = tries.map(|spoilt| one.one(&document, spoilt));
        stream::iter(tries)
            .buffer_unordered(AT_ONCE)
            .collect::<Vec<()>>()
            .await;
        log.still(spec.name).await;
    }
}

#[tokio::test]
async fn a_command_that_there_is_not_is_not_found() {
    let target = Target::new().await;
    for path in [
        "/commands/task/no_such",
        "/commands/no_such/create_task",
        "/commands/%FF/x",
        "/commands/task%00/x",
    ] {
        let request = target.world.request(Method::POST, path);
        let answer = with_body(request, b"{}".to_vec())
            .send()
            .await
            .expect("an answer");
        let refusal = judged(path, None, answer).await;
        assert_eq!(
            (refusal.status, refusal.code.as_str()),
            (404, "not_found"),
            "{path}"
        );
    }
}
