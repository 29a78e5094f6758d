//! Tables round trip through a real Postgres: what was put is what is loaded, to the last bit.

use std::collections::HashMap;

use anyhow::Result;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use pantheon_harness::Postgres;
use pantheon_projections::{ProjectError, Record, Table, row};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

const TABLE: &str = "create table odds (
    a uuid not null, b text not null, small integer not null, big bigint not null,
    float double precision not null, yes boolean not null, at timestamptz not null, day date,
    words text[] not null, ids uuid[] not null, doc jsonb not null, free jsonb, kind text not null,
    maybe text, primary key (a, b))";

row! {
    #[derive(Debug)]
    struct Odd in "odds" key (a: Uuid, b: String) {
        a: Uuid,
        b: String,
        small: i32,
        big: i64,
        float: f64,
        yes: bool,
        at: DateTime<Utc>,
        day: Option<NaiveDate>,
        words: Vec<String>,
        ids: Vec<Uuid>,
        doc: HashMap<String, Vec<Option<f64>>>,
        free: Option<serde_json::Value>,
        kind: Kind,
        maybe: Option<String>,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    PlainOne,
    Other,
}

prop_compose! {
    fn odd()(
        (a, b) in (0u128..4, "[ab]"),
        (small, big, float) in (any::<i32>(), any::<i64>(), finite()),
        yes in any::<bool>(),
        (micros, nanos) in (-60_000_000_000_000_000i64..250_000_000_000_000_000, 0..1_000i64),
        day in proptest::option::of(1i32..700_000),
        words in proptest::collection::vec(text(), 0..4),
        ids in proptest::collection::vec(any::<u128>(), 0..3),
        doc in proptest::collection::hash_map(text(), proptest::collection::vec(proptest::option::of(finite()), 0..3), 0..3),
        free in proptest::option::of(text()),
        maybe in proptest::option::of(text()),
    ) -> Odd {
        Odd {
            a: Uuid::from_u128(a),
            b,
            small,
            big,
            float,
            yes,
            at: DateTime::from_timestamp_micros(micros).expect("in range")
                + TimeDelta::nanoseconds(nanos),
            day: day.and_then(NaiveDate::from_num_days_from_ce_opt),
            words,
            ids: ids.into_iter().map(Uuid::from_u128).collect(),
            doc,
            free: free.map(|text| serde_json::json!({ "text": text, "n": [1, null] })),
            kind: if yes { Kind::PlainOne } else { Kind::Other },
            maybe,
        }
    }
}

/// Any text that Postgres can hold.
fn text() -> impl Strategy<Value = String> {
    any::<String>().prop_map(|text| text.replace('\0', "0"))
}

/// A JSON number has no negative zero in `jsonb`.
fn finite() -> impl Strategy<Value = f64> {
    proptest::num::f64::NORMAL
}

async fn stored(db: &mut PgConnection) -> Result<HashMap<(Uuid, String), Odd>> {
    let keys = (0..4).flat_map(|a| ["a", "b"].map(|b| (Uuid::from_u128(a), b.to_owned())));
    let mut table = Table::<Odd>::load(db, keys).await?;
    Ok(table
        .iter()
        .map(|row| ((row.a, row.b.clone()), row.clone()))
        .collect())
}

#[tokio::test]
async fn rows_of_every_column_type_come_back_as_they_were_put() -> Result<()> {
    let database = Postgres::shared().await?;
    let pool = database.pool(1).await?;
    let mut db = pool.acquire().await?;
    sqlx::query(TABLE).execute(&mut *db).await?;
    let mut runner = TestRunner::new(Config::default());
    let steps = proptest::collection::vec((odd(), 0u8..4), 1..8);
    let mut model = HashMap::new();
    for _ in 0..100 {
        let steps = steps.new_tree(&mut runner).expect("a case").current();
        let keys = steps.iter().map(|(row, _)| (row.a, row.b.clone()));
        let mut table = Table::<Odd>::load(&mut db, keys).await?;
        for (row, what) in steps {
            let key = (row.a, row.b.clone());
            assert_eq!(table.get(&key), model.get(&key));
            match what {
                0 => assert_eq!(table.remove(&key), model.remove(&key)),
                1 => {
                    if let Some(known) = table.get_mut(&key) {
                        known.float = row.float;
                        model.get_mut(&key).expect("known").float = row.float;
                    }
                }
                _ => {
                    table.put(row.clone());
                    let mut kept = row;
                    kept.settle();
                    assert_eq!(table.get(&key), Some(&kept));
                    model.insert(key, kept);
                }
            }
        }
        table.save(&mut db).await?;
        assert_eq!(stored(&mut db).await?, model);
    }
    Ok(())
}

#[tokio::test]
async fn rows_are_found_by_any_column_and_a_stray_key_is_reported() -> Result<()> {
    let database = Postgres::shared().await?;
    let pool = database.pool(1).await?;
    let mut db = pool.acquire().await?;
    sqlx::query(TABLE).execute(&mut *db).await?;
    let mut runner = TestRunner::deterministic();
    let mut row = odd().new_tree(&mut runner).expect("a row").current();
    let mut table =
        Table::<Odd>::load(&mut db, ["x", "y", "z"].map(|b| (row.a, b.to_owned()))).await?;
    for (b, small) in [("x", 7), ("y", 7), ("z", 8)] {
        (row.b, row.small) = (b.to_owned(), small);
        table.put(row.clone());
    }
    table.save(&mut db).await?;

    let mut found = Table::<Odd>::empty();
    found.also_by(&mut db, "small", [7, 7, 9]).await?;
    let mut names: Vec<_> = found.iter().map(|row| row.b.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["x", "y"]);
    assert!(found.also_by(&mut db, "no_such", [1]).await.is_err());

    assert!(found.get(&(row.a, "z".to_owned())).is_none());
    let stray = found.save(&mut db).await;
    assert!(matches!(stray, Err(ProjectError::Broken(_))), "{stray:?}");
    Ok(())
}
