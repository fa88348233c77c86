//! The environment laid over the file: `ADMIT_SERVER__LISTEN` is `[server] listen`.

/// Lays one variable over the table; `false` when it is not one of ours.
///
/// A value is taken as TOML where it is a number, a truth value or a list, and as text otherwise, so that an address
/// needs no quotes.
pub(super) fn lay(table: &mut toml::Table, name: &str, value: &str) -> Result<bool, String> {
    let Some((section, key)) = name.strip_prefix("ADMIT_").and_then(|rest| rest.split_once("__")) else {
        return Ok(false);
    };
    let (section, key) = (section.to_ascii_lowercase(), key.to_ascii_lowercase());
    if section.is_empty() || key.is_empty() || key.contains("__") {
        return Err("is not ADMIT_SECTION__KEY: name one section and one key".to_owned());
    }
    let parsed =
        toml::from_str::<toml::Table>(&format!("value = {value}")).ok().and_then(|mut table| table.remove("value"));
    let value = match parsed {
        Some(plain @ (toml::Value::Integer(_) | toml::Value::Boolean(_) | toml::Value::Array(_))) => plain,
        _ => toml::Value::String(value.to_owned()),
    };
    let place = table.entry(section.clone()).or_insert_with(|| toml::Value::Table(toml::Table::new()));
    match place {
        toml::Value::Table(place) => {
            place.insert(key, value);
            Ok(true)
        }
        _ => Err(format!("[{section}] is not a section in the file")),
    }
}
