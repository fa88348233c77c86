//! Makes pairs of tokens.

use aws_lc_rs::hmac;
use serde_json::{Map, Value, json};

use super::family::FamilyId;
use super::{Jws, now};
use crate::flaw::Flaw;
use crate::random;
use crate::site::Site;
use crate::user::Account;

/// How long a refresh token is good: a day.
const REFRESH_LIFETIME: u64 = 24 * 60 * 60;

#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

/// The first pair of a family, or the next.
pub(crate) fn issue(site: &Site, user: &'static Account, family: FamilyId) -> Pair {
    let access = jwt(site, family, "at+jwt", &access_claims(site, user));
    let refresh = if site.has(Flaw::JwtType) {
        let mut claims = common(site, user);
        claims.insert("exp".to_owned(), (now() + REFRESH_LIFETIME).into());
        claims.insert("use".to_owned(), "refresh".into());
        jwt(site, family, "JWT", &claims)
    } else {
        random::id()
    };
    site.tokens.remember_refresh(family, &refresh, now() + REFRESH_LIFETIME);
    Pair { access, refresh }
}

/// A good access token but for its audience.
pub(crate) fn foreign(site: &Site, user: &'static Account, audience: &str) -> String {
    let mut claims = access_claims(site, user);
    claims.insert("aud".to_owned(), audience.into());
    jwt(site, site.tokens.open(user, None), "at+jwt", &claims)
}

/// How long an access token is good, in seconds.
pub(crate) fn lifetime(site: &Site) -> u64 {
    if site.has(Flaw::JwtLifetime) { 30 * 24 * 60 * 60 } else { site.options.token_lifetime.as_secs() }
}

fn access_claims(site: &Site, user: &'static Account) -> Map<String, Value> {
    let mut claims = common(site, user);
    let mut add = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    if !site.has(Flaw::JwtNoExpiry) {
        add("exp", (now() + lifetime(site)).into());
    }
    match site.flaw() {
        Some(Flaw::JwtPersonal) => {
            add("email", site.users.email(user).into());
            add("name", user.name.into());
        }
        Some(Flaw::JwtPermissions) => {
            let objects = ["orders", "invoices", "products", "reports"];
            let all =
                objects.iter().flat_map(|object| ["read", "write", "delete"].map(|verb| format!("{object}:{verb}")));
            add("permissions", all.collect());
        }
        Some(Flaw::JwtSize) => {
            add("groups", (0..60).map(|group| format!("group-{:08x}", 0x51_7a_00_00 + group * 977)).collect());
        }
        _ => {}
    }
    claims
}

fn common(site: &Site, user: &'static Account) -> Map<String, Value> {
    let claims = [
        ("iss", Value::from(site.url.as_str())),
        ("aud", site.options.audience.as_str().into()),
        ("sub", user.name.into()),
        ("iat", now().into()),
        ("jti", random::id().into()),
    ];
    claims.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn jwt(site: &Site, family: FamilyId, typ: &str, claims: &Map<String, Value>) -> String {
    if let Some(jti) = claims.get("jti").and_then(Value::as_str) {
        site.tokens.remember_jti(family, jti);
    }
    let weak = site.has(Flaw::JwtWeakSecret);
    let header = json!({ "alg": if weak { "HS256" } else { "RS256" }, "typ": typ, "kid": site.keys.kid });
    Jws::make(&header, &Value::Object(claims.clone()), |input| {
        if weak { hmac::sign(&secret(WEAK_SECRET), input).as_ref().to_vec() } else { site.keys.sign(input) }
    })
}

pub(super) const WEAK_SECRET: &[u8] = b"secret";

pub(super) fn secret(bytes: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, bytes)
}
