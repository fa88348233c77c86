//! `admit init`: a configuration to start from, with its secret made and nothing unsafe assumed.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use admit_core::csrf::Origin;
use admit_core::random::OsRandom;

use super::{Ended, development, print};
use crate::config::{self, policy, secret};

const SECRET: &str = "admit.secret";
const POLICY: &str = "policy.toml";

/// The secret of the service that `--dev` writes.
const SERVICE_SECRET: &str = "api.secret";

pub(super) fn run(public_url: Option<&str>, dev: bool) -> Result<(), Ended> {
    let public_url = match public_url {
        Some(url) => {
            let origin = Origin::of_site(url).map_err(|error| Ended::Usage(format!("--public-url: {error}.")))?;
            if !origin.is_https() {
                return Err(Ended::Usage(
                    "--public-url must be an https address: session cookies must not cross a network in the clear. For plain \
                     http on this machine: admit init --dev."
                        .to_owned(),
                ));
            }
            format!("public_url = \"{origin}\"")
        }
        None => "# public_url = \"https://login.example.org\"   # how browsers reach this server; serve refuses to start without it".to_owned(),
    };
    let secrets: &[&str] = if dev { &[SECRET, SERVICE_SECRET] } else { &[SECRET] };
    for file in [config::FILE, POLICY].iter().chain(secrets) {
        if Path::new(file).exists() {
            return Err(Ended::Negative(format!(
                "{file} is there already; nothing was written. Remove it first, or run in another folder."
            )));
        }
    }
    secret::create_file(Path::new(SECRET), &OsRandom).map_err(Ended::Incomplete)?;
    write(POLICY, policy::STARTER)?;
    if dev {
        secret::create_client_file(Path::new(SERVICE_SECRET), &OsRandom).map_err(Ended::Incomplete)?;
        write(config::FILE, development::CONFIGURATION)?;
        print(development::WRITTEN)?;
        return Ok(());
    }
    write(config::FILE, &configuration(&public_url))?;
    print(&format!(
        "Wrote {} (configuration), {POLICY} (who may do what) and {SECRET} (keep it private and out of git).\n\
         Next: {}`admit serve`, then `admit admin link`.\n",
        config::FILE,
        if public_url.starts_with('#') { "set server.public_url, " } else { "" },
    ))?;
    Ok(())
}

fn write(path: &str, text: &str) -> Result<(), Ended> {
    let written =
        OpenOptions::new().write(true).create_new(true).open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| Ended::Incomplete(format!("{path} cannot be written: {error}.")))
}

fn configuration(public_url: &str) -> String {
    format!(
        r#"# admit. Every key can be set by environment too: ADMIT_SERVER__LISTEN is [server] listen.

[server]
listen = "127.0.0.1:8080"      # a proxy with TLS stands in front
{public_url}
data = "admit-data"            # the database, unless accounts are elsewhere; back it up
secret_file = "{SECRET}"
policy = "{POLICY}"
trusted_proxies = []           # addresses of your proxies; only they may say who the client is
trusted_origins = []           # other origins whose pages may call this server, beside the origins of clients

[accounts]
url = "sqlite:"                # in the data folder; or "sqlite:PATH", or "postgres://admit@db.example.org/admit?sslmode=verify-full"
# url_file = "accounts.url"    # instead: a file that holds the URL with its password (chmod 600); or ADMIT_ACCOUNTS__URL

[sessions]
url = "accounts:"              # beside the accounts; or "memory:", or rediss://cache.example.org for accounts in PostgreSQL
idle = "30m"
absolute = "8h"
limit = 20                     # one more ends the oldest
same_site = "lax"

[tokens]                       # for native apps and services; browsers get sessions
access = "5m"                  # at most 60m
refresh_idle = "14d"
refresh_absolute = "30d"
algorithm = "EdDSA"            # or "ES256", "RS256" for peers that need them
rotate_every = "30d"           # signing keys
publish_before = "1h"
heartbeat = "1s"               # of the feed of revocations

# A client gets what follows from where it runs: a browser a session, a native app short access tokens and a refresh
# token, a service access tokens for its own secret.
#
# [clients.shop-ios]
# runs = "native"
# audience = ["https://api.example.org"]
#
# [clients.shop-api]           # checks those tokens by itself, and follows what is revoked
# runs = "service"
# secret_file = "shop-api.secret"   # written by: admit clients secret shop-api.secret
# audience = ["self"]          # its own tokens are for this server: the feed of what is revoked
# roles = ["verifier"]

[password]
min_length = 15                # NIST SP 800-63B-4 for passwords without a second factor

[hashing]
workers = 0                    # 0: one a processor; each uses 19 MiB
queue = 16                     # accounts that may wait for each worker; one more is answered 503

[log]
level = "info"
requests = false

# [metrics]
# listen = "127.0.0.1:9464"    # for Prometheus; no login, so name an address that only it reaches
"#
    )
}
