//! Whether an access token is believed: everything in it is checked, but for the one thing that is the flaw.

use aws_lc_rs::hmac;
use serde_json::Value;

use super::issue::{WEAK_SECRET, secret};
use super::key::verify_by;
use super::remote::fetch_keys;
use super::{Jws, now};
use crate::flaw::Flaw;
use crate::site::Site;
use crate::user::{Account, Users};

/// What a good token says.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) user: &'static Account,
    pub(crate) jti: String,
}

pub(crate) async fn accept(site: &Site, token: &str) -> Option<Accepted> {
    let jws = Jws::parse(token)?;
    // An extension that has to be understood, and none is.
    let plain = !jws.header.contains_key("crit");
    if !plain || !typ_holds(site, &jws) || !signature_holds(site, &jws).await {
        return None;
    }
    claims_hold(site, &jws)
}

fn typ_holds(site: &Site, jws: &Jws<'_>) -> bool {
    match jws.header("typ") {
        Some("at+jwt") => true,
        Some("JWT") => site.has(Flaw::JwtType),
        _ => false,
    }
}

async fn signature_holds(site: &Site, jws: &Jws<'_>) -> bool {
    let kid = jws.header("kid");
    let known = kid == Some(site.keys.kid.as_str());
    let own = known && site.keys.verify(jws.input.as_bytes(), &jws.signature);
    match (jws.header("alg"), site.flaw()) {
        (Some("HS256"), Some(Flaw::JwtWeakSecret)) => known && mac_holds(jws, WEAK_SECRET),
        (_, Some(Flaw::JwtWeakSecret)) => false,
        (Some("HS256"), Some(Flaw::JwtKeyConfusion)) => {
            known && site.keys.pem().is_some_and(|pem| mac_holds(jws, pem.as_bytes()))
        }
        (Some("HS256"), Some(Flaw::JwtKid)) => {
            kid.is_some_and(|path| path.ends_with("/dev/null")) && mac_holds(jws, b"")
        }
        (Some("RS256"), Some(Flaw::JwtSignature)) => known,
        (Some("RS256"), Some(Flaw::JwtEmbeddedKey)) => {
            own || jws.header.get("jwk").is_some_and(|jwk| verify_by(jwk, jws.input.as_bytes(), &jws.signature))
        }
        (Some("RS256"), Some(Flaw::JwtJku)) => own || believed_from_afar(jws).await,
        (Some("RS256"), _) => own,
        (Some(alg), Some(Flaw::JwtAlgNone)) => alg.eq_ignore_ascii_case("none"),
        _ => false,
    }
}

fn mac_holds(jws: &Jws<'_>, bytes: &[u8]) -> bool {
    hmac::verify(&secret(bytes), jws.input.as_bytes(), &jws.signature).is_ok()
}

async fn believed_from_afar(jws: &Jws<'_>) -> bool {
    let Some(address) = jws.header("jku") else { return false };
    fetch_keys(address).await.iter().any(|jwk| verify_by(jwk, jws.input.as_bytes(), &jws.signature))
}

fn claims_hold(site: &Site, jws: &Jws<'_>) -> Option<Accepted> {
    let audience = jws.claim("aud") == Some(site.options.audience.as_str()) || site.has(Flaw::JwtAudience);
    let lives = match jws.claims.get("exp").map(Value::as_u64) {
        Some(Some(exp)) => now() < exp || site.has(Flaw::JwtExpired),
        Some(None) => site.has(Flaw::JwtExpired),
        None => site.has(Flaw::JwtExpired) || site.has(Flaw::JwtNoExpiry),
    };
    let jti = jws.claim("jti")?;
    if jws.claim("iss") != Some(site.url.as_str()) || !audience || !lives || site.tokens.is_revoked(jti) {
        return None;
    }
    Some(Accepted { user: Users::find(jws.claim("sub")?)?, jti: jti.to_owned() })
}
