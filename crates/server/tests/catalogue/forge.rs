//! Tokens in every spelling, for one door.

use std::time::{SystemTime, UNIX_EPOCH};

use admit_core::jws::Algorithm;

use super::bytes::{encode, random};
use super::door::Place;
use super::key::Key;
use super::world::World;

/// Makes tokens that are good at one door but for what a row spoils.
pub(crate) struct Forge<'a> {
    pub(crate) world: &'a World,
    pub(crate) place: Place,
}

/// Now, in seconds.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Claims in JSON text, in order.
#[derive(Clone)]
pub(crate) struct Claims(Vec<(String, String)>);

impl Claims {
    /// With another value, in JSON text, in place of the claim's own or at the end.
    pub(crate) fn with(mut self, name: &str, value: impl ToString) -> Self {
        match self.0.iter_mut().find(|(other, _)| other == name) {
            Some((_, old)) => *old = value.to_string(),
            None => self.0.push((name.to_owned(), value.to_string())),
        }
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(other, _)| other != name);
        self
    }

    /// With one more member, whether or not there is one of that name.
    pub(crate) fn and(mut self, name: &str, value: impl ToString) -> Self {
        self.0.push((name.to_owned(), value.to_string()));
        self
    }

    /// With one more member in front of all others.
    pub(crate) fn first(mut self, name: &str, value: impl ToString) -> Self {
        self.0.insert(0, (name.to_owned(), value.to_string()));
        self
    }

    pub(crate) fn value(&self, name: &str) -> String {
        self.0.iter().find(|(other, _)| other == name).unwrap().1.clone()
    }

    pub(crate) fn json(&self) -> String {
        let members: Vec<String> = self.0.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    }
}

impl Forge<'_> {
    /// Whom tokens at this door are for.
    pub(crate) fn audience(&self) -> &str {
        self.world.audience(self.place)
    }

    /// What an administrator's app is given, with a name of its own each time.
    pub(crate) fn claims(&self) -> Claims {
        let (person, now) = (&self.world.person, now());
        let text = |text: &str| format!("\"{text}\"");
        let claims = [
            ("iss", text(self.world.issuer())),
            ("aud", text(self.audience())),
            ("sub", text(&person.id)),
            ("client_id", text("demo-native")),
            ("iat", now.to_string()),
            ("exp", (now + 300).to_string()),
            ("jti", text(&encode(random::<9>()))),
            ("sid", text(&person.session)),
            ("gen", person.generation.to_string()),
            ("roles", r#"["admin"]"#.to_owned()),
        ];
        Claims(claims.map(|(name, value)| (name.to_owned(), value)).to_vec())
    }

    /// The issuer's key of this algorithm.
    pub(crate) fn key(&self, algorithm: Algorithm) -> &Key {
        self.world.keys.iter().find(|key| key.algorithm == algorithm).unwrap()
    }

    pub(crate) fn ed(&self) -> &Key {
        self.key(Algorithm::EdDsa)
    }

    pub(crate) fn ec(&self) -> &Key {
        self.key(Algorithm::Es256)
    }

    pub(crate) fn rsa(&self) -> &Key {
        self.key(Algorithm::Rs256)
    }

    /// A token with which nothing is wrong.
    pub(crate) fn good(&self) -> String {
        self.good_of(self.ed())
    }

    /// The same, signed by this key.
    pub(crate) fn good_of(&self, key: &Key) -> String {
        key.token(key.header(), self.claims().json())
    }

    /// A token that says this under a good header, signed by the issuer.
    pub(crate) fn says(&self, payload: impl AsRef<[u8]>) -> String {
        self.ed().token(self.ed().header(), payload)
    }

    /// A token of good claims under this header, signed by the issuer.
    pub(crate) fn headed(&self, header: impl AsRef<[u8]>) -> String {
        self.ed().token(header, self.claims().json())
    }

    /// A good header with one more member, given in JSON text.
    pub(crate) fn header_and(&self, member: &str) -> String {
        let header = self.ed().header();
        format!("{},{member}}}", &header[..header.len() - 1])
    }

    /// What is signed of a good token whose header names this algorithm and this key.
    pub(crate) fn unsigned(&self, algorithm: &str, kid: &str) -> String {
        let header = format!(r#"{{"alg":"{algorithm}","kid":"{kid}","typ":"at+jwt"}}"#);
        format!("{}.{}", encode(header), encode(self.claims().json()))
    }
}
