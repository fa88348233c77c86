//! Ten thousand random requests. `ADMIT_SEED=…` repeats a run; `ADMIT_RANDOM_REQUESTS=…` makes it longer.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use admit::Rule;
use admit_testkit::{Response, Seeded, Wire};

use super::paths::is_public;
use super::target::{Route, Target, routes};

const THREADS: usize = 4;

const METHODS: &[&str] = &[
    "GET", "GET", "GET", "POST", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "PROPFIND", "get", "X",
];

const NAMES: &[&str] = &[
    "accept",
    "accept-language",
    "user-agent",
    "origin",
    "sec-fetch-site",
    "sec-fetch-mode",
    "referer",
    "content-type",
    "x-csrf-token",
    "authorization",
    "cookie",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-original-url",
    "x-rewrite-url",
    "x-http-method-override",
    "x-middleware-subrequest",
    "x-remote-user",
    "forwarded",
    "via",
    "if-none-match",
    "range",
    "te",
    "expect",
    "upgrade",
    "x-request-id",
    "x-admit",
    "host",
];

const VALUES: &[&str] = &[
    "",
    "*/*",
    "text/html",
    "application/json",
    "application/x-www-form-urlencoded",
    "application/json; charset=utf-16",
    "multipart/form-data; boundary=x",
    "same-origin",
    "cross-site",
    "none",
    "null",
    "http://localhost",
    "https://evil.example",
    "Bearer x",
    "Basic eDp5",
    "127.0.0.1",
    "GET",
    "/admin",
    "ko",
    "en;q=0.5, ko;q=1.1, *",
    "q=;;,",
    "bytes=0-",
    "*",
    "100-continue",
    "h2c",
    "boss",
    "admit_session=",
    "admit_session=x; admit_session=y",
    "admit_lang=ko",
    "admit_form=x",
    "lang=../../x",
    "'\"><script>",
    "%00%ff",
    "$(id)",
    "{{7*7}}",
    "${jndi:ldap://x}",
];

const BODIES: &[&str] = &[
    "",
    "{}",
    "[]",
    "null",
    "{\"username\":\"alice\",\"password\":\"x\"}",
    "{\"username\":[]}",
    "{\"roles\":[\"admin\"]}",
    "{\"name\":\"Stolen\",\"price\":1}",
    "username=alice&password=x",
    "csrf_token=x&username=alice&password=x",
    "role=admin",
    "{\"token\":\"x\",\"username\":\"mallory\",\"password\":\"x\"}",
    "%zz&&=&%ff=%fe",
    "{\"a\":",
    "\u{feff}{}",
];

const TAILS: &[&str] = &[
    "",
    "/",
    "//",
    "/..",
    "%00",
    "%2e%2e",
    ";x",
    "?",
    "?lang=ko",
    "?lang=%ff",
    "?return_to=//evil.example",
    "?notice=x",
    "?query=%25",
    "?before=1",
    "?before=x",
    "?token=x",
    "?fragment=1&refused=1",
    "/x",
    "%",
    "%2f",
    "é",
];

struct Sent {
    method: String,
    path: String,
    /// Whether the customer's own session came with it.
    as_customer: bool,
    bytes: Vec<u8>,
}

