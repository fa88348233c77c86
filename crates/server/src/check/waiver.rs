//! `[[waive]]`: findings that somebody answers for, until a day.

use jiff::civil::Date;
use serde::Deserialize;

use super::catalogue::{Weight, rule};
use crate::config::unsafety::{Finding, finding};

/// `[[waive]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The id of what is excused.
    pub id: String,
    /// Why.
    pub reason: String,
    /// The last day, as in `2027-03-31`.
    #[serde(deserialize_with = "date")]
    pub until: Date,
}

fn date<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
    let text = String::deserialize(from)?;
    let wrong = |_| serde::de::Error::custom(format!("\"{text}\" is no day; write it as in \"2027-03-31\""));
    text.parse().map_err(wrong)
}

/// A waiver that is in force, and what it excuses.
#[derive(Clone, Debug)]
pub struct Waived {
    /// What was found.
    pub finding: Finding,
    /// Why it may be.
    pub reason: String,
    /// The last day on which it may.
    pub until: Date,
}

/// Parts what is excused from what is not. What is wrong with the waivers themselves is among the findings.
pub(super) fn part(found: Vec<Finding>, waivers: &[Waiver], today: Date) -> (Vec<Finding>, Vec<Waived>) {
    let (mut left, mut waived) = (Vec::new(), Vec::new());
    let good = |waiver: &&Waiver| wrong_with(waiver).is_none() && waiver.until >= today;
    for finding in found {
        match waivers.iter().filter(good).find(|waiver| waiver.id == finding.id) {
            Some(waiver) => waived.push(Waived { finding, reason: waiver.reason.clone(), until: waiver.until }),
            None => left.push(finding),
        }
    }
    for waiver in waivers {
        let id = &waiver.id;
        if let Some(wrong) = wrong_with(waiver) {
            left.push(wrong);
        } else if waiver.until < today {
            let wrong = format!("The waiver of {id} was good until {}.", waiver.until);
            left.push(finding("waiver-over", wrong, "Mend what it excused and remove it, or answer for it anew."));
        } else if !waived.iter().any(|waived| waived.finding.id == id) {
            let wrong = format!("The waiver of {id} excuses nothing that was found.");
            left.push(finding("waiver-idle", wrong, "Remove it."));
        }
    }
    (left, waived)
}

fn wrong_with(waiver: &Waiver) -> Option<Finding> {
    let id = &waiver.id;
    match rule(id) {
        None => Some(finding(
            "waiver-unknown",
            format!("A waiver names {id}, and there is no such rule."),
            "See `admit check --list`.",
        )),
        Some(rule) if rule.weight == Weight::Refused => Some(finding(
            "waiver-impossible",
            format!("{id} cannot be waived: {}", rule.why(admit_audit::Language::En)),
            "Remove the waiver, and mend what it was to excuse.",
        )),
        Some(_) if waiver.reason.trim().chars().count() < 10 => Some(finding(
            "waiver-reason",
            format!("The waiver of {id} gives no reason."),
            "Write in a sentence why it may be, and who decided it.",
        )),
        Some(_) => None,
    }
}
