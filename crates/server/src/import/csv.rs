//! CSV (RFC 4180) with a header.

use std::io::BufRead;

use csv::{ByteRecord, ReaderBuilder};
use serde_json::{Map, Value};

use super::entry::{Entry, FIELDS};
use super::{Row, Unreadable, one};

/// The rows after the header.
pub(super) fn rows(
    mut file: impl BufRead + 'static,
) -> Result<impl Iterator<Item = Result<Row, Unreadable>>, Unreadable> {
    // The reader takes the second half of CR LF for the beginning of the next row, so it counts one line too few.
    let begin = file.fill_buf()?;
    let end = begin.iter().position(|byte| *byte == b'\n').and_then(|end| end.checked_sub(1));
    let behind = u64::from(end.and_then(|last| begin.get(last)) == Some(&b'\r'));
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(file);
    let header = reader.byte_headers().map_err(unreadable)?.iter().map(name).collect::<Vec<_>>();
    check(&header)?;
    Ok(reader
        .into_byte_records()
        .map(move |record| record.map(|record| row(&header, &record, behind)).map_err(unreadable)))
}

fn name(field: &[u8]) -> String {
    String::from_utf8_lossy(field).trim_start_matches('\u{feff}').trim().to_owned()
}

fn check(header: &[String]) -> Result<(), Unreadable> {
    let wrong = |what: String| {
        let form =
            "The first line names the columns: username,password_hash, and as wanted roles,disabled,created_at,id.";
        Err(Unreadable::Form(format!("{what} {form}")))
    };
    if let Some(unknown) = header.iter().find(|name| !FIELDS.contains(&name.as_str())) {
        return wrong(format!("\"{unknown}\" is no column of a file of users: leave it out."));
    }
    for needed in ["username", "password_hash"] {
        if !header.iter().any(|name| name == needed) {
            return wrong(format!("There is no column {needed}."));
        }
    }
    match FIELDS.iter().find(|field| header.iter().filter(|name| name == *field).count() > 1) {
        Some(twice) => wrong(format!("The column {twice} is there twice.")),
        None => Ok(()),
    }
}

fn unreadable(error: csv::Error) -> Unreadable {
    let words = error.to_string();
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Unreadable::File(error),
        _ => Unreadable::Form(format!("The file is not CSV: {words}.")),
    }
}

fn row(header: &[String], record: &ByteRecord, behind: u64) -> Row {
    let line = record.position().map_or(0, csv::Position::line) + behind;
    let text = |field: &[u8]| Value::from(String::from_utf8_lossy(field));
    if record.len() != header.len() {
        let reason = format!("This row has {} fields, and the header {}.", record.len(), header.len());
        return Row { line, entry: Err(reason), original: one("row", record.iter().map(text).collect()) };
    }
    let fields: Map<String, Value> = header.iter().cloned().zip(record.iter().map(text)).collect();
    let entry = match record.iter().all(|field| std::str::from_utf8(field).is_ok()) {
        true => Entry::read(&fields),
        false => Err("This row is not UTF-8. Convert the file, as with iconv -t UTF-8.".to_owned()),
    };
    Row { line, entry, original: one("row", fields.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &'static [u8]) -> Result<Vec<Row>, Unreadable> {
        rows(text)?.collect()
    }

    #[test]
    fn rows_are_read_with_quotes_and_lines_in_them_and_know_their_line() {
        let file = "\u{feff}password_hash,username,roles\n\"a,b\",alice,x;y\n\"two\nlines\",\"bo\"\"b\",\n,,\nshort\n";
        let lines = |rows: &[Row]| rows.iter().map(|row| row.line).collect::<Vec<_>>();
        let other: &'static str = file.replace('\n', "\r\n").leak();
        assert_eq!(lines(&read(other.as_bytes()).unwrap()), [2, 3, 5, 6]);
        let rows = read(file.as_bytes()).unwrap();
        assert_eq!(lines(&rows), [2, 3, 5, 6]);
        let alice = rows[0].entry.as_ref().ok().unwrap();
        assert_eq!((alice.username.as_str(), alice.password_hash.as_str()), ("alice", "a,b"));
        assert_eq!(rows[1].entry.as_ref().ok().unwrap().username, "bo\"b");
        assert_eq!(
            rows[1].reject("why").to_string(),
            r#"{"line":3,"reason":"why","row":{"password_hash":"two\nlines","roles":"","username":"bo\"b"}}"#
        );
        assert_eq!(rows[2].entry.as_ref().err().unwrap(), "There is no username.");
        assert!(rows[3].entry.as_ref().err().unwrap().contains("1 fields, and the header 3"));
    }

    #[test]
    fn a_header_that_names_other_columns_is_wrong_usage_and_a_row_in_another_encoding_a_reject() {
        for (file, words) in [
            (&b"username,hash\n"[..], "\"hash\" is no column"),
            (b"username\nalice", "no column password_hash"),
            (b"username,password_hash,id,id\n", "id is there twice"),
            (b"", "no column username"),
        ] {
            let error = read(file).err().unwrap().to_string();
            assert!(error.contains(words) && error.contains("The first line names"), "{error}");
        }
        let rows = read(b"username,password_hash\nal\xefce,x\nbob,y\n").unwrap();
        assert!(rows[0].entry.as_ref().err().unwrap().contains("UTF-8") && rows[1].entry.is_ok());
    }
}
