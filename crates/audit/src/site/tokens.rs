//! Tokens of apps: issued for a password, presented, renewed, given up.

use std::collections::BTreeMap;
use std::sync::Arc;

use admit_words::{Words, say};
use url::Url;

use super::{Site, Visitor, Who, unnamed};
use crate::http::{Exchange, Origin, Request, now};
use crate::jwt::Jwt;
use crate::outcome::{Outcome, Stop};
use crate::recipe::Tokens;

/// What the site issued.
#[derive(Clone, Debug)]
pub(crate) struct Issued {
    pub(crate) access: String,
    pub(crate) refresh: Option<String>,
    /// The answer that had them.
    pub(crate) answer: Arc<Exchange>,
}

impl Issued {
    /// Whether it ends so soon that a check might see it die.
    fn is_nearly_over(&self) -> bool {
        let ends = Jwt::read(&self.access).and_then(|jwt| jwt.seconds("exp"));
        ends.is_some_and(|ends| ends - now() < 10)
    }
}

/// What checks of tokens found out for each other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tried {
    /// The addresses that want a token and take a right one.
    pub(crate) gates: Option<Vec<Url>>,
    /// How tokens with a broken signature fared.
    pub(crate) tampered: Option<Tampered>,
}

/// How tokens with a broken signature fared.
#[derive(Clone, Debug)]
pub(crate) struct Tampered {
    /// How the one was made that was accepted all the same.
    pub(crate) accepted: Option<Words>,
    /// The answer to it, or the last refusal.
    pub(crate) exchange: Arc<Exchange>,
}

impl Site {
    /// What the recipe says of tokens.
    pub(crate) fn token_recipe(&self) -> Result<Tokens, Stop> {
        self.recipe.tokens.clone().ok_or_else(|| {
            Stop::Known(Outcome::not_applicable(say!(
                "No tokens were named (--token-url, or [tokens] in a recipe).",
                "토큰이 지정되지 않았습니다 (--token-url 또는 레시피의 [tokens])."
            )))
        })
    }

    /// Tokens that checks share.
    pub(crate) async fn tokens(&mut self, who: Who) -> Result<Issued, Stop> {
        // One that ends within seconds would be taken for one that was refused.
        if let Some(issued) = self.issued.get(&who).cloned().filter(|issued| !issued.is_nearly_over())
            && (self.token_recipe()?.private.is_empty() || self.accepts(&issued.access).await?.1)
        {
            return Ok(issued);
        }
        let issued = self.fresh_tokens(who).await?;
        self.issued.insert(who, issued.clone());
        Ok(issued)
    }

    /// The request that asks for tokens with a name and a password.
    pub(crate) fn token_request(
        &self,
        name: &str,
        password: &str,
        further: &BTreeMap<String, String>,
    ) -> Result<Request, Stop> {
        let recipe = self.token_recipe()?;
        let mut fields = recipe.fields.clone();
        fields.extend(further.clone());
        fields.insert(recipe.name_field.clone(), name.to_owned());
        fields.insert(recipe.password_field.clone(), password.to_owned());
        Ok(as_body(self.url(&recipe.url)?, &fields, recipe.form))
    }

    /// Tokens of its own, which the check may use up.
    pub(crate) async fn fresh_tokens(&mut self, who: Who) -> Result<Issued, Stop> {
        let issued = self.issue(who, &BTreeMap::new()).await?;
        self.learn(&issued);
        Ok(issued)
    }

    /// Tokens that are asked for with further fields. What stands for them in evidence is the caller's to say.
    pub(crate) async fn issue(&mut self, who: Who, further: &BTreeMap<String, String>) -> Result<Issued, Stop> {
        let recipe = self.token_recipe()?;
        let account = self.account(who)?;
        let request = self.token_request(&account.name, account.password(), further)?;
        let answer = self.send(request, &mut Visitor::default()).await?;
        match issued(&answer, &recipe) {
            Some(issued) => Ok(issued),
            None => {
                let (name, status, member) = (&account.name, answer.status(), &recipe.access);
                Err(Outcome::untested(say!(
                    "No tokens were issued to {name}: status {status}, no member \"{member}\".",
                    "{name}에게 토큰이 발급되지 않았습니다: 상태 {status}, \"{member}\" 항목 없음."
                ))
                .seen(&answer)
                .into())
            }
        }
    }

    fn learn(&mut self, issued: &Issued) {
        self.client.redactor.learn(&issued.access, "TOKEN");
        if let Some(refresh) = &issued.refresh {
            self.client.redactor.learn(refresh, "REFRESH_TOKEN");
        }
    }

