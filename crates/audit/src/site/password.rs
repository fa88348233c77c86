//! Changing a password, as the site offers it.

use std::sync::Arc;

use admit_words::say;

use super::entry::{set, submit};
use super::oracle::asks_to_sign_in;
use super::{Site, Visitor, Who, unnamed};
use crate::html::{Field, Form, Page};
use crate::http::{Exchange, Origin};
use crate::outcome::{Outcome, Stop};

/// A change of the password that was tried.
#[derive(Clone, Debug)]
pub(crate) struct Renewal {
    /// All answers; the first is that to the new password.
    pub(crate) steps: Vec<Arc<Exchange>>,
    /// Whether it was taken: as the page shows, or, where the page shows nothing, as a sign-in does.
    pub(crate) taken: bool,
}

impl Renewal {
    /// Whether the site limits such changes just now.
    pub(crate) fn limited(&self) -> bool {
        self.steps.iter().any(|exchange| matches!(exchange.status(), 429 | 423 | 503))
    }
}

/// What a page shows of a change of the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Taken,
    Refused,
    /// The form stands there again, as it does on pages with all settings, whether it was taken or not.
    Unclear,
}

impl Look {
    fn of(steps: &[Arc<Exchange>]) -> Self {
        let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return Self::Refused };
        if first.status() >= 400 {
            return Self::Refused;
        }
        let page = Page::read(last.body(), &last.request.url);
        let asked_again = last.is_html() && page.forms.iter().any(|form| new_fields(form).next().is_some());
        let unmoved = first.is_redirect() && same_place(steps);
        if asked_again || unmoved || asks_to_sign_in(last) { Self::Unclear } else { Self::Taken }
    }
}

/// Whether a field asks for the password that the user has now.
fn is_current(field: &Field) -> bool {
    let name = field.name.to_ascii_lowercase();
    field.autocomplete.as_deref() == Some("current-password")
        || ["current", "old", "existing"].iter().any(|word| name.contains(word))
}

/// The fields of a form for a new password, and for the same once more.
pub(crate) fn new_fields(form: &Form) -> impl Iterator<Item = &Field> {
    form.passwords().filter(|field| !is_current(field))
}

/// Whether a form asks for it.
pub(crate) fn asks_for_current(form: &Form) -> bool {
    form.passwords().any(is_current)
}

impl Site {
    /// The page with the form for a new password, and the form.
    pub(crate) async fn password_form(&mut self, visitor: &mut Visitor) -> Result<(Arc<Exchange>, Form), Stop> {
        let Some(place) = self.recipe.password.page.clone() else {
            return Err(unnamed(
                "The page for changing a password was not named (--password-url, or [password] in a recipe).",
                "비밀번호 변경 페이지가 지정되지 않았습니다 (--password-url 또는 레시피의 [password]).",
            ));
        };
        let exchange = self.open(&place, visitor).await?;
        let page = Page::read(exchange.body(), &exchange.request.url);
        let form = page.forms.into_iter().find(|form| form.method == "POST" && new_fields(form).next().is_some());
        let Some(form) = form else {
            return Err(Outcome::untested(say!(
                "{place} shows no form for a new password to the signed-in user.",
                "{place}에는 로그인한 사용자에게 새 비밀번호 양식이 보이지 않습니다."
            ))
            .seen(&exchange)
            .into());
        };
        Ok((exchange, form))
    }

    /// Tries to set a password. `current: None` leaves its field empty.
    pub(crate) async fn try_password(
        &mut self,
        visitor: &mut Visitor,
        current: Option<&str>,
        new: &str,
    ) -> Result<Renewal, Stop> {
        let (_, form) = self.password_form(visitor).await?;
        let mut fields = form.filled();
        for field in form.passwords() {
            let value = if is_current(field) { current.unwrap_or_default() } else { new };
            set(&mut fields, &field.name, value);
        }
        let steps = self.follow(submit(&form, &fields, Origin::Own), visitor).await?;
        let taken = match Look::of(&steps) {
            Look::Taken => true,
            Look::Refused => false,
            // Where a password that is taken is seen to be, this one was not.
            Look::Unclear => !matches!(self.password_change, Some(Ok(true))) && self.opens(new).await?,
        };
        Ok(Renewal { steps, taken })
    }

