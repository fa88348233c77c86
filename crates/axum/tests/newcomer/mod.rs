//! An app of somebody else, outside this workspace: the front page's program compiles, and what is forgotten does not.
#![expect(clippy::string_slice, reason = "a test reports by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A package beside nothing of ours, with the program of the front page as its only file.
struct App {
    _folder: tempfile::TempDir,
    at: PathBuf,
    target: PathBuf,
    front_page: String,
}

impl App {
    fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("shop");
        fs::create_dir_all(at.join("src")).unwrap();
        // The same build settings, so that what is compiled already need not be again.
        let workspace = fs::read_to_string(root.join("Cargo.toml")).unwrap();
        let profiles = workspace.find("[profile.dev").map(|start| &workspace[start..]).unwrap_or_default();
        let crates = root.join("crates").display().to_string();
        let manifest = format!(
            "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n\
             admit = {{ path = \"{crates}/axum\" }}\nadmit-store = {{ path = \"{crates}/store\" }}\n\
             axum = {{ version = \"0.8\", default-features = false, features = [\"http1\", \"tokio\"] }}\n\
             tokio = {{ version = \"1\", features = [\"macros\", \"net\", \"rt-multi-thread\"] }}\n\n[workspace]\n\n{profiles}"
        );
        fs::write(at.join("Cargo.toml"), manifest).unwrap();
        fs::copy(root.join("Cargo.lock"), at.join("Cargo.lock")).unwrap();
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().to_owned();
        Self { _folder: folder, at, target, front_page: front_page() }
    }

    /// Whether the compiler takes a program, and what it says.
    fn check(&self, program: &str) -> (bool, String) {
        fs::write(self.at.join("src/main.rs"), program).unwrap();
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let output = Command::new(cargo)
            .args(["check", "--offline", "--quiet"])
            .current_dir(&self.at)
            .env("CARGO_TARGET_DIR", &self.target)
            .env_remove("RUSTFLAGS")
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// The front page's program with one thing changed is refused, and each of these is said.
    fn refuses(&self, from: &str, to: &str, words: &[&str]) {
        let changed = self.front_page.replacen(from, to, 1);
        assert_ne!(changed, self.front_page, "{from} is in the program");
        let (taken, said) = self.check(&changed);
        assert!(!taken, "{to} was taken");
        for word in words {
            assert!(said.contains(word), "{word} in\n{said}");
        }
    }
}

/// The program in the crate's documentation, as it stands there.
fn front_page() -> String {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let start = text.find("//! ```no_run\n").unwrap();
    let block = &text[start + "//! ```no_run\n".len()..];
    let block = &block[..block.find("//! ```\n").unwrap()];
    let line = |line: &str| line.strip_prefix("//! ").or(line.strip_prefix("//!")).unwrap_or(line).to_owned();
    block.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_front_pages_program_compiles_for_a_newcomer_and_a_forgotten_rule_or_proof_does_not() {
    let app = App::new();
    let lines = app.front_page.lines().filter(|line| !line.trim().is_empty()).count();
    assert!(lines <= 26, "the front page's program has {lines} lines");
    let (taken, said) = app.check(&app.front_page);
    assert!(taken, "{said}");

    let last = ".route(\"/products/{id}\", require(\"product:update\", put(update)));";
    app.refuses(
        last,
        ".route(\"/products/{id}\", put(update));",
        &[
            "this route has no rule",
            "who may call this handler?",
            "wrap it in a rule: public(get(handler)), signed_in(get(handler)) or require(\"product:update\", put(handler))",
        ],
    );
    app.refuses(
        last,
        ".route(\"/products/{id}\", axum::routing::put(update));",
        &["this route has no rule", "get, post, put, patch and delete are those of this crate, not axum's"],
    );
    app.refuses(
        last,
        ".route(\"/products/{id}\", require(\"product:update\", axum::routing::put(update)));",
        &["expected `Endpoint<", "found `MethodRouter"],
    );
    // A data function that asks for the proof cannot be called without it.
    let with_proof = "async fn update() -> &'static str {\n    change(7)\n}\n\
         struct Update;\nimpl admit::Action for Update { const PERMISSION: &'static str = \"product:update\"; }\n\
         fn change(_: &admit::Allowed<Update>) -> &'static str { \"updated\" }\n";
    app.refuses("async fn update() -> &'static str { \"updated\" }\n", with_proof, &["expected `&Allowed<Update>`"]);
}
