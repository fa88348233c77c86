//! `[[waive]]`: what somebody answers for. What it excuses is decided in [`crate::check`].

use jiff::civil::Date;
use serde::Deserialize;

use crate::finding::Finding;

/// `[[waive]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The id of what is excused.
    pub id: String,
    /// The objects at which it is excused, as `admit check` prints them. One without any excuses nothing.
    #[serde(default)]
    pub about: Objects,
    /// Why.
    pub reason: String,
    /// The last day, as in `2027-03-31`: at most a year from now.
    #[serde(deserialize_with = "date")]
    pub until: Date,
}

/// `about = "sessions.same_site"`, or `about = ["10.1.0.0/16", "10.2.0.0/16"]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "OneOrMore")]
pub struct Objects(pub(crate) Vec<String>);

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

impl Waiver {
    /// Whether it is about this.
    pub(crate) fn covers(&self, finding: &Finding) -> bool {
        self.id == finding.id && self.about.0.contains(&finding.about)
    }
}
