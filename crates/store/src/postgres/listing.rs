//! Lists of subjects: those whose names begin with something, and those who hold a role. Each reads a few pages of an index,
//! however many subjects there are.

use admit_core::store::Listed;
use tokio_postgres::Row;

use super::column::{time, time_or_none, value};
use super::connection::On;
use super::error::Error;
use super::subjects::{state, state_columns};
use crate::names::Beginning;
use crate::records::erasure;

const SEARCH: &str = concat!(
    "SELECT ",
    state_columns!(),
    ", s.created_at, s.last_login_at, s.username_canonical FROM subject s
     WHERE s.username_canonical >= $1 AND s.username_canonical < $2 AND s.username_canonical > $3
     ORDER BY s.username_canonical LIMIT $4"
);

/// The first names of each role, and of these the first: of the rest none can be among them.
const HOLDERS: &str = concat!(
    "SELECT ",
    state_columns!(),
    ", s.created_at, s.last_login_at, s.username_canonical FROM (
         SELECT DISTINCT first.username_canonical FROM unnest($2::text[]) AS wanted (role) CROSS JOIN LATERAL (
             SELECT DISTINCT r.username_canonical FROM subject_role r
             WHERE split_part(r.role, '@', 1) = wanted.role AND r.username_canonical > $1
             ORDER BY r.username_canonical LIMIT $3) first
         ORDER BY first.username_canonical LIMIT $3) found
     JOIN subject s ON s.username_canonical = found.username_canonical ORDER BY s.username_canonical"
);

/// Subjects whose name begins with `typed`, in the order of names, after the name `after`.
pub(super) async fn search(on: On<'_>, typed: &str, after: Option<&str>, limit: u32) -> Result<Vec<Listed>, Error> {
    let Some(Beginning { from, to }) = Beginning::of(typed) else { return Ok(Vec::new()) };
    let rows = on.all(SEARCH, &[&from, &to, &erasure::after(after), &i64::from(limit)]).await?;
    rows.iter().map(listed).collect()
}

/// Subjects that hold one of these roles, in a tenant or everywhere, in the order of names, after the name `after`.
pub(super) async fn holders(
    on: On<'_>,
    roles: &[String],
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<Listed>, Error> {
    let rows = on.all(HOLDERS, &[&erasure::after(after), &roles, &i64::from(limit)]).await?;
    rows.iter().map(listed).collect()
}

fn listed(row: &Row) -> Result<Listed, Error> {
    let (created_at, last_login_at) = (time(row, 6)?, time_or_none(row, 7)?);
    Ok(Listed { subject: state(row)?, place: value(row, 8)?, created_at, last_login_at })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::{Postgres, PostgresAddress};

    /// What the database would do for these, when it has looked at none of their values.
    async fn plan(client: &tokio_postgres::Client, sql: &str, values: &str) -> String {
        client.batch_execute(&format!("PREPARE asked AS {sql}")).await.unwrap();
        let rows = client.query(&format!("EXPLAIN EXECUTE asked ({values})"), &[]).await.unwrap();
        client.batch_execute("DEALLOCATE asked").await.unwrap();
        rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>().join("\n")
    }

    #[tokio::test]
    async fn a_search_and_the_holders_of_a_role_are_found_by_an_index_alone() {
        let server = admit_testkit::Postgres::start();
        let url = server.create_database("admit");
        Postgres::migrate(&PostgresAddress::parse(&url).unwrap(), false).await.unwrap();
        let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let fill = "SET search_path = admit;
            INSERT INTO subject (id, username, username_canonical, status, generation, roles_version, created_at)
            SELECT gen_random_uuid(), n, n, 'active', 0, 0, now() FROM (SELECT 'user' || i AS n FROM generate_series(1, 20000) i) names;
            INSERT INTO subject_role (subject_id, role) SELECT id, 'customer' FROM subject;
            ANALYZE subject, subject_role; SET plan_cache_mode = force_generic_plan";
        client.batch_execute(fill).await.unwrap();
        let search = plan(&client, SEARCH, "'user1', 'user2', '', 50").await;
        let bounds = "((username_canonical >= $1) AND (username_canonical < $2) AND (username_canonical > $3))";
        assert!(search.contains("Index Scan using subject_username_canonical_key on subject s"), "{search}");
        assert!(search.contains(&format!("Index Cond: {bounds}")) && !search.contains("Sort"), "{search}");
        let holders = plan(&client, HOLDERS, "'', '{editor,customer}', 50").await;
        assert!(holders.contains("using subject_role_by_holder on subject_role r"), "{holders}");
        assert!(holders.contains("using subject_username_canonical_key on subject s"), "{holders}");
        assert!(!holders.contains("Seq Scan on subject "), "{holders}");
        // A question to the log is put together as it is asked, and planned for its values.
        let fill = "INSERT INTO event (at, kind, actor, subject, address, detail)
                SELECT now() - i * interval '1 minute', CASE WHEN i % 900 = 0 THEN 'login-failed' ELSE 'session-created' END, 'server',
                       ('00000000-0000-7000-8000-' || lpad((i % 100)::text, 12, '0'))::uuid, '192.0.2.' || i % 200, '{}'
                FROM generate_series(1, 120000) i;
            ANALYZE event; SET plan_cache_mode = force_custom_plan";
        client.batch_execute(fill).await.unwrap();
        for (column, value, index) in [
            ("address", "'192.0.2.1'", "event_by_address_and_time"),
            ("subject", "'00000000-0000-7000-8000-000000000007'", "event_by_subject_and_time"),
            ("kind", "'login-failed'", "event_by_kind_and_time"),
        ] {
            let sql = format!(
                "SELECT seq FROM event e WHERE e.{column} = $1 AND e.at >= $2 AND e.at <= $3 ORDER BY e.at DESC, e.seq DESC LIMIT 50"
            );
            let plan = plan(&client, &sql, &format!("{value}, '2026-01-01', '2100-01-01'")).await;
            assert!(plan.contains(index) && !plan.contains("Seq Scan"), "{plan}");
        }
    }
}
