//! Moving everything that is sealed to the newest master key, while nodes go on.
//!
//! Shape: batch by batch in the order of ids; what is under the newest key is left alone, so that a sweep
//! that broke off goes on where it was. Ordering: none. Delivery: a row is replaced only if it is still the
//! one that was opened. On failure: what cannot be opened stays as it is and is counted.

use pantheon_events::TenantId;
use sqlx::PgPool;
use uuid::Uuid;

use super::vault::about;
use super::{MasterKey, SecretError};

const BATCH: i64 = 500;

/// How much is sealed with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InUse {
    /// The key's id.
    pub key_id: String,
    /// Secrets in the vault.
    pub secrets: i64,
    /// Keys of people and names.
    pub keys: i64,
}

/// Which keys are in use.
///
/// # Errors
/// Postgres did not answer.
pub async fn in_use(pool: &PgPool) -> Result<Vec<InUse>, SecretError> {
    let rows = sqlx::query_as!(
        InUse,
        r#"select key_id as "key_id!", sum(secrets)::bigint as "secrets!", sum(keys)::bigint as "keys!"
           from (select key_id, count(*) as secrets, 0 as keys from vault group by key_id
                 union all
                 select key_id, 0, count(*) from data_keys group by key_id) as sealed
           group by key_id order by key_id"#
    )
    .fetch_all(pool)
    .await?;
    Ok(rows)
}

/// Makes sure that every key that is in use is configured.
///
/// # Errors
/// One is not; Postgres did not answer.
pub async fn check(pool: &PgPool, master: &MasterKey) -> Result<(), SecretError> {
    let known = master.ids();
    let mut used = in_use(pool).await?.into_iter();
    match used.find(|used| known.iter().all(|id| **id != *used.key_id)) {
        Some(unknown) => Err(SecretError::UnknownKey(unknown.key_id)),
        None => Ok(()),
    }
}

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotated {
    /// Secrets that were sealed anew.
    pub secrets: u64,
    /// Keys that were sealed anew.
    pub keys: u64,
    /// What could not be opened, and is as it was.
    pub failed: u64,
}

/// Seals everything with the newest key that is sealed with another one.
///
/// # Errors
/// Postgres did not answer: what was done so far stays, and another call goes on from there.
pub async fn rotate(pool: &PgPool, master: &MasterKey) -> Result<Rotated, SecretError> {
    let mut rotated = Rotated::default();
    let mut after = Uuid::nil();
    while let Some(last) = vault(pool, master, after, &mut rotated).await? {
        after = last;
    }
    let mut after = Uuid::nil();
    while let Some(last) = data_keys(pool, master, after, &mut rotated).await? {
        after = last;
    }
    Ok(rotated)
}

/// Rows that were opened and sealed anew.
#[derive(Default)]
struct Anew {
    ids: Vec<Uuid>,
    before: Vec<Vec<u8>>,
    after: Vec<Vec<u8>>,
    failed: u64,
}

impl Anew {
    fn add(&mut self, master: &MasterKey, id: Uuid, key_id: &str, sealed: Vec<u8>, about: &[u8]) {
        match master.open_sealed(key_id, &sealed, about) {
            Ok(secret) => {
                self.ids.push(id);
                self.before.push(sealed);
                self.after.push(master.seal(&secret, about).sealed);
            }
            Err(error) => {
                tracing::error!(%id, %error, "a secret stays under an older key");
                self.failed += 1;
            }
        }
    }
}

async fn vault(
    pool: &PgPool,
    master: &MasterKey,
    after: Uuid,
    rotated: &mut Rotated,
) -> Result<Option<Uuid>, SecretError> {
    let newest = master.id();
    let rows = sqlx::query!(
        "select secret_id, tenant, ciphertext, key_id from vault
         where key_id <> $1 and secret_id > $2 order by secret_id limit $3",
        &*newest,
        after,
        BATCH,
    )
    .fetch_all(pool)
    .await?;
    let last = rows.last().map(|row| row.secret_id);
    let mut anew = Anew::default();
    for row in rows {
        let about = about(TenantId::new(row.tenant), row.secret_id);
        anew.add(master, row.secret_id, &row.key_id, row.ciphertext, &about);
    }
    let done = sqlx::query!(
        "update vault set ciphertext = anew.after, key_id = $1
         from unnest($2::uuid[], $3::bytea[], $4::bytea[]) as anew (id, before, after)
         where vault.secret_id = anew.id and vault.ciphertext = anew.before",
        &*newest,
        &anew.ids,
        &anew.before,
        &anew.after,
    )
    .execute(pool)
    .await?;
    rotated.secrets += done.rows_affected();
    rotated.failed += anew.failed;
    Ok(last)
}

async fn data_keys(
    pool: &PgPool,
    master: &MasterKey,
    after: Uuid,
    rotated: &mut Rotated,
) -> Result<Option<Uuid>, SecretError> {
    let newest = master.id();
    let rows = sqlx::query!(
        "select id, wrapped, key_id from data_keys
         where key_id <> $1 and id > $2 order by id limit $3",
        &*newest,
        after,
        BATCH,
    )
    .fetch_all(pool)
    .await?;
    let last = rows.last().map(|row| row.id);
    let mut anew = Anew::default();
    for row in rows {
        anew.add(master, row.id, &row.key_id, row.wrapped, row.id.as_bytes());
    }
    let done = sqlx::query!(
        "update data_keys set wrapped = anew.after, key_id = $1
         from unnest($2::uuid[], $3::bytea[], $4::bytea[]) as anew (id, before, after)
         where data_keys.id = anew.id and data_keys.wrapped = anew.before",
        &*newest,
        &anew.ids,
        &anew.before,
        &anew.after,
    )
    .execute(pool)
    .await?;
    rotated.keys += done.rows_affected();
    rotated.failed += anew.failed;
    Ok(last)
}
