//! What can be read from a text: the dependencies in a manifest, the words in a source, the files in a document.

use std::collections::BTreeSet;

/// The name of a package.
pub(crate) fn package(manifest: &str) -> Option<String> {
    let name = manifest.lines().find_map(|line| line.strip_prefix("name = "))?;
    Some(name.trim_matches('"').to_owned())
}

/// The packages that a manifest needs outside of tests.
pub(crate) fn dependencies(manifest: &str) -> BTreeSet<String> {
    let mut counts = false;
    let mut found = BTreeSet::new();
    for line in manifest.lines() {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            counts = section.ends_with("dependencies") && !section.ends_with("dev-dependencies");
            // `[dependencies.name]`
            if let Some((_, name)) = section.split_once("dependencies.").filter(|(before, _)| !before.ends_with("dev-"))
            {
                found.insert(name.to_owned());
            }
        } else if let Some((name, rest)) = line.split_once(['.', ' ', '=']).filter(|_| counts) {
            let renamed = rest.split_once("package = \"").and_then(|(_, rest)| rest.split_once('"'));
            found.insert(renamed.map_or(name, |(package, _)| package).to_owned());
        }
    }
    found
}

/// Which files name one of these, or something in it.
pub(crate) fn named<'a>(
    words: impl Iterator<Item = (&'a String, &'a BTreeSet<String>)>,
    these: &[&str],
) -> Vec<String> {
    let is_one = |word: &str| {
        let word = format!("::{word}::");
        these.iter().any(|one| match one.contains("std::") {
            true => word.starts_with(&format!("::{one}::")),
            false => word.contains(&format!("::{one}::")),
        })
    };
    let found = |(file, words): (&'a String, &'a BTreeSet<String>)| {
        words.iter().filter(|word| is_one(word)).map(move |word| format!("{file}: {word}")).collect::<Vec<_>>()
    };
    words.flat_map(found).collect()
}

/// The paths in a document that do not exist. A path ends with a slash or `.rs`.
pub(crate) fn missing(document: &str, is_there: impl Fn(&str) -> bool) -> Vec<String> {
    let is_path = |word: &str| {
        let plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte));
        plain && !word.starts_with(['/', '.', '-']) && word.bytes().any(|byte| byte.is_ascii_lowercase())
    };
    let ends = |c: char| !(c.is_ascii_alphanumeric() || "/._-{}".contains(c));
    let words = document.split(ends).map(|word| word.trim_end_matches('.'));
    let paths = words.filter(|word| is_path(word) && (word.ends_with(".rs") || word.ends_with('/')));
    paths.filter(|path| !is_there(path)).map(str::to_owned).collect()
}
