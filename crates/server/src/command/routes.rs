//! `admit routes`: every URL with its rule, and who passes.

use admit::{Cell, Line, Table};
use admit_core::subject::RoleName;
use serde_json::{Value, json};

use super::{Ended, configuration, print};
use crate::cli::Common;
use crate::config::policy;
use crate::demo;
use crate::web::router;

pub(super) fn run(common: &Common) -> Result<(), Ended> {
    let config = configuration(common)?;
    let routes = router::routes(true).merge(demo::all_routes().with_state(()));
    let policy = policy::load(config.server.policy.as_deref(), &routes.permissions())
        .map_err(|error| Ended::Incomplete(error.to_string()))?;
    let table = Table::new(routes.table(), &policy);
    match common.json {
        true => print(&format!("{:#}\n", table.lines.iter().map(|line| object(line, &table.roles)).collect::<Value>())),
        false => print(&table.to_string()),
    }
}

fn object(line: &Line, roles: &[RoleName]) -> Value {
    let passes: serde_json::Map<String, Value> = std::iter::once(("anonymous".to_owned(), cell(&line.anonymous)))
        .chain(roles.iter().zip(&line.by_role).map(|(role, held)| (role.to_string(), cell(held))))
        .collect();
    json!({
        "method": line.row.method.as_str(),
        "path": line.row.path,
        "rule": line.rule(),
        "takes": line.takes(),
        "csrf": line.csrf(),
        "cors": line.row.cors,
        "body": line.body(),
        "max_staleness_ms": line.max_staleness.map(|bound| u64::try_from(bound.as_millis()).unwrap_or(u64::MAX)),
        "passes": passes,
    })
}

fn cell(cell: &Cell) -> Value {
    match cell {
        Cell::Depends(conditions) => json!({ "depends": conditions }),
        other => json!(other.to_string()),
    }
}
