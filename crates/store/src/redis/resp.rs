//! The protocol of Redis: commands as they are sent, answers as they come (RESP, version 2).

/// The most bytes that a string of an answer may have: Redis takes no longer ones either.
const LONGEST: usize = 512 * 1024 * 1024;
/// The most items of a list.
const MOST: usize = 1 << 20;
/// The longest line that begins an answer, or is one.
const LINE: usize = 64 * 1024;
/// How deep lists may be in each other.
const DEEPEST: u8 = 8;

/// A command. It may have a password in it, so it has no `Debug`.
pub(super) struct Command {
    parts: usize,
    body: Vec<u8>,
}

impl Command {
    /// Begins with this name.
    pub(super) fn new(name: &str) -> Self {
        let mut command = Self { parts: 0, body: Vec::with_capacity(224) };
        command.arg(name);
        command
    }

    /// One more argument, as bytes.
    pub(super) fn arg(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        let bytes = bytes.as_ref();
        self.parts += 1;
        self.body.push(b'$');
        decimal(&mut self.body, bytes.len() as u64);
        self.body.extend_from_slice(b"\r\n");
        self.body.extend_from_slice(bytes);
        self.body.extend_from_slice(b"\r\n");
        self
    }

    /// One more argument, a number.
    pub(super) fn number(&mut self, number: u64) -> &mut Self {
        self.arg(number.to_string())
    }

    /// Puts it after what is to be sent already.
    pub(super) fn write_to(&self, out: &mut Vec<u8>) {
        out.push(b'*');
        decimal(out, self.parts as u64);
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&self.body);
    }
}

fn decimal(out: &mut Vec<u8>, number: u64) {
    if number >= 10 {
        decimal(out, number / 10);
    }
    // A digit is below ten.
    out.push(b'0' + (number % 10) as u8);
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// There is nothing.
    Nothing,
    /// A number.
    Number(i64),
    /// A string.
    Bytes(Vec<u8>),
    /// Several.
    List(Vec<Answer>),
    /// The server refuses, in these words.
    Refused(Box<str>),
}

impl Answer {
    /// A string that is text.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Bytes(bytes) => String::from_utf8(bytes.clone()).ok(),
            _ => None,
        }
    }
}

/// What came is no answer of a Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what came is no answer of a Redis")]
pub(super) struct Malformed;

/// The answer at the front of these bytes and how many of them it takes; `None` when it is not all there.
pub(super) fn read(bytes: &[u8]) -> Result<Option<(Answer, usize)>, Malformed> {
    let mut rest = Rest { bytes, at: 0 };
    Ok(rest.answer(DEEPEST)?.map(|answer| (answer, rest.at)))
}

struct Rest<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Rest<'a> {
    fn answer(&mut self, depth: u8) -> Result<Option<Answer>, Malformed> {
        let Some(line) = self.line()? else { return Ok(None) };
        let (kind, text) = line.split_first().ok_or(Malformed)?;
        Ok(Some(match kind {
            b'$' => match length(text, LONGEST)? {
                None => Answer::Nothing,
                Some(length) => match self.string(length)? {
                    Some(bytes) => Answer::Bytes(bytes.to_vec()),
                    None => return Ok(None),
                },
            },
            b'*' => match length(text, MOST)? {
                None => Answer::Nothing,
                Some(length) => {
                    let depth = depth.checked_sub(1).ok_or(Malformed)?;
                    // What is said to come is not believed before it has.
                    let mut list = Vec::with_capacity(length.min(64));
                    for _ in 0..length {
                        match self.answer(depth)? {
                            Some(item) => list.push(item),
                            None => return Ok(None),
                        }
                    }
                    Answer::List(list)
                }
            },
            b':' => Answer::Number(number(text)?),
            b'+' => Answer::Bytes(text.to_vec()),
            b'-' => Answer::Refused(String::from_utf8_lossy(text).into()),
            _ => return Err(Malformed),
        }))
    }

    /// Up to the end of the line, without it.
    fn line(&mut self) -> Result<Option<&'a [u8]>, Malformed> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let Some(end) = rest.iter().take(LINE).position(|byte| *byte == b'\n') else {
            return if rest.len() < LINE { Ok(None) } else { Err(Malformed) };
        };
        self.at += end + 1;
        rest.get(..end).and_then(|line| line.strip_suffix(b"\r")).map(Some).ok_or(Malformed)
    }

    fn string(&mut self, length: usize) -> Result<Option<&'a [u8]>, Malformed> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let Some((string, after)) = rest.split_at_checked(length) else { return Ok(None) };
        match after {
            [b'\r', b'\n', ..] => {
                self.at += length + 2;
                Ok(Some(string))
            }
            [] | [b'\r'] => Ok(None),
            _ => Err(Malformed),
        }
    }
}

fn number(text: &[u8]) -> Result<i64, Malformed> {
    std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).ok_or(Malformed)
}

