//! The policy file, and the one built in for development.

use std::path::Path;

use admit_core::policy::{Permission, Policy};

use super::ConfigError;

/// What `--dev` uses, and what `admit init` writes to begin with.
pub const BUILT_IN: &str = r#"# Who may do what. Roles are assigned to users (admit user set-roles, or the admin page);
# what a role permits is written here and reviewed like code.
#
# A permission is noun:verb. product:* is every verb of a product, * is everything.

[roles.customer]
permissions = ["product:read"]

[roles.admin]
inherits = ["customer"]
permissions = ["product:update", "user:read", "user:update", "session:revoke", "audit:read"]

# For services that check access tokens without asking: they follow the feed of revocations.
[roles.verifier]
permissions = ["revocation:read"]
"#;

/// Reads a policy file, or takes the one built in, and compiles it.
///
/// # Errors
/// Every mistake, with the file it is in.
pub fn load(path: Option<&Path>, used: &[Permission]) -> Result<Policy, ConfigError> {
    let (text, place) = match path {
        None => (BUILT_IN.to_owned(), "the built-in policy".to_owned()),
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|cause| ConfigError::Unreadable { path: path.to_owned(), cause })?;
            (text, path.display().to_string())
        }
    };
    Policy::read(&text, used).map_err(|message| ConfigError::Wrong { place, message })
}
