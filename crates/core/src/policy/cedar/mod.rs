//! Cedar as the engine beside the policy file: <https://www.cedarpolicy.com>.

mod entities;
mod kinds;
mod looks;
mod read;

use std::collections::HashMap;
use std::fmt;

use cedar_policy::{AuthorizationError, Authorizer, Decision, Entities, EntityUid, PolicySet, Request, Response};

use super::engine::Engine;
use super::error::PolicyErrors;
use super::permission::Permission;
use super::question::Question;
use super::truth::Unknown;
use entities::Names;
use looks::Looks;

/// Cedar policies, as the engine for rules with `engine = true`. What Cedar is told:
///
/// | in Cedar | is |
/// |---|---|
/// | `principal` | `User::"<subject's id>"`, in `Role::"editor"` for each role without a tenant |
/// | `principal.roles` | set of strings: all roles as held, `"editor"`, `"editor@acme"` |
/// | `principal.tenants` | set of strings: the tenants of these roles |
/// | `action` | `Action::"order:cancel"`: the permission |
/// | `resource` | `Order::"the object"`, its type by the permission's noun: `order-item` is `OrderItem`, and what makes no name in Cedar is `Resource` |
/// | `resource.status` | what the object tells: a string, a number (`Long`) or a flag (`Bool`); a subject is `User::"<id>"` |
/// | `resource.owner` | `User::"<id>"`, from a subject or its id as text |
/// | `context.now` | seconds since 1970 |
/// | `context.signed_in_at` | the same, of the sign-in; absent where it is not known |
///
/// The object is asked for those attributes alone that the policies look at, by name; one that it does not tell is absent. Where
/// there is no object and the policies look at one, the answer is that it is needed.
///
/// **An error denies.** Cedar leaves out a policy that fails, a `forbid` too; here the whole answer is that it cannot be told.
/// Likewise where Cedar would call two values of different kinds unequal: an attribute that a policy compares with a text and
/// that is a number, an `owner` that is not a subject's id, a `tenant` that no role can be held in.
///
/// ```
/// use std::sync::Arc;
/// use admit_core::policy::{Cedar, Permission, Policy};
///
/// let cedar = Cedar::read(r#"
///     permit(principal, action == Action::"order:cancel", resource)
///     when { resource.owner == principal && resource has total && resource.total <= 100 };
/// "#)?;
/// let policy = Policy::read_for_engine(r#"
///     [roles.customer]
///
///     [[allow]]
///     name = "cancel-by-cedar"
///     roles = ["customer"]
///     permissions = ["order:cancel"]
///     when.engine = true
/// "#, &[Permission::parse("order:cancel")?])?.with_engine(Arc::new(cedar));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Cedar {
    authorizer: Authorizer,
    names: Names,
    /// Policies about any action.
    any: PolicySet,
    /// What these look at.
    looks: Looks,
    /// Those about one, so that a decision does not pay for policies about others.
    by_action: HashMap<Permission, Named>,
}

/// What is about one action.
struct Named {
    action: EntityUid,
    resource: EntityUid,
    policies: PolicySet,
    /// What these look at, and those about any action.
    looks: Looks,
}

/// Why a text is not taken as Cedar policies: every mistake, with its line where Cedar tells it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CedarError(pub PolicyErrors);

impl fmt::Debug for Cedar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by_action = self.by_action.keys().collect::<Vec<_>>();
        f.debug_struct("Cedar").field("by_action", &by_action).finish_non_exhaustive()
    }
}

impl Engine for Cedar {
    fn sees_object(&self, permission: &Permission) -> bool {
        self.by_action.get(permission).map_or(&self.looks, |named| &named.looks).ask_object()
    }

    fn permits(&self, question: &Question<'_>) -> Result<bool, Unknown> {
        let made;
        let (action, resource, own, looks) = match self.by_action.get(question.permission) {
            Some(named) => (&named.action, &named.resource, Some(&named.policies), &named.looks),
            None => {
                made = (self.names.action(question.permission), self.names.resource(question.permission));
                (&made.0, &made.1, None, &self.looks)
            }
        };
        if question.on.is_none() && looks.ask_object() {
            return Err(Unknown::NeedsObject);
        }
        let principal = self.names.principal(question.who, looks)?;
        let context = entities::context(question, looks)?;
        let request = Request::new(principal.uid(), action.clone(), resource.clone(), context, None).map_err(engine)?;
        let object = question.on.filter(|_| looks.ask_object());
        let object = object.map(|object| self.names.object(resource.clone(), object, looks)).transpose()?;
        let entities = Entities::from_entities([principal].into_iter().chain(object), None).map_err(engine)?;

        // Both parts are asked, whatever the first says: a forbid in either wins, and an error in either is one.
        let (mut permitted, mut forbidden) = (false, false);
        for policies in own.into_iter().chain([&self.any]).filter(|policies| !policies.is_empty()) {
            let response = self.authorizer.is_authorized(&request, policies, &entities);
            failed(&response)?;
            match response.decision() {
                Decision::Allow => permitted = true,
                // It gives the forbids that hold as its reasons, and none where there is no permit.
                Decision::Deny => forbidden |= response.diagnostics().reason().next().is_some(),
            }
        }
        Ok(permitted && !forbidden)
    }
}

/// What could not be evaluated, all of it.
fn failed(response: &Response) -> Result<(), Unknown> {
    let sentence = |error: &AuthorizationError| match error {
        AuthorizationError::PolicyEvaluationError(error) => {
            format!("the Cedar policy \"{}\": {}", error.policy_id(), error.inner())
        }
    };
    let mut sentences: Vec<String> = response.diagnostics().errors().map(sentence).collect();
    if sentences.is_empty() {
        return Ok(());
    }
    // Cedar keeps no order.
    sentences.sort();
    Err(Unknown::Engine(sentences.join("; ")))
}

fn engine(error: impl fmt::Display) -> Unknown {
    Unknown::Engine(error.to_string())
}
