//! A user of another system, as every format is read into.

use admit_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The fields, as CSV names its columns and JSON its members.
pub(super) const FIELDS: [&str; 6] = ["username", "password_hash", "roles", "disabled", "created_at", "id"];

/// A user. Nothing in it has been looked at but for its form.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its name.
    pub username: String,
    /// The hash of its password, as the other system has it.
    pub password_hash: String,
    /// What it holds there.
    pub roles: Vec<String>,
    /// Whether it may not sign in.
    pub disabled: bool,
    /// When it was made, in milliseconds; now when absent.
    pub created_at: Option<u64>,
    /// Its id; a new one when absent.
    pub id: Option<String>,
}

/// What became of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was imported.
    Imported,
    /// It was there already.
    There,
    /// It was not, and why.
    Rejected(String),
}

impl Entry {
    /// Reads the fields of a user. What is empty is absent; a text is taken for a list of roles (between semicolons) and for
    /// yes or no, because CSV has nothing else.
    pub(super) fn read(fields: &Map<String, Value>) -> Result<Self, String> {
        if let Some(unknown) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
            return Err(format!("\"{unknown}\" is no field of a user. There are: {}.", FIELDS.join(", ")));
        }
        let present = |name: &str| fields.get(name).filter(|value| !value.is_null() && value.as_str() != Some(""));
        let text = |name: &str| match present(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(format!("{name} is not a text.")),
        };
        Ok(Self {
            username: text("username")?.ok_or("There is no username.")?,
            password_hash: text("password_hash")?.unwrap_or_default(),
            roles: present("roles").map(roles).transpose()?.unwrap_or_default(),
            disabled: present("disabled").map(yes_or_no).transpose()?.unwrap_or_default(),
            created_at: text("created_at")?.map(|text| instant(&text)).transpose()?,
            id: text("id")?,
        })
    }
}

fn roles(value: &Value) -> Result<Vec<String>, String> {
    match value {
        Value::String(text) => {
            Some(text.split(';').map(str::trim).filter(|role| !role.is_empty()).map(str::to_owned).collect())
        }
        Value::Array(list) => list.iter().map(|role| role.as_str().map(str::to_owned)).collect::<Option<_>>(),
        _ => None,
    }
    .ok_or_else(|| "roles is not a list of texts.".to_owned())
}

fn yes_or_no(value: &Value) -> Result<bool, String> {
    let text = match value {
        Value::Bool(yes) => return Ok(*yes),
        Value::String(text) => text.trim().to_ascii_lowercase(),
        other => other.to_string(),
    };
    match text.as_str() {
        "true" | "t" | "yes" | "1" => Ok(true),
        "false" | "f" | "no" | "0" => Ok(false),
        _ => Err("disabled is neither true nor false.".to_owned()),
    }
}

/// Milliseconds since 1970, from RFC 3339. A time without a zone, as Django writes it where it knows none, is UTC.
pub(super) fn instant(text: &str) -> Result<u64, String> {
    let text = text.trim();
    // RFC 9557: such a time is of a zone whose rules would have to be known, and says perhaps no time at all, or two.
    if text.contains('[') {
        let form = "Write the offset from UTC instead, as in 2024-01-31T12:00:00+02:00.";
        return Err(format!("The time it was made has a time zone or a calendar in brackets. {form}"));
    }
    let zoned = text.parse::<jiff::Timestamp>();
    let read = zoned.or_else(|_| {
        let plain: jiff::civil::DateTime = text.parse()?;
        plain.to_zoned(jiff::tz::TimeZone::UTC).map(|zoned| zoned.timestamp())
    });
    read.ok()
        .and_then(|time| u64::try_from(time.as_millisecond()).ok())
        .map(|millis| Timestamp::from_millis(millis).millis())
        .ok_or_else(|| "The time it was made is not one after 1970 in the form 2024-01-31T12:00:00Z.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> Result<Entry, String> {
        Entry::read(value.as_object().unwrap())
    }

    #[test]
    fn a_user_is_read_from_texts_alone_as_from_lists_and_truths() {
        for (roles, disabled) in [(json!("a; b ;;c"), json!("YES")), (json!(["a", "b", "c"]), json!(true))] {
            let entry =
                read(json!({ "username": "alice", "password_hash": "x", "roles": roles, "disabled": disabled }));
            let entry = entry.unwrap();
            assert_eq!((entry.roles.as_slice(), entry.disabled), (&["a", "b", "c"].map(str::to_owned)[..], true));
        }
        let bare =
            read(json!({ "username": "bob", "roles": null, "disabled": "", "created_at": "", "id": null })).unwrap();
        assert!(bare.roles.is_empty() && !bare.disabled && bare.created_at.is_none() && bare.id.is_none());
    }

    #[test]
    fn what_cannot_be_read_says_which_field_it_is() {
        for (value, words) in [
            (json!({}), "no username"),
            (json!({ "username": 7 }), "username is not a text"),
            (json!({ "username": "a", "role": "x" }), "\"role\" is no field"),
            (json!({ "username": "a", "roles": [1] }), "roles is not a list"),
            (json!({ "username": "a", "disabled": "perhaps" }), "disabled is neither"),
            (json!({ "username": "a", "created_at": "yesterday" }), "time it was made"),
            (json!({ "username": "a", "created_at": "1969-12-31T00:00:00Z" }), "after 1970"),
        ] {
            let reason = read(value.clone()).err().unwrap_or_default();
            assert!(reason.contains(words) && reason.ends_with('.'), "{value}: {reason}");
        }
    }

    #[test]
    fn a_time_with_the_name_of_a_zone_is_refused() {
        for time in [
            "2024-03-31T02:30:00[Europe/Berlin]",
            "2024-03-31T02:30:00+01:00[Europe/Berlin]",
            "2024-03-31T02:30:00Z[UTC]",
            "2024-03-31T02:30:00[!u-ca=hebrew]",
            "2024-03-31T02:30:00 Europe/Berlin",
            "2024-03-31T02:30:00 CET",
        ] {
            let reason = instant(time).unwrap_err();
            assert!(reason.contains("2024-01-31T12:00:00") && reason.ends_with('.'), "{time}: {reason}");
        }
    }

    #[test]
    fn a_time_without_a_zone_is_utc() {
        assert_eq!(instant("2024-01-31T12:00:00.250Z"), Ok(1_706_702_400_250));
        assert_eq!(instant("2024-01-31T12:00:00.250"), Ok(1_706_702_400_250));
        assert_eq!(instant("2024-01-31 14:00:00.250+02:00"), Ok(1_706_702_400_250));
    }
}
