//! The schema, as numbered migrations. `PRAGMA user_version` counts those that have been applied.
//!
//! Times are milliseconds since 1970. Ids and digests are blobs. A table has the constraints that the code relies on, so
//! that a hand at the database cannot store what the code cannot read.

use rusqlite::{Connection, Error};

use super::open::OpenError;

/// "admt": tells a database of ours from any other.
const APPLICATION_ID: i32 = 0x6164_6d74;

/// Each is applied once, in order, in its own transaction. Never edit one that has been released: add another.
const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE subject (
        id BLOB PRIMARY KEY CHECK (length(id) = 16),
        username TEXT NOT NULL,
        username_canonical TEXT NOT NULL UNIQUE,
        status TEXT NOT NULL CHECK (status IN ('active', 'disabled')),
        generation INTEGER NOT NULL CHECK (generation BETWEEN 0 AND 4294967295),
        roles_version INTEGER NOT NULL CHECK (roles_version BETWEEN 0 AND 4294967295),
        created_at INTEGER NOT NULL,
        last_login_at INTEGER
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE password (
        subject_id BLOB PRIMARY KEY REFERENCES subject (id),
        phc TEXT NOT NULL,
        changed_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE subject_role (
        subject_id BLOB NOT NULL REFERENCES subject (id),
        role TEXT NOT NULL,
        PRIMARY KEY (subject_id, role)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX subject_role_by_role ON subject_role (role);

    CREATE TABLE session (
        digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
        id BLOB NOT NULL CHECK (length(id) = 16),
        subject_id BLOB NOT NULL REFERENCES subject (id),
        generation INTEGER NOT NULL,
        roles_version INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        last_seen_at INTEGER NOT NULL,
        absolute_expires_at INTEGER NOT NULL,
        user_agent TEXT NOT NULL,
        address TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    -- One index serves the list of a subject and the end of one of its sessions by name.
    CREATE UNIQUE INDEX session_by_subject ON session (subject_id, id);

    CREATE TABLE setup_link (
        only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
        digest BLOB NOT NULL CHECK (length(digest) = 32),
        expires_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE known_address (
        subject_id BLOB NOT NULL REFERENCES subject (id),
        prefix TEXT NOT NULL,
        last_at INTEGER NOT NULL,
        PRIMARY KEY (subject_id, prefix)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX known_address_by_age ON known_address (last_at);

    -- No foreign keys: what happened stays written, whatever becomes of those it was about.
    CREATE TABLE event (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        actor TEXT NOT NULL,
        subject BLOB,
        address TEXT,
        request TEXT,
        detail TEXT NOT NULL
    ) STRICT;
    CREATE INDEX event_by_subject ON event (subject) WHERE subject IS NOT NULL;
    CREATE INDEX event_by_kind ON event (kind);
",
    "
    -- When the last access token of a session, of a subject, ends. Past that its end need not be told to anybody.
    ALTER TABLE session ADD COLUMN token_until INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE subject ADD COLUMN token_until INTEGER NOT NULL DEFAULT 0;

    CREATE TABLE token_family (
        id BLOB PRIMARY KEY CHECK (length(id) = 16),
        subject_id BLOB NOT NULL REFERENCES subject (id),
        client TEXT NOT NULL,
        digest BLOB NOT NULL CHECK (length(digest) = 32),
        generation INTEGER NOT NULL CHECK (generation BETWEEN 0 AND 4294967295),
        created_at INTEGER NOT NULL,
        last_used_at INTEGER NOT NULL,
        absolute_expires_at INTEGER NOT NULL,
        token_until INTEGER NOT NULL,
        user_agent TEXT NOT NULL,
        address TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX token_family_by_subject ON token_family (subject_id, created_at);
    CREATE INDEX token_family_by_use ON token_family (last_used_at);

    -- Refresh tokens that were redeemed within the time of grace. Older ones are known by their own tag.
    CREATE TABLE spent_refresh (
        digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
        family_id BLOB NOT NULL REFERENCES token_family (id) ON DELETE CASCADE,
        at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX spent_refresh_by_family ON spent_refresh (family_id);
    CREATE INDEX spent_refresh_by_age ON spent_refresh (at);

    -- Numbered without gaps; a number is never used again, whatever is deleted.
    CREATE TABLE signal (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        until INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('session', 'subject', 'token', 'key', 'keys')),
        session BLOB CHECK (length(session) = 16),
        subject BLOB CHECK (length(subject) = 16),
        generation INTEGER,
        why TEXT,
        name TEXT,
        CHECK ((kind = 'session') = (session IS NOT NULL)),
        CHECK ((kind = 'subject') = (subject IS NOT NULL AND generation IS NOT NULL AND why IS NOT NULL)),
        CHECK ((kind IN ('token', 'key')) = (name IS NOT NULL))
    ) STRICT;
    CREATE INDEX signal_by_until ON signal (until);

    CREATE TABLE signing_key (
        kid TEXT PRIMARY KEY,
        algorithm TEXT NOT NULL CHECK (algorithm IN ('EdDSA', 'ES256', 'RS256')),
        sealed BLOB NOT NULL,
        created_at INTEGER NOT NULL,
        signs_from INTEGER NOT NULL,
        revoked_at INTEGER
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE used_assertion (
        client TEXT NOT NULL,
        id TEXT NOT NULL,
        until INTEGER NOT NULL,
        PRIMARY KEY (client, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX used_assertion_by_age ON used_assertion (until);
",
    "
    -- The row in which failures are counted that anybody can cause over and over.
    ALTER TABLE event ADD COLUMN slot TEXT;
    CREATE UNIQUE INDEX event_by_slot ON event (slot) WHERE slot IS NOT NULL;
",
    "
    -- Which database this is: a copy has the same id, one that is made in its place has another.
    CREATE TABLE installation (
        only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
        id BLOB NOT NULL CHECK (length(id) = 16)
    ) STRICT;
    INSERT INTO installation (only_one, id) VALUES (1, randomblob(16));
",
    "
    -- The secret that a session had before, and when the present one took its place: it is good for some seconds more.
    ALTER TABLE session ADD COLUMN superseded BLOB CHECK (length(superseded) = 32);
    ALTER TABLE session ADD COLUMN superseded_at INTEGER;
    CREATE INDEX session_by_superseded ON session (superseded) WHERE superseded IS NOT NULL;
",
    "
    -- Old ones are found by their date, whatever others a clock that was ahead wrote before them.
    CREATE INDEX event_by_age ON event (at);
",
    "
    -- What tokens of a client may say, as the server was last started; nothing for a client that was removed.
    CREATE TABLE client (
        id TEXT PRIMARY KEY,
        rights TEXT,
        generation INTEGER NOT NULL CHECK (generation >= 0)
    ) STRICT, WITHOUT ROWID;

    -- One more kind. The numbers go on where they were.
    CREATE TABLE signal_with_clients (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        until INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('session', 'subject', 'token', 'key', 'keys', 'client')),
        session BLOB CHECK (length(session) = 16),
        subject BLOB CHECK (length(subject) = 16),
        generation INTEGER,
        why TEXT,
        name TEXT,
        CHECK ((kind = 'session') = (session IS NOT NULL)),
        CHECK ((kind = 'subject') = (subject IS NOT NULL AND generation IS NOT NULL AND why IS NOT NULL)),
        CHECK ((kind IN ('token', 'key', 'client')) = (name IS NOT NULL)),
        CHECK (kind <> 'client' OR generation IS NOT NULL)
    ) STRICT;
    INSERT INTO signal_with_clients SELECT seq, at, until, kind, session, subject, generation, why, name FROM signal;
    DELETE FROM sqlite_sequence WHERE name = 'signal_with_clients';
    INSERT INTO sqlite_sequence (name, seq) SELECT 'signal_with_clients', seq FROM sqlite_sequence WHERE name = 'signal';
    DROP TABLE signal;
    ALTER TABLE signal_with_clients RENAME TO signal;
    CREATE INDEX signal_by_until ON signal (until);
",
    "
    CREATE INDEX known_address_by_prefix ON known_address (prefix);
",
    "
    -- Whoever holds a role, beside the role: a list of holders in the order of their names is a part of one index then.
    ALTER TABLE subject_role ADD COLUMN username_canonical TEXT;
    UPDATE subject_role SET username_canonical =
        (SELECT s.username_canonical FROM subject s WHERE s.id = subject_role.subject_id);
    CREATE TRIGGER name_holder AFTER INSERT ON subject_role BEGIN
        UPDATE subject_role SET username_canonical = (SELECT s.username_canonical FROM subject s WHERE s.id = NEW.subject_id)
        WHERE subject_id = NEW.subject_id AND role = NEW.role;
    END;
    CREATE TRIGGER rename_holder AFTER UPDATE OF username_canonical ON subject BEGIN
        UPDATE subject_role SET username_canonical = NEW.username_canonical WHERE subject_id = NEW.id;
    END;
    CREATE INDEX subject_role_by_holder ON subject_role (substr(role, 1, instr(role || '@', '@') - 1), username_canonical);

    CREATE INDEX event_by_subject_and_kind ON event (subject, kind) WHERE subject IS NOT NULL;
",
    "
    -- One-time links by which a subject sets its password: one for each at most.
    CREATE TABLE password_link (
        subject_id BLOB PRIMARY KEY REFERENCES subject (id),
        digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
        expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX password_link_by_end ON password_link (expires_at);
",
    "
    -- Each ends with the number of the row.
    CREATE INDEX event_by_address_and_time ON event (address, at) WHERE address IS NOT NULL;
    CREATE INDEX event_by_subject_and_time ON event (subject, at) WHERE subject IS NOT NULL;
    CREATE INDEX event_by_kind_and_time ON event (kind, at);
",
    include_str!("migrations/0015_assurance.sql"),
    include_str!("migrations/0016_one_time_tokens.sql"),
];

/// The session table for sessions that are not to last. Its name hides the one on disk from every statement of this
/// connection. A temporary table can refer to no other, so it has no foreign key.
const SESSIONS_IN_MEMORY: &str = "
    DELETE FROM main.session;
    CREATE TEMP TABLE session (
        digest BLOB PRIMARY KEY,
        id BLOB NOT NULL,
        subject_id BLOB NOT NULL,
        generation INTEGER NOT NULL,
        roles_version INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        last_seen_at INTEGER NOT NULL,
        absolute_expires_at INTEGER NOT NULL,
        user_agent TEXT NOT NULL,
        address TEXT NOT NULL,
        token_until INTEGER NOT NULL DEFAULT 0,
        superseded BLOB,
        superseded_at INTEGER,
        assurance INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX temp.session_by_subject ON session (subject_id, id);
    CREATE INDEX temp.session_by_superseded ON session (superseded) WHERE superseded IS NOT NULL;
";

/// The newest version known here.
pub(super) fn known() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

/// The version of a database.
pub(super) fn version(connection: &Connection) -> Result<u32, OpenError> {
    Ok(pragma(connection, "user_version")?)
}

/// What an import that has not ended leaves beside the rows.
pub(super) const UNFINISHED: &str =
    "CREATE TABLE unfinished_import (export TEXT NOT NULL, rows INTEGER NOT NULL) STRICT";

/// Whether an import has not ended.
pub(super) fn is_unfinished(connection: &Connection) -> Result<bool, Error> {
    connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'unfinished_import')",
        [],
        |row| row.get(0),
    )
}

/// Whether a database that is only read has the newest schema.
///
/// # Errors
/// When it has another one, or was made by another program.
pub(super) fn is_newest(connection: &Connection) -> Result<(), OpenError> {
    let (known, found) = (known(), version(connection)?);
    let application: i32 = pragma(connection, "application_id")?;
    match found.cmp(&known) {
        _ if application != APPLICATION_ID => Err(OpenError::Foreign),
        std::cmp::Ordering::Greater => Err(OpenError::Newer { found, known }),
        std::cmp::Ordering::Less => Err(OpenError::Behind { found, known }),
        std::cmp::Ordering::Equal => Ok(()),
    }
}

/// Brings a database to the newest schema, to be used.
///
/// # Errors
/// As [`make`], and when an import into it has not ended.
pub(super) fn migrate(connection: &Connection) -> Result<(), OpenError> {
    make(connection)?;
    if is_unfinished(connection)? { Err(OpenError::Unfinished) } else { Ok(()) }
}

/// Brings a database to the newest schema.
///
/// # Errors
/// When it is newer than this program, or was made by another one, or cannot be written.
pub(super) fn make(connection: &Connection) -> Result<(), OpenError> {
    let known = known();
    let found: u32 = pragma(connection, "user_version")?;
    if found > known {
        return Err(OpenError::Newer { found, known });
    }
    let application: i32 = pragma(connection, "application_id")?;
    let tables: u32 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application != APPLICATION_ID && tables > 0 {
        return Err(OpenError::Foreign);
    }
    for (version, sql) in (1_u32..).zip(MIGRATIONS).skip(found as usize) {
        apply(connection, version, sql)?;
    }
    Ok(())
}

fn apply(connection: &Connection, version: u32, sql: &str) -> Result<(), Error> {
    connection.execute_batch(&format!(
        "BEGIN IMMEDIATE;
         {sql}
         PRAGMA application_id = {APPLICATION_ID};
         PRAGMA user_version = {version};
         COMMIT;"
    ))
}

/// The schema as an earlier release left it.
#[cfg(test)]
pub(super) fn migrate_to(connection: &Connection, version: u32) {
    for (version, sql) in (1..=version).zip(MIGRATIONS) {
        apply(connection, version, sql).unwrap();
    }
}

/// Moves the sessions of this connection into memory, and deletes those on disk.
pub(super) fn keep_sessions_in_memory(connection: &Connection) -> Result<(), Error> {
    connection.execute_batch(SESSIONS_IN_MEMORY)
}

fn pragma<T: rusqlite::types::FromSql>(connection: &Connection, name: &str) -> Result<T, Error> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

#[cfg(test)]
mod tests;
