//! The modules of a crate and the names in each, as far as needed to find the file that defines what a path names.

use std::collections::BTreeMap;

use syn::{Attribute, Item, Meta, UseTree};

/// The files of a crate by their path under `src`, such as `prove/mod.rs`.
pub(crate) type Sources = BTreeMap<String, String>;

/// A path through modules: `["policy", "condition"]`; empty for the crate's root.
pub(crate) type Path = Vec<String>;

/// What a name in a module stands for.
enum Name {
    Module,
    Item,
    /// What another path names.
    Use(Path),
}

pub(crate) struct Module {
    pub(crate) file: String,
    pub(crate) items: Vec<Item>,
    names: BTreeMap<String, Name>,
    /// `use somewhere::*`
    globs: Vec<Path>,
}

/// All modules that belong to the library, without those for tests.
pub(crate) struct Crate(pub(crate) BTreeMap<Path, Module>);

impl Crate {
    /// Reads a crate, starting from its root file.
    pub(crate) fn read(sources: &Sources, root: &str) -> Result<Self, String> {
        let mut modules = Self(BTreeMap::new());
        let items = parse(sources, root)?;
        modules.add(sources, Path::new(), root, items)?;
        Ok(modules)
    }

    fn add(&mut self, sources: &Sources, path: Path, file: &str, items: Vec<Item>) -> Result<(), String> {
        let mut module = Module { file: file.to_owned(), items: Vec::new(), names: BTreeMap::new(), globs: Vec::new() };
        for item in items {
            if is_for_tests(attributes(&item)) {
                continue;
            }
            match item {
                Item::Mod(inner) => {
                    let name = inner.ident.to_string();
                    module.names.insert(name.clone(), Name::Module);
                    let child = [path.clone(), vec![name.clone()]].concat();
                    match inner.content {
                        Some((_, items)) => self.add(sources, child, file, items)?,
                        None => {
                            let file = file_of(sources, file, &path, &name)?;
                            let items = parse(sources, &file)?;
                            self.add(sources, child, &file, items)?;
                        }
                    }
                }
                Item::Use(used) => {
                    for (name, used) in flat(&used.tree) {
                        match name {
                            Some(name) => drop(module.names.entry(name).or_insert(Name::Use(used))),
                            None => module.globs.push(used),
                        }
                    }
                    module.items.push(Item::Use(used));
                }
                item => {
                    if let Some(name) = name_of(&item) {
                        module.names.insert(name, Name::Item);
                    }
                    module.items.push(item);
                }
            }
        }
        self.0.insert(path, module);
        Ok(())
    }

    /// The file that defines what `path` names in this module; `None` when that is outside the crate.
    pub(crate) fn file_of(&self, from: &Path, path: &[String]) -> Option<&str> {
        self.find(from, path, 0).and_then(|module| self.0.get(&module)).map(|module| module.file.as_str())
    }

    /// The module that defines it.
    fn find(&self, from: &Path, path: &[String], depth: usize) -> Option<Path> {
        let (first, rest) = path.split_first()?;
        if depth > 16 {
            return None;
        }
        match first.as_str() {
            "crate" => self.walk(Path::new(), rest, depth),
            "self" => self.walk(from.clone(), rest, depth),
            "super" => {
                let (_, parent) = from.split_last()?;
                let rest: Vec<String> = rest.to_vec();
                match rest.first().map(String::as_str) {
                    Some("super") => self.find(&parent.to_vec(), &rest, depth + 1),
                    _ => self.walk(parent.to_vec(), &rest, depth),
                }
            }
            _ => self.0.get(from)?.names.contains_key(first).then(|| self.walk(from.clone(), path, depth))?,
        }
    }

    /// Follows a path from a module, name by name. A name that is not found was made by a macro, and counts as the module's own.
    fn walk(&self, mut at: Path, path: &[String], depth: usize) -> Option<Path> {
        for (place, name) in path.iter().enumerate() {
            let module = self.0.get(&at)?;
            match module.names.get(name) {
                Some(Name::Module) => at.push(name.clone()),
                Some(Name::Item) => return Some(at),
                Some(Name::Use(used)) => {
                    let rest = path.get(place + 1..).unwrap_or_default();
                    return self.find(&at, &[used, rest].concat(), depth + 1);
                }
                None => {
                    let rest = path.get(place..).unwrap_or_default();
                    let has = |glob: &Path| {
                        let there = self.find(&at, glob, depth + 1)?;
                        self.0.get(&there)?.names.contains_key(name).then(|| self.walk(there, rest, depth + 1))?
                    };
                    return module.globs.iter().find_map(has).or(Some(at));
                }
            }
        }
        Some(at)
    }
}

fn parse(sources: &Sources, file: &str) -> Result<Vec<Item>, String> {
    let source = sources.get(file).ok_or_else(|| format!("{file} does not exist"))?;
    Ok(syn::parse_file(source).map_err(|error| format!("{file}: {error}"))?.items)
}

/// The file of `mod name;`, declared in `file`.
fn file_of(sources: &Sources, file: &str, path: &Path, name: &str) -> Result<String, String> {
    let folder = match file.rsplit_once('/') {
        _ if path.is_empty() => String::new(),
        Some((folder, "mod.rs")) => format!("{folder}/"),
        _ => format!("{}/", file.trim_end_matches(".rs")),
    };
    let [flat, nested] = [format!("{folder}{name}.rs"), format!("{folder}{name}/mod.rs")];
    [flat, nested].into_iter().find(|file| sources.contains_key(file)).ok_or_else(|| format!("{file}: mod {name};"))
}

/// Each path of a `use`, with the name under which it is known here; `None` for all of what is there.
pub(crate) fn flat(tree: &UseTree) -> Vec<(Option<String>, Path)> {
    match tree {
        UseTree::Path(path) => {
            let before = path.ident.to_string();
            let under = |(name, rest): (Option<String>, Path)| {
                // `use a::{self}` is known as `a`.
                let name = name.map(|name| if name == "self" { before.clone() } else { name });
                let rest: Path = rest.into_iter().filter(|part| part != "self").collect();
                (name, [vec![before.clone()], rest].concat())
            };
            flat(&path.tree).into_iter().map(under).collect()
        }
        UseTree::Name(name) => vec![(Some(name.ident.to_string()), vec![name.ident.to_string()])],
        UseTree::Rename(rename) => vec![(Some(rename.rename.to_string()), vec![rename.ident.to_string()])],
        UseTree::Glob(_) => vec![(None, Path::new())],
        UseTree::Group(group) => group.items.iter().flat_map(flat).collect(),
    }
}

/// Whether something exists only in tests: `#[cfg(test)]`, also as one of several conditions.
pub(crate) fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string().replace(' ', "");
            condition == "test" || condition.starts_with("all(test,")
        }
        _ => false,
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn name_of(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}
