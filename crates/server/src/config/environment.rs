//! The environment laid over the file: `ADMIT_SERVER__LISTEN` is `[server] listen`, and `ADMIT_CLIENTS__SHOP_API__SECRET`
//! is `[clients.shop-api] secret`.

/// Lays one variable over the table; `false` when it is not one of ours.
///
/// A value is taken as TOML where it is a number, a truth value or a list, and as text otherwise, so that an address
/// needs no quotes.
pub(super) fn lay(table: &mut toml::Table, name: &str, value: &str) -> Result<bool, String> {
    let Some((section, key)) = name.strip_prefix("ADMIT_").and_then(|rest| rest.split_once("__")) else {
        return Ok(false);
    };
    let (section, key) = (section.to_ascii_lowercase(), key.to_ascii_lowercase());
    // No key has two underscores in a row; a client's name may.
    if let Some((client, key)) = key.rsplit_once("__").filter(|_| section == "clients") {
        return lay_client(table, client, key, value).map(|()| true);
    }
    if section.is_empty() || key.is_empty() || key.contains("__") {
        return Err("is not ADMIT_SECTION__KEY: name one section and one key".to_owned());
    }
    let value = read(value);
    let place = table.entry(section.clone()).or_insert_with(|| toml::Value::Table(toml::Table::new()));
    match place {
        toml::Value::Table(place) => {
            place.insert(key, value);
            Ok(true)
        }
        _ => Err(format!("[{section}] is not a section in the file")),
    }
}

/// Sets a key of a client that the file names. A client is not made by the environment alone: where it runs is reviewed.
fn lay_client(table: &mut toml::Table, client: &str, key: &str, value: &str) -> Result<(), String> {
    let clients = table.get_mut("clients").and_then(toml::Value::as_table_mut);
    let plain = |name: &str| name.replace(['-', '.'], "_");
    let mut named: Vec<_> = clients.into_iter().flatten().filter(|(name, _)| plain(name) == client).collect();
    match named.as_mut_slice() {
        [(_, toml::Value::Table(section))] => {
            section.insert(key.to_owned(), read(value));
            Ok(())
        }
        [] | [_] => Err(format!("the file has no client whose name is {client} with - or . for _")),
        // Whichever took it, the other might be who it is meant for: a secret in the wrong hands.
        several => {
            let names: Vec<String> = several.iter().map(|(name, _)| format!("[clients.{name:?}]")).collect();
            Err(format!(
                "could be for {}: rename all but one of them, or set {key} in their sections (a secret as secret_file)",
                names.join(" or ")
            ))
        }
    }
}

/// The variables of the environment that begin with `ADMIT_`. Others are nobody's business here, whatever is in them.
///
/// # Errors
/// The name of one that is not UTF-8.
pub(super) fn variables() -> Result<Vec<(String, String)>, String> {
    let mut ours = Vec::new();
    for (name, value) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"ADMIT_")) {
        let shown = name.to_string_lossy().into_owned();
        match (name.into_string(), value.into_string()) {
            (Ok(name), Ok(value)) => ours.push((name, value)),
            _ => return Err(shown),
        }
    }
    Ok(ours)
}

/// A number, a truth value or a list as TOML; everything else as text.
fn read(value: &str) -> toml::Value {
    let parsed =
        toml::from_str::<toml::Table>(&format!("value = {value}")).ok().and_then(|mut table| table.remove("value"));
    match parsed {
        Some(plain @ (toml::Value::Integer(_) | toml::Value::Boolean(_) | toml::Value::Array(_))) => plain,
        _ => toml::Value::String(value.to_owned()),
    }
}
