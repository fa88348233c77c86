//! Starting: what `serve` needs, what it refuses, what `init` writes.

mod clients;
mod files;
mod init;
mod start;
mod stores;
mod tokens;
mod unsafety;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use admit_testkit::{Output, run};
use tempfile::TempDir;

use crate::http::support::BINARY;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn init(at: &TempDir) -> Output {
    let output = run(BINARY, at.path(), &["init", "--public-url", "https://login.example.org"], &[], "");
    assert_eq!(output.code, 0, "{output:?}");
    output
}

fn serve(at: &TempDir) -> Output {
    run(BINARY, at.path(), &["serve"], &[("ADMIT_SERVER__LISTEN", "127.0.0.1:0")], "")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// A refusal that names what is unsafe: its stable id, and on the next line what to do.
fn unsafe_for(output: &Output, ids: &[&str]) {
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("does not start"), "{output:?}");
    for id in ids {
        let (_, after) = output.stderr.split_once(&format!("\n  {id}: ")).unwrap_or_else(|| panic!("{id}: {output:?}"));
        let remedy = after.lines().nth(1).unwrap_or_default();
        assert!(remedy.trim_start().starts_with("→ ") && remedy.len() > 12, "{id} has no remedy: {output:?}");
    }
    let told = output.stderr.lines().filter(|line| line.trim_start().starts_with('→')).count();
    assert_eq!(told, ids.len(), "these and no others: {output:?}");
}
