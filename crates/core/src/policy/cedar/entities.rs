//! What admit knows, as Cedar's entities.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use cedar_policy::{Context, Entity, EntityId, EntityTypeName, EntityUid, RestrictedExpression};

use super::engine;
use super::kinds::Kinds;
use super::looks::Looks;
use crate::id::SubjectId;
use crate::policy::condition::ahead;
use crate::policy::live::camel;
use crate::policy::permission::Permission;
use crate::policy::question::{Asker, Question};
use crate::policy::resource::{Attributes, Value};
use crate::policy::truth::Unknown;
use crate::time::Timestamp;

/// The id of whatever is asked about: an object tells its attributes, and an id only if it is one of these. It is no role's name and
/// no subject's id, so that an object of the type `Role` or `User` is never one of those.
const OBJECT: &str = "the object";

/// The types of entities, parsed once.
pub(super) struct Names {
    user: EntityTypeName,
    role: EntityTypeName,
    action: EntityTypeName,
    resource: EntityTypeName,
}

impl Names {
    /// `None` if Cedar did not take the four words for names.
    pub(super) fn new() -> Option<Self> {
        let name = |text| EntityTypeName::from_str(text).ok();
        Some(Self { user: name("User")?, role: name("Role")?, action: name("Action")?, resource: name("Resource")? })
    }

    pub(super) fn action(&self, permission: &Permission) -> EntityUid {
        uid(&self.action, permission.as_str())
    }

    /// The permission that an action is.
    pub(super) fn permission(&self, action: &EntityUid) -> Option<Permission> {
        let permission = Permission::parse(action.id().unescaped()).ok()?;
        (*action.type_name() == self.action).then_some(permission)
    }

    pub(super) fn resource(&self, permission: &Permission) -> EntityUid {
        match EntityTypeName::from_str(&camel(permission.noun())) {
            Ok(name) => uid(&name, OBJECT),
            Err(_) => uid(&self.resource, OBJECT),
        }
    }

    fn subject(&self, id: SubjectId) -> EntityUid {
        uid(&self.user, &id.to_string())
    }

    /// Who asks.
    pub(super) fn principal(&self, who: Asker<'_>, looks: &Looks) -> Result<Entity, Unknown> {
        let mut attributes = HashMap::new();
        if looks.mentions("roles") {
            attributes.insert("roles".to_owned(), texts(who.roles.iter().map(|role| role.as_str())));
        }
        if looks.mentions("tenants") {
            attributes.insert("tenants".to_owned(), texts(who.tenants()));
        }
        let whole = who.roles.iter().filter(|role| role.tenant().is_none());
        let parents: HashSet<_> = whole.map(|role| uid(&self.role, role.as_str())).collect();
        Entity::new(self.subject(who.id), attributes, parents).map_err(engine)
    }

    /// What it is about, with the attributes that policies look at and it tells.
    pub(super) fn object(&self, uid: EntityUid, object: &dyn Attributes, looks: &Looks) -> Result<Entity, Unknown> {
        let mut told = HashMap::new();
        let mut kinds: HashMap<&str, Kinds> = HashMap::new();
        for (name, value) in looks.of_object().filter_map(|name| Some((name, object.attribute(name)?))) {
            // As the conditions owner = true and tenant = true take them, or cannot.
            let value = match name {
                "owner" => value.as_subject().map(Value::Subject),
                "tenant" => value.as_tenant().is_some().then_some(value),
                _ => Some(value),
            };
            let value = value.ok_or_else(|| Unknown::OtherKind(name.to_owned()))?;
            kinds.insert(name, Kinds::of(&value));
            told.insert(name.to_owned(), self.value(value));
        }
        // Cedar calls values of two kinds unequal, and a forbid that asks for equality would not hold.
        if let Some(name) = looks.misfit(|name| kinds.get(name).copied()) {
            return Err(Unknown::OtherKind(name.to_owned()));
        }
        Entity::new(uid, told, HashSet::new()).map_err(engine)
    }

    fn value(&self, value: Value<'_>) -> RestrictedExpression {
        match value {
            Value::Subject(id) => RestrictedExpression::new_entity_uid(self.subject(id)),
            Value::Text(text) => RestrictedExpression::new_string(text.into_owned()),
            Value::Number(number) => RestrictedExpression::new_long(number),
            Value::Flag(flag) => RestrictedExpression::new_bool(flag),
        }
    }
}

/// When.
pub(super) fn context(question: &Question<'_>, looks: &Looks) -> Result<Context, Unknown> {
    let seconds = |time: Timestamp| i64::try_from(time.seconds()).map(RestrictedExpression::new_long).map_err(engine);
    let mut pairs = vec![("now".to_owned(), seconds(question.now)?)];
    if let Some(at) = question.who.signed_in_at {
        if looks.mentions("signed_in_at") && ahead(at, question.now) {
            return Err(Unknown::SignInAhead);
        }
        pairs.push(("signed_in_at".to_owned(), seconds(at)?));
    }
    Context::from_pairs(pairs).map_err(engine)
}

fn uid(name: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(name.clone(), EntityId::new(id))
}

fn texts<'a>(all: impl Iterator<Item = &'a str>) -> RestrictedExpression {
    RestrictedExpression::new_set(all.map(|text| RestrictedExpression::new_string(text.to_owned())))
}
