//! Every sentence of the pages, in English and Korean.
//!
//! One file a page, the two languages beside each other: a sentence without its translation does not compile. Where a
//! sentence holds a value it has `{}`, and [`with`] puts the value in.

mod lang;
#[macro_use]
mod sentences;

pub mod account;
pub mod admin;
pub mod choose;
pub mod chrome;
pub mod event;
pub mod failure;
pub mod flow;
pub mod home;
pub mod login;
pub mod password;
pub mod setup;

pub use lang::Lang;

/// The catalogue of one language.
#[derive(Debug)]
pub struct Text {
    /// What surrounds every page.
    pub chrome: &'static chrome::ChromeText,
    /// The page that says session or token.
    pub choose: &'static choose::ChooseText,
    /// The landing page.
    pub home: &'static home::HomeText,
    /// The login page.
    pub login: &'static login::LoginText,
    /// The page where the first administrator is made.
    pub setup: &'static setup::SetupText,
    /// What is said about passwords, wherever one is chosen.
    pub password: &'static password::PasswordText,
    /// The account page.
    pub account: &'static account::AccountText,
    /// The pages for administrators.
    pub admin: &'static admin::AdminText,
    /// The kinds of event.
    pub event: &'static event::EventText,
    /// The error page.
    pub failure: &'static failure::FailureText,
    /// The request-flow page.
    pub flow: &'static flow::FlowText,
}

/// English.
pub static EN: Text = Text {
    chrome: &chrome::EN,
    choose: &choose::EN,
    home: &home::EN,
    login: &login::EN,
    setup: &setup::EN,
    password: &password::EN,
    account: &account::EN,
    admin: &admin::EN,
    event: &event::EN,
    failure: &failure::EN,
    flow: &flow::EN,
};

/// Korean.
pub static KO: Text = Text {
    chrome: &chrome::KO,
    choose: &choose::KO,
    home: &home::KO,
    login: &login::KO,
    setup: &setup::KO,
    password: &password::KO,
    account: &account::KO,
    admin: &admin::KO,
    event: &event::KO,
    failure: &failure::KO,
    flow: &flow::KO,
};

/// A sentence with its one `{}` replaced. The value is text like any other: the template escapes it.
#[must_use]
pub fn with(sentence: &str, value: impl ToString) -> String {
    sentence.replacen("{}", &value.to_string(), 1)
}

/// A sentence with its one `{}` replaced by a number, and `[second|seconds]` by the word that goes with that.
#[must_use]
pub fn counted(sentence: &str, number: usize) -> String {
    let number_in = with(sentence, number);
    let parts = number_in.split_once('[').and_then(|(before, rest)| Some((before, rest.split_once(']')?)));
    match parts.and_then(|(before, (forms, after))| Some((before, forms.split_once('|')?, after))) {
        Some((before, (one, other), after)) => format!("{before}{}{after}", if number == 1 { one } else { other }),
        None => number_in,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_the_word_that_goes_with_it() {
        for (number, said) in
            [(1, "Try again in 1 second."), (2, "Try again in 2 seconds."), (21, "Try again in 21 seconds.")]
        {
            assert_eq!(counted(EN.failure.later_remedy, number), said);
        }
        assert_eq!(counted(KO.failure.later_remedy, 1), "1초 후에 다시 시도하십시오.");
        assert_eq!(EN.password.hint_for(1), "At least 1 character. Several ordinary words in a row work well.");
    }

    #[test]
    fn a_value_that_looks_like_a_place_for_a_value_is_left_alone() {
        assert_eq!(with("At least {} characters.", 15), "At least 15 characters.");
        assert_eq!(with("{} was disabled.", "{}"), "{} was disabled.");
    }
}