    /// Whether one signs in as the ordinary account with this password.
    pub(crate) async fn opens(&mut self, password: &str) -> Result<bool, Stop> {
        let name = self.account(Who::Ordinary)?.name;
        let attempt = self.sign_in(&name, password, &mut Visitor::default()).await?;
        if attempt.limited().is_none() {
            return Ok(attempt.succeeded);
        }
        Err(Outcome::untested(say!(
            "The site limits sign-ins just now, so it could not be seen which password the account has.",
            "사이트가 지금 로그인을 제한하고 있어 계정의 비밀번호가 무엇인지 확인할 수 없었습니다."
        ))
        .seen_all(&attempt.steps)
        .into())
    }

    /// Makes sure, once, that a password is taken where everything is right: without that no refusal shows anything.
    pub(crate) async fn password_works(&mut self) -> Result<(), Stop> {
        if self.password_change.is_none() {
            self.password_change = Some(match self.change_once().await {
                Ok(clear) => Ok(clear),
                Err(Stop::Known(outcome)) => Err(outcome),
                Err(trouble @ Stop::Trouble(_)) => return Err(trouble),
            });
        }
        match &self.password_change {
            Some(Err(outcome)) => Err(Stop::Known(outcome.clone())),
            _ => Ok(()),
        }
    }

    /// Sets `new_password` and the old one again; whether the page shows that it was taken.
    async fn change_once(&mut self) -> Result<bool, Stop> {
        let account = self.account(Who::Ordinary)?;
        let new = account.new_password.clone().unwrap_or_default();
        if account.password() == new {
            return Ok(false);
        }
        let mut visitor = self.session(Who::Ordinary).await?.visitor;
        let renewal = self.try_password(&mut visitor, Some(account.password()), &new).await?;
        if renewal.taken {
            self.password_is_now(Some(&new));
            let opens = self.opens(&new).await;
            let back = self.password_back(&mut visitor, &new).await;
            if opens? {
                // Where it could not be set back, the account goes on with the new one, and the check says so.
                return match back {
                    Err(trouble @ Stop::Trouble(_)) => Err(trouble),
                    _ => Ok(Look::of(&renewal.steps) == Look::Taken),
                };
            }
        }
        Err(Outcome::untested(say!(
            "new_password of the recipe was not taken though everything was right, so a refusal would show nothing.",
            "모든 것이 올바른데도 레시피의 new_password가 받아들여지지 않아, 거부되더라도 알 수 있는 것이 없습니다."
        ))
        .seen_all(&renewal.steps)
        .into())
    }

    /// The account's password is now another; `None`: it is back to what it was.
    pub(crate) fn password_is_now(&mut self, password: Option<&str>) {
        self.password_now = password.map(str::to_owned);
    }

    /// Sets the first password back. Where the site does not take it again (rules that are stricter than the password, or
    /// that know it), sets `new_password`, which whoever wrote the recipe knows, and says so.
    pub(crate) async fn password_back(&mut self, visitor: &mut Visitor, from: &str) -> Result<(), Stop> {
        self.password_is_now(Some(from));
        let account = self.recipe.accounts.ordinary.clone().unwrap_or_default();
        if !self.recognises(visitor).await? {
            *visitor = self.fresh_session(Who::Ordinary).await?.visitor;
        }
        let renewal = self.try_password(visitor, Some(from), account.password()).await?;
        let known = account.new_password.clone().unwrap_or_default();
        let mut now = from.to_owned();
        if !renewal.taken
            && known != from
            && !known.is_empty()
            && self.try_password(visitor, Some(from), &known).await?.taken
        {
            now.clone_from(&known);
            self.password_is_now(Some(&known));
        }
        // Where nothing is taken from this one, perhaps the account never had it.
        if renewal.taken || (now == from && self.opens(account.password()).await?) {
            self.password_is_now(None);
            self.keep(Who::Ordinary, visitor);
            return Ok(());
        }
        self.keep(Who::Ordinary, visitor);
        let told = if now == known {
            say!(
                "The site does not take the first password again; the account now has new_password of the recipe.",
                "사이트가 처음 비밀번호를 다시 받지 않습니다. 계정의 비밀번호는 이제 레시피의 new_password입니다."
            )
        } else {
            say!(
                "The site does not take the first password again; the account's password is now {now}",
                "사이트가 처음 비밀번호를 다시 받지 않습니다. 계정의 비밀번호는 이제 다음과 같습니다: {now}"
            )
        };
        Err(Outcome::untested(told).seen_all(&renewal.steps).into())
    }
}

/// Whether a redirect led back to the page with the form.
fn same_place(steps: &[Arc<Exchange>]) -> bool {
    match (steps.first(), steps.last()) {
        (Some(first), Some(last)) => steps.len() > 1 && first.request.url.path() == last.request.url.path(),
        _ => false,
    }
}
