//! A folder with a configuration and the files that it names.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use admit_testkit::{Output, run};
use jiff::ToSpan;
use tempfile::TempDir;

use crate::check::BINARY;

/// The files of a kind, in the order of their names.
pub(crate) fn files(kind: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check").join(kind);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// What `admit check` says.
pub(crate) struct Found {
    pub(crate) ids: Vec<String>,
    pub(crate) refused: Vec<String>,
    pub(crate) code: i32,
    pub(crate) output: String,
}

pub(crate) struct SetUp {
    pub(crate) folder: TempDir,
    offline: bool,
}

impl SetUp {
    pub(crate) fn of(file: &Path) -> Self {
        Self::with(&fs::read_to_string(file).unwrap())
    }

    /// A configuration in a folder where everything that it may name is as it should be, and then as its first line says.
    pub(crate) fn with(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let done = run(BINARY, at, &["init", "--public-url", "https://login.example.org"], &[], "");
        assert_eq!(done.code, 0, "{done:?}");
        let done = run(BINARY, at, &["clients", "secret", "service.secret"], &[], "");
        assert_eq!(done.code, 0, "{done:?}");
        fs::create_dir(at.join("admit-data")).unwrap();
        let key = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        put(&at.join("service.jwks"), key, 0o644);
        put(&at.join("accounts.url"), "sqlite:", 0o600);
        let next_month = admit_server::check::today().saturating_add(1.month()).to_string();
        put(&at.join("admit.toml"), &text.replace("NEXT-MONTH", &next_month), 0o644);
        put(&at.join("policy.toml"), &fs::read_to_string(at.join("policy.toml")).unwrap(), 0o644);
        mode(&at.join("admit-data"), 0o700);
        let mut set_up = Self { folder, offline: true };
        for line in text.lines().take_while(|line| line.starts_with('#')) {
            if let Some(setup) = line.strip_prefix("# setup: ") {
                set_up.prepare(setup);
            }
        }
        set_up
    }

    fn prepare(&mut self, what: &str) {
        let at = self.folder.path();
        match what.split(' ').collect::<Vec<_>>().as_slice() {
            ["online"] => self.offline = false,
            ["chmod", bits, file] => mode(&at.join(file), u32::from_str_radix(bits, 8).unwrap()),
            ["weak", file] => put(&at.join(file), "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE\n", 0o600),
            ["git", "add", file] => {
                git(at, &["init", "--quiet"]);
                git(at, &["add", file]);
            }
            ["stale", "policy"] => self.policy("stale.toml", "10m"),
            ["fresh", "policy"] => self.policy("fresh.toml", "1s"),
            other => panic!("no set-up is called {other:?}"),
        }
    }

    fn policy(&self, name: &str, staleness: &str) {
        let at = self.folder.path();
        let built_in = fs::read_to_string(at.join("policy.toml")).unwrap();
        let text = format!("{built_in}\n[permissions.\"user:read\"]\nmax_staleness = \"{staleness}\"\n");
        put(&at.join(name), &text, 0o644);
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        run(BINARY, self.folder.path(), arguments, &[("ADMIT_SERVER__LISTEN", "127.0.0.1:0")], "")
    }

    /// Runs `admit check` and reads what it found. That it runs as root is left out: that is this test, and not the set-up.
    pub(crate) fn check(&self) -> Found {
        let mut arguments = vec!["--json", "check"];
        if self.offline {
            arguments.push("--offline");
        }
        // Where it listens is part of what is checked here.
        let output = run(BINARY, self.folder.path(), &arguments, &[], "");
        assert!(matches!(output.code, 0 | 1 | 3), "{output:?}");
        let json = output.json();
        let of = |weight: Option<&str>| -> Vec<String> {
            let findings = json["findings"].as_array().unwrap().iter();
            let wanted = findings.filter(|finding| weight.is_none_or(|weight| finding["weight"] == weight));
            let ids = wanted.map(|finding| finding["id"].as_str().unwrap().to_owned());
            ids.filter(|id| id != "runs-as-root").collect()
        };
        for finding in json["findings"].as_array().unwrap() {
            assert!(finding["severity"].is_string() && finding["remedy"].as_str().unwrap().len() > 5, "{finding}");
            // What may be waived is waived by its object.
            let waivable = admit_server::check::catalogue::rule(finding["id"].as_str().unwrap())
                .is_some_and(|rule| rule.weight != admit_server::check::catalogue::Weight::Refused);
            assert!(!waivable || finding["about"] != "", "{finding}");
        }
        Found { ids: of(None), refused: of(Some("refused")), code: output.code, output: format!("{json:#}") }
    }
}

fn put(path: &Path, text: &str, bits: u32) {
    fs::write(path, text).unwrap();
    mode(path, bits);
}

pub(crate) fn mode(path: &Path, bits: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(bits)).unwrap();
}

pub(crate) fn git(at: &Path, arguments: &[&str]) {
    let done = Command::new("git").current_dir(at).args(arguments).output().unwrap();
    assert!(done.status.success(), "{done:?}");
}
