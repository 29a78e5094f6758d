//! What became of a campaign.

use pantheon_harness::checker::Report;
use serde::Serialize;

use crate::Campaign;

/// The line that a campaign ends with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Which campaign.
    pub id: String,
    /// Its seed.
    pub seed: u64,
    /// Commands that were sent.
    pub operations: usize,
    /// How often something was broken.
    pub faults: u64,
    /// Answered 2xx and not in the log.
    pub lost: usize,
    /// In the log more than once.
    pub duplicated: usize,
    /// Without an answer at first, and settled by asking again.
    pub unknown_resolved: usize,
    /// Promises that did not hold, each case of them.
    pub violations: usize,
    /// Whether every promise held.
    pub ok: bool,
    /// What did not hold, in words.
    #[serde(skip)]
    pub findings: Vec<String>,
}

impl Outcome {
    /// From the checker's report.
    #[must_use]
    pub fn judged(campaign: Campaign, seed: u64, faults: u64, report: &Report) -> Self {
        let found = report.violations.iter();
        let findings = found.map(|found| format!("{:?}: {}", found.invariant, found.message));
        Self {
            id: campaign.to_string(),
            seed,
            operations: report.operations,
            faults,
            lost: report.lost.len(),
            duplicated: report.duplicated.len(),
            unknown_resolved: report.unknown_resolved,
            violations: report.violations.len(),
            ok: report.holds(),
            findings: findings.collect(),
        }
    }

    /// One that broke off.
    #[must_use]
    pub fn broken(campaign: Campaign, seed: u64, why: String) -> Self {
        let mut outcome = Self::judged(campaign, seed, 0, &Report::default());
        outcome.finds(why);
        outcome
    }

    /// Adds something that did not hold and that the checker does not know of.
    pub fn finds(&mut self, finding: String) {
        self.findings.push(finding);
        self.violations += 1;
        self.ok = false;
    }

    /// Adds it when it does not hold.
    pub fn holds(&mut self, holds: bool, finding: impl FnOnce() -> String) {
        if !holds {
            self.finds(finding());
        }
    }
}