/// A route's path, as it is or changed.
fn path(random: &mut Seeded, route: &Route) -> String {
    let mut path = route.path.clone();
    match random.below(10) {
        0..5 => {}
        5 | 6 => path.push_str(random.one_of(TAILS)),
        7 => path = format!("{path}{}{}", random.one_of(TAILS), random.one_of(TAILS)),
        8 => {
            // One character more, less or other.
            let mut bytes = path.into_bytes();
            let at = random.below(bytes.len());
            let byte = b'!' + u8::try_from(random.below(94)).unwrap_or_default();
            match random.below(3) {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
            path = String::from_utf8_lossy(&bytes).into_owned();
            if !path.starts_with('/') {
                path.insert(0, '/');
            }
        }
        _ => {
            let count = random.below(60);
            path =
                format!("/{}", random.bytes(count).iter().map(|byte| char::from(b'!' + byte % 94)).collect::<String>());
        }
    }
    path
}

fn cookie(random: &mut Seeded, real: &str, as_customer: bool) -> Option<String> {
    let value = real.trim_start_matches("admit_session=");
    if as_customer {
        return Some(real.to_owned());
    }
    match random.below(8) {
        0..4 => None,
        4 => Some(format!("{real}A")),
        5 => {
            // A neighbour of a real secret: one character other than it was.
            let at = random.below(value.len() - 1);
            let (before, after) = value.split_at(at);
            let (own, after) = after.split_at(1);
            let other = if own == "A" { "B" } else { "A" };
            Some(format!("admit_session={before}{other}{after}"))
        }
        6 => Some(format!("admit_session={}", "A".repeat(random.below(90)))),
        _ => Some(format!("{}={}", random.one_of(&["admit_session", "x", "", "admit_form"]), random.one_of(VALUES))),
    }
}

fn make(random: &mut Seeded, routes: &[Route], customer: &str, address: SocketAddr) -> Sent {
    let route = &routes[random.below(routes.len())];
    let method = if random.once_in(3) { random.one_of(METHODS).to_owned() } else { route.method.clone() };
    let path = path(random, route);
    let as_customer = random.once_in(6);
    let mut head = format!("{method} {path} HTTP/1.1\r\n").into_bytes();
    let mut line = |name: &str, value: &[u8]| head.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    line("host", address.to_string().as_bytes());
    if let Some(cookie) = cookie(random, customer, as_customer) {
        line("cookie", cookie.as_bytes());
    }
    for _ in 0..random.below(6) {
        let name = random.one_of(NAMES);
        if random.once_in(8) {
            let count = random.below(40);
            let value: Vec<u8> =
                random.bytes(count).into_iter().filter(|byte| *byte >= b' ' && *byte != 0x7f).collect();
            line(name, &value);
        } else {
            line(name, random.one_of(VALUES).as_bytes());
        }
    }
    // Mostly the type that the body has, so that handlers are reached and not only what stands before them.
    let media_types = ["application/json", "application/x-www-form-urlencoded"];
    let body = match random.below(4) {
        0 => {
            let count = random.below(3_000);
            random.bytes(count)
        }
        _ => {
            let body = random.one_of(BODIES);
            if !random.once_in(4) {
                let looks_like_json = body.starts_with(['{', '[', 'n']);
                line("content-type", media_types[usize::from(!looks_like_json)].as_bytes());
            }
            body.as_bytes().to_vec()
        }
    };
    if random.once_in(5) {
        line("transfer-encoding", b"chunked");
        head.extend(b"\r\n");
        if !body.is_empty() {
            head.extend(format!("{:x}\r\n", body.len()).into_bytes());
            head.extend([&body[..], b"\r\n"].concat());
        }
        head.extend(b"0\r\n\r\n");
    } else {
        line("content-length", body.len().to_string().as_bytes());
        head.extend([b"\r\n", &body[..]].concat());
    }
    Sent { method, path, as_customer, bytes: head }
}

/// Why an answer is wrong; `None` when it is not.
fn wrong(routes: &[Route], sent: &Sent, answer: Option<&Response>) -> Option<String> {
    let said =
        |what: &str| Some(format!("{what}: {} {:?}\n{}", sent.method, sent.path, String::from_utf8_lossy(&sent.bytes)));
    let Some(answer) = answer else { return said("no answer") };
    let status = answer.status;
    if status >= 500 && status != 503 {
        return said(&format!("answered {status}"));
    }
    let own = routes.iter().any(|route| {
        sent.as_customer
            && route.rule == Rule::SignedIn
            && matches!(sent.method.as_str(), "GET" | "HEAD")
            && route.takes(&sent.method, &sent.path)
    });
    if (200..300).contains(&status) && !own && !is_public(routes, &sent.method, &sent.path) {
        return said(&format!("answered {status}"));
    }
    None
}

#[test]
fn ten_thousand_random_requests_find_no_way_in_and_nothing_to_break() {
    let seed = Seeded::seed();
    let count = std::env::var("ADMIT_RANDOM_REQUESTS").ok().and_then(|text| text.parse().ok()).unwrap_or(10_000_usize);
    let mut target = Target::start();
    let routes = routes(&target.alice_id);
    let (customer, address) = (Target::cookie(&target.alice), target.server.address);
    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
    let mut connections = 0;
    std::thread::scope(|scope| {
        let (routes, customer) = (&routes, &customer);
        let threads: Vec<_> = (0..THREADS)
            .map(|number| {
                scope.spawn(move || {
                    let mut random = Seeded::new(seed.wrapping_add(u64::try_from(number).unwrap_or_default() << 32));
                    let mut wire = Wire::new(address);
                    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
                    for _ in 0..count / THREADS {
                        let sent = make(&mut random, routes, customer, address);
                        let answer = wire.exchange(&sent.bytes);
                        if let Some(wrong) = wrong(routes, &sent, answer.as_ref()) {
                            panic!("ADMIT_SEED={seed}: {wrong}");
                        }
                        *statuses.entry(answer.map_or(0, |answer| answer.status)).or_default() += 1;
                    }
                    (statuses, wire.opened)
                })
            })
            .collect();
        for thread in threads {
            let (found, opened) = thread.join().unwrap_or_else(|_| panic!("ADMIT_SEED={seed}: see the report above"));
            connections += opened;
            found.into_iter().for_each(|(status, times)| *statuses.entry(status).or_default() += times);
        }
    });
    println!("{count} requests on {connections} connections; answers: {statuses:?}");
    target.assert_unharmed();
}
