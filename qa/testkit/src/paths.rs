//! Other spellings of a path: what has led one program's rule and another's router to read two paths in one request target.
//!
//! And the plainest reading of a target, segment by segment and byte by byte, for a test to compare a router with.

/// A segment that leads nowhere, or back, for some reader.
const SEGMENTS: [&str; 21] = [
    "",
    "/",
    ".",
    "..",
    "x/..",
    "x/../../x/..",
    "...",
    "%2e",
    "%2E",
    "%2e%2E",
    ".%2e",
    "%252e%252e",
    ".;",
    "..;",
    "..;x=y",
    "%2e%2e%3b",
    "..%00",
    "..%0d%0a",
    "%c0%ae%c0%ae",
    "%e0%80%ae%e0%80%ae",
    "%ef%bc%8e%ef%bc%8e",
];

/// What stands for a slash, for some reader.
const SLASHES: [&str; 25] = [
    "%2f",
    "%2F",
    "%252f",
    "%252F",
    "%5c",
    "%5C",
    "%255c",
    "\\",
    "/\\",
    "\\/",
    "\\\\",
    "%c0%af",
    "%C0%AF",
    "%e0%80%af",
    "%ef%bc%8f",
    "%e2%88%95",
    "%e2%81%84",
    "%00/",
    "%0a/",
    "/%0d%0a",
    ";/",
    ";x=y/",
    ";jsessionid=1/",
    "%3b/",
    "%20/",
];

/// What some reader takes off the end, or takes for a file that anybody may have.
const ENDINGS: [&str; 66] = [
    "/",
    "//",
    "///",
    "/.",
    "/..",
    "/./",
    "/../",
    "/*",
    "/%2e",
    "/%2f",
    "/%5c",
    "/..;/",
    ";",
    ";x",
    ";x=y",
    ";jsessionid=1",
    ";.css",
    ";/x.css",
    "%3b",
    "%3bx",
    "%00",
    "%00.css",
    "%2500",
    "%0a",
    "%0A",
    "%0d",
    "%0d%0a",
    "%0d%0ax-admin:%201",
    "%09",
    "%0b",
    "%20",
    "+",
    ".",
    "..",
    ".css",
    ".json",
    ".js",
    ".png",
    ".",
    "/.css",
    "/x.css",
    "%2ecss",
    "%2f.css",
    "~",
    "!",
    "*",
    "%",
    "%2",
    "%zz",
    "%u002f",
    "?",
    "??",
    "?.css",
    "?/../login",
    "?;/assets/x.css",
    "%3f",
    "%3f.css",
    "#",
    "#.css",
    "%23",
    "%23.css",
    ":80",
    "@x",
    "%ff",
    "%e2%80%8b",
    "%cc%81",
];

/// Bytes that are in no request target.
const RAW: [&[u8]; 12] = [
    b"\0",
    b"\t",
    b"\x0b",
    b"\x7f",
    b"\x80",
    b"\xff",
    b"\xc0\xaf",
    b"\xc0\xae\xc0\xae/",
    b"\xef\xbc\x8f",
    b"\xe2\x80\xae",
    b" ",
    b"<\"^`{|}>",
];

