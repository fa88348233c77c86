//! The policy file, and the one built in for development.

use std::path::Path;

use admit_core::policy::{Permission, Policy};

use super::ConfigError;

/// What `--dev` uses, and what `admit init` writes to begin with.
pub const BUILT_IN: &str = r#"# Who may do what. Roles are assigned to users (admit user set-roles, or the admin page);
# what a role permits is written here and reviewed like code. docs/guide/policy.md has all of it.
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

# Permissions that no route of admit requires: your app asks for them. One that nobody asks for is a mistake.
[permissions."product:read"]
used_by = "the app behind admit"
"#;

/// Reads a policy file, or takes the one built in, and compiles it.
///
/// # Errors
/// Every mistake, with the file it is in.
pub fn load(path: Option<&Path>, used: &[Permission]) -> Result<Policy, ConfigError> {
    let (text, place) = text(path)?;
    Policy::read(&text, used).map_err(|errors| ConfigError::Policy(errors.in_file(&place)))
}

/// The text of a policy file, or of the policy that is built in, and what to call it.
///
/// # Errors
/// When the file cannot be read.
pub fn text(path: Option<&Path>) -> Result<(String, String), ConfigError> {
    let Some(path) = path else { return Ok((BUILT_IN.to_owned(), "the built-in policy".to_owned())) };
    let text =
        std::fs::read_to_string(path).map_err(|cause| ConfigError::Unreadable { path: path.to_owned(), cause })?;
    Ok((text, path.display().to_string()))
}
