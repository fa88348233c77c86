//! A harmless change, made rightly or as a forger would make it.

use std::sync::Arc;

use admit_words::{Words, say};

use super::entry::{set, submit};
use super::{Site, Visitor, Who, random_text, unnamed};
use crate::html::{Form, Page};
use crate::http::{Exchange, Origin, Request};
use crate::outcome::{Outcome, Stop};
use crate::recipe;

/// What is done with the token of a form.
#[derive(Clone, Debug)]
pub(crate) enum Token {
    /// Sent as the page has it.
    Own,
    /// Not sent.
    Missing,
    /// Another of the same length and alphabet.
    Wrong,
    /// That of somebody else's session.
    Foreign(String),
}

/// A change that was tried.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// The answer to the request.
    pub(crate) answer: Arc<Exchange>,
    /// The page afterwards.
    pub(crate) after: Arc<Exchange>,
    /// Whether the page shows the new value.
    pub(crate) applied: bool,
}

impl Site {
    /// The page that has the form for the change, and the form.
    pub(crate) async fn change_form(&mut self, visitor: &mut Visitor) -> Result<(Arc<Exchange>, Form), Stop> {
        let Some(change) = self.recipe.change.clone() else {
            return Err(unnamed(
                "No harmless change was named: give --change PAGE FIELD, or [change] in a recipe.",
                "해가 없는 변경이 지정되지 않았습니다. --change PAGE FIELD 또는 레시피의 [change]로 알려 주세요.",
            ));
        };
        let exchange = self.open(&change.page, visitor).await?;
        let page = Page::read(exchange.body(), &exchange.request.url);
        let form = page.forms.into_iter().find(|form| form.fields.iter().any(|field| field.name == change.field));
        let Some(form) = form else {
            let (page, field) = (change.page, change.field);
            if change.json_url.is_some() && !exchange.is_html() {
                return Err(Outcome::not_applicable(say!(
                    "{page} is no page with forms; csrf-json asks what is left.",
                    "{page}은(는) 양식이 있는 페이지가 아닙니다. 나머지는 csrf-json에서 봅니다."
                ))
                .into());
            }
            return Err(Outcome::untested(say!(
                "{page} shows no form with a field \"{field}\" to the signed-in user.",
                "{page}에는 로그인한 사용자에게 \"{field}\" 칸이 있는 양식이 보이지 않습니다."
            ))
            .seen(&exchange)
            .into());
        };
        Ok((exchange, form))
    }

    /// The token of the form, as this visitor's page has it.
    pub(crate) async fn form_token(&mut self, visitor: &mut Visitor) -> Result<Option<String>, Stop> {
        let (_, form) = self.change_form(visitor).await?;
        Ok(form.token_field().map(|field| field.value.clone()))
    }

    /// Tries the change with the form, in a given way.
    pub(crate) async fn try_change(
        &mut self,
        visitor: &mut Visitor,
        token: &Token,
        origin: Origin,
    ) -> Result<Change, Stop> {
        let (_, form) = self.change_form(visitor).await?;
        let field = self.recipe.change.clone().map(|change| change.field).unwrap_or_default();
        if self.original.is_none() {
            self.original = form.fields.iter().find(|known| known.name == field).map(|known| known.value.clone());
        }
        let value = self.new_value(Some(&form), &field);
        let mut fields = form.filled();
        set(&mut fields, &field, &value);
        if let Some(name) = form.token_field().map(|field| field.name.clone()) {
            match token {
                Token::Own => {}
                Token::Missing => fields.retain(|(known, _)| *known != name),
                Token::Wrong => {
                    let own = form.token_field().map(|field| field.value.clone()).unwrap_or_default();
                    set(&mut fields, &name, &like(&own));
                }
                Token::Foreign(foreign) => set(&mut fields, &name, foreign),
            }
        }
        let request = submit(&form, &fields, origin);
        self.change_by(request, &value, visitor).await
    }

