//! Which campaigns there are.

use std::fmt;

use anyhow::Result;

use crate::campaigns::{
    f01, f02, f03, f04, f05, f06, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21,
};
use crate::{Outcome, Run, Scale};

/// A campaign, by the id that it has in every document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
#[clap(rename_all = "verbatim")]
pub enum Campaign {
    /// Nodes are killed.
    F01,
    /// Nodes stand still.
    F02,
    /// The outcome of an append is unknown.
    F03,
    /// Clients hang up at any byte.
    F04,
    /// Writers at once, and forced errors.
    F05,
    /// Postgres is killed.
    F06,
    /// A node is cut off from Postgres or NATS.
    F10,
    /// nats-server is killed, and its store wiped.
    F11,
    /// Two relays, and a copy that forgets what it knows.
    F12,
    /// Projectors end at every point.
    F13,
    /// Events that a read model cannot store.
    F14,
    /// Live clients lose their connections.
    F15,
    /// Live clients that do not read.
    F16,
    /// More is asked than can be written.
    F17,
    /// Clients that send byte by byte.
    F18,
    /// One command id many times at once.
    F19,
    /// What only one may have, wanted by sixteen.
    F20,
    /// Nodes are restarted one after the other.
    F21,
}

impl Campaign {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::F01,
        Self::F02,
        Self::F03,
        Self::F04,
        Self::F05,
        Self::F06,
        Self::F10,
        Self::F11,
        Self::F12,
        Self::F13,
        Self::F14,
        Self::F15,
        Self::F16,
        Self::F17,
        Self::F18,
        Self::F19,
        Self::F20,
        Self::F21,
    ];

    /// How often the fault comes; seconds of it in F17, events in F05.
    #[must_use]
    pub fn count(self, scale: Scale) -> u64 {
        let (full, short) = match self {
            Self::F01 => (300, 10),
            Self::F02 => (30, 3),
            Self::F03 => (2_000, 50),
            Self::F04 => (100_000, 2_000),
            Self::F05 => (10_000_000, 100_000),
            Self::F06 => (100, 3),
            Self::F10 => (30, 3),
            Self::F11 => (300, 5),
            Self::F12 => (20, 2),
            Self::F13 => (1_000, 50),
            Self::F14 => (50, 3),
            Self::F15 => (50_000, 500),
            Self::F16 => (200, 10),
            Self::F17 => (60, 4),
            Self::F18 => (3_000, 90),
            Self::F19 => (20_000, 500),
            Self::F20 => (1_000, 50),
            Self::F21 => (50, 3),
        };
        match scale {
            Scale::Full => full,
            Scale::Short => short,
        }
    }

    /// Runs it.
    ///
    /// # Errors
    /// Something could not be done or collected; what does not hold stands in the outcome.
    pub async fn run(self, run: &Run) -> Result<Outcome> {
        match self {
            Self::F01 => Box::pin(f01::run(run)).await,
            Self::F02 => Box::pin(f02::run(run)).await,
            Self::F03 => Box::pin(f03::run(run)).await,
            Self::F04 => Box::pin(f04::run(run)).await,
            Self::F05 => Box::pin(f05::run(run)).await,
            Self::F06 => Box::pin(f06::run(run)).await,
            Self::F10 => Box::pin(f10::run(run)).await,
            Self::F11 => Box::pin(f11::run(run)).await,
            Self::F12 => Box::pin(f12::run(run)).await,
            Self::F13 => Box::pin(f13::run(run)).await,
            Self::F14 => Box::pin(f14::run(run)).await,
            Self::F15 => Box::pin(f15::run(run)).await,
            Self::F16 => Box::pin(f16::run(run)).await,
            Self::F17 => Box::pin(f17::run(run)).await,
            Self::F18 => Box::pin(f18::run(run)).await,
            Self::F19 => Box::pin(f19::run(run)).await,
            Self::F20 => Box::pin(f20::run(run)).await,
            Self::F21 => Box::pin(f21::run(run)).await,
        }
    }
}

impl fmt::Display for Campaign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
