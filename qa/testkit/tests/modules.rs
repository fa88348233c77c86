//! The modules of a crate need each other in one direction. A parent and its children may name each other; any other circle
//! is two things in one, or a thing in the wrong place.
//!
//! Siblings are looked at with all that is below them, by what their `use` lines and paths name, re-exports followed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The crates without circles.
const CRATES: [&str; 1] = ["crates/server"];

type Module = Vec<String>;

/// What a source names: the paths of its `use` lines, each with the name that it gives, and those in its text.
#[derive(Default)]
struct Source {
    uses: Vec<(Module, String)>,
    paths: Vec<Module>,
}

#[test]
fn modules_need_each_other_in_one_direction() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.ancestors().find(|folder| folder.join("Cargo.lock").exists()).unwrap();
    for name in CRATES {
        let found = circles(&read(&root.join(name).join("src")));
        assert!(found.is_empty(), "{name} has circles of modules:\n{}", found.join("\n"));
    }
}

#[test]
fn a_circle_of_siblings_is_found_and_one_of_parent_and_child_is_not() {
    let of = |sources: &[(&str, &str)]| {
        let module = |path: &str| path.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect();
        circles(&sources.iter().map(|(path, text)| (module(path), source(text))).collect())
    };
    assert_eq!(of(&[("", ""), ("a", "use super::b::B;"), ("b", "fn b() -> crate::c::C {}"), ("c", "")]), [""; 0]);
    assert_eq!(of(&[("a", "mod b; fn a() { b::run() }"), ("a::b", "use super::{A, x};")]), [""; 0], "parent and child");
    let below = [("", ""), ("a", ""), ("a::x", "use crate::b::B;"), ("b", "use crate::{a, c};"), ("c", "")];
    assert_eq!(of(&below), ["a::x -> b", "b -> a"]);
    let by_name = [("p", "pub use a::A; use b::B;"), ("p::a", "use super::{B};"), ("p::b", "use super::A as Other;")];
    assert_eq!(of(&by_name), ["p::a -> p::b", "p::b -> p::a"], "what the parent hands on");
    let quiet = [
        ("a", "// crate::b\n"),
        ("b", "use super::a; #[cfg(test)] mod tests { use crate::c::{self}; }"),
        ("c", "use super::b;"),
    ];
    assert_eq!(of(&quiet), [""; 0], "comments and tests");
}

/// Every source of a crate but its tests, by its module.
fn read(src: &Path) -> BTreeMap<Module, Source> {
    let mut found = BTreeMap::new();
    let mut folders: Vec<PathBuf> = vec![src.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let place = path.strip_prefix(src).unwrap().with_extension("");
                let mut module: Module = place.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
                module.pop_if(|last| ["mod", "lib", "main"].contains(&last.as_str()));
                if !module.iter().any(|part| part == "tests") && !path.ends_with("main.rs") {
                    found.insert(module, source(&std::fs::read_to_string(&path).unwrap()));
                }
            }
        }
    }
    found
}

/// Names, `::` and single signs; comments, texts and modules of tests left out.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if first == '"' {
            let mut escaped = false;
            let ends = |sign: char| {
                let end = sign == '"' && !escaped;
                escaped = sign == '\\' && !escaped;
                end
            };
            rest[1..].find(ends).map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with("'\"'") || rest.starts_with("'{'") || rest.starts_with("'}'") {
            3
        } else if first.is_alphanumeric() || first == '_' {
            let length = rest.find(|sign: char| !sign.is_alphanumeric() && sign != '_').unwrap_or(rest.len());
            tokens.push(rest[..length].to_owned());
            length
        } else {
            let length = if rest.starts_with("::") { 2 } else { first.len_utf8() };
            if !first.is_whitespace() {
                tokens.push(rest[..length].to_owned());
            }
            length
        };
        rest = &rest[length..];
        if tokens.ends_with(&["cfg", "(", "test", ")", "]", "mod", "tests", "{"].map(str::to_owned)) {
            break;
        }
    }
    tokens
}

