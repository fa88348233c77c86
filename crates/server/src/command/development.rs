//! What `admit init --dev` writes: plain http on this machine, and a client of each kind to develop against.

pub(super) const CONFIGURATION: &str = r#"# admit, for development on this machine: admit serve --dev reads this file.
# admit serve (without --dev) refuses it, because it has no https. For production: admit init, in another folder.

[server]
listen = "127.0.0.1:8080"
public_url = "http://localhost:8080"
data = "admit-data"
secret_file = "admit.secret"
policy = "policy.toml"

# Pages of another origin, such as a development server's (Vite, Next.js): they sign in with a session cookie.
[clients.web]
runs = "browser"
origins = ["http://localhost:5173"]

# An app on a phone or desktop: POST /login with "client_id": "app" gives it an access token and a refresh token.
[clients.app]
runs = "native"
audience = ["http://localhost:3000", "self"]   # your API; and this server, for /session

# Your API, which checks the app's tokens: it follows the revocation feed with a token of its own.
[clients.api]
runs = "service"
secret_file = "api.secret"
audience = ["self", "http://localhost:3000"]
roles = ["verifier"]
"#;

pub(super) const WRITTEN: &str = "\
Wrote admit.toml (configuration for development), policy.toml (who may do what), admit.secret and api.secret (keep both out of git).
Clients: web (pages of http://localhost:5173), app (native; no secret), api (service; its secret is the text in api.secret).
Next: `admit serve --dev`, and open the link after \"First admin\".
";
