//! Each of these checks finds what it is meant to find.

use std::collections::BTreeSet;

use crate::claims::{dependencies, missing, named, package};
use crate::graph::{arrows, circles, words};
use crate::modules::Sources;

fn sources(files: &[(&str, &str)]) -> Sources {
    files.iter().map(|(file, source)| ((*file).to_owned(), (*source).to_owned())).collect()
}

/// The arrows, as `a.rs -> b.rs`.
fn arrows_of(files: &[(&str, &str)]) -> Vec<String> {
    let arrows = arrows(&sources(files), "lib.rs").unwrap();
    arrows.keys().map(|(from, to)| format!("{from} -> {to}")).collect()
}

fn circles_of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    circles(&arrows(&sources(files), "lib.rs").unwrap())
}

#[test]
fn files_that_use_each_other_are_a_circle_however_they_say_so() {
    for (a, b) in [
        ("use crate::b::B; pub struct A;", "use crate::a::A; pub struct B;"),
        ("use super::b; pub struct A(b::B);", "pub struct B; fn f(_: crate::a::A) {}"),
        ("pub struct A; fn f() { let _ = super::b::B; }", "pub struct B; fn f() { println!(\"{}\", crate::a::A); }"),
        ("pub struct A; impl From<crate::b::B> for A {}", "use {crate::{a::{self, A}}}; pub struct B;"),
        ("pub(crate) use crate::b::*; pub struct A;", "use crate::a::A as Other; pub struct B;"),
    ] {
        let files = [("lib.rs", "mod a; mod b;"), ("a.rs", a), ("b.rs", b)];
        assert_eq!(circles_of(&files), [["a.rs", "b.rs"]], "{a} {b}");
    }
}

#[test]
fn a_circle_of_three_is_one_and_what_leads_into_it_is_not_in_it() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c; mod d; mod e;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "use crate::c::C; pub struct B;"),
        ("c.rs", "use crate::a::A; use crate::e::E; pub struct C;"),
        ("d.rs", "use crate::a::A;"),
        ("e.rs", "pub struct E;"),
    ];
    assert_eq!(circles_of(&files), [["a.rs", "b.rs", "c.rs"]]);
}

#[test]
fn a_module_and_its_submodules_are_not_a_circle_but_submodules_can_form_one() {
    let parent = "mod one; mod two; pub use one::One; pub struct Parent;";
    let two = "use super::Parent; use super::One; pub struct Two;";
    let family = [
        ("lib.rs", "mod a;"),
        ("a/mod.rs", parent),
        ("a/one.rs", "use super::Parent; pub struct One;"),
        ("a/two.rs", two),
    ];
    assert_eq!(arrows_of(&family), ["a/two.rs -> a/one.rs"]);
    let one = "use super::two::Two; pub struct One;";
    let feud = [("lib.rs", "mod a;"), ("a/mod.rs", parent), ("a/one.rs", one), ("a/two.rs", two)];
    assert_eq!(circles_of(&feud), [["a/one.rs", "a/two.rs"]]);
    let flat = [("lib.rs", "mod a;"), ("a.rs", "mod one; pub struct Parent;"), ("a/one.rs", "use super::Parent;")];
    assert_eq!(arrows_of(&flat), Vec::<String>::new());
}

#[test]
fn a_name_that_is_handed_on_leads_to_the_file_that_defines_it() {
    let files = [
        ("lib.rs", "mod a; mod b; pub use a::Deep;"),
        ("a/mod.rs", "mod inner; mod other; pub use inner::Deep; pub use other::*; made!(Made);"),
        ("a/inner.rs", "pub enum Deep { One }"),
        ("a/other.rs", "pub fn other() {}"),
        ("b.rs", "use crate::Deep; fn f() { crate::a::other(); crate::a::Made::new(); Deep::One; }"),
    ];
    // What a macro makes counts for the file where it is called.
    assert_eq!(arrows_of(&files), ["b.rs -> a/inner.rs", "b.rs -> a/mod.rs", "b.rs -> a/other.rs"]);
}

