//! Whether the documents are true: what `docs/attacks.md` and `docs/asvs.md` say of the tests, and the README as a whole.

mod readme;

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

/// The tests that a cell of a table names, as `binary test_name`.
fn named(cell: &str) -> Vec<(&str, &str)> {
    cell.split('`').skip(1).step_by(2).filter_map(|text| text.split_once(' ')).collect()
}

/// Those of them that do not exist.
fn missing(root: &Path, named: &[(&str, &str)]) -> Vec<String> {
    let exists = |binary: &str, test: &str| {
        let function = format!("fn {test}(");
        sources(root, binary).iter().any(|path| path.exists() && holds(path, &function))
    };
    named
        .iter()
        .filter(|(binary, test)| !exists(binary, test))
        .map(|(binary, test)| format!("{binary} has no test {test}"))
        .collect()
}

fn last_cell(row: &str) -> &str {
    row.trim_end_matches('|').trim_end().rsplit(" | ").next().unwrap_or_default()
}

#[test]
fn each_attack_in_the_documents_names_tests_that_exist_or_says_that_there_is_none() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = fs::read_to_string(root.join("docs/attacks.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Attack "));
    let (mut attacks, mut wrong) = (0, Vec::new());
    for row in rows {
        attacks += 1;
        let cell = last_cell(row);
        let named = named(cell);
        if named.is_empty() && !cell.contains("no test") && !cell.contains("compile_fail") {
            wrong.push(format!("neither a test nor the word that there is none: {row}"));
        }
        wrong.extend(missing(&root, &named));
    }
    assert!(attacks > 100, "the table was read: {attacks}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_requirement_of_the_standard_names_tests_that_exist_or_says_how_it_is_met_and_the_counts_are_true() {
    const OTHERWISE: [&str; 6] =
        ["partly:", "by construction:", "by configuration:", "by a document:", "the application's job:", "not here:"];
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = fs::read_to_string(root.join("docs/asvs.md")).unwrap();
    let (mut counts, mut wrong) = ([0; 7], Vec::new());
    for row in text.lines().filter(|line| line.starts_with("| V")) {
        let cell = last_cell(row);
        let named = named(cell);
        match OTHERWISE.iter().position(|word| cell.starts_with(word)) {
            Some(kind) => counts[kind + 1] += 1,
            None if named.is_empty() => wrong.push(format!("neither a test nor how it is met: {row}")),
            None => counts[0] += 1,
        }
        wrong.extend(missing(&root, &named));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let [tested, partly, construction, configuration, document, job, not_here] = counts;
    let said = format!(
        "Of {} requirements {tested} are met and tested, {} are met without a test of the whole ({construction} by construction, \
         {configuration} by configuration, {document} by a document), {partly} are met in part, {job} are the application's job, \
         and {not_here} are not here.",
        counts.iter().sum::<usize>(),
        construction + configuration + document
    );
    assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains(&said), "{said}");
}
