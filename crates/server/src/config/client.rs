//! `[clients.NAME]`: the programs that people and services use, and what follows from where they run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use admit_core::client::{Audience, Client, ClientId, Proof, Runs};
use admit_core::credential::ClientSecret;
use admit_core::csrf::Origin;
use admit_core::jws::KeySet;
use admit_core::subject::RoleName;
use serde::Deserialize;

use super::private;
use crate::finding::{Finding, finding};

/// `[clients.NAME]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSection {
    /// `browser`, `native` or `service`.
    pub runs: Runs,
    /// Origins whose pages belong to it.
    #[serde(default)]
    pub origins: Vec<String>,
    /// Whom its tokens may be for; the first when a request names none. `self` is this server. There is no default: an API
    /// that gets a token for this server can act here as its user.
    #[serde(default)]
    pub audience: Vec<String>,
    /// Whether its tokens for this server are taken below `/admin/api` too.
    #[serde(default)]
    pub admin_api: bool,
    /// The roles that the tokens of its users may carry at most. Absent: all that the user has.
    #[serde(default)]
    pub max_roles: Option<Vec<String>>,
    /// Its secret, by environment only.
    #[serde(default)]
    pub secret: Option<String>,
    /// The file that holds its secret.
    #[serde(default)]
    pub secret_file: Option<PathBuf>,
    /// The file with its public key or keys, as JSON Web Keys: it then signs its requests (`private_key_jwt`).
    #[serde(default)]
    pub jwks_file: Option<PathBuf>,
    /// The roles of its own tokens.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Whether it may exchange a user's session for an access token.
    #[serde(default)]
    pub session_exchange: bool,
}

/// The clients by name.
pub type Clients = BTreeMap<ClientId, Client>;

/// What stands for this server in `audience`.
pub const OWN_AUDIENCE: &str = "self";

/// Reads every client, or says everything that is wrong with them. `issuer` is the audience `self`.
///
/// # Errors
/// What is wrong, each with its remedy.
pub fn clients(sections: &BTreeMap<String, ClientSection>, issuer: &str) -> Result<Clients, Vec<Finding>> {
    let (mut clients, mut found) = (Clients::new(), Vec::new());
    for (name, section) in sections {
        let mut reading = Reading { name, found: Vec::new() };
        let client = reading.client(section, issuer);
        found.append(&mut reading.found);
        clients.extend(client.map(|client| (client.id.clone(), client)));
    }
    if found.is_empty() { Ok(clients) } else { Err(found) }
}

struct Reading<'a> {
    name: &'a str,
    found: Vec<Finding>,
}

