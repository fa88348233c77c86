//! `with-stores COMMAND …` runs a command with a PostgreSQL and a Redis of its own beside it, and stops both when it has
//! ended. Their URLs are in the command's environment; its output and its exit code are passed on as they are.
//!
//! Every test runs in a process of its own, so without this each would have to start both.

use std::process::{Command, ExitCode};

use admit_testkit::{POSTGRES, Postgres, REDIS, Redis};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(program) = arguments.next() else {
        eprintln!("usage: with-stores COMMAND [ARGUMENT…]");
        return ExitCode::from(2);
    };
    let (postgres, redis) = (Postgres::start(), Redis::start());
    let mut command = Command::new(&program);
    command.args(arguments).env(POSTGRES, postgres.url("postgres")).env(REDIS, redis.url());
    let code = match command.status() {
        // What a signal has ended has no code.
        Ok(status) => status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1),
        Err(error) => {
            eprintln!("{} cannot be run: {error}.", program.display());
            127
        }
    };
    ExitCode::from(code)
}