    /// Sends a refresh token; the answer, and what was issued.
    pub(crate) async fn redeem(&mut self, refresh: &str) -> Result<(Arc<Exchange>, Option<Issued>), Stop> {
        let recipe = self.token_recipe()?;
        let Some(place) = recipe.refresh.clone() else {
            return Err(unnamed(
                "The address that renews tokens was not named (--refresh-url, or refresh of [tokens]).",
                "토큰을 갱신하는 주소가 지정되지 않았습니다 (--refresh-url 또는 [tokens]의 refresh).",
            ));
        };
        let mut fields = recipe.refresh_fields.clone();
        fields.insert("refresh_token".to_owned(), refresh.to_owned());
        let url = self.url(&place)?;
        let answer = self.send(as_body(url, &fields, recipe.refresh_form), &mut Visitor::default()).await?;
        let issued = issued(&answer, &recipe);
        if let Some(issued) = &issued {
            self.learn(issued);
        }
        Ok((answer, issued))
    }

    /// The address at which tokens are presented.
    pub(crate) fn guarded(&self) -> Result<Url, Stop> {
        match self.token_recipe()?.private.first() {
            Some(place) => self.url(place),
            None => Err(unnamed(
                "No address that wants a token was named (private of [tokens]).",
                "토큰이 필요한 주소가 지정되지 않았습니다 ([tokens]의 private).",
            )),
        }
    }

    /// Presents a token; the answer, and whether it was accepted.
    pub(crate) async fn accepts(&mut self, token: &str) -> Result<(Arc<Exchange>, bool), Stop> {
        let url = self.guarded()?;
        self.accepts_at(url, token).await
    }

    /// The same at an address.
    pub(crate) async fn accepts_at(&mut self, url: Url, token: &str) -> Result<(Arc<Exchange>, bool), Stop> {
        let request = Request::new("GET", url, Origin::Unsaid).header("Accept", "application/json").bearer(token);
        let exchange = self.send(request, &mut Visitor::default()).await?;
        let accepted = exchange.is_success();
        Ok((exchange, accepted))
    }

    /// An address that is asked without a token.
    pub(crate) async fn without_token(&mut self, url: Url) -> Result<Arc<Exchange>, Stop> {
        let bare = Request::new("GET", url, Origin::Unsaid).header("Accept", "application/json");
        Ok(self.send(bare, &mut Visitor::default()).await?)
    }

    /// A token that is certainly accepted where one is wanted, and certainly wanted there: else nothing is shown by a
    /// refusal or an acceptance.
    pub(crate) async fn working_token(&mut self, who: Who) -> Result<Issued, Stop> {
        let issued = self.tokens(who).await?;
        let (with, accepted) = self.accepts(&issued.access).await?;
        let url = self.guarded()?;
        let without = self.without_token(url.clone()).await?;
        if !accepted {
            let status = with.status();
            return Err(Outcome::untested(say!(
                "{url} answered {status} to a token that was just issued.",
                "{url}이(가) 방금 발급된 토큰에 {status}(으)로 응답했습니다."
            ))
            .seen(&with)
            .into());
        }
        if without.is_success() {
            return Err(Outcome::untested(say!(
                "{url} wants no token, so nothing is shown by what it accepts.",
                "{url}에는 토큰이 필요하지 않아, 무엇을 받아들이는지로는 알 수 있는 것이 없습니다."
            ))
            .seen(&without)
            .into());
        }
        Ok(issued)
    }
}

fn as_body(url: Url, fields: &BTreeMap<String, String>, form: bool) -> Request {
    if form {
        Request::form(url, fields.iter().map(|(name, value)| (name.as_str(), value.as_str())), Origin::Unsaid)
            .header("Accept", "application/json")
    } else {
        let body: serde_json::Map<String, serde_json::Value> =
            fields.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        Request::json(url, &body.into(), Origin::Unsaid)
    }
}

/// The tokens in an answer. A member may be written with dots: `data.token`.
fn issued(answer: &Arc<Exchange>, recipe: &Tokens) -> Option<Issued> {
    if !answer.is_success() {
        return None;
    }
    let json = answer.json()?;
    let member = |path: &str| {
        path.split('.')
            .try_fold(&json, |value, name| value.get(name))
            .and_then(|value| value.as_str())
            .map(str::to_owned)
    };
    Some(Issued {
        access: member(&recipe.access)?,
        refresh: member(&recipe.refresh_member),
        answer: Arc::clone(answer),
    })
}