#[test]
fn tests_and_texts_and_other_crates_make_no_arrows() {
    let a = "
        /// [`crate::b::B`]
        pub struct A;
        #[cfg(test)] mod tests { use crate::b::B; }
        #[cfg(all(test, unix))] fn f() { crate::b::B; }
        impl A { #[cfg(test)] fn g() { crate::b::B; } }
        fn h() { println!(\"crate::b::B \\\" crate::b::B\"); b::B; std::fs::read(); }";
    let files = [("lib.rs", "mod a; mod b; #[cfg(test)] mod c;"), ("a.rs", a), ("b.rs", "pub struct B;")];
    assert_eq!(arrows_of(&files), Vec::<String>::new());
    let kept = [("lib.rs", "mod a; mod b;"), ("a.rs", "#[cfg(not(test))] use crate::b::B;"), ("b.rs", "pub struct B;")];
    assert_eq!(arrows_of(&kept), ["a.rs -> b.rs"]);
}

#[test]
fn a_source_that_is_missing_or_cannot_be_read_is_an_error() {
    for files in [[("lib.rs", "mod a;")], [("lib.rs", "fn (")], [("other.rs", "")]] {
        assert!(arrows(&sources(&files), "lib.rs").is_err(), "{files:?}");
    }
}

#[test]
fn a_clock_is_found_however_it_is_read() {
    let absent = ["SystemTime", "Instant", "std::fs", "tokio"];
    let found = |source: &str| {
        let words = words(&sources(&[("lib.rs", source)]), "lib.rs").unwrap();
        named(words.iter(), &absent).len()
    };
    for source in [
        "use std::time::{Duration, SystemTime};",
        "fn f() { std::time::Instant::now(); }",
        "fn f() { println!(\"{:?}\", std::time::Instant::now()); }",
        "fn f() -> std::time::SystemTime {}",
        "use std::time; fn f() { time::SystemTime::now(); }",
        "use std::time::*; fn f() { Instant::now(); }",
        "use std::fs;",
        "use std::{fs::File, io};",
        "use tokio::sync::Mutex;",
        "impl A { fn f() { tokio::spawn(x); } }",
    ] {
        assert!(found(source) > 0, "{source}");
    }
    for source in [
        "use std::time::Duration; /// std::fs\n struct A;",
        "fn f() { println!(\"tokio::spawn\"); let fs = 1; fs + 1 }",
        "#[cfg(test)] mod tests { use std::fs; }",
    ] {
        assert_eq!(found(source), 0, "{source}");
    }
}

#[test]
fn the_packages_that_a_manifest_needs_are_those_outside_of_tests() {
    let manifest = "
[package]
name = \"admit-store\"

[dependencies]
admit-core.workspace = true
base = { path = \"../base\", package = \"admit-base\" }
serde = \"1\"
# admit-server = \"1\"

[target.'cfg(unix)'.dependencies]
rustix = \"1\"

[dependencies.admit-audit]
path = \"../audit\"

[dev-dependencies]
admit-testkit.workspace = true
";
    assert_eq!(package(manifest).as_deref(), Some("admit-store"));
    let needed = ["admit-audit", "admit-base", "admit-core", "rustix", "serde"].map(str::to_owned);
    let found: BTreeSet<String> =
        dependencies(manifest).into_iter().filter(|name| !name.starts_with(['#', 'p'])).collect();
    assert_eq!(found, BTreeSet::from(needed));
}

#[test]
fn a_path_in_a_document_that_is_not_there_is_found() {
    let document =
        "`a.rs` and `web/gone.rs`, in folder/ (/admin/users, GET /x, 5.2/7, etc.).\n  core/src/a.rs   → b.rs";
    let there = ["a.rs", "folder/", "core/src/a.rs"];
    assert_eq!(missing(document, |path| there.contains(&path)), ["web/gone.rs", "b.rs"]);
}
