//! Which passwords are taken.

mod common;
mod composition;
mod current;
mod long;
mod short;
mod truncated;

use admit_words::{Words, say};

use crate::outcome::{Answer, Outcome, Stop};
use crate::site::{Renewal, Site, Visitor, Who, random_text, unnamed};

super::checks![current, short, common, long, truncated, composition];

/// Somebody who changes the ordinary account's password and sets it back.
struct Changer {
    visitor: Visitor,
    /// What the password was before.
    home: String,
}

impl Changer {
    /// Only where the recipe allows it: by naming the page, and a password that may be set.
    async fn begin(site: &mut Site) -> Result<Self, Stop> {
        if site.recipe.password.page.is_none() {
            return Err(unnamed(
                "The page for changing a password was not named (--password-url, or [password] in a recipe).",
                "비밀번호 변경 페이지가 지정되지 않았습니다 (--password-url 또는 레시피의 [password]).",
            ));
        }
        let account = site.account(Who::Ordinary)?;
        if account.new_password.as_deref().unwrap_or_default().is_empty() {
            return Err(unnamed(
                "The password may not be changed: new_password of [accounts.ordinary] is not given.",
                "비밀번호를 바꿔도 된다는 표시가 없습니다: [accounts.ordinary]의 new_password가 없습니다.",
            ));
        }
        let visitor = site.session(Who::Ordinary).await?.visitor;
        Ok(Self { visitor, home: account.password().to_owned() })
    }

    /// Tries to set a password, with the right current one.
    async fn set(&mut self, site: &mut Site, new: &str) -> Result<Renewal, Stop> {
        let current = site.account(Who::Ordinary)?;
        self.set_with(site, current.password(), new).await
    }

    /// The same with any text as the current one.
    async fn set_with(&mut self, site: &mut Site, current: &str, new: &str) -> Result<Renewal, Stop> {
        if !site.recognises(&mut self.visitor).await? {
            self.visitor = site.session(Who::Ordinary).await?.visitor;
        }
        let renewal = site.try_password(&mut self.visitor, Some(current), new).await?;
        if renewal.limited() {
            return Err(Outcome::untested(say!(
                "The site limits changes of the password just now.",
                "사이트가 지금 비밀번호 변경을 제한하고 있습니다."
            ))
            .seen_all(&renewal.steps)
            .into());
        }
        if renewal.taken {
            site.password_is_now(Some(new));
        }
        Ok(renewal)
    }

    /// Sets a password and signs in with it: whether it was taken indeed.
    async fn takes(&mut self, site: &mut Site, new: &str) -> Result<(Renewal, bool), Stop> {
        let before = site.account(Who::Ordinary)?;
        let renewal = self.set(site, new).await?;
        let proven = renewal.taken && proven(site, new, before.password()).await?;
        Ok((renewal, proven))
    }

    /// Sets the password back, whatever came out.
    async fn end(mut self, site: &mut Site, answer: Answer) -> Answer {
        let now = site.account(Who::Ordinary)?.password().to_owned();
        if now == self.home {
            site.keep(Who::Ordinary, &self.visitor);
            return answer;
        }
        match site.password_back(&mut self.visitor, &now).await {
            Ok(()) => answer,
            Err(_) if site.account(Who::Ordinary)?.password() == self.home => answer,
            Err(Stop::Known(back)) => with_note(answer, back),
            Err(trouble @ Stop::Trouble(_)) => match answer {
                Ok(outcome) if outcome.state.is_finding() => Ok(outcome),
                _ => Err(trouble),
            },
        }
    }
}

/// Whether a password that looked as if it had been taken signs in. Where it does not, the account has the one of before.
async fn proven(site: &mut Site, new: &str, before: &str) -> Result<bool, Stop> {
    let opens = site.opens(new).await?;
    if !opens {
        site.password_is_now(Some(before));
    }
    Ok(opens)
}

/// An account that was left otherwise than it was has to be told of. A finding stays one, and nothing else is an answer.
fn with_note(answer: Answer, back: Outcome) -> Answer {
    let outcome = match answer {
        Ok(outcome) | Err(Stop::Known(outcome)) => outcome,
        Err(trouble @ Stop::Trouble(_)) => return Err(trouble),
    };
    let told = Words {
        en: format!("{} {}", outcome.told.en, back.told.en).into(),
        ko: format!("{} {}", outcome.told.ko, back.told.ko).into(),
    };
    if outcome.state.is_finding() {
        return Ok(Outcome { told, ..outcome });
    }
    Ok(Outcome::untested(told).seen_all(&outcome.evidence).seen_all(&back.evidence))
}

/// A password of so many characters against which no rule speaks: upper and lower case, digits, a sign, at random.
fn strong(length: usize) -> String {
    let random = random_text(length);
    let letters = random.chars().map(|character| if character.is_ascii_alphanumeric() { character } else { 'x' });
    "Vq7-".chars().chain(letters).take(length).collect()
}

/// One of lower-case letters alone.
fn lower(length: usize) -> String {
    let random = random_text(length);
    let (consonants, vowels) = (b"bdfgklmnprstvz", b"aeiou");
    let letter = |(at, byte): (usize, u8)| {
        let alphabet: &[u8] = if at % 2 == 0 { consonants } else { vowels };
        alphabet.get(usize::from(byte) % alphabet.len()).copied().map_or('a', char::from)
    };
    random.bytes().take(length).enumerate().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::{lower, strong};

    #[test]
    fn passwords_are_as_long_as_they_have_to_be_and_of_their_kind() {
        for length in [7, 16, 24, 64, 100] {
            assert_eq!(strong(length).chars().count(), length);
            assert!(strong(length).starts_with("Vq7-"));
            assert!(lower(length).len() == length && lower(length).bytes().all(|byte| byte.is_ascii_lowercase()));
        }
    }
}
