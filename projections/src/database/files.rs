//! The files of exports, in pieces in the database: any node gives them out.

use pantheon_events::ExportId;

use crate::query::{QueryError, Reads};

/// Bytes of a piece.
const PIECE: usize = 1024 * 1024;

/// A file that is being written.
#[derive(Debug)]
pub struct File {
    reads: Reads,
    id: ExportId,
    open: Vec<u8>,
    pieces: i32,
    bytes: i64,
}

impl File {
    /// An empty file. What an interrupted first try has written is taken away.
    ///
    /// # Errors
    /// Postgres did not answer.
    pub async fn begin(reads: &Reads, id: ExportId) -> Result<Self, QueryError> {
        forget(reads, id).await?;
        Ok(Self {
            reads: reads.clone(),
            id,
            open: Vec::new(),
            pieces: 0,
            bytes: 0,
        })
    }

    /// Adds to it.
    ///
    /// # Errors
    /// Postgres did not answer.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), QueryError> {
        self.open.extend_from_slice(bytes);
        if self.open.len() >= PIECE {
            self.put().await?;
        }
        Ok(())
    }

    /// Writes the rest; how many bytes it has.
    ///
    /// # Errors
    /// Postgres did not answer.
    pub async fn end(mut self) -> Result<i64, QueryError> {
        if !self.open.is_empty() {
            self.put().await?;
        }
        Ok(self.bytes)
    }

    async fn put(&mut self) -> Result<(), QueryError> {
        let piece = std::mem::take(&mut self.open);
        sqlx::query!(
            "insert into export_files (export_id, n, data) values ($1, $2, $3)",
            self.id.as_uuid(),
            self.pieces,
            piece,
        )
        .execute(self.reads.pool())
        .await?;
        self.pieces += 1;
        self.bytes += i64::try_from(piece.len()).unwrap_or(i64::MAX);
        Ok(())
    }
}

/// A piece of a file; `None` after the last.
///
/// # Errors
/// Postgres did not answer.
pub async fn chunk(reads: &Reads, id: ExportId, n: i32) -> Result<Option<Vec<u8>>, QueryError> {
    let piece = sqlx::query_scalar!(
        "select data from export_files where export_id = $1 and n = $2",
        id.as_uuid(),
        n,
    )
    .fetch_optional(reads.pool())
    .await?;
    Ok(piece)
}

/// Takes a file away.
///
/// # Errors
/// Postgres did not answer.
pub async fn forget(reads: &Reads, id: ExportId) -> Result<(), QueryError> {
    sqlx::query!(
        "delete from export_files where export_id = $1",
        id.as_uuid()
    )
    .execute(reads.pool())
    .await?;
    Ok(())
}
