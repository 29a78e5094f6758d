//! Randomness that can be repeated.

use rand::SeedableRng;
use rand::rngs::StdRng;

/// The variable that repeats a run.
pub const SEED: &str = "SEED";

/// The seed of this run: the one in `SEED`, or a fresh one. It is printed, so that a test that fails
/// says how it is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(u64);

impl Seed {
    /// As the environment says.
    ///
    /// # Panics
    /// When `SEED` is no number.
    #[must_use]
    pub fn of_run() -> Self {
        let seed = match std::env::var(SEED) {
            Ok(text) => text.parse().expect("SEED is a number"),
            Err(_) => rand::random_range(0..1_000_000_000),
        };
        eprintln!("seed {seed}: repeat this run with {SEED}={seed}");
        Self(seed)
    }

    /// The seed of a further part of the run that draws for the same purposes.
    #[must_use]
    pub fn part(self, number: u64) -> Self {
        Self(self.0.wrapping_add(number.wrapping_mul(1_000_000_007)))
    }

    /// A source of its own for each purpose: what one draws does not move the others.
    #[must_use]
    pub fn random(self, purpose: u64) -> StdRng {
        StdRng::seed_from_u64(self.0.wrapping_mul(1_000_003).wrapping_add(purpose))
    }
}
