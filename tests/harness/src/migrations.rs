//! The migrations of this workspace.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use anyhow::{Context, Result};
use sqlx::PgPool;
use sqlx::migrate::Migrator;

/// The files of `migrations/`, read when asked: a new file needs no new build.
pub async fn migrator() -> Result<Migrator> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    Migrator::new(dir)
        .await
        .context("cannot read the migrations")
}

/// Brings a database up to date.
///
/// # Errors
/// When a migration fails.
pub async fn migrate(pool: &PgPool) -> Result<()> {
    migrator()
        .await?
        .run(pool)
        .await
        .context("cannot migrate the test database")
}

/// A name for exactly these migrations.
pub fn fingerprint(migrator: &Migrator) -> String {
    let mut hasher = DefaultHasher::new();
    for migration in migrator.iter() {
        migration.version.hash(&mut hasher);
        migration.checksum.hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}