/// Every other spelling of a path that there is here, as request targets: a few hundred. The path itself is the first.
///
/// `public` are paths that anybody may have, to begin with and to end in.
///
/// # Panics
/// When the path does not begin with a slash.
#[must_use]
pub fn spellings(path: &str, public: &[&str]) -> Vec<Vec<u8>> {
    let rest = path.strip_prefix('/').expect("a path begins with a slash");
    let mut all = vec![path.to_owned()];
    let slashes: Vec<usize> = path.match_indices('/').map(|(at, _)| at).collect();
    for (before, after) in slashes.iter().map(|at| path.split_at(*at)) {
        all.extend(SEGMENTS.iter().map(|segment| format!("{before}/{segment}{after}")));
        let after = &after[1..];
        all.extend(SLASHES.iter().map(|slash| format!("{before}{slash}{after}")));
        // A router gives a target without a slash in front no meaning; one behind it is a segment more.
        all.extend(SLASHES.iter().map(|slash| format!("{before}/{slash}{after}")));
    }
    all.extend(ENDINGS.iter().map(|ending| format!("{path}{ending}")));
    all.extend(letters(rest).into_iter().map(|rest| format!("/{rest}")));
    for public in public {
        all.extend(
            ["/..", "/%2e%2e", "/..;", ";/..", "/.", "", "#", "?", "%3f/..", "%23/..", "%00/..", "//..//", "/..%2f.."]
                .map(|between| format!("{public}{between}{path}")),
        );
        all.extend(
            ["/..%2f", "/..%5c", "\\..\\", "%2f..%2f", "/%2e%2e%2f"].map(|between| format!("{public}{between}{rest}")),
        );
        all.extend(
            ["/..", "/%2e%2e", ";", "%00", "%23/..", "#", "/..;", "%3f"]
                .map(|between| format!("{path}{between}{public}")),
        );
    }
    all.extend(forms(path, rest));
    let long = 3_000;
    all.push(format!("/{}{}{rest}", "a/".repeat(long), "../".repeat(long)));
    all.push(format!("{}{path}", "/.".repeat(long)));
    all.push(format!("{}{path}", "/".repeat(long)));
    all.push(format!("{path}{}", "/".repeat(long)));
    all.push(format!("{path};{}", "x".repeat(long)));
    all.push(format!("{path}?{}", "x=y&".repeat(long)));
    let mut all: Vec<Vec<u8>> = all.into_iter().map(String::into_bytes).collect();
    for raw in RAW {
        let (first, others) = rest.split_at(rest.len().min(1));
        all.push([path.as_bytes(), raw].concat());
        all.push([b"/", raw, rest.as_bytes()].concat());
        all.push([b"/", first.as_bytes(), raw, others.as_bytes()].concat());
    }
    all.extend(std::iter::once(rest.chars().map(wide).collect::<String>()).map(|rest| format!("/{rest}").into_bytes()));
    let mut seen = std::collections::HashSet::new();
    all.retain(|target| seen.insert(target.clone()));
    all
}

/// The same letters for some reader: percent-encoded, of another case, of other scripts that Unicode folds into these.
fn letters(rest: &str) -> Vec<String> {
    let each = |change: &dyn Fn(usize, char) -> String| -> String {
        rest.chars().enumerate().map(|(at, c)| if c == '/' { "/".to_owned() } else { change(at, c) }).collect()
    };
    let lower = |c: char| format!("%{:02x}", u32::from(c));
    let mut all = vec![
        each(&|_, c| lower(c)),
        each(&|_, c| format!("%{:02X}", u32::from(c))),
        each(&|_, c| format!("%25{:02x}", u32::from(c))),
        each(&|_, c| format!("%u00{:02x}", u32::from(c))),
        each(&|at, c| if at % 2 == 0 { lower(c) } else { c.to_string() }),
        rest.to_uppercase(),
        each(&|at, c| if at % 2 == 0 { c.to_ascii_uppercase() } else { c }.to_string()),
        each(&|_, c| percent(wide(c))),
        each(&|_, c| percent(bold(c))),
        each(&|_, c| percent(alike(c))),
        each(&|_, c| format!("{c}%cc%87")),
        each(&|_, c| format!("%e2%80%8d{c}")),
        rest.bytes().map(|byte| format!("%{byte:02x}")).collect(),
    ];
    for (at, c) in rest.char_indices().filter(|(_, c)| c.is_ascii_alphabetic()) {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        all.push(format!("{before}{}{after}", lower(c)));
        all.push(format!("{before}{}{after}", c.to_ascii_uppercase()));
        all.push(format!("{before}{}{after}", percent(wide(c))));
        all.push(format!("{before}%25{:02x}{after}", u32::from(c)));
    }
    all
}

/// Forms of a target other than a path (RFC 9112 section 3.2), good and bad.
fn forms(path: &str, rest: &str) -> Vec<String> {
    let before = [
        "http://evil.example",
        "http://evil.example:80",
        "HTTP://EVIL.EXAMPLE",
        "https://evil.example",
        "ftp://evil.example",
        "http://user@evil.example",
        "http://[::1]",
        "http://",
        "http:",
        "http:/",
        "file://",
        "x:",
        "x",
        "//evil.example",
        "///evil.example",
        "//",
        "/\\evil.example",
        "http://evil.example/.",
        "http://evil.example/..",
        "http://evil.example/livez/..",
        "http://evil.example/",
        "http://evil.example?",
        "http://evil.example#",
    ];
    let mut all: Vec<String> = before.iter().map(|before| format!("{before}{path}")).collect();
    all.extend(["", "*", "/", "evil.example:80", "?", "#", "//", "/*", "*/*"].map(str::to_owned));
    all.extend([rest.to_owned(), format!("?{rest}"), format!("#{path}"), format!("*{path}"), format!("\"{path}\"")]);
    all
}

