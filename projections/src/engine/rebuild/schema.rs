//! The tables beside the live ones: same columns, constraints, indexes (by the same names), storage
//! options and grants. Names come from the programme's own constants only.

use sqlx::{Executor, PgConnection};

/// Makes `schema` with an empty copy of every live table.
pub(super) async fn create(
    db: &mut PgConnection,
    schema: &str,
    tables: &[&str],
) -> Result<(), sqlx::Error> {
    drop(db, schema).await?;
    run(db, &format!("create schema \"{schema}\"")).await?;
    for table in tables {
        run(
            db,
            &format!(
                "create table \"{schema}\".\"{table}\" (like read.\"{table}\" including all excluding indexes)"
            ),
        )
        .await?;
        for statement in rest(db, schema, table).await? {
            run(db, &statement).await?;
        }
    }
    Ok(())
}

/// Drops a schema with all that is in it.
pub(super) async fn drop(db: &mut PgConnection, schema: &str) -> Result<(), sqlx::Error> {
    run(db, &format!("drop schema if exists \"{schema}\" cascade")).await
}

/// Moves a table.
pub(super) async fn move_table(
    db: &mut PgConnection,
    from: &str,
    table: &str,
    to: &str,
) -> Result<(), sqlx::Error> {
    run(
        db,
        &format!("alter table \"{from}\".\"{table}\" set schema \"{to}\""),
    )
    .await
}

/// Gives the planner its numbers before the first reader comes.
pub(super) async fn analyze(
    db: &mut PgConnection,
    schema: &str,
    tables: &[&str],
) -> Result<(), sqlx::Error> {
    for table in tables {
        run(db, &format!("analyze \"{schema}\".\"{table}\"")).await?;
    }
    Ok(())
}

/// How many rows a table has.
pub(super) async fn count(
    db: &mut PgConnection,
    schema: &str,
    table: &str,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(&format!("select count(*) from \"{schema}\".\"{table}\""))
        .fetch_one(db)
        .await
}

pub(super) async fn run(db: &mut PgConnection, statement: &str) -> Result<(), sqlx::Error> {
    db.execute(statement).await.map(|_| ())
}

/// What `like` leaves out. Key constraints come before plain indexes; their index carries the
/// constraint's name.
async fn rest(
    db: &mut PgConnection,
    schema: &str,
    table: &str,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "with live as (select c.* from pg_class c
                       where c.relnamespace = 'read'::regnamespace and c.relname = $2)
         select statement from (
             select 1 as step, format('alter table %I.%I add constraint %I %s',
                    $1, $2, k.conname, pg_get_constraintdef(k.oid)) as statement
             from live join pg_constraint k on k.conrelid = live.oid and k.contype in ('p', 'u', 'x')
             union all
             select 2, replace(pg_get_indexdef(i.indexrelid),
                    ' ON ' || live.oid::regclass::text || ' ',
                    format(' ON %I.%I ', $1, $2))
             from live join pg_index i on i.indrelid = live.oid
             where not exists (select 1 from pg_constraint k
                               where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
             union all
             select 3, format('alter table %I.%I set (%s)', $1, $2,
                    array_to_string(live.reloptions, ', '))
             from live where live.reloptions is not null
             union all
             select 4, format('grant %s on table %I.%I to %s', a.privilege_type, $1, $2,
                    coalesce(quote_ident(r.rolname), 'public'))
             from live cross join lateral aclexplode(live.relacl) a
             left join pg_roles r on r.oid = a.grantee
             where a.grantee <> live.relowner
         ) all_of_it order by step, statement",
    )
    .bind(schema)
    .bind(table)
    .fetch_all(db)
    .await
}
