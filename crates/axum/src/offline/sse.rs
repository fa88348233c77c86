//! Reading server-sent events (WHATWG HTML section 9.2.6) as they come, piece by piece.

/// The most bytes of one event. A signal has some 400.
const MAX_EVENT: usize = 64 * 1024;

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SseEvent {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) data: String,
}

/// The stream cannot be read: it must not be believed from here on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stream of events is not UTF-8, or an event of it has no end")]
pub(super) struct SseError;

/// What came so far and is no whole event.
#[derive(Default)]
pub(super) struct SseReader {
    rest: Vec<u8>,
}

impl SseReader {
    /// Takes the next bytes, and gives the events that are whole now.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Vec<SseEvent>, SseError> {
        self.rest.extend_from_slice(bytes);
        let mut events = Vec::new();
        while let Some(end) = self.rest.windows(2).position(|pair| pair == b"\n\n") {
            let rest = self.rest.split_off(end + 2);
            let block = std::mem::replace(&mut self.rest, rest);
            events.extend(read(std::str::from_utf8(&block).map_err(|_| SseError)?));
        }
        if self.rest.len() > MAX_EVENT { Err(SseError) } else { Ok(events) }
    }
}

/// An event without a name is none of ours; a comment is nothing.
fn read(block: &str) -> Option<SseEvent> {
    let mut event = SseEvent { id: String::new(), name: String::new(), data: String::new() };
    for line in block.lines() {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" => value.clone_into(&mut event.id),
            "event" => value.clone_into(&mut event.name),
            "data" => event.data.push_str(value),
            _ => {}
        }
    }
    (!event.name.is_empty()).then_some(event)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str, name: &str, data: &str) -> SseEvent {
        SseEvent { id: id.to_owned(), name: name.to_owned(), data: data.to_owned() }
    }

    #[test]
    fn events_are_read_whatever_the_pieces_in_which_they_come() {
        let text =
            ": hello\n\nid: 1\nevent: a\ndata: {\"x\":\"é\"}\n\nid: 2\r\nevent:b\ndata:1\ndata:2\n\nid: 3\nevent: c\n";
        for size in 1..text.len() {
            let mut reader = SseReader::default();
            let events: Vec<SseEvent> =
                text.as_bytes().chunks(size).flat_map(|piece| reader.push(piece).unwrap()).collect();
            assert_eq!(events, [event("1", "a", "{\"x\":\"é\"}"), event("2", "b", "12")], "pieces of {size}");
        }
    }

    #[test]
    fn an_event_without_an_end_and_bytes_that_are_no_text_end_the_reading() {
        let mut reader = SseReader::default();
        assert!((0..100).any(|_| reader.push(&[b'a'; 1000]).is_err()));
        assert!(SseReader::default().push(b"event: \xff\n\n").is_err());
    }
}
