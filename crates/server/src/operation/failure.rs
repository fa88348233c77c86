//! Why an operation was not done, whether a page, the API or the command line asked for it.

use std::sync::Arc;

use admit_core::credential::rules::Refused;
use admit_core::plural::plural;
use admit_core::random::RandomError;
use admit_core::standing::LostStanding;
use admit_core::store::StoreError;
use admit_core::subject::{Username, UsernameError};

use crate::hashing::HasherError;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A field is wrong.
    #[error("{sentence}")]
    Field {
        /// Its name.
        field: &'static str,
        /// What is wrong and how to mend it.
        sentence: String,
    },
    /// A username that is none.
    #[error("{0}")]
    Username(#[from] UsernameError),
    /// A username that another has.
    #[error("The username {0} is taken. Choose another.")]
    UsernameTaken(Username),
    /// A password that the rules refuse.
    #[error("{refused}")]
    Password {
        /// The field it came in.
        field: &'static str,
        /// The rule.
        refused: Refused,
    },
    /// A password that is empty or over the limit.
    #[error("The password is empty or longer than 1,024 bytes. Choose one between the two.")]
    PasswordLength {
        /// The field it came in.
        field: &'static str,
    },
    /// The current password, given again, is wrong.
    #[error("The current password is wrong.")]
    CurrentPassword,
    /// A set-up link that cannot be used (any more).
    #[error(
        "This link has been used, replaced or has expired. Ask the person who sent it for a new one; for the first administrator \
         `admit admin link` prints one."
    )]
    LinkDead,
    /// The name that was typed to confirm a deletion is not the user's.
    #[error("The username does not match. Nothing was deleted.")]
    OtherName,
    /// A link for the account of whoever asks for it.
    #[error("This is your own account. Change your password at /account; it takes the current one.")]
    OwnAccount,
    /// A link for an account that is disabled.
    #[error("The account {0} is disabled. Enable it first.")]
    Disabled(Arc<str>),
    /// A user who was invited is there, and the link is not.
    #[error(
        "{username} was created, but the link could not be made: {why} Make one on the user's page, or with admit user link."
    )]
    NoLink {
        /// Whom it is for.
        username: Arc<str>,
        /// Why not.
        why: String,
    },
    /// The change would leave no active administrator.
    #[error("This is the last active administrator. Give another user the admin role first.")]
    LastAdmin,
    /// The roles are not those any more that the asker saw.
    #[error("Somebody changed these roles after the page was shown. Look at them again, then save.")]
    RolesOutdated,
    /// There is no such subject or session.
    #[error("{0}")]
    NotFound(String),
    /// It contradicts what is there.
    #[error("{sentence}")]
    Conflict {
        /// Its stable name.
        kind: &'static str,
        /// What is wrong and how to mend it.
        sentence: String,
    },
    /// It is never given to whoever asks, and why.
    #[error("{sentence}")]
    Refused {
        /// Its stable name.
        kind: &'static str,
        /// Why, and what to do instead.
        sentence: String,
    },
    /// Name or password are wrong, or the subject may not sign in. One answer for all of them.
    #[error("The username or the password is wrong.")]
    Credentials,
    /// Too many failures before.
    #[error("Too many attempts. Try again in {}.", plural(*.0, "second"))]
    Throttled(u64),
    /// The hashing pool is full.
    #[error("Many people are signing in at this moment. Try again in a second.")]
    Busy,
    /// The store was told to make a change, and did not confirm it.
    #[error("The database did not confirm the change. Check whether it was made before you try again.")]
    OutcomeUnknown,
    /// Others are making lists.
    #[error("Too many lists and searches are running right now. Try again in a second.")]
    TooManyLists,
    /// A list was stopped.
    #[error("This list took too long and was stopped. Ask for a smaller one, or try again shortly.")]
    ListTooSlow,
    /// Whoever asked is no longer what they were when they were allowed to. Nothing was changed.
    #[error("{0}")]
    StandingLost(LostStanding),
    /// Other passwords of the same account are being checked.
    #[error("Too many passwords are being checked for this account at once. Try again in a second.")]
    AccountBusy,
    /// Other passwords from the same address are being checked.
    #[error("Too many passwords are being checked for your address at once. Try again in a second.")]
    AddressBusy,
    /// No thread is left that checks passwords.
    #[error("The server cannot check passwords until it is restarted.")]
    HashingStopped,
    /// A password could not be checked or hashed.
    #[error("The server could not check the password: {0}")]
    Hashing(String),
    /// Too many wrong passwords were given in this session, and it was ended.
    #[error("The current password was wrong too often, so this session was ended. Sign in again.")]
    SessionEnded,
    /// The store or the random source failed.
    #[error("The server cannot do this right now: {0}")]
    Unavailable(String),
}

impl Failure {
    pub(super) fn field(field: &'static str, sentence: impl Into<String>) -> Self {
        Self::Field { field, sentence: sentence.into() }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::StandingLost(lost) => Self::StandingLost(lost),
            StoreError::Unavailable(_) => Self::Unavailable(error.to_string()),
            StoreError::OutcomeUnknown => Self::OutcomeUnknown,
            StoreError::TooManyLists => Self::TooManyLists,
            StoreError::ListTooSlow => Self::ListTooSlow,
        }
    }
}

impl From<RandomError> for Failure {
    fn from(error: RandomError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<HasherError> for Failure {
    fn from(error: HasherError) -> Self {
        match error {
            HasherError::Full => Self::Busy,
            HasherError::Account => Self::AccountBusy,
            HasherError::Address => Self::AddressBusy,
            HasherError::Stopped => Self::HashingStopped,
            HasherError::Panicked | HasherError::Hash(_) => Self::Hashing(error.to_string()),
        }
    }
}
