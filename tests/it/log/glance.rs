//! A batch in whose way nothing stands is judged at a glance. Held against the same function made to
//! judge command by command: every answer and every row has to be the same.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use futures_util::future::join_all;
use pantheon_events::{EventId, Sequence};
use pantheon_harness::{Postgres, Seed};
use pantheon_log::{Append, Outcome, Verdict};
use rand::Rng;
use rand::rngs::StdRng;
use sqlx::PgPool;

use super::node::{Node, decided, event, event_id, one, refused};

const BATCHES: usize = 120;
const STREAMS: usize = 12;

/// Replaces text of the append function that has to be there.
async fn change(pool: &PgPool, from: &str, to: &str) -> Result<()> {
    let source: String = sqlx::query_scalar("select pg_get_functiondef('append_events'::regproc)")
        .fetch_one(pool)
        .await?;
    ensure!(source.contains(from), "the append function has no {from:?}");
    sqlx::raw_sql(&source.replace(from, to))
        .execute(pool)
        .await?;
    Ok(())
}

/// What the test knows of the streams: enough to send what is right, and what is wrong.
#[derive(Default)]
struct Known {
    /// Sequence and last event of each stream.
    streams: BTreeMap<String, (i64, Option<EventId>)>,
    sent: Vec<Append>,
}

impl Known {
    /// Commands on streams of their own, each on the state that its stream is in.
    fn right(&self, random: &mut StdRng) -> Vec<Append> {
        let count = random.random_range(1..=STREAMS);
        (0..count)
            .map(|n| {
                let stream = format!("stream-{n}");
                let (at, last) = self.streams.get(&stream).copied().unwrap_or_default();
                let mut append = match random.random_range(0..6) {
                    0 => refused(&stream, at),
                    1 => decided(&stream, at, Outcome::Accepted(vec![])),
                    2 => {
                        let two = vec![event("{}"), event("[]")];
                        decided(&stream, at, Outcome::Accepted(two))
                    }
                    _ => one(&stream, at),
                };
                append.base = last.filter(|_| random.random_bool(0.5));
                append
            })
            .collect()
    }

    /// Puts something into the way of one command of the batch: of seven kinds, one after the other.
    fn spoil(&self, kind: usize, batch: &mut Vec<Append>, random: &mut StdRng) {
        let victim = random.random_range(0..batch.len());
        let first = batch[0].clone();
        let earlier = self
            .sent
            .get(random.random_range(0..self.sent.len().max(1)));
        let earlier = earlier.unwrap_or(&first).clone();
        let append = &mut batch[victim];
        match kind % 7 {
            0 => append.command_id = earlier.command_id,
            1 => *append = earlier,
            2 => {
                append.command_id = earlier.command_id;
                append.fingerprint = [2; 32];
            }
            3 => append.expected = append.expected.next(),
            4 => append.expected = Sequence::new((append.expected.get() - 1).max(0)),
            5 => append.base = Some(EventId::generate()),
            // The same stream, or the same id, a second time in the batch.
            _ => {
                let mut twin = first;
                if random.random_bool(0.5) {
                    twin = one(&twin.aggregate_id, twin.expected.get());
                }
                batch.push(twin);
            }
        }
    }

    fn learn(&mut self, batch: Vec<Append>, verdicts: &[Verdict]) {
        for (append, verdict) in batch.into_iter().zip(verdicts) {
            if let Verdict::Recorded(recorded) = verdict {
                let stream = self.streams.entry(append.aggregate_id.clone()).or_default();
                stream.0 = recorded.sequence.get();
                if let Some(last) = append.outcome.events().last() {
                    stream.1 = Some(last.event_id);
                }
            }
            self.sent.push(append);
        }
    }
}

async fn told(node: &Node, batch: &[Append]) -> Result<Vec<Verdict>> {
    let waiting = batch
        .iter()
        .map(|append| node.writer.try_append(append.clone()))
        .collect::<Result<Vec<_>, _>>()?;
    let told = join_all(waiting).await.into_iter();
    Ok(told.collect::<Result<_, _>>()?)
}

