//! The policy as written. Each name remembers where in the text it stands, for the messages.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

/// A policy file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicySource {
    /// `[roles.NAME]`: what each role permits, whatever it is about.
    pub roles: BTreeMap<Spanned<String>, RoleSource>,
    /// `[permissions."noun:verb"]`: what is to be said of a permission itself.
    pub permissions: BTreeMap<Spanned<String>, PermissionSource>,
    /// `[[allow]]`: what roles permit under conditions.
    pub allow: Vec<RuleSource>,
    /// `[[deny]]`: what is forbidden, whatever else permits it.
    pub deny: Vec<RuleSource>,
}

/// One role as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RoleSource {
    /// Roles whose permissions this one has too.
    pub inherits: Vec<Spanned<String>>,
    /// Permissions: `product:update`, `product:*`, or `*` for all.
    pub permissions: Vec<Spanned<String>>,
}

/// What is said of one permission.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PermissionSource {
    /// Which other program asks for it, when no route here does.
    pub used_by: Option<String>,
    /// How old the knowledge of ended sessions and revoked tokens may be where it is asked for: `0s`, `500ms`, `5s`.
    pub max_staleness: Option<Spanned<String>>,
}

/// A rule as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSource {
    /// Its name, in every decision that it makes.
    pub name: Spanned<String>,
    /// Whom it is about: holders of these roles and of those that inherit them. A deny rule without is about everybody.
    #[serde(default)]
    pub roles: Vec<Spanned<String>>,
    /// Permissions, or patterns of them.
    pub permissions: Vec<Spanned<String>>,
    /// It applies when all of this holds.
    #[serde(default)]
    pub when: Option<Spanned<ConditionsSource>>,
    /// It does not apply when all of this holds.
    #[serde(default)]
    pub unless: Option<Spanned<ConditionsSource>>,
}

/// Conditions as written. All of them have to hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConditionsSource {
    /// Whether the resource's `owner` is the one who asks.
    pub owner: Option<bool>,
    /// Whether the one who asks has a role in the resource's `tenant` (`editor@acme`).
    pub tenant: Option<bool>,
    /// Attributes of the resource.
    pub resource: BTreeMap<String, TestSource>,
    /// How long ago the sign-in may have been: `15m`.
    pub signed_in_within: Option<String>,
    /// The time of the day, `08:00-18:00`; over midnight when the end comes first.
    pub time: Option<String>,
    /// Days of the week: `mon` to `sun`.
    pub days: Vec<String>,
    /// What `time` and `days` are told in: `+09:00`. UTC without.
    pub zone: Option<String>,
    /// Not before: `2026-01-01T00:00:00Z`.
    pub from: Option<String>,
    /// Before: `2027-01-01T00:00:00Z`.
    pub until: Option<String>,
    /// Whether the policy engine beside this file permits it.
    pub engine: Option<bool>,
}

/// What an attribute has to be.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum TestSource {
    /// This.
    Is(ValueSource),
    /// One of these.
    OneOf(Vec<ValueSource>),
    /// A number within bounds, both included.
    Within(WithinSource),
}

/// Bounds of a number.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithinSource {
    /// At least.
    pub at_least: Option<i64>,
    /// At most.
    pub at_most: Option<i64>,
}

/// A value as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum ValueSource {
    /// Text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
}

impl PolicySource {
    /// Reads a policy file's text (TOML).
    ///
    /// # Errors
    /// TOML's own sentence, with line and column.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
}
