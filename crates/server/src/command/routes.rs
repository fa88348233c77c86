//! `admit routes`: every URL with its rule.

use admit::{Accepts, Csrf, Rule};
use serde_json::json;

use super::{Ended, configuration, print};
use crate::cli::Common;
use crate::config::policy;
use crate::web::router;

pub(super) fn run(common: &Common) -> Result<(), Ended> {
    let config = configuration(common)?;
    let routes = router::routes(true).merge(admit_shop::routes(admit_shop::Shop::default()).with_state(()));
    let policy = policy::load(config.server.policy.as_deref(), &routes.permissions())
        .map_err(|error| Ended::Incomplete(error.to_string()))?;
    let rows: Vec<[String; 6]> = routes
        .table()
        .into_iter()
        .map(|row| {
            let (rule, who) = match &row.rule {
                Rule::Public => ("public".to_owned(), "anybody".to_owned()),
                Rule::SignedIn => ("signed in".to_owned(), "anybody signed in".to_owned()),
                Rule::Require(permission) => {
                    let permits = |role: &_| policy.permissions_of(role).contains(permission);
                    let roles: Vec<String> =
                        policy.roles().iter().filter(|role| permits(role)).map(ToString::to_string).collect();
                    (permission.to_string(), if roles.is_empty() { "nobody".to_owned() } else { roles.join(", ") })
                }
            };
            let csrf = match row.csrf {
                Csrf::Session => "origin + session token",
                Csrf::BeforeLogin => "origin + form token",
                Csrf::AnyOrigin => "DANGER any origin",
                Csrf::Client => "origin",
            };
            let csrf = if row.method == "GET" { "-" } else { csrf };
            let takes = match (row.csrf, row.accepts) {
                (Csrf::Client, _) => "client's proof",
                (_, Accepts::Any) => "session, token",
                (_, Accepts::Session) => "session",
            };
            [row.method.to_string(), row.path, rule, takes.to_owned(), csrf.to_owned(), who]
        })
        .collect();
    if common.json {
        let object = |[method, path, rule, takes, csrf, who]: &[String; 6]| json!({ "method": method, "path": path, "rule": rule, "takes": takes, "csrf": csrf, "who": who });
        print(&format!("{:#}\n", rows.iter().map(object).collect::<serde_json::Value>()));
        return Ok(());
    }
    let header = ["METHOD", "PATH", "RULE", "TAKES", "CSRF", "WHO PASSES"].map(str::to_owned);
    for [method, path, rule, takes, csrf, who] in std::iter::once(&header).chain(&rows) {
        print(&format!("{method:<7} {path:<40} {rule:<16} {takes:<15} {csrf:<23} {who}\n"));
    }
    Ok(())
}
