//! The policy in force: what routes demand of it, and how another takes its place.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, Guard};

use super::Policy;
use super::permission::{Permission, PermissionIndex};
use super::resource::Resource;

/// What a route asks of every policy that it is decided by.
#[derive(Clone, Debug)]
pub struct Demand {
    /// The route, for messages: `PUT /orders/{id}`.
    pub place: String,
    /// What it requires.
    pub permission: Permission,
    /// The noun and the attributes of the object that its handler loads and asks about; `None` where it is decided at the door.
    pub on: Option<(&'static str, &'static [&'static str])>,
}

impl Demand {
    /// The noun and the attributes of a kind of object.
    #[must_use]
    pub const fn shape<R: Resource>() -> (&'static str, &'static [&'static str]) {
        (R::NOUN, R::ATTRIBUTES)
    }
}

/// Why a policy does not fit a route.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// A permission that no role has and no policy names.
    #[error(
        "{place} requires \"{permission}\", which the policy does not know: give it to a role, or correct its spelling"
    )]
    Unknown {
        /// The route.
        place: String,
        /// The permission.
        permission: Permission,
    },
    /// The policy wants to see the object, and the route decides without.
    #[error(
        "{place} requires \"{permission}\", and the rule \"{rule}\" decides that by the object's {attribute}: mount it as \
         require(\"{permission}\", …).on::<{noun}>(), and ask about the object in the handler: \
         principal.authorize({verb}, &object)?"
    )]
    Object {
        /// The route.
        place: String,
        /// The permission.
        permission: Permission,
        /// The rule.
        rule: String,
        /// What it looks at.
        attribute: String,
        /// The type to write, by the permission's noun.
        noun: String,
        /// The action to write, by the permission's verb.
        verb: String,
    },
    /// The route's object has another noun than the permission.
    #[error(
        "{place} requires \"{permission}\", and asks it about an object called \"{noun}\": one of the two is wrong"
    )]
    Noun {
        /// The route.
        place: String,
        /// The permission.
        permission: Permission,
        /// The object's.
        noun: String,
    },
    /// A rule asks for an attribute that the object does not have.
    #[error(
        "{place} requires \"{permission}\", and the rule \"{rule}\" asks for the object's {attribute}, which it does not tell: \
         it has {}", if .known.is_empty() { "none".to_owned() } else { .known.join(", ") }
    )]
    Attribute {
        /// The route.
        place: String,
        /// The permission.
        permission: Permission,
        /// The rule.
        rule: String,
        /// What it asks for.
        attribute: String,
        /// What there is.
        known: Vec<String>,
    },
    /// Its permissions are in other places than those that the routes know: it was compiled for other routes.
    #[error("{place}: the new policy was compiled for other routes: compile it with the permissions of these")]
    OtherRoutes {
        /// The route.
        place: String,
    },
}

impl Demand {
    #[expect(clippy::result_large_err, reason = "asked once a route, at the start and at a reload")]
    fn fits(&self, policy: &Policy) -> Result<PermissionIndex, Unfit> {
        let (place, permission) = (self.place.clone(), self.permission.clone());
        let Some(index) = policy.permission(&permission) else { return Err(Unfit::Unknown { place, permission }) };
        let wanted = policy.attributes_of(&permission);
        match self.on {
            None => match wanted.into_iter().next().or_else(|| engine(policy, &permission)) {
                None => Ok(index),
                Some((attribute, rule)) => {
                    let (noun, verb) = (camel(permission.noun()), camel(permission.verb()));
                    Err(Unfit::Object { place, permission, rule: rule.to_owned(), attribute, noun, verb })
                }
            },
            Some((noun, _)) if noun != permission.noun() => {
                Err(Unfit::Noun { place, permission, noun: noun.to_owned() })
            }
            Some((_, known)) => match wanted.into_iter().find(|(name, _)| !known.contains(&name.as_str())) {
                None => Ok(index),
                Some((attribute, rule)) => {
                    let known = known.iter().map(|name| (*name).to_owned()).collect();
                    Err(Unfit::Attribute { place, permission, rule: rule.to_owned(), attribute, known })
                }
            },
        }
    }
}

