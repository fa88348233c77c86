//! The API: tokens, and what they are good for.

use std::backtrace::Backtrace;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::body::{Fields, Typed, unreadable_json, wrong_type};
use crate::flaw::Flaw;
use crate::problem::{private_json, problem, too_many, unauthorized};
use crate::sign_in::{Outcome, attempt};
use crate::site::Site;
use crate::token::{Accepted, Pair, accept, issue, lifetime};
use crate::user::Account;
use crate::visit::{Visit, named_by_header};

pub(crate) async fn token(State(site): State<Arc<Site>>, body: Typed) -> Response {
    if !body.is("application/json") {
        return wrong_type();
    }
    if site.has(Flaw::ErrorDetails)
        && let Err(error) = body.json()
    {
        return panicked(&error);
    }
    let Some([name, password]) = body.members(["username", "password"]) else { return unreadable_json() };
    match attempt(&site, &name, &password).await {
        Outcome::Right(user) => {
            let mut response = shown(&site, &issue(&site, user, site.tokens.open(user, None)));
            if site.has(Flaw::TokenCache) {
                response.headers_mut().remove(header::CACHE_CONTROL);
            }
            response
        }
        Outcome::Wrong { .. } => unauthorized(&site, "The name or the password is wrong."),
        Outcome::TooMany(seconds) => too_many(seconds),
    }
}

pub(crate) async fn refresh(State(site): State<Arc<Site>>, body: Typed) -> Response {
    if !body.is("application/json") {
        return wrong_type();
    }
    let Some([token]) = body.members(["refresh_token"]) else { return unreadable_json() };
    match site.tokens.redeem(site.flaw(), &token) {
        Some((family, user)) => shown(&site, &issue(&site, user, family)),
        None => unauthorized(&site, "This refresh token is not good."),
    }
}

pub(crate) async fn revoke(State(site): State<Arc<Site>>, Extension(visit): Extension<Visit>) -> Response {
    match presented(&site, visit.header("authorization")).await {
        Some(accepted) => {
            site.tokens.revoke(site.flaw(), &accepted.jti);
            StatusCode::NO_CONTENT.into_response()
        }
        None => bad_token(&site),
    }
}

pub(crate) async fn me(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::parse(query.as_deref().unwrap_or_default());
    let in_query = fields.get("access_token").filter(|_| site.has(Flaw::JwtInQuery));
    let user = match in_query {
        Some(token) => accept(&site, token).await.map(|accepted| accepted.user),
        None => caller(&site, &visit).await,
    };
    match user {
        Some(user) => private_json(&json!({ "name": user.name, "role": user.role })),
        None if site.has(Flaw::Access401) && !visit.headers.contains_key(header::AUTHORIZATION) => {
            problem(StatusCode::FORBIDDEN, "This is not for you.")
        }
        None => bad_token(&site),
    }
}

pub(crate) async fn admin(State(site): State<Arc<Site>>, Extension(visit): Extension<Visit>) -> Response {
    match caller(&site, &visit).await {
        Some(user) if user.is_admin() || site.has(Flaw::AccessRoleApi) => {
            private_json(&json!({ "users": ["alice", "bruno", "root"] }))
        }
        Some(_) => problem(StatusCode::FORBIDDEN, "This is for admins."),
        None => bad_token(&site),
    }
}

pub(crate) async fn key_set(State(site): State<Arc<Site>>) -> Response {
    axum::Json(site.keys.set(site.flaw())).into_response()
}

/// Hands a token to the script of a page. Only the flaw has this route.
pub(crate) async fn session_token(State(site): State<Arc<Site>>, Extension(visit): Extension<Visit>) -> Response {
    match (visit.user, &visit.session) {
        (Some(user), Some(session)) => {
            let family = site.tokens.open(user, Some(session.id.clone()));
            shown(&site, &issue(&site, user, family))
        }
        _ => unauthorized(&site, "Nobody is signed in."),
    }
}

fn shown(site: &Site, pair: &Pair) -> Response {
    private_json(&json!({
        "access_token": pair.access,
        "token_type": "Bearer",
        "expires_in": lifetime(site),
        "refresh_token": pair.refresh,
    }))
}

async fn caller(site: &Site, visit: &Visit) -> Option<&'static Account> {
    if let Some(user) = named_by_header(site, &visit.headers) {
        return Some(user);
    }
    presented(site, visit.header("authorization")).await.map(|accepted| accepted.user)
}

async fn presented(site: &Site, authorization: Option<&str>) -> Option<Accepted> {
    let (scheme, token) = authorization?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    accept(site, token.trim()).await
}

fn bad_token(site: &Site) -> Response {
    unauthorized(site, "A good access token is needed.")
}

/// What a site says whose errors are shown to everybody.
fn panicked(error: &serde_json::Error) -> Response {
    let text = format!(
        "thread 'tokio-rt-worker' panicked at {}:{}:{}:\ncalled `Result::unwrap()` on an `Err` value: {error:?}\n\
         stack backtrace:\n{}\n",
        file!(),
        line!(),
        column!(),
        Backtrace::force_capture(),
    );
    (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
}
