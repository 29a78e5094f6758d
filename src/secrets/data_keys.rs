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
        let wrapped = sqlx::query_scalar!("select wrapped from data_keys where id = $1", id)
            .fetch_optional(&self.pool)
            .await?;
        let Some(wrapped) = wrapped else {
            return Ok(None);
        };
        let key = self.master.open_sealed(&wrapped, id.as_bytes())?;
        let key: Key = key.try_into().map_err(|_| SecretError::Sealed)?;
        self.known.insert(id, key);
        Ok(Some(key))
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
            wrapped,
            self.master.id(),
        )
        .execute(&self.pool)
        .await?;
        // Whoever was faster: there is one now.
        self.find(id).await?.ok_or(SecretError::Sealed)
    }
}
