//! The file: JSON lines. The first says what it is, the last what there was, and a SHA-256 of all lines before it.
//!
//! ```text
//! {"admit_export":1,"id":"…","from":"sqlite","made_at":"2026-01-31T12:00:00Z"}
//! {"subject":{"id":"…","username":"alice",…}}
//! …
//! {"end":{"counters":{"event":7,"signal":0},"rows":{"subject":1,…},"sha256":"…"}}
//! ```

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};

use data_encoding::HEXLOWER;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{Counters, Row, Table, cell};

/// The version of the format.
const FORMAT: u64 = 1;

/// The longest line, in bytes.
const MAX_LINE: u64 = 64 * 1024 * 1024;

/// Why a file is not one that can be imported.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// It is something else.
    #[error("This is not what `admit export` writes: its first line says so.")]
    Foreign,
    /// A later admit wrote it.
    #[error("The export has format {0}, and this admit knows {FORMAT}: use the release that wrote it.")]
    Newer(u64),
    /// It ends too early.
    #[error("The export breaks off after line {0}: it was not written or copied to its end. Export again.")]
    Short(u64),
    /// A line is not what it should be.
    #[error("Line {line} of the export cannot be read: {why}. Export again.")]
    Line {
        /// Which, from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// It is not what was written.
    #[error("The export was changed since it was written: {0}. Export again.")]
    Changed(&'static str),
    /// The system refused.
    #[error("The export cannot be read or written: {0}.")]
    File(#[from] io::Error),
}

/// A file that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The name of the export.
    pub id: String,
    /// The rows of each table.
    pub rows: BTreeMap<String, u64>,
    /// The numbers to go on with.
    pub counters: Counters,
}

impl Checked {
    /// The rows in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.rows.values().sum()
    }
}

/// Writes a file.
pub(super) struct Writer<W> {
    out: W,
    hash: Sha256,
    rows: BTreeMap<String, u64>,
}

impl<W: Write> Writer<W> {
    pub(super) fn begin(out: W, id: &str, from: &str, made_at: &str) -> io::Result<Self> {
        let mut writer = Self { out, hash: Sha256::new(), rows: BTreeMap::new() };
        writer.line(&json!({ "admit_export": FORMAT, "id": id, "from": from, "made_at": made_at }).to_string())?;
        Ok(writer)
    }

    fn line(&mut self, text: &str) -> io::Result<()> {
        for part in [text.as_bytes(), b"\n"] {
            self.hash.update(part);
            self.out.write_all(part)?;
        }
        Ok(())
    }

    /// No row of a table is no line, and a count of 0 all the same.
    pub(super) fn table(&mut self, table: &Table, rows: &[Row]) -> io::Result<()> {
        *self.rows.entry(table.name.to_owned()).or_default() += rows.len() as u64;
        rows.iter().try_for_each(|row| self.line(&cell::write(table, row)))
    }

    pub(super) fn end(mut self, counters: Counters) -> io::Result<BTreeMap<String, u64>> {
        let sha256 = HEXLOWER.encode(&self.hash.finalize_reset());
        let counters = json!({ "event": counters.event, "signal": counters.signal });
        self.line(&json!({ "end": { "counters": counters, "rows": self.rows, "sha256": sha256 } }).to_string())?;
        self.out.flush()?;
        Ok(self.rows)
    }
}

/// A line of a file.
pub(super) enum Line {
    Begin { id: String },
    Row { table: &'static Table, row: Row },
    End { counters: Counters, rows: BTreeMap<String, u64>, sha256: String },
}

/// Reads a file line by line.
pub(super) struct Reader<R> {
    from: R,
    number: u64,
    hash: Sha256,
}

impl<R: BufRead> Reader<R> {
    pub(super) fn new(from: R) -> Self {
        Self { from, number: 0, hash: Sha256::new() }
    }

