//! An import that stops in the middle.

use std::io::{self, BufReader, Read};

use admit_store::conformance::{RULES, TOKENS};
use admit_store::snapshot::{self, Import, Snapshot, State, Stopped};
use admit_store::{ConnectError, OpenError, Postgres, PostgresSnapshot, Sqlite, SqliteSnapshot, Stores};
use admit_testkit::{Pair, Seeded};

use crate::moving::world::World;
use crate::moving::{address, exported, imported, rows, state};

/// A file that cannot be read past some place.
struct Torn<'a> {
    text: &'a [u8],
    left: usize,
}

impl Read for Torn<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other("the disk is gone"));
        }
        let take = self.left.min(buffer.len()).min(self.text.len());
        let read = self.text.read(&mut buffer[..take])?;
        self.left -= read;
        Ok(read)
    }
}

async fn up_to(mut target: impl Snapshot, text: &str, left: usize) -> Stopped {
    let checked = snapshot::check(text.as_bytes()).unwrap();
    let torn = BufReader::new(Torn { text: text.as_bytes(), left });
    Import { checked: &checked, count: &mut |_| {} }.run(&mut target, torn).await.unwrap_err()
}

async fn world() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("first.db");
    World::made(&Stores::sqlite(&path, RULES, TOKENS).unwrap()).await;
    let out = exported(SqliteSnapshot::reading(&path).unwrap()).await;
    (folder, out)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_stops_anywhere_goes_on_from_there_and_doubles_nothing() {
    let (folder, out) = world().await;
    let mut random = Seeded::new(Seeded::seed());
    for round in 0..8 {
        let path = folder.path().join(format!("to{round}.db"));
        let made = admit_testkit::Stores::new(Pair::Postgres);
        for _ in 0..3 {
            let left = random.below(out.len() - 1);
            up_to(SqliteSnapshot::writing(&path).unwrap(), &out, left).await;
            if round < 3 {
                up_to(PostgresSnapshot::writing(&address(&made)).await.unwrap(), &out, left).await;
            }
        }
        imported(SqliteSnapshot::writing(&path).unwrap(), &out).await.unwrap();
        assert_eq!(exported(SqliteSnapshot::reading(&path).unwrap()).await, out);
        if round < 3 {
            imported(PostgresSnapshot::writing(&address(&made)).await.unwrap(), &out).await.unwrap();
            assert_eq!(rows(&exported(PostgresSnapshot::reading(&address(&made)).await.unwrap()).await), rows(&out));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_with_half_an_import_serves_nobody_and_takes_no_other_file() {
    let (folder, out) = world().await;
    let path = folder.path().join("to.db");
    up_to(SqliteSnapshot::writing(&path).unwrap(), &out, out.len() - 10).await;
    let half = state(SqliteSnapshot::writing(&path).unwrap()).await.unwrap();
    assert!(matches!(half, State::Unfinished { rows, .. } if rows >= 1000), "{half:?}");
    assert!(matches!(Sqlite::open_with(&path, RULES, TOKENS), Err(OpenError::Unfinished)));
    let other = out.replacen("\"id\":\"x\"", "\"id\":\"y\"", 1);
    let checked = snapshot::Checked { id: "y".to_owned(), ..snapshot::check(out.as_bytes()).unwrap() };
    let mut target = SqliteSnapshot::writing(&path).unwrap();
    let refused = Import { checked: &checked, count: &mut |_| {} }.run(&mut target, other.as_bytes()).await;
    assert!(matches!(refused, Err(Stopped::Other)));
    drop(target);
    let mut source = SqliteSnapshot::reading(&path).unwrap();
    let refused = snapshot::export(&mut source, io::sink(), ("z", "now"), &mut |_| {}).await;
    assert!(matches!(refused, Err(Stopped::Unfinished)));

    let made = admit_testkit::Stores::new(Pair::Postgres);
    up_to(PostgresSnapshot::writing(&address(&made)).await.unwrap(), &out, out.len() - 10).await;
    let refused = Postgres::connect(&address(&made), RULES, TOKENS).await;
    assert!(matches!(refused, Err(ConnectError::Unfinished)));
    imported(PostgresSnapshot::writing(&address(&made)).await.unwrap(), &out).await.unwrap();
    Postgres::connect(&address(&made), RULES, TOKENS).await.unwrap();
}
