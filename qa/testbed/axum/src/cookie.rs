//! The session cookie: its name, its attributes and its value.

use aws_lc_rs::hmac;
use axum::http::{HeaderMap, HeaderValue, header};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use crate::flaw::Flaw;
use crate::session::Session;
use crate::site::Site;
use crate::token::{Jws, now};

/// How long the cookie that is a JWT is good, in seconds.
const JWT_LIFETIME: u64 = 8 * 60 * 60;

/// The session id of the request, whether or not there is such a session.
pub(crate) fn read(site: &Site, headers: &HeaderMap) -> Option<String> {
    let name = name(site);
    let value = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))?;
    match site.flaw() {
        Some(Flaw::CookieOpaque) => value.split('.').next().map(str::to_owned),
        Some(Flaw::CookieOpaqueJwt) => id_in_jwt(site, value),
        _ => (!value.is_empty()).then(|| value.to_owned()),
    }
}

/// The cookie that hands out a session.
pub(crate) fn set(site: &Site, session: &Session) -> HeaderValue {
    let value = match site.flaw() {
        Some(Flaw::CookieOpaque) => {
            let shown = json!({
                "user": session.user.map(|user| user.name),
                "role": session.user.map(|user| user.role),
            });
            format!("{}.{}", session.id, BASE64URL_NOPAD.encode(shown.to_string().as_bytes()))
        }
        Some(Flaw::CookieOpaqueJwt) => jwt(site, session),
        _ => session.id.clone(),
    };
    let lifetime = if site.has(Flaw::CookieLifetime) { "; Max-Age=34560000" } else { "" };
    header(format!("{}={value}{}{lifetime}", name(site), attributes(site)))
}

/// The cookie that deletes the cookie.
pub(crate) fn delete(site: &Site) -> HeaderValue {
    header(format!("{}={}; Max-Age=0", name(site), attributes(site)))
}

fn name(site: &Site) -> &'static str {
    match site.flaw() {
        Some(Flaw::CookieSecure | Flaw::CookiePrefix) => "sid",
        Some(Flaw::CookieDomain) => "__Secure-sid",
        _ => "__Host-sid",
    }
}

fn attributes(site: &Site) -> &'static str {
    match site.flaw() {
        Some(Flaw::CookieSecure) => "; Path=/; HttpOnly; SameSite=Lax",
        Some(Flaw::CookieHttponly) => "; Path=/; Secure; SameSite=Lax",
        Some(Flaw::CookieSamesite) => "; Path=/; HttpOnly; Secure",
        Some(Flaw::CookieSamesiteNone) => "; Path=/; HttpOnly; Secure; SameSite=None",
        Some(Flaw::CookieDomain) => "; Path=/; Domain=127.0.0.1; HttpOnly; Secure; SameSite=Lax",
        _ => "; Path=/; HttpOnly; Secure; SameSite=Lax",
    }
}

fn jwt(site: &Site, session: &Session) -> String {
    let claims = json!({
        "sid": session.id,
        "sub": session.user.map(|user| user.name),
        "email": session.user.map(|user| site.users.email(user)),
        "exp": now() + JWT_LIFETIME,
    });
    Jws::make(&json!({ "alg": "HS256", "typ": "JWT" }), &claims, |input| {
        hmac::sign(&site.keys.cookie, input).as_ref().to_vec()
    })
}

fn id_in_jwt(site: &Site, value: &str) -> Option<String> {
    let jws = Jws::parse(value)?;
    hmac::verify(&site.keys.cookie, jws.input.as_bytes(), &jws.signature).ok()?;
    let lives = jws.claims.get("exp").and_then(Value::as_u64).is_some_and(|exp| now() < exp);
    lives.then(|| jws.claims.get("sid").and_then(Value::as_str).map(str::to_owned)).flatten()
}

/// Ids are of characters that a header takes; one that was adopted came in a header itself.
fn header(text: String) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}