    /// The next line, and the hash of all before it. `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<(Line, String)>, Broken> {
        let mut text = Vec::new();
        io::Read::take(&mut self.from, MAX_LINE).read_until(b'\n', &mut text)?;
        if text.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        if text.last() != Some(&b'\n') {
            return Err(Broken::Short(self.number - 1));
        }
        let before = HEXLOWER.encode(&self.hash.clone().finalize());
        self.hash.update(&text);
        let line = match (serde_json::from_slice::<Map<String, Value>>(&text), self.number) {
            (Ok(object), 1) => begin(&object)?,
            (Err(_), 1) => return Err(Broken::Foreign),
            (Ok(object), _) if object.contains_key("end") => end(&object).ok_or_else(|| self.wrong("it is no end"))?,
            (Ok(object), _) => {
                let (table, row) = cell::read(object).map_err(|why| self.wrong(&why))?;
                Line::Row { table, row }
            }
            (Err(error), _) => return Err(self.wrong(&error.to_string())),
        };
        Ok(Some((line, before)))
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    fn wrong(&self, why: &str) -> Broken {
        Broken::Line { line: self.number, why: why.to_owned() }
    }
}

fn begin(object: &Map<String, Value>) -> Result<Line, Broken> {
    match (object.get("admit_export").and_then(Value::as_u64), object.get("id").and_then(Value::as_str)) {
        (Some(FORMAT), Some(id)) => Ok(Line::Begin { id: id.to_owned() }),
        (Some(format), _) if format > FORMAT => Err(Broken::Newer(format)),
        _ => Err(Broken::Foreign),
    }
}

fn end(object: &Map<String, Value>) -> Option<Line> {
    let end = object.get("end")?;
    let counter = |name: &str| end.get("counters")?.get(name)?.as_u64();
    Some(Line::End {
        counters: Counters { event: counter("event")?, signal: counter("signal")? },
        rows: of_today(serde_json::from_value(end.get("rows")?.clone()).ok()?),
        sha256: end.get("sha256")?.as_str()?.to_owned(),
    })
}

/// The counts by the tables into which the rows go.
fn of_today(rows: BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for (name, count) in rows {
        let name = Table::of_export(&name).map_or(name, |(table, _)| table.name.to_owned());
        let sum: &mut u64 = counts.entry(name).or_default();
        *sum = sum.saturating_add(count);
    }
    counts
}

/// Reads a file to its end: whether every line can be read, and whether it is what was written.
///
/// # Errors
/// What is wrong with it.
pub fn check(from: impl BufRead) -> Result<Checked, Broken> {
    let mut reader = Reader::new(from);
    let Some((Line::Begin { id }, _)) = reader.next()? else { return Err(Broken::Foreign) };
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    loop {
        match reader.next()? {
            Some((Line::Row { table, .. }, _)) => *found.entry(table.name.to_owned()).or_default() += 1,
            Some((Line::Begin { .. }, _)) => return Err(reader.wrong("it is a beginning")),
            None => return Err(Broken::Short(reader.number())),
            Some((Line::End { counters, rows, sha256 }, before)) => {
                if before != sha256 {
                    return Err(Broken::Changed("its SHA-256 is another"));
                }
                if rows.iter().any(|(name, count)| found.get(name).copied().unwrap_or_default() != *count)
                    || found.keys().any(|name| !rows.contains_key(name))
                {
                    return Err(Broken::Changed("it has other rows than its end says"));
                }
                return match reader.next()? {
                    None => Ok(Checked { id, rows, counters }),
                    Some(_) => Err(Broken::Changed("it goes on after its end")),
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Cell;

    fn written() -> String {
        let mut out = Vec::new();
        let mut writer = Writer::begin(&mut out, "x", "sqlite", "now").unwrap();
        let table = Table::named("used_assertion").unwrap();
        let text = |text: &str| Cell::Text(text.to_owned());
        writer.table(table, &[vec![text("app"), text("jti"), Cell::Number(5)]]).unwrap();
        writer.table(Table::named("signal").unwrap(), &[]).unwrap();
        writer.end(Counters { event: 9, signal: 2 }).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_file_is_whole_or_says_what_is_wrong_with_it() {
        let text = written();
        let checked = check(text.as_bytes()).unwrap();
        assert_eq!((checked.total(), checked.counters), (1, Counters { event: 9, signal: 2 }));
        for length in 0..text.len() {
            let cut = check(text.as_bytes().get(..length).unwrap());
            assert!(cut.is_err(), "cut off after {length} bytes");
        }
        for (from, to) in [
            (":5}", ":6}"),
            ("\"event\":9", "\"event\":9.5"),
            ("\"used_assertion\":1", "\"used_assertion\":2"),
            ("\"id\":\"x\"", "\"id\":\"y\""),
            ("\"admit_export\":1", "\"admit_export\":2"),
            ("{\"used_assertion\":{", "{\"used_assertions\":{"),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            let error = check(changed.as_bytes()).unwrap_err().to_string();
            assert!(error.ends_with('.'), "{from}: {error}");
        }
        assert!(check(format!("{text}{text}").as_bytes()).is_err());
        assert!(matches!(check("username,password_hash\n".as_bytes()), Err(Broken::Foreign)));
    }
}
