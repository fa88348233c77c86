//! What runs beside a program in its database: statements of an operator, and a dump that takes its time.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use super::{Postgres, binary, psql};

/// A transaction that reads as `pg_dump` does: it holds every table, so that none can be changed in its form, until this is
/// dropped.
pub struct Dump(Child);

impl Postgres {
    /// Runs statements in one of its databases; the rows of the answer, one a line.
    ///
    /// # Panics
    /// When they are refused.
    pub fn run(&self, database: &str, statements: &str) -> String {
        psql(&self.url(database), statements).unwrap_or_else(|error| panic!("{statements}: {error}"))
    }

    /// Begins to read everything in a database.
    ///
    /// # Panics
    /// When that is refused.
    #[must_use]
    pub fn dump(&self, database: &str) -> Dump {
        const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ; \
            SELECT format('LOCK TABLE %I.%I IN ACCESS SHARE MODE', schemaname, tablename) \
            FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') \\gexec\n\\echo held\n";
        let mut command = Command::new(binary("psql"));
        command.args(["--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--tuples-only"]);
        let piped = command.arg(self.url(database)).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.stderr(Stdio::null()).spawn().expect("psql");
        child.stdin.as_mut().expect("its input").write_all(BEGIN.as_bytes()).expect("written");
        let mut said = BufReader::new(child.stdout.as_mut().expect("its output")).lines();
        assert!(said.any(|line| line.is_ok_and(|line| line == "held")), "a dump could not begin");
        Dump(child)
    }
}

impl Drop for Dump {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_keeps_tables_as_they_are_until_it_ends() {
        let server = Postgres::start();
        drop(server.create_database("read"));
        server.run("read", "CREATE TABLE kept (id int)");
        let dump = server.dump("read");
        server.run("read", "INSERT INTO kept VALUES (1)");
        let change = "SET lock_timeout = '50ms'; ALTER TABLE kept ADD COLUMN name text";
        assert!(psql(&server.url("read"), change).is_err());
        drop(dump);
        // The server finds that it is gone when it next looks.
        server.run("read", "SET lock_timeout = '20s'; ALTER TABLE kept ADD COLUMN name text");
    }
}
