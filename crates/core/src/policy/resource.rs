//! What is asked about: an object, seen by its attributes.

use std::borrow::Cow;
use std::fmt;

use crate::id::SubjectId;
use crate::subject::RoleName;

/// Something that a permission is about: an order, a document. It tells a policy's conditions its attributes.
///
/// ```
/// use admit_core::id::SubjectId;
/// use admit_core::policy::{Resource, Value};
///
/// struct Order { customer: SubjectId, status: String }
///
/// impl Resource for Order {
///     const NOUN: &'static str = "order";
///     const ATTRIBUTES: &'static [&'static str] = &["owner", "status"];
///
///     fn attribute(&self, name: &str) -> Option<Value<'_>> {
///         match name {
///             "owner" => Some(self.customer.into()),
///             "status" => Some(self.status.as_str().into()),
///             _ => None,
///         }
///     }
/// }
/// ```
pub trait Resource {
    /// The noun of the permissions that are about it: `order` for `order:cancel`.
    const NOUN: &'static str;

    /// The names of its attributes. A policy that asks for another one is refused when the routes are mounted.
    ///
    /// Two names have a meaning of their own: `owner`, a subject or its id as text, and `tenant`, a tenant's name as in the role
    /// `editor@acme`. Of an owner that is a username, and of a tenant that is written otherwise, it cannot be told whose the
    /// object is, and that denies.
    const ATTRIBUTES: &'static [&'static str];

    /// One attribute; `None` where it is not known. What a condition cannot learn, it does not permit.
    fn attribute(&self, name: &str) -> Option<Value<'_>>;
}

impl<R: Resource> Resource for &R {
    const NOUN: &'static str = R::NOUN;
    const ATTRIBUTES: &'static [&'static str] = R::ATTRIBUTES;

    fn attribute(&self, name: &str) -> Option<Value<'_>> {
        (*self).attribute(name)
    }
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Text.
    Text(Cow<'a, str>),
    /// A whole number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
    /// A subject.
    Subject(SubjectId),
}

impl Value<'_> {
    /// The subject that it names, as an `owner` does: a subject, or its id as text. `None` for anything else.
    pub(super) fn as_subject(&self) -> Option<SubjectId> {
        match self {
            Self::Subject(id) => Some(*id),
            Self::Text(text) => text.parse().ok(),
            Self::Number(_) | Self::Flag(_) => None,
        }
    }

    /// The tenant that it names. `None` for whatever no role can be held in: then it is not known whose the object is.
    pub(super) fn as_tenant(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.as_ref()).filter(|text| RoleName::is_tenant(text)),
            Self::Number(_) | Self::Flag(_) | Self::Subject(_) => None,
        }
    }
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Subject(id) => write!(f, "{id}"),
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<SubjectId> for Value<'_> {
    fn from(id: SubjectId) -> Self {
        Self::Subject(id)
    }
}

/// A resource as conditions see it, whatever its type.
pub trait Attributes {
    /// One attribute.
    fn attribute(&self, name: &str) -> Option<Value<'_>>;
}

impl<R: Resource> Attributes for R {
    fn attribute(&self, name: &str) -> Option<Value<'_>> {
        Resource::attribute(self, name)
    }
}
