//! A service that signs its calls (`private_key_jwt`, RFC 7523): every node has the public part of its key.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use admit::core::jws::{Algorithm, KeyId, SigningKey};
use serde_json::json;

use crate::history::Assertion;
use crate::node::CONFIGURATION;

/// Its name.
const SIGNER: &str = "signer";

/// How long an assertion is good, in seconds. Five minutes are the most; what is used again has to be good still.
const GOOD_FOR: u64 = 240;

/// One signed call, to be sent as often as one likes.
#[derive(Clone)]
pub(crate) struct Signed {
    pub(crate) assertion: Assertion,
    pub(crate) text: String,
}

/// The service.
pub(crate) struct Signer {
    key: SigningKey,
    issuer: String,
    next: AtomicUsize,
}

impl Signer {
    /// With a new key, for the server of this name.
    pub(crate) fn new(issuer: &str) -> Result<Self, String> {
        let made = SigningKey::generate(KeyId::from_text(SIGNER), Algorithm::Es256);
        let (key, _) = made.map_err(|error| format!("The key of a service could not be made: {error}."))?;
        Ok(Self { key, issuer: issuer.to_owned(), next: AtomicUsize::new(0) })
    }

    /// Writes the configuration of a node that knows it.
    pub(crate) fn tell(&self, folder: &Path) -> std::io::Result<()> {
        let client = "runs = \"service\"\naudience = [\"self\"]\nroles = [\"verifier\"]\njwks_file = \"signer.json\"\n";
        std::fs::write(folder.join(CONFIGURATION), format!("[clients.{SIGNER}]\n{client}"))?;
        std::fs::write(folder.join("signer.json"), serde_json::to_vec(&self.key.jwk())?)
    }

    /// An assertion that was never used.
    pub(crate) fn sign(&self) -> Option<Signed> {
        let assertion = self.next.fetch_add(1, Ordering::Relaxed);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
        let claims = json!({
            "iss": SIGNER, "sub": SIGNER, "aud": self.issuer, "iat": now, "exp": now + GOOD_FOR, "jti": format!("call-{assertion}"),
        });
        let header = json!({ "alg": "ES256", "kid": SIGNER });
        let text = self.key.sign(header.to_string().as_bytes(), claims.to_string().as_bytes()).ok()?;
        Some(Signed { assertion, text })
    }
}
