//! Changing a password, as the site offers it.

use std::sync::Arc;

use super::entry::{set, submit};
use super::{Site, Visitor, Who, unnamed};
use crate::html::{Field, Form, Page};
use crate::http::{Exchange, Origin};
use crate::outcome::{Outcome, Stop};
use crate::words::say;

/// A change of the password that was tried.
#[derive(Clone, Debug)]
pub(crate) struct Renewal {
    /// All answers; the first is that to the new password.
    pub(crate) steps: Vec<Arc<Exchange>>,
    /// Whether the page looks as if it was taken. A sign-in with the new one is what proves it.
    pub(crate) taken: bool,
}

/// Whether a field asks for the password that the user has now.
fn is_current(field: &Field) -> bool {
    let name = field.name.to_ascii_lowercase();
    field.autocomplete.as_deref() == Some("current-password")
        || ["current", "old", "existing"].iter().any(|word| name.contains(word))
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
        let form = page
            .forms
            .into_iter()
            .find(|form| form.method == "POST" && form.passwords().any(|field| !is_current(field)));
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
        // Asked again for a new password: it was not taken.
        let asked_again = steps.last().is_some_and(|last| {
            let page = Page::read(last.body(), &last.request.url);
            last.is_html() && page.forms.iter().any(|form| form.passwords().any(|field| !is_current(field)))
        });
        let refused = steps.first().is_none_or(|first| first.status() >= 400);
        let redirected = steps.first().is_some_and(|first| first.is_redirect());
        // A page with all settings shows the form again after a redirect, and has taken the password.
        let taken = !refused && (redirected && !same_place(&steps) || !asked_again);
        Ok(Renewal { steps, taken })
    }

    /// The account's password is now another; `None`: it is back to what it was.
    pub(crate) fn password_is_now(&mut self, password: Option<&str>) {
        self.password_now = password.map(str::to_owned);
    }

    /// Sets the first password back; says so when the site does not let it.
    pub(crate) async fn password_back(&mut self, visitor: &mut Visitor, from: &str) -> Result<(), Stop> {
        self.password_is_now(Some(from));
        let first =
            self.recipe.accounts.ordinary.clone().map(|account| account.password().to_owned()).unwrap_or_default();
        if !self.recognises(visitor).await? {
            *visitor = self.fresh_session(Who::Ordinary).await?.visitor;
        }
        let renewal = self.try_password(visitor, Some(from), &first).await?;
        self.forget(Who::Ordinary);
        if renewal.taken {
            self.password_is_now(None);
            return Ok(());
        }
        Err(Outcome::untested(say!(
            "The password could not be set back. The account has the password that this check set: see new_password of the recipe.",
            "비밀번호를 되돌리지 못했습니다. 계정의 비밀번호는 이 검사가 설정한 것입니다. 레시피의 new_password를 보세요."
        ))
        .seen_all(&renewal.steps)
        .into())
    }
}

/// Whether a redirect led back to the page with the form.
fn same_place(steps: &[Arc<Exchange>]) -> bool {
    match (steps.first(), steps.last()) {
        (Some(first), Some(last)) => steps.len() > 1 && first.request.url.path() == last.request.url.path(),
        _ => false,
    }
}