/// A length, or none where it is -1.
fn length(text: &[u8], most: usize) -> Result<Option<usize>, Malformed> {
    match number(text)? {
        -1 => Ok(None),
        length => usize::try_from(length).ok().filter(|length| *length <= most).map(Some).ok_or(Malformed),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(text: &str) -> Result<Option<Answer>, Malformed> {
        read(text.as_bytes()).map(|read| {
            read.map(|(answer, length)| {
                assert_eq!(length, text.len());
                answer
            })
        })
    }

    #[test]
    fn a_command_is_a_list_of_its_parts_as_bytes() {
        let mut command = Command::new("SET");
        command.arg([0, b'\r', 255]).number(0).number(u64::MAX).arg("");
        let mut out = b"before".to_vec();
        command.write_to(&mut out);
        let sent = b"before*5\r\n$3\r\nSET\r\n$3\r\n\0\r\xff\r\n$1\r\n0\r\n$20\r\n18446744073709551615\r\n$0\r\n\r\n";
        assert_eq!(out, sent);
    }

    #[test]
    fn each_kind_of_answer_is_read() {
        let bytes = |text: &str| Answer::Bytes(text.into());
        for (text, answer) in [
            ("+OK\r\n", bytes("OK")),
            ("$2\r\n\r\n\r\n", bytes("\r\n")),
            ("$0\r\n\r\n", bytes("")),
            ("$-1\r\n", Answer::Nothing),
            ("*-1\r\n", Answer::Nothing),
            (":-7\r\n", Answer::Number(-7)),
            ("-ERR no\r\n", Answer::Refused("ERR no".into())),
            ("*0\r\n", Answer::List(Vec::new())),
            ("*2\r\n*1\r\n:1\r\n$1\r\na\r\n", Answer::List(vec![Answer::List(vec![Answer::Number(1)]), bytes("a")])),
        ] {
            assert_eq!(whole(text), Ok(Some(answer)), "{text:?}");
            for end in 0..text.len() {
                assert_eq!(read(&text.as_bytes()[..end]), Ok(None), "{text:?} up to {end}");
            }
        }
    }

    #[test]
    fn what_is_none_is_refused_and_what_is_too_much_is_not_waited_for() {
        let deep = "*1\r\n".repeat(9) + ":1\r\n";
        let long = "+".to_owned() + &"a".repeat(LINE);
        for text in [
            "HTTP/1.1 400 Bad Request\r\n",
            "\r\n",
            ":\r\n",
            ":1x\r\n",
            ":1\n",
            "$-2\r\n",
            "$536870913\r\n",
            "*1048577\r\n",
            "*-2\r\n",
            "$1\r\nabc",
            "$1\r\na\n\n",
            &deep,
            &long,
        ] {
            assert_eq!(read(text.as_bytes()), Err(Malformed), "{text:?}");
        }
        assert_eq!(read(b"*1048576\r\n"), Ok(None), "said to come, and no room is made for it");
    }

    fn written(answer: &Answer, out: &mut Vec<u8>) {
        match answer {
            Answer::Nothing => out.extend_from_slice(b"$-1\r\n"),
            Answer::Number(number) => out.extend_from_slice(format!(":{number}\r\n").as_bytes()),
            Answer::Bytes(bytes) => {
                out.extend_from_slice(format!("${}\r\n", bytes.len()).as_bytes());
                out.extend_from_slice(bytes);
                out.extend_from_slice(b"\r\n");
            }
            Answer::Refused(words) => out.extend_from_slice(format!("-{words}\r\n").as_bytes()),
            Answer::List(list) => {
                out.extend_from_slice(format!("*{}\r\n", list.len()).as_bytes());
                list.iter().for_each(|item| written(item, out));
            }
        }
    }

    fn answers() -> impl Strategy<Value = Answer> {
        let leaf = prop_oneof![
            Just(Answer::Nothing),
            any::<i64>().prop_map(Answer::Number),
            proptest::collection::vec(any::<u8>(), 0..40).prop_map(Answer::Bytes),
            "[A-Z]{1,8} [ -~]{0,20}".prop_map(|words| Answer::Refused(words.into())),
        ];
        leaf.prop_recursive(4, 24, 6, |inner| proptest::collection::vec(inner, 0..6).prop_map(Answer::List))
    }

    proptest! {
        #[test]
        fn any_answer_is_read_wherever_it_is_cut_and_what_follows_is_left(answer in answers(), after in any::<u8>()) {
            let mut bytes = Vec::new();
            written(&answer, &mut bytes);
            for end in 0..bytes.len() {
                prop_assert_eq!(read(&bytes[..end]), Ok(None));
            }
            let length = bytes.len();
            bytes.push(after);
            prop_assert_eq!(read(&bytes), Ok(Some((answer, length))));
        }

        #[test]
        fn any_bytes_are_an_answer_or_not(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(Some((_, length))) = read(&bytes) {
                prop_assert!(length <= bytes.len());
            }
        }
    }
}