fn source(text: &str) -> Source {
    let tokens = tokens(text);
    let mut source = Source::default();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] == "use" {
            at += 1;
            tree(&tokens, &mut at, &mut Vec::new(), &mut source.uses);
        } else if ["crate", "self", "super"].contains(&tokens[at].as_str())
            || tokens.get(at + 1).is_some_and(|next| next == "::")
        {
            let mut path = vec![tokens[at].clone()];
            while tokens.get(at + 1).is_some_and(|next| next == "::")
                && tokens.get(at + 2).is_some_and(|name| is_name(name))
            {
                at += 2;
                path.push(tokens[at].clone());
            }
            source.paths.push(path);
            at += 1;
        } else {
            at += 1;
        }
    }
    source
}

fn is_name(token: &str) -> bool {
    token.starts_with(|sign: char| sign.is_alphabetic() || sign == '_')
}

/// Reads one tree of a `use` line, up to what follows it.
fn tree(tokens: &[String], at: &mut usize, before: &mut Module, found: &mut Vec<(Module, String)>) {
    let depth = before.len();
    while let Some(token) = tokens.get(*at) {
        match token.as_str() {
            "::" => *at += 1,
            "{" => {
                *at += 1;
                while tokens.get(*at).is_some_and(|next| next != "}") {
                    tree(tokens, at, before, found);
                    if tokens.get(*at).is_some_and(|next| next == ",") {
                        *at += 1;
                    }
                }
                *at += 1;
                before.truncate(depth);
                return;
            }
            "*" => *at += 1,
            "self" if !before.is_empty() => *at += 1,
            "as" => {
                *at += 2;
                found.push((before.clone(), tokens[*at - 1].clone()));
                before.truncate(depth);
                return;
            }
            name if is_name(name) => {
                before.push(name.to_owned());
                *at += 1;
            }
            _ => break,
        }
    }
    found.extend(before.last().cloned().map(|name| (before.clone(), name)));
    before.truncate(depth);
}

/// The module that a path leads to, as `from` writes it; `None` for what is not of this crate.
fn resolve(sources: &BTreeMap<Module, Source>, from: &Module, path: &[String], steps: u8) -> Option<Module> {
    let (first, mut rest) = path.split_first()?;
    let mut here = match first.as_str() {
        "crate" => Vec::new(),
        "self" => from.clone(),
        "super" => from.split_last()?.1.to_vec(),
        name => {
            let child = [from.as_slice(), &[name.to_owned()]].concat();
            sources.contains_key(&child).then_some(child)?
        }
    };
    while let Some((next, after)) = rest.split_first() {
        let child = [here.as_slice(), std::slice::from_ref(next)].concat();
        if next == "super" {
            here.pop();
        } else if sources.contains_key(&child) {
            here = child;
        } else {
            let handed_on = sources.get(&here)?.uses.iter().find(|(_, name)| name == next);
            let Some((path, _)) = handed_on.filter(|_| steps > 0) else { break };
            let path = [path.as_slice(), after].concat();
            return resolve(sources, &here, &path, steps - 1);
        }
        rest = after;
    }
    Some(here)
}

/// The arrows between siblings that lie on a circle, as modules name each other.
fn circles(sources: &BTreeMap<Module, Source>) -> Vec<String> {
    let mut levels: BTreeMap<Module, BTreeSet<(String, String, String)>> = BTreeMap::new();
    for (module, source) in sources {
        for path in source.uses.iter().map(|(path, _)| path).chain(&source.paths) {
            let Some(needed) = resolve(sources, module, path, 8) else { continue };
            let shared = module.iter().zip(&needed).take_while(|(one, other)| one == other).count();
            if let (Some(one), Some(other)) = (module.get(shared), needed.get(shared)) {
                let arrow = format!("{} -> {}", module.join("::"), needed.join("::"));
                levels.entry(module[..shared].to_vec()).or_default().insert((one.clone(), other.clone(), arrow));
            }
        }
    }
    let mut found = Vec::new();
    for arrows in levels.values() {
        let reaches = |from: &String, to: &String| {
            let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
            while let Some(here) = next.pop() {
                if here == to {
                    return true;
                }
                if seen.insert(here) {
                    next.extend(arrows.iter().filter(|(one, ..)| one == here).map(|(_, other, _)| other));
                }
            }
            false
        };
        found.extend(arrows.iter().filter(|(one, other, _)| reaches(other, one)).map(|(.., arrow)| arrow.clone()));
    }
    found
}
