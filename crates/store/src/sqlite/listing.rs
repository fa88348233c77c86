//! Lists of subjects: those whose names begin with something, and those who hold a role. Each reads a few pages of an index,
//! however many subjects there are.

use std::collections::BTreeSet;

use admit_core::store::Listed;
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use super::column::{time, time_or_none};
use super::subjects::{state, state_columns};
use crate::names::Beginning;
use crate::records::erasure;

const SEARCH: &str = concat!(
    "SELECT ",
    state_columns!(),
    ", s.created_at, s.last_login_at, s.username_canonical FROM subject s
     WHERE s.username_canonical >= ?1 AND s.username_canonical < ?2 ORDER BY s.username_canonical LIMIT ?3"
);

const HOLDERS: &str = "SELECT DISTINCT username_canonical FROM subject_role
     WHERE substr(role, 1, instr(role || '@', '@') - 1) = ?1 AND username_canonical > ?2
     ORDER BY username_canonical LIMIT ?3";

const NAMED: &str = concat!(
    "SELECT ",
    state_columns!(),
    ", s.created_at, s.last_login_at, s.username_canonical FROM subject s WHERE s.username_canonical = ?1"
);

/// Subjects whose name begins with `typed`, in the order of names, after the name `after`.
pub(super) fn search(connection: &Connection, typed: &str, after: Option<&str>, limit: u32) -> Result<Vec<Listed>> {
    let Some(Beginning { from, to }) = Beginning::of(typed) else { return Ok(Vec::new()) };
    // The next name after one is that one with the first of all characters behind it.
    let from = from.max(format!("{}\0", erasure::after(after)));
    connection.prepare_cached(SEARCH)?.query_map(params![from, to, limit], listed)?.collect()
}

/// Subjects that hold one of these roles, in a tenant or everywhere, in the order of names, after the name `after`.
pub(super) fn holders(
    connection: &Connection,
    roles: &[String],
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<Listed>> {
    // The first names of each role, and of these the first: of the rest none can be among them.
    let mut names = BTreeSet::<String>::new();
    for role in roles {
        let mut first = connection.prepare_cached(HOLDERS)?;
        let first = first.query_map(params![role, erasure::after(after), limit], |row| row.get(0))?;
        names.extend(first.collect::<Result<Vec<_>>>()?);
    }
    let mut named = connection.prepare_cached(NAMED)?;
    let names = names.iter().take(limit as usize);
    names.filter_map(|name| named.query_row([name], listed).optional().transpose()).collect()
}

fn listed(row: &Row<'_>) -> Result<Listed> {
    let (created_at, last_login_at) = (time(row, 6)?, time_or_none(row, 7)?);
    Ok(Listed { subject: state(row)?, place: row.get(8)?, created_at, last_login_at })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::schema;

    #[test]
    fn a_search_and_the_holders_of_a_role_are_found_by_an_index_alone() {
        let connection = Connection::open_in_memory().unwrap();
        schema::migrate(&connection).unwrap();
        let plan = |sql: &str| {
            let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            explain.raw_bind_parameter(1, "user").unwrap();
            let mut rows = explain.raw_query();
            let mut plan = String::new();
            while let Some(row) = rows.next().unwrap() {
                plan += &format!("{}\n", row.get::<_, String>(3).unwrap());
            }
            plan
        };
        let search = plan(SEARCH);
        assert!(search.contains("(username_canonical>? AND username_canonical<?)"), "{search}");
        let holders = plan(HOLDERS);
        assert!(
            holders.contains("USING COVERING INDEX subject_role_by_holder (<expr>=? AND username_canonical>?)"),
            "{holders}"
        );
        let named = plan(NAMED);
        assert!(named.contains("(username_canonical=?)"), "{named}");
        for plan in [search, holders, named] {
            assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE FOR ORDER BY"), "{plan}");
        }
    }

    #[test]
    fn who_held_a_role_before_the_index_was_made_is_found_by_it() {
        let connection = Connection::open_in_memory().unwrap();
        schema::migrate_to(&connection, 8);
        let held =
            "INSERT INTO subject (id, username, username_canonical, status, generation, roles_version, created_at)
                    VALUES (randomblob(16), 'Alice', 'alice', 'active', 0, 0, 1);
                    INSERT INTO subject_role SELECT id, 'editor@acme' FROM subject";
        connection.execute_batch(held).unwrap();
        schema::migrate(&connection).unwrap();
        let found = || holders(&connection, &["editor".to_owned()], None, 10).unwrap();
        assert_eq!(found().len(), 1);
        connection.execute_batch("UPDATE subject SET username = 'Zoe', username_canonical = 'zoe'").unwrap();
        assert_eq!(found().len(), 1, "by another name");
        assert_eq!(holders(&connection, &["editor".to_owned()], Some("alice"), 10).unwrap().len(), 1);
    }
}
