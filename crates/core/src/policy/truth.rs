//! Whether something holds: yes, no, or it cannot be told.

use std::fmt;

/// Whether something holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It cannot be told.
    Unknown(Unknown),
}

/// Why a condition cannot be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// It is about the object, which is not there yet.
    NeedsObject,
    /// The object does not tell this attribute.
    NoAttribute(String),
    /// The attribute is of another kind than the one it is compared with: a number for a text, an `owner` that is not a
    /// subject's id, a `tenant` that no tenant can be called.
    OtherKind(String),
    /// It is not known when the caller signed in: a client that acts for itself.
    NoSignIn,
    /// The caller signed in later than now: a clock is wrong.
    SignInAhead,
    /// The engine could not answer.
    Engine(String),
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeedsObject => f.write_str("it depends on the object, and this was asked without one"),
            Self::NoAttribute(name) => write!(f, "the object does not tell its {name}"),
            Self::OtherKind(name) if name == "owner" => f.write_str("the object's owner is not the id of a user"),
            Self::OtherKind(name) if name == "tenant" => f.write_str("the object's tenant is not the name of a tenant"),
            Self::OtherKind(name) => write!(f, "the object's {name} is of another kind than what it is compared with"),
            Self::NoSignIn => f.write_str("it is not known when this caller signed in"),
            Self::SignInAhead => f.write_str("this caller's sign-in lies in the future: one of the clocks is wrong"),
            Self::Engine(cause) => write!(f, "the policy engine could not answer: {cause}"),
        }
    }
}

impl Truth {
    pub(super) fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    /// The opposite.
    #[must_use]
    #[expect(
        clippy::should_implement_trait,
        reason = "it stands beside `and` and `or`, and there is no operator for these"
    )]
    pub fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            unknown @ Self::Unknown(_) => unknown,
        }
    }

    /// Both. One that does not hold is enough to say no; what is not known comes before what holds.
    #[must_use]
    pub fn and(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::No => Self::No,
            Self::Yes => other(),
            unknown @ Self::Unknown(_) => match other() {
                Self::No => Self::No,
                // That the object is missing is the least of all: with it the other may still be told.
                more @ Self::Unknown(_) if unknown == Self::Unknown(Unknown::NeedsObject) => more,
                _ => unknown,
            },
        }
    }

    /// Either.
    #[must_use]
    pub fn or(self, other: impl FnOnce() -> Self) -> Self {
        self.not().and(|| other().not()).not()
    }
}
