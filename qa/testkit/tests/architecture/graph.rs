//! The arrows between the files of a crate, and the circles they form.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};

use crate::modules::{Crate, Path, Sources, flat, is_for_tests};

/// From a file to a file: the names that the first takes from the second.
pub(crate) type Arrows = BTreeMap<(String, String), BTreeSet<String>>;

/// The arrows of a crate, except those between a module and one that contains it.
pub(crate) fn arrows(sources: &Sources, root: &str) -> Result<Arrows, String> {
    let modules = Crate::read(sources, root)?;
    let mut found = Arrows::new();
    for (path, module) in &modules.0 {
        let mut reader = Reader { modules: &modules, path, file: &module.file, found: &mut found };
        module.items.iter().for_each(|item| reader.visit_item(item));
    }
    // A file's own module is the shortest of those in it.
    let mut own: BTreeMap<&str, &Path> = BTreeMap::new();
    for (path, module) in &modules.0 {
        let shortest = own.entry(&module.file).or_insert(path);
        if path.len() < shortest.len() {
            *shortest = path;
        }
    }
    let is_inside = |inner: &str, outer: &str| match (own.get(inner), own.get(outer)) {
        (Some(inner), Some(outer)) => inner.starts_with(outer),
        _ => false,
    };
    found.retain(|(from, to), _| !is_inside(from, to) && !is_inside(to, from));
    Ok(found)
}

/// The files that reach each other, two or more at a time.
pub(crate) fn circles(arrows: &Arrows) -> Vec<Vec<String>> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in arrows.keys() {
        next.entry(from).or_default().push(to);
    }
    let reached = |from: &str| {
        let (mut seen, mut waiting) = (BTreeSet::new(), vec![from]);
        while let Some(at) = waiting.pop() {
            for to in next.get(at).into_iter().flatten() {
                if seen.insert(*to) {
                    waiting.push(to);
                }
            }
        }
        seen
    };
    let all: BTreeMap<&str, BTreeSet<&str>> = next.keys().map(|file| (*file, reached(file))).collect();
    let mut circles = BTreeSet::new();
    for (file, reached) in &all {
        if reached.contains(file) {
            let back = |other: &&&str| all.get(**other).is_some_and(|reached| reached.contains(file));
            circles.insert(reached.iter().filter(back).map(|file| (*file).to_owned()).collect::<Vec<_>>());
        }
    }
    circles.into_iter().collect()
}

/// The arrows within a circle, one a line.
pub(crate) fn within(circle: &[String], arrows: &Arrows) -> String {
    let inside = |(from, to): &(String, String)| circle.contains(from) && circle.contains(to);
    let line = |((from, to), names): (&(String, String), &BTreeSet<String>)| {
        format!("    {from} -> {to}: {}\n", names.iter().cloned().collect::<Vec<_>>().join(", "))
    };
    arrows.iter().filter(|(ends, _)| inside(ends)).map(line).collect()
}

/// Every word of a crate's code: names, also in the paths of macros. Without tests and comments.
pub(crate) fn words(sources: &Sources, root: &str) -> Result<BTreeMap<String, BTreeSet<String>>, String> {
    let modules = Crate::read(sources, root)?;
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for module in modules.0.values() {
        let mut reader = Words(BTreeSet::new());
        module.items.iter().for_each(|item| reader.visit_item(item));
        found.entry(module.file.clone()).or_default().extend(reader.0);
    }
    Ok(found)
}

struct Reader<'a> {
    modules: &'a Crate,
    path: &'a Path,
    file: &'a str,
    found: &'a mut Arrows,
}

impl Reader<'_> {
    fn name(&mut self, path: &[String]) {
        if let Some(to) = self.modules.file_of(self.path, path).filter(|to| *to != self.file) {
            let name = path.iter().rfind(|part| !matches!(part.as_str(), "crate" | "super" | "self"));
            let arrow = self.found.entry((self.file.to_owned(), to.to_owned())).or_default();
            arrow.extend(name.cloned());
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_use(&mut self, used: &'ast syn::ItemUse) {
        for (_, path) in flat(&used.tree) {
            self.name(&path);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.name(&path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        for path in paths(&called.tokens.to_string()) {
            self.name(&path);
        }
        visit::visit_macro(self, called);
    }

    fn visit_impl_item_fn(&mut self, method: &'ast syn::ImplItemFn) {
        if !is_for_tests(&method.attrs) {
            visit::visit_impl_item_fn(self, method);
        }
    }
}

struct Words(BTreeSet<String>);

impl<'ast> Visit<'ast> for Words {
    fn visit_item_use(&mut self, used: &'ast syn::ItemUse) {
        self.0.extend(flat(&used.tree).into_iter().map(|(_, path)| path.join("::")));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.0.insert(path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>().join("::"));
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        self.0.extend(paths(&called.tokens.to_string()).into_iter().map(|path| path.join("::")));
        visit::visit_macro(self, called);
    }

    fn visit_impl_item_fn(&mut self, method: &'ast syn::ImplItemFn) {
        if !is_for_tests(&method.attrs) {
            visit::visit_impl_item_fn(self, method);
        }
    }
}

/// The paths in the tokens of a macro: names with `::` between them, outside of texts.
fn paths(tokens: &str) -> Vec<Path> {
    let (mut code, mut in_text, mut escaped) = (String::new(), false, false);
    for c in tokens.chars() {
        match c {
            '"' if !escaped => in_text = !in_text,
            c if !in_text => code.push(c),
            _ => {}
        }
        escaped = in_text && c == '\\' && !escaped;
    }
    let code = code.replace(" ::", "::").replace(":: ", "::");
    let words = code.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':')));
    let paths = words.map(|word| word.trim_matches(':')).filter(|word| word.contains("::"));
    paths.map(|path| path.split("::").map(str::to_owned).collect()).collect()
}
