//! `[[waive]]`: findings that somebody answers for, until a day.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// `[[waive]]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The id of what is excused.
    pub id: String,
    /// The objects at which it is excused, as `admit check` prints them. `admit audit` has no objects.
    #[serde(default, skip_serializing_if = "Objects::is_empty")]
    pub about: Objects,
    /// Why.
    pub reason: String,
    /// The last day on which it is valid, such as `2027-03-31`.
    #[serde(deserialize_with = "date")]
    pub until: Date,
}

impl Waiver {
    /// Whether its reason is more than a word.
    #[must_use]
    pub fn has_reason(&self) -> bool {
        self.reason.trim().chars().count() >= 10
    }

    /// Whether its last day has passed.
    #[must_use]
    pub fn is_over(&self, today: Date) -> bool {
        self.until < today
    }
}

/// `about = "sessions.same_site"`, or `about = ["10.1.0.0/16", "10.2.0.0/16"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(from = "OneOrMore")]
pub struct Objects(Vec<String>);

impl Objects {
    /// Whether it names none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it names this one.
    #[must_use]
    pub fn names(&self, object: &str) -> bool {
        self.0.iter().any(|named| named == object)
    }

    /// Each that it names.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl From<OneOrMore> for Objects {
    fn from(given: OneOrMore) -> Self {
        let all = match given {
            OneOrMore::One(object) => vec![object],
            OneOrMore::More(objects) => objects,
        };
        Self(all.into_iter().filter(|object| !object.trim().is_empty()).collect())
    }
}

fn date<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
    let text = String::deserialize(from)?;
    let wrong = |_| serde::de::Error::custom(format!("\"{text}\" is not a date; use YYYY-MM-DD, as in \"2027-03-31\""));
    text.parse().map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &str) -> Result<Waiver, String> {
        toml::from_str(&format!("id = \"page-framing\"\n{lines}")).map_err(|error| error.to_string())
    }

    #[test]
    fn a_waiver_names_its_rule_objects_reason_and_last_day_and_nothing_else() {
        let waiver = read("about = [\"a\", \" \"]\nreason = \"Framed by us.\"\nuntil = \"2027-01-31\"").unwrap();
        assert!(waiver.has_reason() && waiver.about.names("a") && waiver.about.iter().count() == 1);
        assert!(!waiver.is_over(jiff::civil::date(2027, 1, 31)) && waiver.is_over(jiff::civil::date(2027, 2, 1)));
        let wrong = read("reason = \"Framed by us.\"\nuntil = \"next year\"").unwrap_err();
        assert!(wrong.contains("next year") && wrong.contains("YYYY-MM-DD"), "{wrong}");
        let wrong = read("reason = \"Framed by us.\"\nuntil = \"2027-01-31\"\nowner = \"ada\"").unwrap_err();
        assert!(wrong.contains("owner"), "{wrong}");
    }

    #[test]
    fn a_reason_is_a_sentence_in_any_script() {
        for (reason, good) in [("ok", false), ("파트너 요청", false), ("파트너가 오월까지 요청", true)] {
            let waiver = read(&format!("reason = \"{reason}\"\nuntil = \"2027-01-31\"")).unwrap();
            assert_eq!(waiver.has_reason(), good, "{reason}");
        }
    }
}