fn percent(c: char) -> String {
    c.to_string()
        .bytes()
        .map(|byte| if byte.is_ascii() { char::from(byte).to_string() } else { format!("%{byte:02x}") })
        .collect()
}

fn shifted(c: char, first: u32) -> char {
    if c.is_ascii_lowercase() { char::from_u32(u32::from(c) - u32::from('a') + first).unwrap_or(c) } else { c }
}

/// Full width.
fn wide(c: char) -> char {
    shifted(c, 0xFF41)
}

/// Mathematical bold.
fn bold(c: char) -> char {
    shifted(c, 0x1D41A)
}

/// A letter that becomes this one when the case is folded, or nearly looks like it.
fn alike(c: char) -> char {
    match c {
        'k' => '\u{212a}',
        's' => '\u{17f}',
        'i' => '\u{131}',
        'a' => '\u{430}',
        'e' => '\u{435}',
        other => other,
    }
}

/// The path of a request target, as it is sent: in front of `?` and `#`, and behind the origin of an absolute form.
#[must_use]
pub fn path_of(target: &[u8]) -> &[u8] {
    let end = target.iter().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(target.len());
    let whole = target.get(..end).unwrap_or_default();
    if whole.starts_with(b"/") {
        return whole;
    }
    let Some(origin) = whole.windows(3).position(|part| part == b"://") else { return whole };
    let behind = whole.get(origin + 3..).unwrap_or_default();
    let path = behind.iter().position(|byte| *byte == b'/').and_then(|at| behind.get(at..));
    path.unwrap_or(b"/")
}

/// Which of these patterns a path is, none of its bytes read for another: the first segment in which two differ decides,
/// and a written segment goes before `{one}`, that before `{*rest}`.
#[must_use]
pub fn matched<'a>(patterns: impl IntoIterator<Item = &'a str>, path: &[u8]) -> Option<&'a str> {
    let fitting = patterns.into_iter().filter_map(|pattern| Some((kinds(pattern, path)?, pattern)));
    fitting.min_by(|one, other| one.0.cmp(&other.0)).map(|(_, pattern)| pattern)
}

/// 0 for each written segment of a pattern that the path is, 1 for `{one}`, 2 for `{*rest}`.
fn kinds(pattern: &str, path: &[u8]) -> Option<Vec<u8>> {
    let mut sent = path.split(|byte| *byte == b'/');
    let mut kinds = Vec::new();
    for own in pattern.split('/') {
        let segment = sent.next()?;
        if own.starts_with("{*") {
            kinds.push(2);
            // A rest is of at least one byte.
            return (!segment.is_empty() || sent.next().is_some()).then_some(kinds);
        }
        let is_one = own.starts_with('{');
        if if is_one { segment.is_empty() } else { own.as_bytes() != segment } {
            return None;
        }
        kinds.push(u8::from(is_one));
    }
    sent.next().is_none().then_some(kinds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_the_pattern_that_names_most_of_it() {
        let patterns = ["/", "/files/{*rest}", "/files/readme", "/users/{id}", "/users/me"];
        for (path, due) in [
            ("/files/readme", Some("/files/readme")),
            ("/files/readme/", Some("/files/{*rest}")),
            ("/files/%72eadme", Some("/files/{*rest}")),
            ("/files//", Some("/files/{*rest}")),
            ("/files/", None),
            ("/users/me", Some("/users/me")),
            ("/users/ME", Some("/users/{id}")),
            ("/users/", None),
            ("//", None),
        ] {
            assert_eq!(matched(patterns, path.as_bytes()), due, "{path}");
        }
        assert_eq!(path_of(b"http://a/b?c#d"), b"/b");
        assert_eq!(path_of(b"/b#d?c"), b"/b");
        assert!(spellings("/admin/users", &["/login"]).len() > 250);
    }
}
