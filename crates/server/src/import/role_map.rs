//! What a role or group of the other system is here.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::django::STAFF;

/// A file of TOML: `"Shop editors" = "editor"`, `is_superuser = ["admin", "customer"]`, `Everybody = []`.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct RoleMap(BTreeMap<String, Held>);

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a role is named as \"role\" or [\"role\", \"another\"]")]
enum Held {
    One(String),
    Many(Vec<String>),
}

impl RoleMap {
    /// Reads one.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("The map of roles {} cannot be read: {error}.", path.display()))?;
        toml::from_str(&text).map_err(|error| format!("The map of roles {}: {error}", path.display()))
    }

    /// The roles for what a user held there. What the map does not name keeps its name.
    #[must_use]
    pub fn of(&self, held: &[String]) -> Vec<String> {
        let mut roles = Vec::new();
        for name in held {
            match self.0.get(name) {
                Some(Held::One(role)) => roles.push(role.clone()),
                Some(Held::Many(many)) => roles.extend(many.iter().cloned()),
                None if name == STAFF => {}
                None => roles.push(name.clone()),
            }
        }
        roles.sort();
        roles.dedup();
        roles
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_one_role_several_or_none_and_keeps_its_name_where_it_is_not_named() {
        let map: RoleMap =
            toml::from_str("\"Shop editors\" = \"editor\"\nis_superuser = [\"admin\", \"editor\"]\nAll = []").unwrap();
        let held = ["Shop editors", "is_superuser", "All", "customer", "is_staff"].map(str::to_owned);
        assert_eq!(map.of(&held), ["admin", "customer", "editor"]);
        assert!(toml::from_str::<RoleMap>("a = 1").unwrap_err().to_string().contains("a role is named as"));
    }
}
