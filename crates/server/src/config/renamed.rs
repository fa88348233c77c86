//! What had another name in an earlier release: told with what to write now.

use toml::Table;

/// `[session]` was the only store of sessions; `[sessions]` says where they are by a URL.
///
/// # Errors
/// The section as it is to be written now.
pub(super) fn in_file(table: &Table) -> Result<(), String> {
    if let Some(session) = table.get("session").and_then(toml::Value::as_table) {
        let lines: Vec<String> = session.iter().map(|(key, value)| line(key, value)).collect();
        return Err(format!(
            "the section [session] is called [sessions] now, and its key store is called url. Write instead:\n\n\
             [sessions]\n{}",
            lines.join("\n")
        ));
    }
    let store = table.get("sessions").and_then(toml::Value::as_table).and_then(|sessions| sessions.get("store"));
    match store {
        Some(store) => {
            Err(format!("[sessions] has url where [session] had store. Write instead:\n\n{}", line("store", store)))
        }
        None => Ok(()),
    }
}

/// The same for a variable.
///
/// # Errors
/// The variable as it is to be written now.
pub(super) fn in_environment(name: &str, value: &str) -> Result<(), String> {
    let key = match name.strip_prefix("ADMIT_SESSION__") {
        Some(key) => key,
        None if name == "ADMIT_SESSIONS__STORE" => "STORE",
        None => return Ok(()),
    };
    if key == "STORE" {
        return Err(format!(
            "is ADMIT_SESSIONS__URL now. Set ADMIT_SESSIONS__URL={} instead",
            value.trim_end_matches(':').to_owned() + ":"
        ));
    }
    Err(format!("is called ADMIT_SESSIONS__{key} now"))
}

fn line(key: &str, value: &toml::Value) -> String {
    match (key, value.as_str()) {
        ("store", Some(store)) => format!("url = \"{}:\"", store.trim_end_matches(':')),
        _ => format!("{key} = {value}"),
    }
}
