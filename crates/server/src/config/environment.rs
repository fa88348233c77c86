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
    if let Some((client, key)) = key.split_once("__").filter(|_| section == "clients") {
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
    let found = clients.and_then(|clients| clients.iter_mut().find(|(name, _)| plain(name) == client));
    match found {
        Some((_, toml::Value::Table(section))) => {
            section.insert(key.to_owned(), read(value));
            Ok(())
        }
        _ => Err(format!("the file has no client whose name is {client} with - or . for _")),
    }
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
