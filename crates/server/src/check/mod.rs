//! Whether a set-up is sound: asked by `serve` before it starts, and by `admit check` at any time.
//!
//! What is found has an id, how grave it is, a sentence and a remedy. Some of it may stay when a waiver answers for it
//! with a reason and an end; what could not work or would let anybody in may not.

pub mod catalogue;
mod config;
mod files;
pub mod report;
mod waiver;

use std::path::Path;

use admit_core::policy::Policy;
use admit_rules::Waiver;
use jiff::civil::Date;

use crate::config::Config;
use crate::config::unsafety;
use crate::finding::Finding;
use catalogue::{Weight, rule};

pub use waiver::Waived;

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// With these the server does not start.
    pub refused: Vec<Finding>,
    /// These are told.
    pub told: Vec<Finding>,
    /// These somebody answers for.
    pub waived: Vec<Waived>,
}

impl Checked {
    /// Parts findings by their weight and by the waivers of the configuration.
    #[must_use]
    pub fn of(found: Vec<Finding>, waivers: &[Waiver], today: Date) -> Self {
        let (left, waived) = waiver::part(found, waivers, today);
        // A finding that the catalogue does not know is refused: it was added in a hurry, and safely so.
        let is_told = |finding: &Finding| rule(finding.id).is_some_and(|rule| rule.weight == Weight::Told);
        let (told, refused) = left.into_iter().partition(is_told);
        Self { refused, told, waived }
    }

    /// All that counts, what is refused first.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.refused.iter().chain(&self.told)
    }
}

/// Looks at a configuration and at the files that it names, without waking anything. `file`: where it was read from.
#[must_use]
pub fn design(config: &Config, file: Option<&Path>, dev: bool) -> Vec<Finding> {
    if dev {
        let mut found = unsafety::look_dev(config);
        config::policy(config, &mut found);
        return found;
    }
    let mut found = unsafety::look(config);
    config::look(config, &mut found);
    config::policy(config, &mut found);
    files::look(config, file, &mut found);
    found
}

/// Looks at a policy that is about to take the place of the one in force, as `design` does before the start.
#[must_use]
pub fn policy(config: &Config, path: &Path, policy: &Policy) -> Checked {
    let mut found = Vec::new();
    files::writable("The policy", path, &mut found);
    config::staleness(policy, &mut found);
    Checked::of(found, &config.waive, today())
}

/// The day here and now: what decides whether a waiver is over.
#[must_use]
pub fn today() -> Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}
