//! How every connection is set, whatever the server, the database, the role or a pooler in front would have it.
//!
//! It is said after connecting, and not in the startup packet: a pooler refuses what it does not know there, or is told to
//! ignore it, and then nothing of it would be in force and nobody would know. So it is also read back.

use admit_core::random::{OsRandom, Random};
use tokio_postgres::{Client, SimpleQueryMessage};
use uuid::Uuid;

use super::error::Error;

/// The settings, with their values as the server shows them.
///
/// A process that stops in the middle of a transaction holds up others that want the same rows, so the server ends a
/// transaction that nothing is said in. `search_path` names one schema: nobody's table elsewhere can stand in for ours.
/// Whoever waits for a row reads it as it is then, which is read committed; what was read at the beginning would be old.
///
/// `default_transaction_read_only` is not among them: it is how an operator, or a provider whose disk is full, says that
/// nothing may be written now. Such a database is told as one that takes no changes.
const SETTINGS: &[(&str, &str)] = &[
    ("search_path", "admit"),
    ("statement_timeout", "5s"),
    ("lock_timeout", "2s"),
    ("idle_in_transaction_session_timeout", "2s"),
    ("timezone", "UTC"),
    ("default_transaction_isolation", "read committed"),
];

/// What is acknowledged is on the disk, and at the standbys that the server waits for: these two do not wait for it.
/// The others (`on`, `remote_write`, `remote_apply`) are left as they are.
const TOO_WEAK: &str = "SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') IN ('off', 'local')";

/// Makes the settings on a new connection, and sees that they are in force. Answers what it is known by from then on.
pub(super) async fn make(client: &Client) -> Result<Mark, Error> {
    let mark = Mark::new()?;
    let answers = client.simple_query(&text(&mark)).await?;
    // The last row is what was read back.
    let row = answers.iter().rev().find_map(|answer| match answer {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    for (place, (name, value)) in SETTINGS.iter().enumerate() {
        let found = row.map(|row| row.try_get(place)).transpose()?.flatten().unwrap_or_default();
        if found != *value {
            return Err(Error::Setting { name, value, found: found.to_owned() });
        }
    }
    Ok(mark)
}

/// All of it at once, as it is sent.
fn text(mark: &Mark) -> String {
    let set = |(name, value): &(&str, &str)| format!("SET {name} = '{value}'; ");
    let shown = |(name, _): &(&str, &str)| format!("current_setting('{name}')");
    let sets: String = SETTINGS.iter().map(set).collect();
    let read_back = SETTINGS.iter().map(shown).collect::<Vec<_>>().join(", ");
    format!("{sets}{}; {TOO_WEAK}; SELECT {read_back}", mark.set())
}

/// What a connection is known by: a setting of its own.
pub(super) struct Mark(String);

impl Mark {
    /// One that no other connection has.
    fn new() -> Result<Self, Error> {
        let mut bytes = [0; 16];
        OsRandom.fill(&mut bytes).map_err(|error| Error::Connection(error.to_string()))?;
        Ok(Self(Uuid::from_bytes(bytes).to_string()))
    }

    /// The statement that makes it.
    fn set(&self) -> String {
        format!("SET admit.connection = '{}'", self.0)
    }

    /// Whether this is the connection that it was made on.
    pub(super) async fn is_on(&self, client: &Client) -> Result<(), Error> {
        let answers = client.simple_query("SELECT current_setting('admit.connection', true)").await?;
        let found = answers.iter().find_map(|answer| match answer {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        if found == Some(&self.0) { Ok(()) } else { Err(Error::Pooled) }
    }
}

#[cfg(test)]
mod tests {
    use tokio_postgres::NoTls;

    use super::*;

    async fn shown(client: &Client, name: &str) -> String {
        client.query_one(&format!("SHOW {name}"), &[]).await.unwrap().get(0)
    }

    #[tokio::test]
    async fn defaults_of_a_role_do_not_change_how_its_connections_are_set() {
        let server = admit_testkit::Postgres::start();
        let connect = async || {
            let (client, connection) = tokio_postgres::connect(&server.url("postgres"), NoTls).await.unwrap();
            tokio::spawn(connection);
            client
        };
        let hand = connect().await;
        for (default, commits) in [
            ("off", "on"),
            ("local", "on"),
            ("on", "on"),
            ("remote_write", "remote_write"),
            ("remote_apply", "remote_apply"),
        ] {
            let theirs = "ALTER ROLE admit SET search_path = elsewhere; ALTER ROLE admit SET statement_timeout = 0;
                          ALTER ROLE admit SET timezone = 'Asia/Seoul'; ALTER ROLE admit SET lock_timeout = '1h';
                          ALTER ROLE admit SET default_transaction_isolation = 'serializable'";
            hand.batch_execute(&format!("{theirs}; ALTER ROLE admit SET synchronous_commit = {default}"))
                .await
                .unwrap();
            let client = connect().await;
            assert_eq!(shown(&client, "search_path").await, "elsewhere");
            make(&client).await.unwrap();
            assert_eq!(shown(&client, "synchronous_commit").await, commits, "{default}");
            for (name, value) in SETTINGS {
                assert_eq!(shown(&client, name).await, *value, "{name}");
            }
        }
    }
}