/// The engine's look at the object, as if it were for one of its attributes.
fn engine<'p>(policy: &'p Policy, permission: &Permission) -> Option<(String, &'p str)> {
    policy.engine_sees_object(permission).map(|rule| ("attributes (by the policy engine)".to_owned(), rule))
}

/// `order-item` as a type would be called: `OrderItem`.
pub(super) fn camel(word: &str) -> String {
    let capital = |part: &str| {
        let mut chars = part.chars();
        chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect::<String>()
    };
    word.split(['-', '_']).map(capital).collect()
}

/// The policy in force. Its clones are the same one.
#[derive(Clone, Debug, Default)]
pub struct LivePolicy(Arc<InForce>);

#[derive(Debug, Default)]
struct InForce {
    current: ArcSwap<Policy>,
    demands: Mutex<Vec<(Demand, PermissionIndex)>>,
}

impl From<Arc<Policy>> for LivePolicy {
    fn from(policy: Arc<Policy>) -> Self {
        Self(Arc::new(InForce { current: ArcSwap::new(policy), demands: Mutex::default() }))
    }
}

impl From<Policy> for LivePolicy {
    fn from(policy: Policy) -> Self {
        Self::from(Arc::new(policy))
    }
}

impl LivePolicy {
    /// The one in force at this moment. Not to be kept across a wait.
    #[must_use]
    pub fn now(&self) -> Guard<Arc<Policy>> {
        self.0.current.load()
    }

    /// What a route asks of it from now on, and the place of its permission.
    ///
    /// # Errors
    /// When the policy in force does not fit.
    #[expect(clippy::result_large_err, reason = "asked once a route, at the start")]
    pub fn demand(&self, demand: Demand) -> Result<PermissionIndex, Unfit> {
        let index = demand.fits(&self.now())?;
        self.0.demands.lock().unwrap_or_else(PoisonError::into_inner).push((demand, index));
        Ok(index)
    }

    /// Reads another policy for the same routes, and puts it in force if all of it is right: from then on every decision is its.
    ///
    /// # Errors
    /// A sentence for each mistake. The one in force stays.
    pub fn reload(&self, text: &str, name: &str) -> Result<(), String> {
        self.reload_if(text, name, |_| Ok(()))
    }

    /// The same, if the program agrees too: it may need a role or a permission that no route asks for.
    ///
    /// # Errors
    /// As [`Self::reload`], and what the program says. The one in force stays.
    pub fn reload_if(
        &self,
        text: &str,
        name: &str,
        agrees: impl FnOnce(&Policy) -> Result<(), String>,
    ) -> Result<(), String> {
        let current = self.0.current.load_full();
        let used = current.permissions.get(..current.used).unwrap_or_default();
        let mut fresh = Policy::read_for_engine(text, used).map_err(|errors| errors.in_file(name))?;
        fresh.engine.clone_from(&current.engine);
        if let Some(rule) = fresh.engine_needed() {
            return Err(format!("{name}: {}", super::no_engine(rule).sentence));
        }
        agrees(&fresh).map_err(|sentence| format!("{name}: {sentence}"))?;
        self.replace(Arc::new(fresh))
            .map_err(|errors| errors.iter().map(|error| format!("{name}: {error}")).collect::<Vec<_>>().join("\n"))
    }

    /// Puts another policy in force, if it fits every route.
    ///
    /// # Errors
    /// What does not fit. The one in force stays.
    pub fn replace(&self, fresh: Arc<Policy>) -> Result<(), Vec<Unfit>> {
        let demands = self.0.demands.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |(demand, index): &(Demand, PermissionIndex)| match demand.fits(&fresh) {
            Ok(place) if place == *index => None,
            Ok(_) => Some(Unfit::OtherRoutes { place: demand.place.clone() }),
            Err(unfit) => Some(unfit),
        };
        let errors: Vec<Unfit> = demands.iter().filter_map(fits).collect();
        if errors.is_empty() {
            self.0.current.store(fresh);
            Ok(())
        } else {
            Err(errors)
        }
    }
}
