//! What `manage.py dumpdata auth.user auth.group` writes, as JSON or JSON lines.
//!
//! Users may come before the groups that they name by number, so the file is gone through twice: first for the groups.

use std::collections::BTreeMap;
use std::io::BufRead;

use serde_json::{Map, Value};

use super::entry::{Entry, instant};
use super::objects::{Found, Objects};
use super::{Row, Unreadable, one, unwrapped};

/// What a superuser holds, to the map of roles.
const SUPERUSER: &str = "is_superuser";

/// What a member of the staff holds, to the map of roles. It only opens Django's own admin, so it is nothing where the map
/// does not name it.
pub(super) const STAFF: &str = "is_staff";

type Groups = BTreeMap<String, String>;

/// The users.
pub(super) fn rows<R: BufRead + 'static>(
    open: impl Fn() -> std::io::Result<R>,
) -> Result<impl Iterator<Item = Result<Row, Unreadable>>, Unreadable> {
    let mut groups = Groups::new();
    for found in Objects::new(open()?) {
        let found = found?;
        if let Some((number, name)) = group(&found) {
            groups.insert(number, name);
        }
    }
    Ok(Objects::new(open()?).filter_map(move |found| found.map(|found| user(&found, &groups)).transpose()))
}

fn group(found: &Found) -> Option<(String, String)> {
    let mark = b"auth.group";
    found.text().windows(mark.len()).any(|part| part == mark).then_some(())?;
    let object = found.object().ok()?;
    (object.get("model")?.as_str()? == "auth.group").then_some(())?;
    Some((object.get("pk")?.to_string(), object.get("fields")?.get("name")?.as_str()?.to_owned()))
}

/// A user; `None` when it is another object.
fn user(found: &Found, groups: &Groups) -> Option<Row> {
    let line = found.line;
    let object = match found.object() {
        Ok(object) => object,
        Err((reason, text)) => return Some(Row { line, entry: Err(reason), original: one("row", text.into()) }),
    };
    let (object, with) = unwrapped(object);
    let fields = object.get("fields").and_then(Value::as_object);
    // A user model of one's own has another name and the same fields.
    let Some(fields) = fields.filter(|fields| fields.contains_key("password")) else {
        // A line of a file of rejects that cannot be read is no other object.
        let lost = object.contains_key("reason");
        let reason = "This is not a user as Django writes it.".to_owned();
        return lost.then(|| Row { line, entry: Err(reason), original: one("row", object.into()) });
    };
    // Of a file of rejects the groups come along.
    let with = with.and_then(|with| serde_json::from_value::<Groups>(with).ok());
    let known = with.as_ref().unwrap_or(groups);
    let entry = entry(fields, known);
    let mut original = one("row", object.clone().into());
    let held = fields.get("groups").and_then(Value::as_array).into_iter().flatten().map(Value::to_string);
    let held: Map<String, Value> =
        held.filter_map(|number| known.get(&number).map(|name| (number, name.clone().into()))).collect();
    if !held.is_empty() {
        original.insert("groups".to_owned(), held.into());
    }
    Some(Row { line, entry, original })
}

fn entry(fields: &Map<String, Value>, groups: &Groups) -> Result<Entry, String> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    let is = |name: &str| fields.get(name).and_then(Value::as_bool);
    let mut roles = Vec::new();
    for held in fields.get("groups").and_then(Value::as_array).into_iter().flatten() {
        roles.push(match held {
            // With --natural-foreign a group is named.
            Value::String(name) => name.clone(),
            Value::Array(name) => {
                name.first().and_then(Value::as_str).map(str::to_owned).ok_or("A group has no name.")?
            }
            number => groups
                .get(&number.to_string())
                .cloned()
                .ok_or_else(|| format!("The group {number} is not in the file. Export auth.group with auth.user."))?,
        });
    }
    roles.extend([SUPERUSER, STAFF].iter().filter(|name| is(name) == Some(true)).map(|name| (*name).to_owned()));
    Ok(Entry {
        username: text("username").ok_or("This user has no username.")?,
        password_hash: text("password").ok_or("This user has no password.")?,
        roles,
        disabled: is("is_active") == Some(false),
        created_at: text("date_joined").map(|text| instant(&text)).transpose()?,
        id: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"[
{"model": "auth.user", "pk": 1, "fields": {"password": "x", "is_superuser": true, "username": "root", "is_staff": true,
 "is_active": true, "date_joined": "2024-01-31T12:00:00Z", "groups": [2, 3], "email": "root@example.org"}},
{"model": "auth.user", "pk": 2, "fields": {"password": "y", "username": "alice", "is_active": false, "groups": [["Editors"]]}},
{"model": "auth.user", "pk": 3, "fields": {"password": "z", "username": "bob", "groups": [9]}},
{"model": "sessions.session", "pk": "a", "fields": {}},
{"model": "auth.group", "pk": 2, "fields": {"name": "Editors", "permissions": []}},
{"model": "auth.group", "pk": 3, "fields": {"name": "품질 관리", "permissions": []}}
]"#;

    #[test]
    fn users_are_read_with_the_names_of_their_groups_wherever_these_stand() {
        let rows: Vec<Row> = rows(|| Ok(FILE.as_bytes())).unwrap().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 3);
        let root = rows[0].entry.as_ref().ok().unwrap();
        assert_eq!(root.roles, ["Editors", "품질 관리", "is_superuser", "is_staff"]);
        assert_eq!((root.username.as_str(), root.disabled, root.created_at), ("root", false, Some(1_706_702_400_000)));
        let alice = rows[1].entry.as_ref().ok().unwrap();
        assert_eq!((alice.roles.as_slice(), alice.disabled), (&["Editors".to_owned()][..], true));
        assert!(rows[2].entry.as_ref().err().unwrap().contains("group 9 is not in the file"));
    }

    #[test]
    fn a_reject_is_read_again_without_the_rest_of_the_file() {
        let first = rows(|| Ok(FILE.as_bytes())).unwrap().next().unwrap().unwrap();
        let line: &'static str = first.reject("why").to_string().leak();
        let again = rows(|| Ok(line.as_bytes())).unwrap().next().unwrap().unwrap();
        assert_eq!(again.entry.ok().unwrap().roles, first.entry.ok().unwrap().roles);
    }
}
