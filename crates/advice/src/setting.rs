//! The configuration to paste: whole sections of `admit.toml`, each in place of the one of the same name.

use super::check::Check;
use super::lifetime::Lifetimes;
use super::requirement::{Assurance, Checks, Client, Nodes, Requirements};
use super::row::{Credential, Pattern};

/// One section of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Section {
    /// Its name without the brackets: `clients.web`.
    pub name: String,
    /// Its lines, TOML.
    pub lines: Vec<String>,
    /// The files that it names and that must be there, with what makes them.
    pub files: Vec<NeededFile>,
}

/// A file that a section names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NeededFile {
    /// Its path, as the section has it.
    pub path: String,
    /// Whether it is a secret that `admit clients secret PATH` writes. Otherwise it is a public key (JWK) of the service's.
    pub secret: bool,
}

impl Section {
    fn new(name: &str, lines: Vec<String>) -> Self {
        Self { name: name.to_owned(), lines, files: Vec::new() }
    }
}

/// The sections for these answers.
#[must_use]
pub(super) fn sections(
    requirements: &Requirements,
    pattern: &Pattern,
    check: Check,
    lifetimes: &Lifetimes,
) -> Vec<Section> {
    let held = |credentials: &[Credential]| pattern.holders.iter().any(|it| credentials.contains(&it.credential));
    if held(&[Credential::Granted]) {
        // Another server issues these.
        return Vec::new();
    }
    let several = requirements.nodes == Nodes::Several;
    let session = held(&[Credential::Session, Credential::SharedSession]);
    let mut sections = Vec::new();
    if several {
        let url =
            "url = \"postgres://admit@db.example.org/admit?sslmode=verify-full\"   # or url_file, with the password";
        sections.push(Section::new("accounts", vec![url.to_owned()]));
    }
    if session || several {
        sections.push(sessions(requirements, lifetimes));
    }
    if pattern.holders.iter().any(|it| !matches!(it.credential, Credential::Session | Credential::SharedSession)) {
        let lines = vec![
            format!("access = \"{}\"", lifetimes.access.short()),
            format!("refresh_idle = \"{}\"", lifetimes.refresh_idle.short()),
            format!("refresh_absolute = \"{}\"", lifetimes.refresh_absolute.short()),
        ];
        sections.push(Section::new("tokens", lines));
    }
    if session {
        let mut lines = vec!["runs = \"browser\"".to_owned()];
        if requirements.client == Client::SameSiteSpa {
            lines.push(
                "origins = [\"https://app.example.org\"]   # its pages may call this server; leave out on one shared origin".to_owned(),
            );
        }
        sections.push(Section::new("clients.web", lines));
    }
    if held(&[Credential::Exchanged]) {
        let mut it = service("web-server", requirements);
        it.lines.push("session_exchange = true".to_owned());
        it.lines.push(AUDIENCE.to_owned());
        sections.push(it);
    }
    if held(&[Credential::AccessAndRefresh, Credential::Lease]) {
        let mut lines = vec!["runs = \"native\"".to_owned()];
        if held(&[Credential::Lease]) {
            lines.push("audience = [\"https://kiosk.example.org\"]   # the device's own name".to_owned());
        } else {
            lines.push(audience(requirements));
        }
        sections.push(Section::new(if held(&[Credential::Lease]) { "clients.kiosk" } else { "clients.app" }, lines));
    }
    if held(&[Credential::OwnAccess]) {
        let name = if requirements.client == Client::ThirdParty { "partner" } else { "job" };
        let mut it = service(name, requirements);
        it.lines.push(audience(requirements));
        it.lines
            .push("roles = []   # of its own tokens: a role of your policy, with what it needs and no more".to_owned());
        sections.push(it);
    }
    if matches!(check, Check::Asked | Check::Followed) {
        let mut it = service("api", requirements);
        if check == Check::Asked {
            // A service is told of tokens for its own audiences; of others, nothing.
            it.lines.push("audience = [\"https://api.example.org\"]   # the tokens that it may ask about".to_owned());
        } else {
            it.lines.push("audience = [\"self\"]   # its own tokens are for this server".to_owned());
            it.lines.push("roles = [\"verifier\"]   # may follow GET /revocations".to_owned());
        }
        sections.push(it);
    }
    sections
}

const AUDIENCE: &str = "audience = [\"https://api.example.org\"]   # whom its tokens are for";

/// Whom the tokens of a client are for. There is no default.
fn audience(requirements: &Requirements) -> String {
    match requirements.checks {
        Checks::Here => "audience = [\"self\"]   # whom its tokens are for: this server".to_owned(),
        _ => AUDIENCE.to_owned(),
    }
}

fn sessions(requirements: &Requirements, lifetimes: &Lifetimes) -> Section {
    let strict = requirements.assurance == Assurance::High;
    let lines = vec![
        "url = \"accounts:\"   # beside the accounts".to_owned(),
        format!("idle = \"{}\"", lifetimes.idle.short()),
        format!("absolute = \"{}\"", lifetimes.absolute.short()),
        format!("same_site = \"{}\"", if strict { "strict" } else { "lax" }),
    ];
    Section::new("sessions", lines)
}

/// A service, proved by its key where assurance is to be high, by a secret otherwise.
fn service(name: &str, requirements: &Requirements) -> Section {
    let mut lines = vec!["runs = \"service\"".to_owned()];
    let file = match requirements.assurance {
        Assurance::High => {
            let path = format!("{name}.jwk.json");
            lines.push(format!("jwks_file = \"{path}\"   # its public key; it signs its requests (private_key_jwt)"));
            NeededFile { path, secret: false }
        }
        Assurance::Usual => {
            let path = format!("{name}.secret");
            lines.push(format!("secret_file = \"{path}\"   # admit clients secret {path}"));
            NeededFile { path, secret: true }
        }
    };
    Section { name: format!("clients.{name}"), lines, files: vec![file] }
}

/// The sections as text.
#[must_use]
pub fn toml(sections: &[Section]) -> String {
    let text = sections.iter().map(|section| format!("[{}]\n{}\n", section.name, section.lines.join("\n")));
    text.collect::<Vec<_>>().join("\n")
}

/// A configuration with these sections in place of those of the same name, and the others at its end: what pasting means.
#[must_use]
pub fn paste(configuration: &str, sections: &[Section]) -> String {
    let mut kept = String::new();
    let mut dropping = false;
    for line in configuration.lines() {
        if let Some(rest) = line.trim_start().strip_prefix('[') {
            let name = rest.split(']').next().unwrap_or_default().trim();
            dropping = sections.iter().any(|section| section.name == name);
        }
        if !dropping {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    format!("{kept}\n{}", toml(sections))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_section_takes_the_place_of_its_namesake_and_leaves_the_others() {
        let section = Section::new("sessions", vec!["idle = \"5m\"".to_owned()]);
        let pasted =
            paste("[server]\nlisten = 1\n\n[sessions]\nidle = \"30m\"\n\n[log]\nlevel = \"info\"\n", &[section]);
        let table: toml::Table = pasted.parse().unwrap();
        assert_eq!(table["sessions"]["idle"].as_str(), Some("5m"));
        assert_eq!((table["server"]["listen"].as_integer(), table["log"]["level"].as_str()), (Some(1), Some("info")));
    }
}
