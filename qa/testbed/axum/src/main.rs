//! The site as a program: `testbed-axum --port 0 --flaw csrf-form`.

mod args;

use std::io::{Read, Write, stdin, stdout};
use std::process::ExitCode;

use admit_testbed::{Flaw, start};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::args::Command;

#[tokio::main]
async fn main() -> ExitCode {
    let command = match Command::parse(std::env::args().skip(1)) {
        Ok(command) => command,
        Err(error) => return failed(&error, 2),
    };
    match run(command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error.to_string(), 1),
    }
}

async fn run(command: Command) -> std::io::Result<()> {
    match command {
        Command::List => Flaw::ALL.iter().try_for_each(|flaw| writeln!(stdout(), "{flaw}")),
        Command::Serve { flaw, options, foreign_token } => {
            let mut terminated = signal(SignalKind::terminate())?;
            let site = start(flaw, options).await?;
            if let (Some(file), Some(token)) = (foreign_token, site.foreign_token("alice", "billing")) {
                std::fs::write(file, token)?;
            }
            writeln!(stdout(), "listening on {}", site.url)?;
            stdout().flush()?;
            tokio::select! {
                _ = terminated.recv() => {}
                _ = input_closed() => {}
            }
            Ok(())
        }
    }
}

/// Whoever started the site holds its input, and the site does not outlive him.
async fn input_closed() {
    let (sender, receiver) = oneshot::channel::<()>();
    std::thread::spawn(move || {
        let mut buffer = [0; 1024];
        while matches!(stdin().read(&mut buffer), Ok(1..)) {}
        drop(sender);
    });
    let _ = receiver.await;
}

fn failed(message: &str, code: u8) -> ExitCode {
    // There is nobody else to tell.
    let _ = writeln!(std::io::stderr(), "testbed-axum: {}", message.trim_end());
    ExitCode::from(code)
}
