//! `with-stores COMMAND …` runs a command with a PostgreSQL, a Redis and a chromedriver of its own beside it, and stops all
//! when it has ended. Where they are is in the command's environment; its output and its exit code are passed on as they are.
//!
//! Every test runs in a process of its own, so without this each would have to start what it needs of these.

use std::process::{Command, ExitCode};

use admit_testkit::{CHROMEDRIVER, Chromedriver, POSTGRES, Postgres, REDIS, Redis};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(program) = arguments.next() else {
        eprintln!("usage: with-stores COMMAND [ARGUMENT…]");
        return ExitCode::from(2);
    };
    let (postgres, redis) = (Postgres::start(), Redis::start());
    // Few tests need a browser, and they say so where there is none.
    let chromedriver = Chromedriver::is_there().then(Chromedriver::start);
    let mut command = Command::new(&program);
    command.args(arguments).env(POSTGRES, postgres.url("postgres")).env(REDIS, redis.url());
    command.envs(chromedriver.iter().map(|driver| (CHROMEDRIVER, driver.folder())));
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
