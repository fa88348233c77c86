//! Files of users that other systems had, read one by one: a file may have a million of them.
//!
//! A row is read as far as it can be; what is wrong with it is a sentence beside it, and the row goes on to the rejects as it
//! was. Whether its hash, its roles and its name can be taken is decided where it is stored ([`crate::operation`]).

mod csv;
mod django;
mod entry;
mod objects;
mod role_map;

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde_json::{Map, Value};

pub use entry::{Entry, Outcome};
pub use role_map::RoleMap;

use crate::cli::Format;

/// A row of a file.
pub struct Row {
    /// The line that it begins in, from 1.
    pub line: u64,
    /// The user, or why it cannot be read.
    pub entry: Result<Entry, String>,
    /// The row as it was, and what else of the file is needed to read it again.
    original: Map<String, Value>,
}

impl Row {
    /// A line of the file of rejects. It can be imported again by itself, mended or not.
    #[must_use]
    pub fn reject(&self, reason: &str) -> Value {
        let mut reject = Map::new();
        reject.insert("line".to_owned(), self.line.into());
        reject.insert("reason".to_owned(), reason.into());
        reject.extend(self.original.iter().map(|(name, value)| (name.clone(), value.clone())));
        reject.into()
    }
}

/// The rows of a file, until one that nothing can be made of.
pub type Rows = Box<dyn Iterator<Item = Result<Row, Unreadable>>>;

/// Why a file cannot be read on.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is of another form than was said: wrong usage.
    #[error("{0}")]
    Form(String),
    /// It cannot be read at all, or not to its end.
    #[error("The file cannot be read: {0}.")]
    File(#[from] std::io::Error),
}

/// Opens a file of users.
///
/// # Errors
/// When it cannot be opened, or its beginning is of another form.
pub fn open(format: Format, path: &Path) -> Result<Rows, Unreadable> {
    let path = path.to_owned();
    let reader = move || File::open(&path).map(BufReader::new);
    Ok(match format {
        Format::Csv => Box::new(csv::rows(reader()?)?),
        Format::Json => Box::new(objects::Objects::new(reader()?).map(|found| found.map(json))),
        Format::Django => Box::new(django::rows(reader)?),
    })
}

/// A line of a file of rejects is the row in it.
fn unwrapped(mut object: Map<String, Value>) -> (Map<String, Value>, Option<Value>) {
    if !object.contains_key("reason") {
        return (object, None);
    }
    let groups = object.remove("groups");
    match object.remove("row") {
        Some(Value::Object(row)) => (row, groups),
        Some(row) => {
            object.insert("row".to_owned(), row);
            (object, groups)
        }
        None => (object, groups),
    }
}

fn json(found: objects::Found) -> Row {
    let line = found.line;
    match found.object() {
        Ok(object) => {
            let (object, _) = unwrapped(object);
            Row { line, entry: Entry::read(&object), original: one("row", object.into()) }
        }
        Err((reason, text)) => Row { line, entry: Err(reason), original: one("row", text.into()) },
    }
}

fn one(name: &str, value: Value) -> Map<String, Value> {
    Map::from_iter([(name.to_owned(), value)])
}
