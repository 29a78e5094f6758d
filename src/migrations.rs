//! The schema. Migrations go forward only; `migrations/README.md` has the rules.

use sqlx::PgPool;
use sqlx::migrate::{MigrateError, Migrator};

/// Every migration of this build.
pub static MIGRATOR: Migrator = sqlx::migrate!();

/// How the database's schema stands against this build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Everything is applied.
    Current,
    /// So many migrations are missing.
    Behind(usize),
    /// The database was migrated by a newer build.
    Ahead,
}

/// A database that this build cannot work with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMigrated {
    /// So many migrations are missing.
    #[error("{0} migrations are missing in this database; run `pantheon migrate up`")]
    Behind(usize),
    /// It has migrations that this build does not know.
    #[error("this database was migrated by a newer build; run that build, or a newer one")]
    Ahead,
}

impl Standing {
    /// Whether this build can work with the database.
    ///
    /// # Errors
    /// It is not current.
    pub fn ready(self) -> Result<(), NotMigrated> {
        match self {
            Self::Current => Ok(()),
            Self::Behind(missing) => Err(NotMigrated::Behind(missing)),
            Self::Ahead => Err(NotMigrated::Ahead),
        }
    }
}

/// Compares the database with this build.
pub async fn standing(pool: &PgPool) -> Result<Standing, sqlx::Error> {
    let known = sqlx::query_scalar!("select to_regclass('public._sqlx_migrations') is not null")
        .fetch_one(pool)
        .await?;
    let applied: Vec<i64> = if known == Some(true) {
        // The table is sqlx's own and missing from a database that was never migrated, so the
        // query cannot be checked when it is compiled.
        sqlx::query_scalar("select version from _sqlx_migrations where success")
            .fetch_all(pool)
            .await?
    } else {
        Vec::new()
    };
    let ours: Vec<i64> = MIGRATOR.iter().map(|migration| migration.version).collect();
    if applied.iter().any(|version| !ours.contains(version)) {
        return Ok(Standing::Ahead);
    }
    match ours
        .iter()
        .filter(|version| !applied.contains(version))
        .count()
    {
        0 => Ok(Standing::Current),
        missing => Ok(Standing::Behind(missing)),
    }
}

/// Applies what is missing. Safe to run from several nodes at once.
pub async fn up(pool: &PgPool) -> Result<(), MigrateError> {
    MIGRATOR.run(pool).await
}

#[cfg(test)]
mod tests {
    use super::MIGRATOR;

    #[test]
    fn no_two_migrations_have_one_number() {
        let mut numbers: Vec<_> = MIGRATOR.iter().map(|migration| migration.version).collect();
        let all = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), all);
    }
}
