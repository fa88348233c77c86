//! The policy file, and the one built in for development.

use std::path::Path;

use admit_core::policy::{Permission, Policy};

use super::ConfigError;

/// What `--dev` uses without a policy file.
#[cfg(not(feature = "demo"))]
pub const BUILT_IN: &str = STARTER;

/// What `--dev` uses without a policy file: the roles of the demonstration are in it.
#[cfg(feature = "demo")]
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

/// What `admit init` writes: what admit itself needs, and how to add the rest.
pub const STARTER: &str = r#"# Who may do what. Roles are assigned to users (admit user set-roles, or the admin page);
# what a role permits is written here and reviewed like code. docs/guide/policy.md has all of it.
#
# A permission is noun:verb. user:* is every verb of a user, * is everything.

[roles.admin]
permissions = ["user:read", "user:update", "session:revoke", "audit:read"]

# For services that check access tokens without asking: they follow the feed of revocations.
[roles.verifier]
permissions = ["revocation:read"]

# Roles and permissions of your own app. No route of admit requires these permissions, so used_by says who asks for them;
# one that nobody asks for is a mistake.
#
# [roles.editor]
# permissions = ["article:read", "article:update"]
#
# [permissions."article:read"]
# used_by = "the app behind admit"
#
# [permissions."article:update"]
# used_by = "the app behind admit"
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::fits;
    use crate::web::router;

    #[test]
    fn the_policy_to_start_with_fits_has_nothing_of_a_shop_and_so_does_its_example() {
        let example: Vec<&str> = STARTER.lines().map(|line| line.strip_prefix("# ").unwrap_or(line)).collect();
        let at = example.iter().position(|line| line.starts_with("[roles.editor]")).unwrap();
        for text in [STARTER.to_owned(), format!("{STARTER}\n{}", example[at..].join("\n"))] {
            let policy = Policy::read(&text, &router::routes(false).permissions()).unwrap();
            fits(&policy).unwrap();
            assert!(!text.contains("product"), "{text}");
        }
    }
}
