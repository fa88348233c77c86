//! Tokens of apps and APIs.

mod der;
mod forging;
mod jwks_private;
mod jwks_weak;
mod jwt_alg_none;
mod jwt_audience;
mod jwt_embedded_key;
mod jwt_expired;
mod jwt_in_query;
mod jwt_jku;
mod jwt_key_confusion;
mod jwt_kid;
mod jwt_lifetime;
mod jwt_logout;
mod jwt_no_expiry;
mod jwt_permissions;
mod jwt_personal;
mod jwt_signature;
mod jwt_size;
mod jwt_type;
mod jwt_weak_secret;
mod key;
mod listener;
mod refresh_family;
mod refresh_replay;
mod secrets;
mod token_cache;
mod token_storage;

use std::sync::Arc;
use std::time::{Duration, Instant};

use admit_words::Words;
use serde_json::{Map, Value};

use crate::http::{Exchange, Request};
use crate::jwt::Jwt;
use crate::outcome::{Outcome, Stop};
use crate::site::{Issued, Site, Visitor, Who};

super::checks![
    jwks_private,
    jwks_weak,
    token_cache,
    jwt_no_expiry,
    jwt_lifetime,
    jwt_personal,
    jwt_permissions,
    jwt_size,
    jwt_weak_secret,
    jwt_signature,
    jwt_alg_none,
    jwt_key_confusion,
    jwt_embedded_key,
    jwt_jku,
    jwt_kid,
    jwt_audience,
    jwt_type,
    jwt_in_query,
    jwt_expired,
    jwt_logout,
    refresh_replay,
    refresh_family,
    token_storage,
];

/// For how long a site may answer a refresh token kindly that comes twice: an app that lost the answer tries again.
const GRACE: Duration = Duration::from_secs(15);

/// For how long an end is waited for: APIs that check tokens by themselves hear of it a few seconds later.
const BOUND: Duration = Duration::from_secs(6);

/// An access token of the ordinary account that is a JWT.
async fn access_jwt(site: &mut Site) -> Result<(Issued, Jwt), Stop> {
    let issued = site.tokens(Who::Ordinary).await?;
    match Jwt::read(&issued.access) {
        Some(jwt) => Ok((issued, jwt)),
        None => Err(Outcome::not_applicable(Words::fixed(
            "The access token is no JWT, so there is nothing to look at here.",
            "액세스 토큰이 JWT가 아니어서 여기서 확인할 것이 없습니다.",
        ))
        .seen(&issued.answer)
        .into()),
    }
}

/// The key set: where the recipe says, else where it usually is.
async fn key_set(site: &mut Site) -> Result<(Arc<Exchange>, Vec<Map<String, Value>>), Stop> {
    let named = site.recipe.tokens.as_ref().and_then(|tokens| tokens.jwks.clone());
    let place = named.clone().unwrap_or_else(|| "/.well-known/jwks.json".to_owned());
    let url = site.url(&place)?;
    let request = Request::new("GET", url, crate::http::Origin::Unsaid).header("Accept", "application/json");
    let exchange = site.send(request, &mut Visitor::default()).await?;
    let set = exchange.json().filter(|_| exchange.is_success());
    let keys = set.as_ref().and_then(|set| set.get("keys")).and_then(Value::as_array);
    if let Some(keys) = keys {
        let keys = keys.iter().filter_map(Value::as_object).cloned().collect();
        return Ok((exchange, keys));
    }
    let outcome = match named {
        Some(_) => Outcome::untested(Words::fixed(
            "The address that was named for the key set does not answer with one.",
            "키 집합 주소로 지정된 곳이 키 집합으로 응답하지 않습니다.",
        )),
        None => Outcome::not_applicable(Words::fixed(
            "No key set was named (--jwks-url, or jwks of [tokens]), and none is at /.well-known/jwks.json.",
            "키 집합이 지정되지 않았고(--jwks-url 또는 [tokens]의 jwks) /.well-known/jwks.json에도 없습니다.",
        )),
    };
    Err(outcome.seen(&exchange).into())
}

/// The text of a member of a key.
fn member<'a>(key: &'a Map<String, Value>, name: &str) -> &'a str {
    key.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Presents a token until it is refused, within the time that APIs need to hear of its end. The last answer, for how
/// long it was accepted, and whether it still is.
async fn until_refused(site: &mut Site, token: &str) -> Result<(Arc<Exchange>, Duration, bool), Stop> {
    let begun = Instant::now();
    loop {
        let (exchange, accepted) = site.accepts(token).await?;
        let passed = begun.elapsed();
        if !accepted || passed >= BOUND {
            return Ok((exchange, passed, accepted));
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// A refresh token of its own, with the rest of what was issued.
async fn fresh_pair(site: &mut Site) -> Result<(Issued, String), Stop> {
    let issued = site.fresh_tokens(Who::Ordinary).await?;
    match issued.refresh.clone() {
        Some(refresh) => Ok((issued, refresh)),
        None => Err(Outcome::not_applicable(Words::fixed(
            "No refresh token is issued.",
            "리프레시 토큰이 발급되지 않습니다.",
        ))
        .seen(&issued.answer)
        .into()),
    }
}
