//! A signal as others read it: the claims of a Security Event Token (RFC 8417) with the events of OpenID CAEP 1.0 and RISC
//! 1.0, and a few of our own where those have none.

use serde_json::{Map, Value, json};

use super::{Position, Signal, SubjectChange, Told};
use crate::client::{ClientGeneration, ClientId};
use crate::jws::KeyId;
use crate::subject::TokenGeneration;
use crate::time::Timestamp;
use crate::token::TokenId;

const CAEP: &str = "https://schemas.openid.net/secevent/caep/event-type/";
const RISC: &str = "https://schemas.openid.net/secevent/risc/event-type/";
const OWN: &str = "urn:admit:event:";

/// Why a signal cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// It is not of the form that [`write()`] gives, or of another issuer.
    #[error("it cannot be read")]
    Unreadable,
    /// A later issuer tells something that is not known here: which tokens are dead by it cannot be told.
    #[error("its kind is unknown to this version of admit: update this verifier")]
    UnknownKind,
}

/// The short name of a kind of event, and the URI that it stands for.
fn name(told: &Told) -> (&'static str, &'static str) {
    match told {
        Told::Session(_) => (CAEP, "session-revoked"),
        Told::Subject { why: SubjectChange::CredentialChange, .. } => (CAEP, "credential-change"),
        Told::Subject { why: SubjectChange::ClaimsChange, .. } => (CAEP, "token-claims-change"),
        Told::Subject { why: SubjectChange::AccountDisabled, .. } => (RISC, "account-disabled"),
        Told::Subject { why: SubjectChange::SessionsRevoked, .. } => (RISC, "sessions-revoked"),
        Told::Token(_) => (OWN, "token-revoked"),
        Told::Key(_) => (OWN, "key-revoked"),
        Told::KeysChanged => (OWN, "keys-changed"),
        Told::Client { .. } => (OWN, "client-change"),
    }
}

/// The name of its event in the stream, and its claims.
#[must_use]
pub fn write(signal: &Signal, issuer: &str, position: Position) -> (&'static str, Value) {
    let (prefix, name) = name(&signal.told);
    let about = match &signal.told {
        Told::Session(id) => json!({ "format": "opaque", "id": id }),
        Told::Subject { id, .. } => json!({ "format": "iss_sub", "iss": issuer, "sub": id }),
        Told::Token(id) => json!({ "format": "jwt_id", "iss": issuer, "jti": id }),
        Told::Key(kid) => json!({ "format": "opaque", "id": kid }),
        Told::KeysChanged => json!({ "format": "uri", "uri": issuer }),
        Told::Client { id, .. } => json!({ "format": "opaque", "id": id }),
    };
    let mut event = Map::new();
    event.insert("event_timestamp".to_owned(), signal.at.seconds().into());
    // Rounded up: what is kept too long kills nothing that lives.
    event.insert("until".to_owned(), signal.until.millis().div_ceil(1000).into());
    match &signal.told {
        Told::Subject { generation, .. } => drop(event.insert("gen".to_owned(), generation.0.into())),
        Told::Client { generation, .. } => drop(event.insert("cgen".to_owned(), generation.0.into())),
        Told::Session(_) | Told::Token(_) | Told::Key(_) | Told::KeysChanged => {}
    }
    let set = json!({
        "iss": issuer,
        "jti": position.to_string(),
        "iat": signal.at.seconds(),
        "sub_id": about,
        "events": { format!("{prefix}{name}"): event },
    });
    (name, set)
}

/// Reads a signal back from the name of its event, its claims and its number.
///
/// # Errors
/// When it cannot be used. Some tokens may be dead by it, so a verifier must not go on as if there had been none.
pub fn read(name: &str, claims: &Value, issuer: &str, seq: u64) -> Result<Signal, WireError> {
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or(WireError::Unreadable);
    let number = |value: &Value| value.as_u64().ok_or(WireError::Unreadable);
    if claims["iss"] != issuer {
        return Err(WireError::Unreadable);
    }
    let about = &claims["sub_id"];
    let subject = |why| -> Result<_, WireError> {
        let id = text(&about["sub"])?.parse().map_err(|_| WireError::Unreadable)?;
        Ok((id, why))
    };
    let named = |why| Ok::<_, WireError>(Some(subject(why)?));
    let about_subject = match name {
        "credential-change" => named(SubjectChange::CredentialChange)?,
        "token-claims-change" => named(SubjectChange::ClaimsChange)?,
        "account-disabled" => named(SubjectChange::AccountDisabled)?,
        "sessions-revoked" => named(SubjectChange::SessionsRevoked)?,
        _ => None,
    };
    let events = claims["events"].as_object().ok_or(WireError::Unreadable)?;
    let (uri, event) = events.iter().next().ok_or(WireError::Unreadable)?;
    let told = match (about_subject, name) {
        (Some((id, why)), _) => Told::Subject { id, generation: TokenGeneration(number(&event["gen"])?), why },
        (None, "session-revoked") => Told::Session(text(&about["id"])?.parse().map_err(|_| WireError::Unreadable)?),
        (None, "token-revoked") => Told::Token(TokenId::parse(&text(&about["jti"])?).ok_or(WireError::Unreadable)?),
        (None, "key-revoked") => Told::Key(KeyId::from_text(&text(&about["id"])?)),
        (None, "keys-changed") => Told::KeysChanged,
        (None, "client-change") => Told::Client {
            id: ClientId::parse(&text(&about["id"])?).map_err(|_| WireError::Unreadable)?,
            generation: ClientGeneration(number(&event["cgen"])?),
        },
        (None, _) => return Err(WireError::UnknownKind),
    };
    // Which event it is, is said twice; whoever acts on the one must not be told another by the other.
    let (prefix, known) = self::name(&told);
    if events.len() != 1 || uri.strip_prefix(prefix) != Some(known) {
        return Err(WireError::Unreadable);
    }
    let time = |value: &Value| number(value).map(Timestamp::from_seconds);
    Ok(Signal { seq, at: time(&event["event_timestamp"])?, until: time(&event["until"])?, told })
}