impl Reading<'_> {
    fn wrong(&mut self, id: &'static str, what: &str, remedy: &str) {
        self.found.push(finding(id, format!("[clients.{}] {what}", self.name), remedy));
    }

    fn client(&mut self, section: &ClientSection, issuer: &str) -> Option<Client> {
        let id = match ClientId::parse(self.name) {
            Ok(id) => id,
            Err(error) => {
                self.found.push(finding("client-name", format!("[clients] {error}."), "Rename it."));
                return None;
            }
        };
        let proved = section.secret.is_some() || section.secret_file.is_some() || section.jwks_file.is_some();
        match section.runs {
            Runs::Browser
                if !section.audience.is_empty()
                    || proved
                    || section.session_exchange
                    || section.admin_api
                    || section.max_roles.is_some() =>
            self.wrong(
                "token-storage",
                "runs in a browser and asks for tokens. Whatever a page's JavaScript can read, any script that gets into the \
                 page can send away; a session cookie it cannot.",
                "Leave out audience, secret, jwks_file, admin_api and max_roles: it signs in with POST /login and gets a session. A server behind \
                 it may exchange that session for tokens (runs = \"service\", session_exchange = true).",
            ),
            Runs::Native if proved => self.wrong(
                "client-secret-in-app",
                "runs natively and has a secret. An app that people install can keep none: whoever has the app has it.",
                "Leave out secret, secret_file and jwks_file.",
            ),
            Runs::Service if !proved => self.wrong(
                "client-unproved",
                "runs as a service and has no way to authenticate.",
                "Set secret_file (`admit clients secret FILE` writes one) or jwks_file.",
            ),
            Runs::Browser | Runs::Native | Runs::Service => {}
        }
        if section.runs != Runs::Service && (!section.roles.is_empty() || section.session_exchange) {
            let what = "is no service, and has roles or session_exchange of its own. Its users have roles.";
            self.wrong("client-roles", what, "Leave them out, or set runs = \"service\".");
        }
        if (section.secret_file.is_some() || section.secret.is_some()) && section.jwks_file.is_some() {
            let what = "has both a secret and jwks_file, and only one can be used.";
            self.wrong("client-two-proofs", what, "Keep one of them.");
        }
        if section.runs == Runs::Service && !section.session_exchange && section.max_roles.is_some() {
            let what = "has max_roles, and gets no tokens of users.";
            self.wrong("client-roles", what, "Leave max_roles out; roles are what its own tokens have.");
        }
        let origins = self.origins(&section.origins);
        let roles = self.roles("roles", &section.roles);
        let max_roles = section.max_roles.as_ref().map(|roles| self.roles("max_roles", roles));
        let proof = self.proof(section);
        let audiences = self.audiences(section, issuer);
        Some(Client {
            id,
            runs: section.runs,
            origins,
            audiences,
            proof,
            roles,
            max_roles,
            session_exchange: section.session_exchange,
            admin_api: section.admin_api,
        })
    }

    fn roles(&mut self, key: &str, names: &[String]) -> Vec<RoleName> {
        let roles = names.iter().map(|role| RoleName::parse(role)).collect::<Result<Vec<_>, _>>();
        roles.unwrap_or_else(|error| {
            self.wrong("client-roles", &format!("{key}: {error}."), "Correct it.");
            Vec::new()
        })
    }

    fn origins(&mut self, texts: &[String]) -> Vec<Origin> {
        let mut origins = Vec::new();
        // A star is told of by its own name.
        for text in texts.iter().filter(|text| !text.contains('*') && text.trim() != "null") {
            match Origin::parse(text) {
                Ok(origin) => origins.push(origin),
                Err(error) => self.wrong("origin-malformed", &format!("origins: {error}."), "Correct it or remove it."),
            }
        }
        origins
    }

    fn audiences(&mut self, section: &ClientSection, issuer: &str) -> Vec<Audience> {
        if section.runs == Runs::Browser {
            return Vec::new();
        }
        // What is wrong besides is told first: it may leave a client that gets no tokens at all.
        if section.audience.is_empty() && self.found.is_empty() {
            self.wrong(
                "client-audience",
                "names no audience, so it is not known which API its tokens are for.",
                "Write the API's own name, as in audience = [\"https://api.example.org\"], or audience = [\"self\"] for tokens \
                 that are used at this server (/session, /revocations; /admin/api with admin_api = true as well).",
            );
        }
        let own = |text: &String| if text == OWN_AUDIENCE { issuer.to_owned() } else { text.clone() };
        let mut audiences = Vec::new();
        for text in section.audience.iter().map(own) {
            match Audience::parse(&text) {
                Ok(audience) => audiences.push(audience),
                Err(error) => self.wrong("client-audience", &format!("audience: {error}."), "Correct it."),
            }
        }
        if section.admin_api && !audiences.iter().any(|audience| audience.as_str() == issuer) {
            let what = "has admin_api, and no tokens for this server.";
            self.wrong("client-audience", what, "Add \"self\" to its audience, or leave admin_api out.");
        }
        audiences
    }

    fn proof(&mut self, section: &ClientSection) -> Option<Proof> {
        if let Some(path) = &section.jwks_file {
            let text = self.read(path)?;
            return match KeySet::parse(&text) {
                Ok(keys) => Some(Proof::Keys(keys)),
                Err(error) => {
                    let what = format!("jwks_file: {} {error}.", path.display());
                    self.wrong(
                        "client-key",
                        &what,
                        "Put the public part of the service's key there, as a JSON Web Key.",
                    );
                    None
                }
            };
        }
        let (text, place) = match (&section.secret, &section.secret_file) {
            (Some(secret), _) => (secret.clone(), "secret".to_owned()),
            (None, Some(path)) => {
                private::look(path, "client-secret-readable", "The secret file", 0o600, &mut self.found);
                (self.read(path)?, format!("secret_file: the secret in {}", path.display()))
            }
            (None, None) => return None,
        };
        match ClientSecret::parse(&text) {
            Ok(secret) => Some(Proof::Secret(secret.digest())),
            Err(error) => {
                let remedy = "`admit clients secret FILE` writes a good one.";
                self.wrong("client-secret-weak", &format!("{place} {error}."), remedy);
                None
            }
        }
    }

    fn read(&mut self, path: &Path) -> Option<String> {
        match std::fs::read_to_string(path) {
            Ok(text) => Some(text),
            Err(error) => {
                let what = format!("{} cannot be read: {error}.", path.display());
                self.wrong("client-unreadable", &what, "Correct the path, or make the file.");
                None
            }
        }
    }
}
