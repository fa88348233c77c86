//! The schema of an earlier release, brought up.

use super::*;

#[test]
fn a_fresh_database_reaches_the_newest_schema_and_a_second_run_changes_nothing() {
    let connection = Connection::open_in_memory().unwrap();
    migrate(&connection).unwrap();
    migrate(&connection).unwrap();
    assert_eq!(pragma::<u32>(&connection, "user_version").unwrap() as usize, MIGRATIONS.len());
}

#[test]
fn signals_and_their_numbers_are_kept_when_their_table_learns_another_kind() {
    let connection = Connection::open_in_memory().unwrap();
    let before = MIGRATIONS.iter().position(|sql| sql.contains("signal_with_clients")).unwrap();
    for sql in &MIGRATIONS[..before] {
        connection.execute_batch(sql).unwrap();
    }
    connection.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
    connection.pragma_update(None, "user_version", before as u32).unwrap();
    let tell = "INSERT INTO signal (at, until, kind, name) VALUES (1, 2, 'token', 'AAAAAAAAAAAA')";
    connection.execute_batch(&format!("{tell}; {tell}; {tell}; DELETE FROM signal WHERE seq = 3")).unwrap();
    migrate(&connection).unwrap();
    connection.execute_batch(tell).unwrap();
    let mut read = connection.prepare("SELECT seq FROM signal ORDER BY seq").unwrap();
    let seqs: Vec<u32> = read.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(seqs, [1, 2, 4], "a number is never given again");
}

#[test]
fn links_of_an_earlier_release_are_moved_with_the_generation_of_their_subject() {
    let connection = Connection::open_in_memory().unwrap();
    let before = MIGRATIONS.iter().position(|sql| sql.contains("CREATE TABLE one_time_token")).unwrap();
    migrate_to(&connection, u32::try_from(before).unwrap());
    connection
        .execute_batch(
            "INSERT INTO subject (id, username, username_canonical, status, generation, roles_version, created_at)
                 VALUES (zeroblob(16), 'alice', 'alice', 'active', 7, 0, 1);
             INSERT INTO setup_link (only_one, digest, expires_at) VALUES (1, zeroblob(32), 5);
             INSERT INTO password_link (subject_id, digest, expires_at) VALUES (zeroblob(16), randomblob(32), 6);",
        )
        .unwrap();
    migrate(&connection).unwrap();
    let mut read = connection
        .prepare("SELECT purpose, subject_id = zeroblob(16), generation, address, expires_at FROM one_time_token ORDER BY purpose")
        .unwrap();
    type Moved = (String, Option<bool>, Option<u32>, Option<String>, u32);
    let row = |row: &rusqlite::Row<'_>| row.try_into();
    let moved: Vec<Moved> = read.query_map([], row).unwrap().map(Result::unwrap).collect();
    let expected = [("first-admin", None, None, None, 5), ("password", Some(true), Some(7), None, 6)];
    assert_eq!(
        moved,
        expected.map(|(purpose, subject, generation, address, end)| (
            purpose.to_owned(),
            subject,
            generation,
            address,
            end
        ))
    );
}

#[test]
fn a_newer_database_and_a_foreign_one_are_refused_in_a_sentence() {
    let newer = Connection::open_in_memory().unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    let refusal = migrate(&newer).unwrap_err().to_string();
    assert!(refusal.contains("99") && refusal.ends_with('.'), "{refusal}");
    let foreign = Connection::open_in_memory().unwrap();
    foreign.execute_batch("CREATE TABLE theirs (a)").unwrap();
    assert!(matches!(migrate(&foreign), Err(OpenError::Foreign)));
}