    /// Sends any request that is meant to set `value`, and looks whether it did.
    pub(crate) async fn change_by(
        &mut self,
        request: Request,
        value: &str,
        visitor: &mut Visitor,
    ) -> Result<Change, Stop> {
        let page = self.recipe.change.clone().map(|change| change.page).unwrap_or_default();
        // A forged request is sent with the victim's cookies, and what it sets does not reach the victim's page.
        let answer = self.send(request, visitor).await?;
        let after = self.open(&page, visitor).await?;
        // A page that cannot be read shows no value, and that is not a refusal.
        if !after.is_success() {
            let status = after.status();
            return Err(Outcome::untested(say!(
                "{page} answered {status} afterwards, so nothing shows whether the change was made.",
                "그 뒤 {page}의 응답이 {status}여서 변경되었는지 알 수 없습니다."
            ))
            .seen(&answer)
            .seen(&after)
            .into());
        }
        let applied = after.body().contains(value);
        Ok(Change { answer, after, applied })
    }

    /// A value that the field has not had. It looks like what the field holds.
    pub(crate) fn new_value(&mut self, form: Option<&Form>, field: &str) -> String {
        let number = self.number();
        let kind = form.and_then(|form| form.fields.iter().find(|known| known.name == field));
        let looks_like_mail = kind.is_some_and(|field| field.kind == "email" || field.value.contains('@'));
        let looks_like_number = kind.is_some_and(|field| field.kind == "number");
        if looks_like_mail {
            format!("audit-{number}@example.org")
        } else if looks_like_number {
            (7_000 + number).to_string()
        } else {
            format!("audit-{number}")
        }
    }

    /// Makes sure that the change works when it is made rightly: without that nothing that is refused shows anything.
    pub(crate) async fn change_works(&mut self, visitor: &mut Visitor) -> Result<Change, Stop> {
        let change = self.try_change(visitor, &Token::Own, Origin::Own).await?;
        if change.applied {
            return Ok(change);
        }
        Err(Outcome::untested(Words::fixed(
            "The change did not show on its page when it was made rightly, so a refusal would show nothing.",
            "정상적으로 보낸 변경이 페이지에 나타나지 않아, 거부되더라도 알 수 있는 것이 없습니다.",
        ))
        .seen(&change.answer)
        .seen(&change.after)
        .into())
    }

    /// Sets the field back to what it was when the audit began; what is left behind when that does not work.
    pub(crate) async fn set_back(&mut self) -> Option<Words> {
        let (old, change) = (self.original.take()?, self.recipe.change.clone()?);
        if matches!(self.put_back(&change, &old).await, Ok(true)) {
            return None;
        }
        let (page, field) = (change.page, change.field);
        Some(say!(
            "\"{field}\" on {page} could not be set back: it was \"{old}\".",
            "{page}의 \"{field}\" 값을 되돌리지 못했습니다. 원래 값은 \"{old}\"입니다."
        ))
    }

    async fn put_back(&mut self, change: &recipe::Change, old: &str) -> Result<bool, Stop> {
        let mut visitor = self.session(Who::Ordinary).await?.visitor;
        let page = self.open(&change.page, &mut visitor).await?;
        let read = Page::read(page.body(), &page.request.url);
        let form = read.forms.iter().find(|form| form.fields.iter().any(|field| field.name == change.field));
        let request = match (form, &change.json_url) {
            (Some(form), _) => {
                let mut fields = form.filled();
                set(&mut fields, &change.field, old);
                submit(form, &fields, Origin::Own)
            }
            (None, Some(place)) => {
                let body = serde_json::json!({ &change.field: old });
                let request = Request::json(self.url(place)?, &body, Origin::OwnScript);
                match read.meta_token() {
                    Some(token) => request.header("X-CSRF-Token", token),
                    None => request,
                }
            }
            (None, None) => return Ok(false),
        };
        let answer = self.send(request, &mut visitor).await?;
        Ok(answer.status() < 400)
    }
}

/// Another text of the same length, from the same alphabet as far as it is hexadecimal or not.
fn like(token: &str) -> String {
    let hexadecimal = token.bytes().all(|byte| byte.is_ascii_hexdigit());
    let random = random_text(token.len());
    let text: String = if hexadecimal {
        random.bytes().map(|byte| char::from_digit(u32::from(byte) % 16, 16).unwrap_or('0')).collect()
    } else {
        random
    };
    text.chars().take(token.chars().count().max(8)).collect()
}
