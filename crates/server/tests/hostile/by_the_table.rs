//! The table of routes says what every spelling of a guarded path is answered: nothing else than the router reads it.

use std::collections::BTreeSet;

use admit::{Row, Rule};
use admit_testkit::paths::{matched, path_of, spellings};
use admit_testkit::{Response, Wire};

use super::target::Target;

const PUBLIC: [&str; 3] = ["/login", "/livez", "/assets/admit.css"];

fn table() -> Vec<Row> {
    let mut rows = admit_server::web::router::routes(true).table();
    rows.extend(admit_shop::routes(admit_shop::Shop::default()).table());
    rows
}

/// Paths of guarded routes, each once, with what is left open filled in.
fn guarded(rows: &[Row], user: &str) -> BTreeSet<String> {
    let fill = |row: &Row| {
        let id = if row.path.starts_with("/demo") { "1" } else { user };
        row.path.replace("{id}", id).replace("{permission}", "user:read")
    };
    rows.iter().filter(|row| row.rule != Rule::Public).map(fill).collect()
}

/// What the table says of a target, read byte by byte: a route, another method's path (405), nothing (404).
fn due<'a>(rows: &'a [Row], method: &str, target: &[u8]) -> Result<&'a Row, u16> {
    let pattern = matched(rows.iter().map(|row| row.path.as_str()), path_of(target)).ok_or(404_u16)?;
    rows.iter().find(|row| row.path == pattern && row.method.as_str() == method).ok_or(405)
}

/// Bytes of which every reader makes one path.
fn is_plain(target: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/.-_~;=%:@!*+,".contains(byte);
    target.starts_with(b"/") && target.iter().all(plain)
}

/// Sends every spelling of the guarded paths, and holds the answers against the table. `refused` is what the caller's own
/// lack of a permission is answered, `credential` the caller's header lines.
fn assert_all(target: &Target, credential: &str, refused: u16, reached: impl Fn(&Rule) -> bool) {
    let rows = table();
    let mut wire = Wire::new(target.server.address);
    let (mut seen, mut sent, mut open) = (BTreeSet::new(), 0, 0);
    for (number, path) in guarded(&rows, &target.alice_id).iter().enumerate() {
        let written = rows.iter().filter(|row| matched([row.path.as_str()], path.as_bytes()).is_some());
        let methods: BTreeSet<&str> = written.map(|row| row.method.as_str()).collect();
        for (place, spelling) in spellings(path, &PUBLIC).into_iter().enumerate() {
            // Each kind of trick at a third of the paths: there are many alike.
            if (place > 0 && (place + number) % 3 != 0) || !seen.insert(spelling.clone()) {
                continue;
            }
            for method in &methods {
                let by_table = due(&rows, method, &spelling);
                // What this caller may reach is for other tests, and a few of these would end the caller's session.
                if by_table.is_ok_and(|row| row.rule != Rule::Public && reached(&row.rule)) {
                    continue;
                }
                let head = format!(" HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n{credential}\r\n");
                let answer = wire.exchange(&[method.as_bytes(), b" ", &spelling, head.as_bytes()].concat());
                sent += 1;
                open += usize::from(judge(method, &spelling, by_table, refused, answer));
            }
        }
    }
    println!("{sent} requests, {open} of them to public routes");
    assert!(sent > 2_000 && open > 0);
}

/// Whether a public route has answered.
fn judge(method: &str, sent: &[u8], by_table: Result<&Row, u16>, refused: u16, answer: Option<Response>) -> bool {
    let said = format!("{method} {:.200}", sent.escape_ascii().to_string());
    let Some(answer) = answer else {
        assert!(!is_plain(sent), "{said}: no answer");
        return false;
    };
    let said = format!("{said}: {}, by the table {by_table:?}", answer.status);
    // What is not HTTP is refused by the parser, and what is too long by its length.
    if !is_plain(sent) && matches!(answer.status, 400 | 414 | 431) {
        return false;
    }
    let due = match by_table {
        Ok(row) if row.rule == Rule::Public => {
            assert!(answer.status < 500, "{said}");
            return true;
        }
        Ok(_) => refused,
        Err(status) => status,
    };
    assert_eq!(answer.status, due, "{said}");
    false
}

#[test]
fn cve_2026_33494_every_spelling_of_a_guarded_path_is_answered_to_a_stranger_as_the_table_says() {
    let mut target = Target::start();
    assert_all(&target, "", 401, |rule| *rule == Rule::Public);
    target.assert_unharmed_and_open();
}

#[test]
fn cve_2026_107334_no_encoding_of_an_administrators_path_is_one_for_a_customer() {
    let mut target = Target::start();
    let credential =
        format!("cookie: {}\r\nx-csrf-token: {}\r\n", Target::cookie(&target.alice), target.alice.csrf_token);
    assert_all(&target, &credential, 403, |rule| !matches!(rule, Rule::Require(_)));
    target.assert_unharmed_and_open();
}
