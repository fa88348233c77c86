//! Users and everything that is theirs, moved in and out by the command line.
#![expect(clippy::string_slice, reason = "a test reports by panicking")]

mod stores;
mod users;

use std::path::Path;

use admit_testkit::{Output, Server, run};

/// The binary under test.
const BINARY: &str = env!("CARGO_BIN_EXE_admit");

/// A command that ends with this code, in this folder.
fn ends(code: i32, folder: &Path, arguments: &[&str]) -> Output {
    let output = run(BINARY, folder, arguments, &[], "");
    assert_eq!(output.code, code, "{arguments:?}: {output:?}");
    assert!(!output.stderr.contains("panicked"), "{output:?}");
    output
}

/// `serve --dev --demo`.
fn demo() -> Server {
    Server::demo(BINARY).start()
}
