//! SARIF 2.1.0 (OASIS), for code hosts and dashboards. Both tools write the same members; each adds its own as `more`.

use serde_json::{Value, json};

use crate::Severity;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// A document of one run of a tool.
#[must_use]
pub fn document(tool: &str, rules: Vec<Value>, results: Vec<Value>, more: Value) -> Value {
    let driver = json!({ "name": tool, "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules });
    let run = with(json!({ "tool": { "driver": driver }, "results": results }), more);
    json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run] })
}

/// The description of a rule.
#[must_use]
pub fn rule(id: &str, title: &str, why: &str, level: &str, more: Value) -> Value {
    let described = json!({
        "id": id,
        "shortDescription": { "text": title },
        "fullDescription": { "text": why },
        "defaultConfiguration": { "level": level },
    });
    with(described, more)
}

/// Where something was found: the file or page, and the object in it where there is one.
#[must_use]
pub fn location(uri: &str, object: Option<&str>) -> Value {
    let physical = json!({ "physicalLocation": { "artifactLocation": { "uri": uri } } });
    match object {
        Some(object) => with(physical, json!({ "logicalLocations": [{ "fullyQualifiedName": object }] })),
        None => physical,
    }
}

/// A finding. `index` is the place of its rule in the run's list.
#[must_use]
pub fn result(rule: &str, index: Option<usize>, level: &str, message: &str, location: Value, more: Value) -> Value {
    let found = json!({
        "ruleId": rule,
        "ruleIndex": index,
        "level": level,
        "message": { "text": message },
        "locations": [location],
    });
    with(found, more)
}

/// The suppression of a finding that does not count: where it is excused (`inSource` or `external`), and why.
#[must_use]
pub fn suppressed(kind: &str, why: &str) -> Value {
    json!([{ "kind": kind, "justification": why }])
}

/// The level of a failure.
#[must_use]
pub fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

fn with(mut value: Value, more: Value) -> Value {
    if let (Some(object), Value::Object(more)) = (value.as_object_mut(), more) {
        object.extend(more);
    }
    value
}
