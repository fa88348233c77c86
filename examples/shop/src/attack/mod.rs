//! A page on another origin that attacks the shop, and says what stopped each attack.
//!
//! It is served on its own port, so that the browser treats it as a stranger. On one machine that is another *origin* but
//! the same *site*: the SameSite=Lax cookie comes along, which makes it the harder case. It stands behind no gate: it has
//! no users and changes nothing of its own.

mod stops;

use std::sync::Arc;

use admit::witness::Seen;
use askama::Template;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::get;

use crate::catalogue::Shop;
use crate::lang::Lang;
use crate::page::show;
use crate::text::AttackText;

/// The requests that the shop's gate has seen lately, newest first.
pub type RecentRequests = Arc<dyn Fn() -> Vec<Seen> + Send + Sync>;

struct Attack {
    target: String,
    recent: RecentRequests,
    shop: Shop,
}

/// The attack page. `target` is the shop's origin, such as `http://127.0.0.1:8080`.
pub fn router(target: String, recent: RecentRequests, shop: Shop) -> Router {
    let target = target.trim_end_matches('/').to_owned();
    let policy = content_security_policy(&target);
    Router::new()
        .route("/", get(page))
        .route("/stops", get(stops::stops))
        .route("/attack.css", get(async || asset("text/css; charset=utf-8", include_str!("../../assets/attack.css"))))
        .route(
            "/attack.js",
            get(async || asset("text/javascript; charset=utf-8", include_str!("../../assets/attack.js"))),
        )
        .with_state(Arc::new(Attack { target, recent, shop }))
        .layer(map_response(move |response| harden(response, policy.clone())))
}

fn asset(media_type: &'static str, text: &'static str) -> ([(HeaderName, &'static str); 2], &'static str) {
    ([(CONTENT_TYPE, media_type), (CACHE_CONTROL, "no-cache")], text)
}

/// Even an attacker's page says what it may load: itself, and the shop that it attacks.
fn content_security_policy(target: &str) -> HeaderValue {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {target}; img-src 'self' {target}; \
         frame-src {target}; form-action {target}; base-uri 'none'; frame-ancestors 'none'"
    );
    // An origin that is not even a header value is nothing to attack.
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

async fn harden(mut response: Response, policy: HeaderValue) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // With no-referrer the forms would say "Origin: null". The attacks are to be seen as what they are.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    response
}

#[derive(Template)]
#[template(path = "attack.html")]
struct AttackPage<'a> {
    target: &'a str,
    lang: Lang,
    text: &'static AttackText,
}

async fn page(State(attack): State<Arc<Attack>>, headers: HeaderMap, request: Request) -> Response {
    let lang = Lang::of(request.uri().query(), &headers);
    let text = AttackText::of(lang);
    show(StatusCode::OK, &AttackPage { target: &attack.target, lang, text })
}
