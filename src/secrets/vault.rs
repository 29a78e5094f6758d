//! Secrets by id. A row is written before the event that names it.

use pantheon_events::TenantId;
use secrecy::{ExposeSecret, SecretString};
use sqlx::PgPool;
use uuid::Uuid;

use super::{MasterKey, SecretError};

/// The vault of an installation. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Vault {
    pool: PgPool,
    key: MasterKey,
}

impl Vault {
    /// The vault in this database, sealed with this key.
    #[must_use]
    pub const fn new(pool: PgPool, key: MasterKey) -> Self {
        Self { pool, key }
    }

    /// Puts a secret away under a new id.
    ///
    /// # Errors
    /// Postgres did not answer.
    pub async fn put(&self, tenant: TenantId, secret: &SecretString) -> Result<Uuid, SecretError> {
        let id = Uuid::now_v7();
        let sealed = self
            .key
            .seal(secret.expose_secret().as_bytes(), &about(tenant, id));
        sqlx::query!(
            "insert into vault (secret_id, tenant, ciphertext, key_id) values ($1, $2, $3, $4)",
            id,
            tenant.as_uuid(),
            sealed.sealed,
            &*sealed.key_id,
        )
        .execute(&self.pool)
        .await?;
        Ok(id)
    }

    /// Fetches a secret; `None` = there is none with this id in this tenant.
    ///
    /// # Errors
    /// Postgres did not answer; the row was sealed with another key, or changed.
    pub async fn get(
        &self,
        tenant: TenantId,
        id: Uuid,
    ) -> Result<Option<SecretString>, SecretError> {
        let row = sqlx::query!(
            "select ciphertext, key_id from vault where secret_id = $1 and tenant = $2",
            id,
            tenant.as_uuid(),
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let about = about(tenant, id);
        let secret = self.key.open_sealed(&row.key_id, &row.ciphertext, &about)?;
        let secret = String::from_utf8(secret).map_err(|_| SecretError::Sealed)?;
        Ok(Some(SecretString::from(secret)))
    }

    /// Destroys a secret that nothing names any more.
    ///
    /// # Errors
    /// Postgres did not answer.
    pub async fn remove(&self, tenant: TenantId, id: Uuid) -> Result<(), SecretError> {
        sqlx::query!(
            "delete from vault where secret_id = $1 and tenant = $2",
            id,
            tenant.as_uuid(),
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

pub(super) fn about(tenant: TenantId, id: Uuid) -> Vec<u8> {
    [tenant.as_uuid().as_bytes().as_slice(), id.as_bytes()].concat()
}
