//! A failure in the words of a page, in the language of its reader.

use admit::Problem;
use admit_core::credential::password::MAX_PASSWORD_BYTES;
use admit_core::credential::rules::Refused;
use admit_core::standing::LostStanding;
use admit_core::subject::UsernameError;
use http::StatusCode;

use crate::operation::Failure;
use crate::page::text::{Lang, counted, with};

/// The sentence to show.
#[must_use]
pub(super) fn say(failure: &Failure, lang: Lang) -> String {
    let text = lang.text();
    match failure {
        Failure::Username(UsernameError::Empty) => text.setup.username_empty.to_owned(),
        Failure::Username(UsernameError::Long) => text.setup.username_long.to_owned(),
        Failure::Username(UsernameError::Character(_)) => text.setup.username_character.to_owned(),
        Failure::Username(UsernameError::Hidden(_)) => text.setup.username_hidden.to_owned(),
        Failure::Username(UsernameError::Mark(_)) => text.setup.username_mark.to_owned(),
        Failure::Username(UsernameError::Mixed(..)) => text.setup.username_mixed.to_owned(),
        Failure::UsernameTaken(_) => text.setup.username_taken.to_owned(),
        Failure::Password { refused, .. } => match refused {
            Refused::Short { min_length } => counted(text.password.short, *min_length),
            Refused::Common => text.password.common.to_owned(),
            Refused::Username => text.password.from_username.to_owned(),
            Refused::Repetition => text.password.repetition.to_owned(),
        },
        Failure::PasswordLength { .. } => counted(text.password.long, MAX_PASSWORD_BYTES),
        Failure::CurrentPassword => text.account.password_wrong.to_owned(),
        Failure::Credentials => text.login.wrong.to_owned(),
        Failure::Throttled(seconds) => counted(text.login.throttled, usize::try_from(*seconds).unwrap_or(usize::MAX)),
        Failure::Busy => counted(text.login.busy, 1),
        Failure::AccountBusy => text.login.account_busy.to_owned(),
        Failure::AddressBusy => text.login.address_busy.to_owned(),
        Failure::HashingStopped => text.login.hashing_stopped.to_owned(),
        Failure::Hashing(_) => text.login.unavailable.to_owned(),
        Failure::SessionEnded => text.login.session_ended.to_owned(),
        Failure::OutcomeUnknown => text.failure.outcome_unknown.to_owned(),
        Failure::TooManyLists => text.admin.too_many_lists.to_owned(),
        Failure::ListTooSlow => text.admin.list_too_slow.to_owned(),
        Failure::LastAdmin => text.admin.last_admin.to_owned(),
        Failure::RolesOutdated => text.admin.roles_outdated.to_owned(),
        Failure::OtherName => text.admin.delete_other.to_owned(),
        Failure::OwnAccount => text.admin.link_own.to_owned(),
        Failure::NoLink { username, .. } => with(text.admin.link_missing, username),
        Failure::Disabled(_) => text.admin.link_disabled.to_owned(),
        Failure::LinkDead => text.setup.dead_text.to_owned(),
        Failure::StandingLost(LostStanding::Roles) => text.failure.roles_changed.to_owned(),
        Failure::StandingLost(LostStanding::Session | LostStanding::Token) => text.login.session_ended.to_owned(),
        Failure::Unavailable(_) => text.failure.unavailable.to_owned(),
        Failure::Field { sentence, .. }
        | Failure::Conflict { sentence, .. }
        | Failure::Refused { sentence, .. }
        | Failure::NotFound(sentence) => sentence.clone(),
    }
}

/// For a form that is shown again: the status, and the sentence beside the field.
#[must_use]
pub(super) fn again(failure: Option<&Failure>, lang: Lang) -> (StatusCode, Option<String>) {
    failure.map_or((StatusCode::OK, None), |failure| (Problem::from(failure).status(), Some(say(failure, lang))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hashing_pool_that_has_ended_is_called_that_in_both_languages_and_not_a_crowd() {
        for (lang, words) in [(Lang::En, "until it is restarted"), (Lang::Ko, "다시 시작하기 전에는")] {
            let said = say(&Failure::HashingStopped, lang);
            assert!(said.contains(words) && said != say(&Failure::Busy, lang), "{said}");
        }
    }
}