/// All rows of both tables, but for the time.
async fn rows(pool: &PgPool) -> Result<Vec<String>> {
    let mut rows = Vec::new();
    for table in ["events", "commands"] {
        let statement =
            format!("select (to_jsonb(t) - 'recorded_at')::text from {table} t order by 1");
        rows.extend(
            sqlx::query_scalar::<_, String>(&statement)
                .fetch_all(pool)
                .await?,
        );
    }
    Ok(rows)
}

#[tokio::test(flavor = "multi_thread")]
async fn g09_a_batch_judged_at_a_glance_is_told_what_its_commands_are_told_one_by_one() -> Result<()>
{
    let mut random = Seed::of_run().random(1);
    let (fast, slow) = (Postgres::shared().await?, Postgres::shared().await?);
    let fast = Node::start(fast.connect_options()?).await?;
    let slow = Node::start(slow.connect_options()?).await?;
    let (here, there) = (fast.log.pool(), slow.log.pool());
    sqlx::raw_sql("create sequence glances")
        .execute(here)
        .await?;
    // The filter for an empty batch: an idle writer appends nothing once a second.
    let counted = "verdict := repeat('R', n); \
                   if n > 0 then perform nextval('glances'); end if;";
    change(here, "verdict := repeat('R', n);", counted).await?;
    change(there, "if strange = 0 then", "if false then").await?;

    let mut known = Known::default();
    let mut kinds = BTreeMap::<&str, usize>::new();
    for n in 0..BATCHES {
        let mut batch = known.right(&mut random);
        if n % 2 == 1 {
            known.spoil(n / 2, &mut batch, &mut random);
        }
        let verdicts = told(&fast, &batch).await?;
        assert_eq!(verdicts, told(&slow, &batch).await?, "batch {n}: {batch:?}");
        for verdict in &verdicts {
            let kind = match verdict {
                Verdict::Recorded(_) => "recorded",
                Verdict::Duplicate(_) => "duplicate",
                Verdict::Mismatch => "mismatch",
                Verdict::Conflict { .. } => "conflict",
            };
            *kinds.entry(kind).or_default() += 1;
        }
        if n % 2 == 0 {
            let all = |verdict: &Verdict| matches!(verdict, Verdict::Recorded(_));
            assert!(verdicts.iter().all(all), "{verdicts:?}");
        }
        known.learn(batch, &verdicts);
    }
    assert_eq!(kinds.len(), 4, "every verdict was met: {kinds:?}");
    assert_eq!(rows(here).await?, rows(there).await?);
    let glances: i64 = sqlx::query_scalar("select last_value from glances")
        .fetch_one(here)
        .await?;
    assert!(glances >= i64::try_from(BATCHES / 2)?, "{glances} glances");
    Ok(())
}

/// Each comes alone in its batch: nothing but the look at the log can find it.
#[tokio::test(flavor = "multi_thread")]
async fn g02_a_known_id_is_found_at_a_glance_whatever_stream_it_comes_on() -> Result<()> {
    let database = Postgres::shared().await?;
    let node = Node::start(database.connect_options()?).await?;
    let command = one("one", 0);
    let first = told(&node, std::slice::from_ref(&command)).await?;
    let Verdict::Recorded(recorded) = &first[0] else {
        panic!("a new command is recorded: {first:?}");
    };
    let mut elsewhere = one("two", 0);
    elsewhere.command_id = command.command_id;
    let mut on_top = one("one", 1);
    on_top.command_id = command.command_id;
    on_top.base = Some(event_id(&command));
    for again in [elsewhere, on_top] {
        let told = told(&node, &[again]).await?;
        assert_eq!(told, [Verdict::Duplicate(recorded.clone())]);
    }
    assert_eq!(node.log.database_head().await?.get(), 1);
    Ok(())
}
