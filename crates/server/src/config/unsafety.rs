//! What `serve` refuses to start with: each finding has a stable id, a sentence and a remedy. All are told at once.

use std::os::unix::fs::MetadataExt;

use admit_core::csrf::Origin;
use admit_core::host::is_local;

use super::{Config, private, secret, stores};
use crate::finding::{Finding, finding};
use crate::proxy::TrustedProxies;

/// Looks at a configuration for production.
#[must_use]
pub fn look(config: &Config) -> Vec<Finding> {
    let mut found = Vec::new();
    public_url(config, &mut found);
    secret(config, &mut found);
    stores(config, &mut found);
    config.sessions.look(&mut found);
    config.tokens.look(&mut found);
    clients(config, &mut found);
    proxies(config, &mut found);
    origins("server.trusted_origins", &config.server.trusted_origins, &mut found);
    for (name, client) in &config.clients {
        origins(&format!("[clients.{name}] origins"), &client.origins, &mut found);
    }
    private::folder(config, &mut found);
    if config.password.min_length < 8 {
        let wrong = format!(
            "password.min_length is {}, under the least that NIST SP 800-63B-4 allows.",
            config.password.min_length
        );
        let remedy = "Set it to 15, or to 8 at the least where a second factor is required.";
        found.push(finding("password-short", wrong, remedy).about("password.min_length"));
    }
    found
}

/// Looks at what `--dev` is given: it stays on this machine.
#[must_use]
pub fn look_dev(config: &Config) -> Vec<Finding> {
    let mut found = Vec::new();
    if !config.server.listen.ip().is_loopback() {
        let wrong = format!("--dev listens on {}, which other machines may reach.", config.server.listen);
        found.push(finding(
            "dev-exposed",
            wrong,
            "Listen on 127.0.0.1, or write a configuration with `admit init` and start without --dev.",
        ));
    }
    if let Some(listen) = config.metrics.listen.filter(|listen| !listen.ip().is_loopback()) {
        let wrong = format!("--dev gives its metrics on {listen} (metrics.listen), which other machines may reach.");
        let remedy = "Listen on 127.0.0.1, or write a configuration with `admit init` and start without --dev.";
        found.push(finding("dev-exposed", wrong, remedy));
    }
    private::folder(config, &mut found);
    if let Some(path) = secret::file(config).filter(|_| config.server.secret.is_none()) {
        private::look(&path, "secret-readable", "The secret file", 0o600, &mut found);
    }
    stores(config, &mut found);
    config.sessions.look(&mut found);
    config.tokens.look(&mut found);
    clients(config, &mut found);
    proxies(config, &mut found);
    found
}

/// Looks at whether root is about to serve what belongs to another user, who could make it do anything.
pub(crate) fn of_another_user(config: &Config, found: &mut Vec<Finding>) {
    if private::user() != private::ROOT {
        return;
    }
    let folder = ("The data folder", config.server.data.clone());
    let secret = secret::file(config).map(|file| ("The secret file", file));
    let of_clients = config.clients.values().filter_map(|client| client.secret_file.clone());
    let of_clients = of_clients.map(|file| ("The secret file of a client", file));
    let urls = [config.accounts.url_file.clone(), config.sessions.url_file.clone()].into_iter().flatten();
    let urls = urls.map(|file| ("The file with the URL of a store", file));
    let passwords =
        stores::password_files(config).into_iter().map(|file| ("The file with the password of a store", file));
    for (what, path) in std::iter::once(folder).chain(secret).chain(of_clients).chain(urls).chain(passwords) {
        let Ok(owner) = std::fs::metadata(&path).map(|metadata| metadata.uid()) else { continue };
        if owner != private::ROOT {
            let path = path.display();
            let wrong = format!("{what} {path} belongs to user {owner}, and this runs as root.");
            let remedy = format!(
                "Run it as that user: sudo -u '#{owner}' admit serve. If user {owner} should have no access: use another folder \
                 (server.data, --data), and make a new secret."
            );
            found.push(finding("file-foreign", wrong, remedy).about(path));
        }
    }
}

