//! What `ARCHITECTURE.md` says about the crates, as far as a machine can check it: which way they depend on each other, that the files
//! of a crate form no circle, what core does without, how long a file may be, and that the files it names exist.

#![cfg(test)]

mod claims;
mod examples;
mod graph;
mod modules;

use std::fs;
use std::path::{Path, PathBuf};

use crate::claims::{dependencies, missing, named};
use crate::graph::{arrows, circles, within, words};
use crate::modules::Sources;

/// Which of our crates each crate may depend on.
const MAY: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("clock", &["core"]),
    ("store", &["clock", "core"]),
    ("axum", &["clock", "core"]),
    ("words", &[]),
    ("rules", &["words"]),
    ("advice", &["words"]),
    ("audit", &["rules", "words"]),
    ("server", &["advice", "axum", "clock", "core", "rules", "store", "words"]),
];

/// The maximum number of lines in a file.
const MOST_LINES: usize = 400;

/// What no rule needs: clocks, files, a runtime, a framework, a database.
const ABSENT: &[&str] = &[
    "std::env",
    "std::fs",
    "std::process",
    "std::thread",
    "Instant",
    "SystemTime",
    "rustix",
    "getrandom",
    "tokio",
    "axum",
    "hyper",
    "rusqlite",
    "tokio_postgres",
];

/// The file of core that asks the machine for randomness, for others to pass in.
const MACHINE: &str = "random.rs";

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.ancestors().find(|folder| folder.join("crates/core").is_dir());
    root.expect("the repository around this test").to_owned()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Our crates: the name of the folder, and the folder.
fn crates() -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(root().join("crates")).expect("the crates").map(|entry| entry.expect("a crate"));
    let named = entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()));
    let mut crates: Vec<_> = named.filter(|(_, folder)| folder.join("Cargo.toml").is_file()).collect();
    crates.sort();
    crates
}

/// The Rust files under `src`.
fn sources(folder: &Path) -> Sources {
    fn add(folder: &Path, prefix: &str, found: &mut Sources) {
        for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file")) {
            let (name, path) = (entry.file_name().to_string_lossy().into_owned(), entry.path());
            if path.is_dir() {
                add(&path, &format!("{prefix}{name}/"), found);
            } else if name.ends_with(".rs") {
                found.insert(format!("{prefix}{name}"), read(&path));
            }
        }
    }
    let mut found = Sources::new();
    add(&folder.join("src"), "", &mut found);
    found
}

#[test]
fn no_files_of_a_crate_form_a_circle_except_a_module_and_its_submodules() {
    let mut wrong = String::new();
    for (name, folder) in crates() {
        let all = sources(&folder);
        for root in all.keys().filter(|file| matches!(file.rsplit('/').next(), Some("lib.rs" | "main.rs"))) {
            // What is beside the root of a program is a module of that program.
            let beside = root.trim_end_matches("lib.rs").trim_end_matches("main.rs");
            let own = all.iter().filter_map(|(file, text)| Some((file.strip_prefix(beside)?.to_owned(), text.clone())));
            let (own, root): (Sources, _) = (own.collect(), root.trim_start_matches(beside));
            let arrows = arrows(&own, root).unwrap_or_else(|error| panic!("{name}: {error}"));
            for circle in circles(&arrows) {
                wrong += &format!("{name}: {circle:?}\n{}", within(&circle, &arrows));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn crates_depend_on_each_other_in_one_direction() {
    let manifest = |folder: &Path| read(&folder.join("Cargo.toml"));
    let crates = crates();
    let packages: Vec<(String, String)> = crates
        .iter()
        .map(|(name, folder)| (name.clone(), claims::package(&manifest(folder)).expect("a name")))
        .collect();
    for (name, folder) in &crates {
        let may = MAY.iter().find(|(of, _)| of == name).map(|(_, may)| *may);
        let may = may.unwrap_or_else(|| panic!("add crates/{name} to MAY with the crates that it may depend on"));
        let needed = dependencies(&manifest(folder));
        let ours = packages.iter().filter(|(_, package)| needed.contains(package)).map(|(name, _)| name.as_str());
        let wrong: Vec<&str> = ours.filter(|ours| !may.contains(ours)).collect();
        assert!(wrong.is_empty(), "crates/{name} depends on {wrong:?}");
    }
}

#[test]
fn no_rule_of_core_reads_a_clock_or_a_file_or_knows_a_runtime_or_a_framework() {
    let words = words(&sources(&root().join("crates/core")), "lib.rs").expect("sources that compile");
    let (machine, rules): (Vec<_>, Vec<_>) = words.iter().partition(|(file, _)| file.as_str() == MACHINE);
    assert_eq!(machine.len(), 1, "it has moved");
    assert_eq!(named(rules.iter().copied(), ABSENT), Vec::<String>::new());
    let used = named(rules.iter().copied(), &["OsRandom"]);
    assert_eq!(used, Vec::<String>::new(), "randomness is an argument");
}

#[test]
fn operations_know_no_http() {
    let words = words(&sources(&root().join("crates/server")), "lib.rs").expect("sources that compile");
    let operations: Vec<_> = words.iter().filter(|(file, _)| file.starts_with("operation/")).collect();
    assert!(operations.len() > 10, "they have moved");
    let http = ["http", "axum", "Gate", "Problem", "Rejection", "StatusCode", "HeaderMap"];
    assert_eq!(named(operations.into_iter(), &http), Vec::<String>::new());
}

#[test]
fn a_session_s_secret_is_made_in_one_place_of_the_gate_and_nowhere_in_the_server() {
    for (crate_name, makers) in [("axum", &["session.rs", "prove/cast.rs"][..]), ("server", &[])] {
        let words = words(&sources(&root().join("crates").join(crate_name)), "lib.rs").expect("sources that compile");
        let others = words.iter().filter(|(file, _)| !makers.contains(&file.as_str()));
        assert_eq!(named(others, &["SessionToken::new", "SessionToken::new_for"]), Vec::<String>::new());
    }
}

#[test]
fn no_file_of_a_crate_is_longer_than_400_lines() {
    for (name, folder) in crates() {
        for (file, source) in sources(&folder) {
            let lines = source.lines().count();
            assert!(lines <= MOST_LINES, "crates/{name}/src/{file} has {lines} lines");
        }
    }
}

/// The files of the repository under these folders, from its root.
fn files(under: &[&str]) -> Vec<String> {
    fn add(folder: &Path, prefix: &str, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).into_iter().flatten().map(|entry| entry.expect("a file")) {
            let path = format!("{prefix}/{}", entry.file_name().to_string_lossy());
            match entry.path().is_dir() {
                true => add(&entry.path(), &path, found),
                false => found.push(path),
            }
        }
    }
    let mut found = Vec::new();
    under.iter().for_each(|folder| add(&root().join(folder), &format!("/{folder}"), &mut found));
    found
}

#[test]
fn the_files_that_the_documents_name_are_there() {
    let files = files(&["crates", "docs", "examples", "qa"]);
    // A path may leave out what goes before it.
    let is_there = |path: &str| {
        let path = format!("/{path}");
        files.iter().any(|file| if path.ends_with('/') { file.contains(&path) } else { file.ends_with(&path) })
    };
    let mut wrong = String::new();
    for document in ["ARCHITECTURE.md", "docs/attacks.md"] {
        for path in missing(&read(&root().join(document)), is_there) {
            wrong += &format!("{document} names {path}, which does not exist\n");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
