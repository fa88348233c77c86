//! The issuer's own word on a token's client: whether such a token could be issued to it now.
//!
//! Clients are configuration. A service that was taken out of it, or given fewer roles, has tokens that say what was true when
//! they were issued; the issuer knows better, and does not wait until they end.

use std::collections::BTreeMap;

use super::claims::{Claims, Holder};
use crate::client::{Client, ClientId, Runs};

/// The clients of an issuer.
#[derive(Clone, Debug, Default)]
pub struct KnownClients(BTreeMap<ClientId, Client>);

impl From<BTreeMap<ClientId, Client>> for KnownClients {
    fn from(clients: BTreeMap<ClientId, Client>) -> Self {
        Self(clients)
    }
}

impl KnownClients {
    /// Whether the client of these claims is there, may have tokens for their audience, for this kind of holder, and with these
    /// roles.
    #[must_use]
    pub fn could_have(&self, claims: &Claims) -> bool {
        let Some(client) = self.0.get(&claims.client) else { return false };
        if !client.audiences.contains(&claims.audience) {
            return false;
        }
        match (claims.holder, client.runs) {
            (Holder::Client, Runs::Service) => claims.roles.iter().all(|role| client.roles.contains(role)),
            (Holder::User { .. }, Runs::Native) => claims.roles.iter().all(|role| client.may_carry(role)),
            (Holder::User { .. }, Runs::Service) => {
                client.session_exchange && claims.roles.iter().all(|role| client.may_carry(role))
            }
            (Holder::Client, Runs::Native | Runs::Browser) | (Holder::User { .. }, Runs::Browser) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assurance::Assurance;
    use crate::client::Audience;
    use crate::id::{SessionId, SubjectId};
    use crate::subject::{RoleName, TokenGeneration};
    use crate::time::Timestamp;
    use crate::token::TokenId;

    fn role(text: &str) -> RoleName {
        RoleName::parse(text).unwrap()
    }

    fn client(id: &str, runs: Runs, roles: &[&str], max_roles: Option<&[&str]>, session_exchange: bool) -> Client {
        Client {
            id: ClientId::parse(id).unwrap(),
            runs,
            origins: Vec::new(),
            audiences: vec![Audience::parse("api").unwrap(), Audience::parse("other").unwrap()],
            proof: None,
            roles: roles.iter().map(|text| role(text)).collect(),
            max_roles: max_roles.map(|roles| roles.iter().map(|text| role(text)).collect()),
            session_exchange,
            admin_api: false,
        }
    }

    fn claims(client: &str, user: bool, audience: &str, roles: &[&str]) -> Claims {
        let (id, session) = (SubjectId::from_bytes([1; 16]), SessionId::from_bytes([2; 16]));
        Claims {
            holder: match user {
                true => Holder::User {
                    id,
                    session,
                    generation: TokenGeneration(0),
                    assurance: Assurance::of_before(Timestamp::from_seconds(1)),
                },
                false => Holder::Client,
            },
            client: ClientId::parse(client).unwrap(),
            client_generation: crate::client::ClientGeneration::default(),
            audience: Audience::parse(audience).unwrap(),
            roles: roles.iter().map(|text| role(text)).collect(),
            issued_at: Timestamp::from_seconds(1),
            expires_at: Timestamp::from_seconds(2),
            id: TokenId::parse("AAAAAAAAAAAA").unwrap(),
        }
    }

    #[test]
    fn a_token_is_good_only_if_its_client_could_have_it_now() {
        let all = [
            client("app", Runs::Native, &[], None, false),
            client("till", Runs::Native, &[], Some(&["clerk", "editor@acme"]), false),
            client("billing", Runs::Service, &["clerk"], None, false),
            client("site", Runs::Service, &[], Some(&["clerk"]), true),
            client("page", Runs::Browser, &[], None, false),
        ];
        let known: KnownClients = all.into_iter().map(|it| (it.id.clone(), it)).collect::<BTreeMap<_, _>>().into();
        for (client, user, audience, roles, good) in [
            ("app", true, "api", &["admin", "clerk@acme"][..], true),
            ("app", true, "elsewhere", &[], false),
            ("app", false, "api", &[], false),
            ("gone", true, "api", &[], false),
            ("till", true, "other", &["clerk", "clerk@acme", "editor@acme"], true),
            ("till", true, "api", &["editor"], false),
            ("till", true, "api", &["editor@globex"], false),
            ("billing", false, "api", &["clerk"], true),
            ("billing", false, "api", &["clerk", "admin"], false),
            ("billing", false, "api", &["clerk@acme"], false),
            ("billing", true, "api", &["clerk"], false),
            ("site", true, "api", &["clerk"], true),
            ("site", true, "api", &["admin"], false),
            ("site", false, "api", &["clerk"], false),
            ("page", true, "api", &[], false),
            ("page", false, "api", &[], false),
        ] {
            assert_eq!(known.could_have(&claims(client, user, audience, roles)), good, "{client} {audience} {roles:?}");
        }
        assert!(!KnownClients::default().could_have(&claims("app", true, "api", &[])));
    }
}