fn clients(config: &Config, found: &mut Vec<Finding>) {
    let public = config.server.public_url.as_deref().and_then(|url| Origin::of_site(url).ok());
    // Where there is none that is told by itself, and which it is makes no difference here.
    let issuer = public.map_or_else(|| "https://issuer.example".to_owned(), |public| public.to_string());
    if let Err(wrong) = super::client::clients(&config.clients, &issuer) {
        found.extend(wrong);
    }
}

fn public_url(config: &Config, found: &mut Vec<Finding>) {
    let Some(url) = &config.server.public_url else {
        found.push(finding(
            "public-url-missing",
            "server.public_url is not set, so neither cookies nor origins can be right.",
            "Set it to what browsers show, as in public_url = \"https://login.example.org\". For plain http on this machine: \
             admit serve --dev.",
        ));
        return;
    };
    match Origin::of_site(url) {
        Err(error) => found.push(finding("public-url-malformed", format!("server.public_url: {error}."), "Correct it.")),
        Ok(origin) if !origin.is_https() && !is_local(origin.host()) => found.push(finding(
            "transport-https",
            format!("server.public_url is {origin}: session cookies would cross the network in the clear."),
            "Put the server behind a proxy with TLS and set the https address; plain http is for --dev on this machine.",
        )),
        Ok(origin) if !origin.is_https() => found.push(finding(
            "transport-https",
            format!("server.public_url is {origin}: without https the cookie cannot have the __Host- prefix."),
            "Use `admit serve --dev` for plain http on this machine, or set an https address.",
        )),
        Ok(_) => {}
    }
}

/// Origins that may send unsafe requests: each by itself, and over https.
fn origins(key: &str, texts: &[String], found: &mut Vec<Finding>) {
    for text in texts {
        if matches!(text.trim(), "*" | "null") || text.contains("*") {
            found.push(finding(
                "cors-credentials",
                format!("{key} has \"{text}\": pages that nobody named could act in a user's name."),
                "Name each origin, as in \"https://app.example.org\".",
            ));
            continue;
        }
        match Origin::parse(text) {
            // That of a client is told where clients are read.
            Err(_) if key.starts_with("[clients") => {}
            Err(error) => {
                found.push(finding("origin-malformed", format!("{key}: {error}."), "Correct it or remove it."));
            }
            Ok(origin) if !origin.is_https() && !is_local(origin.host()) => {
                let wrong = format!("{key} has {origin}: whoever is on the way to it writes its pages.");
                let remedy = "Serve that app over https, and name it so.";
                found.push(finding("origin-plain-http", wrong, remedy).about(&origin));
            }
            Ok(_) => {}
        }
    }
}

fn secret(config: &Config, found: &mut Vec<Finding>) {
    if let Err(wrong) = secret::read(config) {
        let remedy = "`admit init` writes a good one.";
        found.push(finding("secret-unusable", wrong, remedy));
    }
    if let Some(path) = secret::file(config).filter(|_| config.server.secret.is_none()) {
        private::look(&path, "secret-readable", "The secret file", 0o600, found);
    }
}

fn stores(config: &Config, found: &mut Vec<Finding>) {
    if let Err(wrong) = stores::choose(config) {
        found.extend(wrong);
    }
}

fn proxies(config: &Config, found: &mut Vec<Finding>) {
    match TrustedProxies::parse(&config.server.trusted_proxies) {
        Err(text) => found.push(finding(
            "proxy-malformed",
            format!("server.trusted_proxies: \"{text}\" is not an address or network."),
            "Write 10.0.0.5 or 10.0.0.0/24.",
        )),
        Ok(proxies) if proxies.trusts_everybody() => found.push(finding(
            "proxy-everybody",
            "server.trusted_proxies trusts more of the internet than proxies have (over a /8 of IPv4 or a /16 of IPv6), so clients \
             could claim any address.",
            "Name the proxy's own address.",
        )),
        Ok(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_development_the_metrics_too_are_for_this_machine_alone() {
        let found = |listen: &str| {
            let config: Config = toml::from_str(&format!("[metrics]\nlisten = \"{listen}\"")).unwrap();
            look_dev(&config).iter().map(|finding| finding.id).collect::<Vec<_>>()
        };
        assert_eq!(found("0.0.0.0:9464"), ["dev-exposed"]);
        assert_eq!(found("127.0.0.1:9464"), Vec::<&str>::new());
        assert_eq!(found("[::1]:9464"), Vec::<&str>::new());
    }
}
