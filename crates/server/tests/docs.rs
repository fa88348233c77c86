//! What `docs/attacks.md` says of the tests.
#![expect(clippy::unwrap_used, reason = "a panic in a test is its report")]

use std::fs;
use std::path::{Path, PathBuf};

/// Where the tests of a binary are written: `admit-store::conformance`, or a crate's own.
fn sources(root: &Path, binary: &str) -> Vec<PathBuf> {
    let (package, target) = binary.split_once("::").map_or((binary, None), |(package, target)| (package, Some(target)));
    let folder = root.join(match package {
        "admit" => "crates/axum",
        "admit-shop" => "examples/shop",
        other => return sources_of(&root.join("crates").join(other.trim_start_matches("admit-")), target),
    });
    sources_of(&folder, target)
}

fn sources_of(package: &Path, target: Option<&str>) -> Vec<PathBuf> {
    match target {
        None => vec![package.join("src")],
        Some(target) => ["tests", "src"]
            .iter()
            .flat_map(|under| [package.join(under).join(target), package.join(under).join(format!("{target}.rs"))])
            .collect(),
    }
}

fn holds(path: &Path, function: &str) -> bool {
    if path.is_dir() {
        return fs::read_dir(path).unwrap().any(|entry| holds(&entry.unwrap().path(), function));
    }
    path.extension().is_some_and(|extension| extension == "rs") && fs::read_to_string(path).unwrap().contains(function)
}

#[test]
fn each_attack_in_the_documents_names_tests_that_exist_or_says_that_there_is_none() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = fs::read_to_string(root.join("docs/attacks.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Attack "));
    let (mut attacks, mut wrong) = (0, Vec::new());
    for row in rows {
        attacks += 1;
        let cell = row.trim_end_matches('|').rsplit(" | ").next().unwrap_or_default();
        let named: Vec<_> = cell.split('`').skip(1).step_by(2).filter_map(|text| text.split_once(' ')).collect();
        if named.is_empty() && !cell.contains("no test") && !cell.contains("compile_fail") {
            wrong.push(format!("neither a test nor the word that there is none: {row}"));
        }
        for (binary, test) in named {
            let function = format!("fn {test}(");
            if !sources(&root, binary).iter().any(|path| path.exists() && holds(path, &function)) {
                wrong.push(format!("{binary} has no test {test}"));
            }
        }
    }
    assert!(attacks > 100, "the table was read: {attacks}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
