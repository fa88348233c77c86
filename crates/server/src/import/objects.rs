//! The objects of a JSON file, one by one: an array of them, or one after another as JSON lines have them.
//!
//! Only the ends of the objects are looked for here. So a broken one is known by itself, is kept as it was, and the next is
//! read all the same.

use std::io::BufRead;

use admit_core::jws::StrictValue;
use serde_json::{Map, Value};

use super::Unreadable;

/// The longest object, in bytes.
const MAX_OBJECT: usize = 1024 * 1024;

/// An object as it is written.
pub(super) struct Found {
    /// The line that it begins in.
    pub(super) line: u64,
    text: Vec<u8>,
}

impl Found {
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// What it says; else why it says nothing, and its text.
    pub(super) fn object(&self) -> Result<Map<String, Value>, (String, String)> {
        let text = || String::from_utf8_lossy(&self.text).trim_end().to_owned();
        // One that has a member twice says two things: which was meant, nobody knows.
        serde_json::from_slice::<StrictValue>(&self.text)
            .and_then(|_| serde_json::from_slice(&self.text))
            .map_err(|error| (format!("This is not JSON that can be read: {error}."), text()))
    }
}

/// The objects.
pub(super) struct Objects<R> {
    reader: R,
    line: u64,
    /// A byte that was read and belongs to the next object.
    ahead: Option<u8>,
    done: bool,
}

impl<R: BufRead> Objects<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, line: 1, ahead: None, done: false }
    }

    fn byte(&mut self) -> std::io::Result<Option<u8>> {
        if let Some(byte) = self.ahead.take() {
            return Ok(Some(byte));
        }
        let Some(byte) = self.reader.fill_buf()?.first().copied() else { return Ok(None) };
        self.reader.consume(1);
        if byte == b'\n' {
            self.line += 1;
        }
        Ok(Some(byte))
    }

    fn find(&mut self) -> Result<Option<Found>, Unreadable> {
        loop {
            match self.byte()? {
                None => return Ok(None),
                Some(b'{') => return self.rest().map(Some),
                // Between objects; the first three bytes of a file may be a byte order mark.
                Some(b' ' | b'\t' | b'\r' | b'\n' | b',' | b'[' | b']' | 0xef | 0xbb | 0xbf) => {}
                Some(_) => {
                    return Err(Unreadable::Form(format!(
                        "Line {} has something that is no JSON object. Give an array of objects, or one object a line.",
                        self.line
                    )));
                }
            }
        }
    }

    fn rest(&mut self) -> Result<Found, Unreadable> {
        let mut found = Found { line: self.line, text: vec![b'{'] };
        let (mut depth, mut in_text, mut escaped) = (1_u32, false, false);
        let mut before = b'{';
        while let Some(byte) = self.byte()? {
            // An object stands after a colon, a comma or a bracket. After anything else the one before was not ended.
            if byte == b'{' && !in_text && !matches!(before, b':' | b',' | b'[') {
                self.ahead = Some(byte);
                return Ok(found);
            }
            found.text.push(byte);
            match byte {
                // No text goes on in another line: this one was not ended.
                b'\n' if in_text => return Ok(found),
                _ if escaped => escaped = false,
                b'\\' if in_text => escaped = true,
                b'"' => in_text = !in_text,
                b'{' if !in_text => depth += 1,
                b'}' if !in_text => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Ok(found);
            }
            if !byte.is_ascii_whitespace() {
                before = byte;
            }
            if found.text.len() > MAX_OBJECT {
                return Err(Unreadable::Form(format!("The object in line {} is longer than 1 MiB.", found.line)));
            }
        }
        Ok(found)
    }
}

impl<R: BufRead> Iterator for Objects<R> {
    type Item = Result<Found, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let found = self.find().transpose();
        self.done = !matches!(found, Some(Ok(_)));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &str) -> Vec<(u64, String, bool)> {
        let found = Objects::new(text.as_bytes()).map(Result::unwrap);
        found.map(|it| (it.line, String::from_utf8_lossy(it.text()).trim().to_owned(), it.object().is_ok())).collect()
    }

    #[test]
    fn objects_are_found_in_an_array_and_in_lines_and_know_their_line() {
        let expected = vec![(1, r#"{"a":"}{"}"#.to_owned(), true), (2, r#"{"b":{"c":"\\\""}}"#.to_owned(), true)];
        assert_eq!(all("[{\"a\":\"}{\"},\n{\"b\":{\"c\":\"\\\\\\\"\"}}]\n"), expected);
        assert_eq!(all("{\"a\":\"}{\"}\n{\"b\":{\"c\":\"\\\\\\\"\"}}\n"), expected);
        assert_eq!(all("\u{feff}[\n]"), vec![]);
        assert_eq!(all("{\n \"a\": [\n  {\"b\": 1},\n {}\n ]\n}").len(), 1, "written out over lines");
    }

    #[test]
    fn a_broken_object_is_kept_as_it_is_and_the_next_one_is_found() {
        let lines = "{\"a\":1}\n{\"b\":\"not ended\n{\"c\":3\n{\"d\":4}\n{\"e\":";
        let found = all(lines);
        let expected = [
            (1, "{\"a\":1}", true),
            (2, "{\"b\":\"not ended", false),
            (3, "{\"c\":3", false),
            (4, "{\"d\":4}", true),
            (5, "{\"e\":", false),
        ];
        assert_eq!(found, expected.map(|(line, text, good)| (line, text.to_owned(), good)));
    }

    #[test]
    fn an_object_with_a_member_twice_is_broken_wherever_it_is() {
        for twice in [
            r#"{"username":"a","username":"b"}"#,
            r#"{"a":{"roles":[],"roles":["admin"]}}"#,
            r#"{"a":[{"b":1,"\u0062":1}]}"#,
        ] {
            let found = Objects::new(twice.as_bytes()).next().unwrap().unwrap();
            let (reason, text) = found.object().unwrap_err();
            assert!(reason.contains("comes twice") && text == twice, "{twice}: {reason}");
        }
    }

    #[test]
    fn what_is_no_object_ends_the_reading_with_the_line() {
        let ends = |text: &str| Objects::new(text.as_bytes()).find_map(Result::err).map(|error| error.to_string());
        assert!(ends("{}\nusername,password").is_some_and(|error| error.contains("Line 2")));
        let long = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_OBJECT));
        assert!(ends(&long).is_some_and(|error| error.contains("1 MiB")));
    }

    proptest! {
        #[test]
        fn any_objects_are_found_whole_however_they_are_written(
            texts in prop::collection::vec("\\PC{0,20}", 0..8), lines: bool, pretty: bool
        ) {
            let objects: Vec<Value> = texts.iter().map(|text| serde_json::json!({ text: [{ "b": text }, text] })).collect();
            let write = |value: &Value| if pretty { format!("{value:#}") } else { value.to_string() };
            let written = if lines {
                objects.iter().map(write).collect::<Vec<_>>().join("\n")
            } else {
                write(&Value::Array(objects.clone()))
            };
            let found: Vec<Value> =
                Objects::new(written.as_bytes()).map(|it| it.unwrap().object().unwrap().into()).collect();
            prop_assert_eq!(found, objects);
        }

        #[test]
        fn any_bytes_are_read_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            Objects::new(bytes.as_slice()).for_each(drop);
        }
    }
}
