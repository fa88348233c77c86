//! The synchronizer token: derived from the session's secret, masked anew each time it is written into a page.
//!
//! Deriving it (HMAC-SHA-256 under a key of the server) means that checking it reads no store, that nothing has to be
//! kept beside the session, and that a token dies with the session secret it belongs to: the one from before login is
//! wrong after login. The mask makes every spelling different, so that a page compressed together with attacker-chosen
//! text does not leak it byte by byte (BREACH).

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::credential::SessionToken;
use crate::random::{Random, RandomError};
use crate::secret::hmac;

/// A token as a page carries it: 86 characters of base64url, a mask and the masked MAC.
#[derive(Clone)]
pub struct CsrfToken(String);

impl CsrfToken {
    /// The text to write into the page or the JSON.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// The secret of a cookie that stands in for a session until there is one. It proves nothing about who sends it; it only
/// ties a form to the browser that loaded it.
pub struct PreSession(SessionToken);

impl PreSession {
    /// A new one.
    ///
    /// # Errors
    /// When `random` cannot answer.
    pub fn new(random: &dyn Random) -> Result<Self, RandomError> {
        SessionToken::new(random).map(Self)
    }

    /// Reads the cookie's value.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        SessionToken::parse(text).map(Self)
    }

    /// The cookie's value.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        self.0.reveal()
    }
}

/// The server's key for CSRF tokens, ready for use.
#[derive(Clone)]
pub struct CsrfKey(Hmac<Sha256>);

impl CsrfKey {
    /// From the key derived for this purpose.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self(hmac(key))
    }

    /// A token for a session.
    ///
    /// # Errors
    /// When `random` cannot answer.
    pub fn issue_session(&self, session: &SessionToken, random: &dyn Random) -> Result<CsrfToken, RandomError> {
        mask(&self.mac(b"session", session), random)
    }

    /// A token for a form that is shown before there is a session.
    ///
    /// # Errors
    /// When `random` cannot answer.
    pub fn issue_pre_session(&self, pre_session: &PreSession, random: &dyn Random) -> Result<CsrfToken, RandomError> {
        mask(&self.mac(b"before login", &pre_session.0), random)
    }

    pub(super) fn verify_session(&self, session: &SessionToken, token: &str) -> bool {
        unmask(token).is_some_and(|mac| mac.ct_eq(&self.mac(b"session", session)).into())
    }

    pub(super) fn verify_pre_session(&self, pre_session: &PreSession, token: &str) -> bool {
        unmask(token).is_some_and(|mac| mac.ct_eq(&self.mac(b"before login", &pre_session.0)).into())
    }

    fn mac(&self, purpose: &[u8], secret: &SessionToken) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(purpose);
        mac.update(&[0]);
        mac.update(secret.bytes());
        mac.finalize().into_bytes().into()
    }
}

fn mask(mac: &[u8; 32], random: &dyn Random) -> Result<CsrfToken, RandomError> {
    let mut pair = [0_u8; 64];
    let (mask, masked) = pair.split_at_mut(32);
    random.fill(mask)?;
    for ((out, mask), mac) in masked.iter_mut().zip(mask.iter()).zip(mac) {
        *out = mask ^ mac;
    }
    Ok(CsrfToken(BASE64URL_NOPAD.encode(&pair)))
}

fn unmask(token: &str) -> Option<[u8; 32]> {
    if token.len() != 86 {
        return None;
    }
    let mut pair = [0_u8; 64];
    BASE64URL_NOPAD.decode_mut(token.as_bytes(), &mut pair).ok()?;
    let (mask, masked) = pair.split_at(32);
    let mut mac = [0; 32];
    for ((out, mask), masked) in mac.iter_mut().zip(mask).zip(masked) {
        *out = mask ^ masked;
    }
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::OsRandom;

    fn key() -> CsrfKey {
        CsrfKey::new(&[7; 32])
    }

    #[test]
    fn a_token_belongs_to_one_session_and_is_spelled_differently_each_time() {
        let session = SessionToken::new(&OsRandom).unwrap();
        let first = key().issue_session(&session, &OsRandom).unwrap();
        let second = key().issue_session(&session, &OsRandom).unwrap();
        assert_ne!(first.reveal(), second.reveal());
        assert!(key().verify_session(&session, first.reveal()));
        assert!(key().verify_session(&session, second.reveal()));
        assert!(!key().verify_session(&SessionToken::new(&OsRandom).unwrap(), first.reveal()));
        assert!(!CsrfKey::new(&[8; 32]).verify_session(&session, first.reveal()));
    }

    #[test]
    fn a_token_from_before_login_is_wrong_after_it_even_for_the_same_secret() {
        let pre_session = PreSession::new(&OsRandom).unwrap();
        let session = SessionToken::parse(&pre_session.reveal()).unwrap();
        let token = key().issue_pre_session(&pre_session, &OsRandom).unwrap();
        assert!(key().verify_pre_session(&pre_session, token.reveal()));
        assert!(!key().verify_session(&session, token.reveal()));
    }

    #[test]
    fn broken_tokens_are_wrong() {
        let session = SessionToken::new(&OsRandom).unwrap();
        let good = key().issue_session(&session, &OsRandom).unwrap();
        for at in 0..86 {
            let mut bytes = good.reveal().as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'A' { b'Q' } else { b'A' };
            let broken = String::from_utf8(bytes).unwrap();
            assert!(broken == good.reveal() || !key().verify_session(&session, &broken), "position {at}");
        }
        let zeros = "A".repeat(86);
        for broken in ["", "A", zeros.as_str(), good.reveal().get(..85).unwrap(), "한국어"] {
            assert!(!key().verify_session(&session, broken), "{broken}");
        }
    }
}
