//! The rows of the table: one file each.

mod p1;
mod p2;
mod p4;
mod p5;
mod p9;

use anyhow::Result;
use clap::ValueEnum;

use crate::measure::Measure;
use crate::stage::Stage;

/// A row. A new one is a file, a variant, and a line in each list below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "UPPER")]
pub enum Row {
    /// Commands in process.
    P1,
    /// Commands in process, a new aggregate each.
    P2,
    /// What one caller waits.
    P4,
    /// Commands over HTTP.
    P5,
    /// Folding a read model anew.
    P9,
}

impl Row {
    /// All rows, in the order in which they are measured.
    pub const ALL: &[Self] = &[Self::P1, Self::P2, Self::P4, Self::P5, Self::P9];

    /// Measures it, on databases of its own.
    pub async fn measure(self, stage: &Stage) -> Result<Vec<Measure>> {
        match self {
            Self::P1 => p1::measure(stage).await,
            Self::P2 => p2::measure(stage).await,
            Self::P4 => p4::measure(stage).await,
            Self::P5 => p5::measure(stage).await,
            Self::P9 => p9::measure(stage).await,
        }
    }
}
