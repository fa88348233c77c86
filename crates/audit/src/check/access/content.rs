//! Whether an answer shows what is guarded: the words that stand on the guarded page and nowhere in public.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::check::if_known;
use crate::http::{Exchange, Request};
use crate::outcome::Stop;
use crate::site::{Site, Visitor, asks_to_sign_in, random_text};

/// The words of a page, without its tags. Long ones are ids and tokens, which are never the same twice.
pub(super) fn words(exchange: &Exchange) -> BTreeSet<String> {
    let mut text = String::with_capacity(exchange.body().len());
    let mut tag = false;
    for character in exchange.body().chars() {
        match character {
            '<' if exchange.is_html() => tag = true,
            '>' if tag => {
                tag = false;
                text.push(' ');
            }
            _ if tag => {}
            other => text.extend(other.to_lowercase()),
        }
    }
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty() && word.chars().count() < 20)
        .map(str::to_owned)
        .collect()
}

/// Whether an answer has most of the words that stand on the guarded page alone. A refusal that is worded as a page
/// with status 200 has not.
pub(super) fn shows(seen: &Exchange, own: &BTreeSet<String>) -> bool {
    if !seen.is_success() || asks_to_sign_in(seen) || own.len() < 2 {
        return false;
    }
    let words = words(seen);
    let present = own.iter().filter(|word| words.contains(*word)).count();
    present * 10 >= own.len() * 7
}

/// What everybody sees: the start page, the login page, and the page for what is not there.
pub(super) struct Public {
    pub(super) words: BTreeSet<String>,
    /// The answer to an address that nobody has.
    pub(super) nowhere: Arc<Exchange>,
}

impl Public {
    pub(super) async fn of(site: &mut Site) -> Result<Self, Stop> {
        let nowhere = site.url(&format!("/{}", random_text(9)))?;
        let nowhere = site.send(Request::get(nowhere), &mut Visitor::default()).await?;
        let start = site.start.to_string();
        let start = site.open(&start, &mut Visitor::default()).await?;
        let mut all = words(&nowhere);
        all.extend(words(&start));
        if let Some((login, _)) = if_known(site.login_page(&mut Visitor::default()).await)? {
            all.extend(words(&login));
        }
        Ok(Self { words: all, nowhere })
    }

    /// Whether an answer is the page that stands under every address: the frame of an application that fetches the
    /// rest by script.
    pub(super) fn is_frame(&self, seen: &Exchange) -> bool {
        self.nowhere.is_success() && words(seen) == words(&self.nowhere)
    }

    /// The words that only this page has.
    pub(super) fn own_words(&self, inside: &Exchange) -> BTreeSet<String> {
        words(inside).difference(&self.words).cloned().collect()
    }
}
