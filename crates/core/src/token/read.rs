//! The reading of claims: each at most once, never `null`, never of another type.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::assurance::{Method, Methods};
use crate::jws::{StrictValue, Text};
use crate::subject::RoleName;

/// What a token says, as far as anything is taken from it. Each claim at most once, never `null`, never of another type.
pub(super) struct Read<'a> {
    pub(super) iss: Cow<'a, str>,
    pub(super) aud: Cow<'a, str>,
    pub(super) sub: Cow<'a, str>,
    pub(super) client_id: Cow<'a, str>,
    pub(super) cgen: Option<u64>,
    pub(super) iat: u64,
    pub(super) exp: u64,
    pub(super) nbf: Option<u64>,
    pub(super) jti: Cow<'a, str>,
    pub(super) sid: Option<Cow<'a, str>>,
    pub(super) r#gen: Option<u64>,
    pub(super) auth_time: Option<u64>,
    pub(super) amr: Option<Methods>,
    pub(super) acr: Option<Cow<'a, str>>,
    pub(super) roles: Arc<[RoleName]>,
}

impl Read<'_> {
    pub(super) fn says_nothing_of_a_proof(&self) -> bool {
        self.auth_time.is_none() && self.amr.is_none() && self.acr.is_none()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Read<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ReadVisitor)
    }
}

struct ReadVisitor;

fn once<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    place: &mut Option<T>,
    name: &'static str,
    map: &mut A,
) -> Result<(), A::Error> {
    match place.replace(map.next_value()?) {
        None => Ok(()),
        Some(_) => Err(A::Error::duplicate_field(name)),
    }
}

impl<'de> Visitor<'de> for ReadVisitor {
    type Value = Read<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the claims of an access token")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Read<'de>, A::Error> {
        let (mut iss, mut aud, mut sub, mut client_id, mut jti, mut sid) = (None, None, None, None, None, None);
        let (mut iat, mut exp, mut nbf, mut generation, mut cgen, mut roles) = (None, None, None, None, None, None);
        let (mut auth_time, mut amr, mut acr) = (None, None, None);
        let mut others: Vec<String> = Vec::new();
        while let Some(Text(name)) = map.next_key::<Text<'de>>()? {
            match &*name {
                "iss" => once(&mut iss, "iss", &mut map)?,
                "aud" => once(&mut aud, "aud", &mut map)?,
                "sub" => once(&mut sub, "sub", &mut map)?,
                "client_id" => once(&mut client_id, "client_id", &mut map)?,
                "jti" => once(&mut jti, "jti", &mut map)?,
                "sid" => once(&mut sid, "sid", &mut map)?,
                "iat" => once(&mut iat, "iat", &mut map)?,
                "exp" => once(&mut exp, "exp", &mut map)?,
                "nbf" => once(&mut nbf, "nbf", &mut map)?,
                "gen" => once(&mut generation, "gen", &mut map)?,
                "cgen" => once(&mut cgen, "cgen", &mut map)?,
                "auth_time" => once(&mut auth_time, "auth_time", &mut map)?,
                "amr" => once(&mut amr, "amr", &mut map)?,
                "acr" => once(&mut acr, "acr", &mut map)?,
                "roles" => once(&mut roles, "roles", &mut map)?,
                // A token of our own issuer that binds its use to a key must not be taken by a verifier that cannot check it.
                "cnf" => return Err(A::Error::custom("it is bound to a key (cnf), which is not supported")),
                other if others.iter().any(|seen| seen == other) => {
                    return Err(A::Error::custom("a claim comes twice"));
                }
                other => {
                    others.push(other.to_owned());
                    map.next_value::<StrictValue>()?;
                }
            }
        }
        let whole = |place: Option<Whole>| place.map(|Whole(number)| number);
        let text =
            |place: Option<Text<'de>>, name| place.map(|text| text.0).ok_or_else(|| A::Error::missing_field(name));
        Ok(Read {
            iss: text(iss, "iss")?,
            aud: text(aud, "aud")?,
            sub: text(sub, "sub")?,
            client_id: text(client_id, "client_id")?,
            jti: text(jti, "jti")?,
            sid: sid.map(|text: Text<'de>| text.0),
            cgen: whole(cgen),
            iat: whole(iat).ok_or_else(|| A::Error::missing_field("iat"))?,
            exp: whole(exp).ok_or_else(|| A::Error::missing_field("exp"))?,
            nbf: whole(nbf),
            r#gen: whole(generation),
            auth_time: whole(auth_time),
            amr: amr.map(|Amr(methods)| methods),
            acr: acr.map(|text: Text<'de>| text.0),
            roles: roles.map_or_else(|| Arc::from([]), |Roles(roles)| roles.into()),
        })
    }
}

/// A whole number that every reader of JSON reads alike: below 2^53 (RFC 7493 section 2.2).
struct Whole(u64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            number if number < 1 << 53 => Ok(Self(number)),
            _ => Err(D::Error::custom("a number is too large")),
        }
    }
}

/// The methods of a sign-in, each once, as this issuer writes them.
struct Amr(Methods);

impl<'de> Deserialize<'de> for Amr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<Text<'de>>::deserialize(deserializer)?;
        let named = names.iter().map(|Text(name)| Method::named(name)).collect::<Option<Vec<_>>>();
        let methods = named.and_then(Methods::of).filter(|methods| methods.iter().count() == names.len());
        methods.map(Self).ok_or_else(|| D::Error::custom("amr has an unknown or a duplicate method"))
    }
}

/// The names of roles; a token has few.
struct Roles(Vec<RoleName>);

impl<'de> Deserialize<'de> for Roles {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RolesVisitor;
        impl<'de> Visitor<'de> for RolesVisitor {
            type Value = Roles;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of role names")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Roles, A::Error> {
                let mut roles = Vec::new();
                while let Some(Text(role)) = sequence.next_element()? {
                    let role = RoleName::parse(&role).map_err(A::Error::custom)?;
                    // Held twice is held; what counts or lists the roles should not see two.
                    if !roles.contains(&role) {
                        roles.push(role);
                    }
                }
                Ok(Roles(roles))
            }
        }
        deserializer.deserialize_seq(RolesVisitor)
    }
}
