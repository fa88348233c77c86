//! Another policy engine beside the file, for what its conditions cannot say.

use super::permission::Permission;
use super::question::Question;
use super::truth::Unknown;

/// Decides what a rule leaves to it with `engine = true`. Roles, deny rules and the built-in conditions stay as they are: an
/// engine narrows one rule, and permits nothing by itself.
pub trait Engine: Send + Sync + 'static {
    /// Whether it permits what is asked.
    ///
    /// # Errors
    /// When it cannot tell. That never permits: an allow rule does not apply then, and a deny rule does.
    fn permits(&self, question: &Question<'_>) -> Result<bool, Unknown>;

    /// Whether it has to see the object to decide this. A route that decides without one does not fit it then, and says so
    /// when it is mounted.
    fn sees_object(&self, permission: &Permission) -> bool {
        let _ = permission;
        false
    }
}
