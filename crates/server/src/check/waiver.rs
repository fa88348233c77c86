//! `[[waive]]`: findings that somebody answers for, each by its object, until a day.
//!
//! A waiver that covered every object of a rule would excuse the next mistake unseen; one without a near end is forgotten.

use admit_rules::Waiver;
use admit_words::Language;
use jiff::ToSpan;
use jiff::civil::Date;

use super::catalogue::{Weight, rule};
use crate::finding::{Finding, finding};

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
    let of_waivers: Vec<Finding> = waivers.iter().filter_map(|waiver| wrong_with(waiver, &found, today)).collect();
    let good = |waiver: &&Waiver| wrong_with(waiver, &[], today).is_none() && !waiver.is_over(today);
    for finding in found {
        match waivers.iter().filter(good).find(|waiver| waiver.id == finding.id && waiver.about.names(&finding.about)) {
            Some(waiver) => waived.push(Waived { finding, reason: waiver.reason.clone(), until: waiver.until }),
            None => left.push(finding),
        }
    }
    left.extend(of_waivers);
    for waiver in waivers.iter().filter(|waiver| wrong_with(waiver, &[], today).is_none()) {
        let id = &waiver.id;
        if waiver.is_over(today) {
            let wrong = format!("The waiver of {id} expired on {}.", waiver.until);
            let remedy = "Fix what it excused and remove it, or review it and set a new date.";
            left.push(finding("waiver-over", wrong, remedy).about(id));
            continue;
        }
        let idle = |object: &&str| !waived.iter().any(|it| it.finding.id == id && it.finding.about == *object);
        for object in waiver.about.iter().filter(idle) {
            let wrong = format!("The waiver of {id} about {object} matches no finding.");
            left.push(finding("waiver-idle", wrong, "Remove it.").about(id));
        }
    }
    (left, waived)
}

fn wrong_with(waiver: &Waiver, found: &[Finding], today: Date) -> Option<Finding> {
    let id = &waiver.id;
    let latest = today.saturating_add(1.year());
    match rule(id) {
        None => Some(finding(
            "waiver-unknown",
            format!("A waiver names {id}, and there is no such rule."),
            "See `admit check --list`.",
        )),
        Some(rule) if rule.weight == Weight::Refused => Some(finding(
            "waiver-impossible",
            format!("{id} cannot be waived: {}", rule.why(Language::En)),
            "Remove the waiver, and fix what it was to excuse.",
        )),
        Some(_) if !waiver.has_reason() => Some(finding(
            "waiver-reason",
            format!("The waiver of {id} gives no reason."),
            "Write in a sentence why it may be, and who decided it.",
        )),
        Some(_) if waiver.about.is_empty() => {
            let objects: Vec<String> =
                found.iter().filter(|finding| finding.id == id).map(|finding| format!("{:?}", finding.about)).collect();
            let remedy = match objects.as_slice() {
                [] => "`admit check` finds nothing of this id: remove the waiver.".to_owned(),
                [one] => format!("Add: about = {one}"),
                several => format!("Add those that it excuses: about = [{}]", several.join(", ")),
            };
            Some(finding("waiver-about", format!("The waiver of {id} does not say what it is about."), remedy))
        }
        Some(_) if waiver.until > latest => Some(finding(
            "waiver-long",
            format!("The waiver of {id} is good until {}, more than a year from now.", waiver.until),
            format!("Write until = \"{latest}\" or earlier, and review it then."),
        )),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = jiff::civil::date(2026, 11, 30);

    fn waiver(about: &str, until: &str) -> Waiver {
        let text = format!("id = \"proxy-wide\"\n{about}\nreason = \"The network is ours.\"\nuntil = \"{until}\"\n");
        toml::from_str(&text).unwrap()
    }

    fn ids(waiver: Waiver) -> (Vec<&'static str>, Vec<String>) {
        let wide = |network: &str| finding("proxy-wide", "wide", "narrow it").about(network);
        let (left, waived) = part(vec![wide("10.1.0.0/16"), wide("10.2.0.0/16")], &[waiver], TODAY);
        (left.iter().map(|it| it.id).collect(), waived.into_iter().map(|it| it.finding.about).collect())
    }

    #[test]
    fn a_waiver_excuses_the_objects_that_it_names_and_no_other_of_its_rule() {
        let one = ids(waiver("about = \"10.1.0.0/16\"", "2027-01-31"));
        assert_eq!(one, (vec!["proxy-wide"], vec!["10.1.0.0/16".to_owned()]));
        let both = ids(waiver("about = [\"10.2.0.0/16\", \"10.1.0.0/16\"]", "2027-01-31"));
        assert_eq!((both.0.len(), both.1.len()), (0, 2));
        // Neither a part of an object's name, nor a pattern, nor all of them at once.
        for about in ["10.1", "10.1.0.0/16 ", "*", "10.1.0.0/16,10.2.0.0/16"] {
            let none = ids(waiver(&format!("about = {about:?}"), "2027-01-31"));
            assert_eq!(none, (vec!["proxy-wide", "proxy-wide", "waiver-idle"], vec![]), "{about}");
        }
    }

    #[test]
    fn a_waiver_without_an_object_excuses_nothing_and_hears_what_to_write() {
        for about in ["", "about = \"\"", "about = []", "about = [\" \"]"] {
            let wrong = wrong_with(
                &waiver(about, "2027-01-31"),
                &[finding("proxy-wide", "wide", "narrow it").about("10.1.0.0/16")],
                TODAY,
            );
            assert_eq!(
                wrong.map(|it| (it.id, it.remedy)),
                Some(("waiver-about", "Add: about = \"10.1.0.0/16\"".to_owned()))
            );
            assert_eq!(ids(waiver(about, "2027-01-31")).0, ["proxy-wide", "proxy-wide", "waiver-about"]);
        }
    }

    #[test]
    fn a_waiver_is_good_for_a_year_at_most() {
        let good = |until| ids(waiver("about = [\"10.1.0.0/16\", \"10.2.0.0/16\"]", until)).0;
        assert_eq!(good("2027-11-30"), [""; 0]);
        assert_eq!(good("2026-11-30"), [""; 0], "its last day");
        for until in ["2027-12-01", "2099-12-31", "9999-12-31"] {
            assert_eq!(good(until), ["proxy-wide", "proxy-wide", "waiver-long"], "{until}");
        }
        assert_eq!(good("2026-11-29"), ["proxy-wide", "proxy-wide", "waiver-over"]);
    }
}
