//! Keys that are sealed with the master key and made when they are first needed.

use std::time::Duration;

use moka::sync::Cache;
use sqlx::PgPool;
use uuid::Uuid;

use super::seal::Key;
use super::{MasterKey, SecretError};

const REMEMBERED: u64 = 10_000;
/// A key that was destroyed on another node is forgotten here after this time.
const REMEMBERED_FOR: Duration = Duration::from_secs(30);

/// The data keys of an installation. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct DataKeys {
    pool: PgPool,
    master: MasterKey,
    known: Cache<Uuid, Key>,
}

impl DataKeys {
    pub(super) fn new(pool: PgPool, master: MasterKey) -> Self {
        let known = Cache::builder()
            .max_capacity(REMEMBERED)
            .time_to_live(REMEMBERED_FOR)
            .build();
        Self {
            pool,
            master,
            known,
        }
    }

    /// The key, if there is one.
    pub(super) async fn find(&self, id: Uuid) -> Result<Option<Key>, SecretError> {
        if let Some(key) = self.known.get(&id) {
            return Ok(Some(key));
        }
        self.fetch(&[id]).await?;
        Ok(self.known.get(&id))
    }

    /// Fetches those of many keys that are not known here.
    pub(super) async fn fetch(&self, ids: &[Uuid]) -> Result<(), SecretError> {
        let unknown = ids.iter().filter(|id| !self.known.contains_key(*id));
        let unknown: Vec<Uuid> = unknown.copied().collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let rows = sqlx::query!(
            "select id, wrapped, key_id from data_keys where id = any($1)",
            &unknown
        )
        .fetch_all(&self.pool)
        .await?;
        for row in rows {
            let about = row.id.as_bytes();
            let key = self.master.open_sealed(&row.key_id, &row.wrapped, about)?;
            let key: Key = key.try_into().map_err(|_| SecretError::Sealed)?;
            self.known.insert(row.id, key);
        }
        Ok(())
    }

    /// The key; a new one when there is none.
    pub(super) async fn find_or_make(&self, id: Uuid, purpose: &str) -> Result<Key, SecretError> {
        if let Some(key) = self.find(id).await? {
            return Ok(key);
        }
        let wrapped = self.master.seal(&rand::random::<Key>(), id.as_bytes());
        sqlx::query!(
            "insert into data_keys (id, purpose, wrapped, key_id) values ($1, $2, $3, $4)
             on conflict (id) do nothing",
            id,
            purpose,
            wrapped.sealed,
            &*wrapped.key_id,
        )
        .execute(&self.pool)
        .await?;
        // Whoever was faster: there is one now.
        self.find(id).await?.ok_or(SecretError::Sealed)
    }
}
