//! Tricks with the path: whatever spelling of a guarded address is sent, nobody gets in by it.

use admit_testkit::{Wire, raw};

use super::target::{Route, Target, routes};

/// Other spellings of a path.
fn spellings(path: &str) -> Vec<String> {
    let upper = path.to_uppercase();
    let rest = path.trim_start_matches('/');
    let (first, tail) = rest.split_once('/').unwrap_or((rest, ""));
    let under = |prefix: &str| format!("{prefix}{path}");
    let mut all =
        vec![path.to_owned(), upper, format!("{path}/"), format!("{path}//"), format!("/{path}"), format!("//{path}")];
    for suffix in [
        "/.",
        "/..",
        "/./",
        "/../",
        "/..;/",
        ";",
        ";x",
        ";x=y",
        ";jsessionid=1",
        ".json",
        ".html",
        ".css",
        "%00",
        "%00.css",
        "%0a",
        "%0d%0a",
        "%20",
        "%09",
        "%2f",
        "%2F",
        "%5c",
        "\\",
        "/%2e",
        "/%2e%2e",
        "/..%2f",
        "/%2e%2e/livez",
        "/../livez",
        "/..%2flivez",
        "?",
        "??",
        "?/livez",
        "#",
        "#/livez",
        "?a=b;c",
        "%3f",
        "%23",
        "%3b",
        "~",
        "*",
        "%",
        "%2",
        "%zz",
        "%c0%af",
        "%c0%ae%c0%ae/",
        "%e0%80%af",
        "%ef%bc%8f",
        "/assets/admit.css",
        "%2fassets%2fadmit.css",
        ":80",
        "@x",
        "..",
        "...",
        "....//",
        "\u{ff0f}",
        "\u{2215}",
        "\u{2024}\u{2024}/",
        "\u{212a}",
        "é",
        "\u{0}",
    ] {
        all.push(format!("{path}{suffix}"));
    }
    for prefix in [
        "/.",
        "/./",
        "/..",
        "/../",
        "/%2e",
        "/%2e%2e",
        "/x/..",
        "/livez/..",
        "/livez/%2e%2e",
        "/livez;/..",
        "/login/..",
        "/assets/..",
        "/assets/admit.css/..",
        "/assets/%2e%2e",
        "/demo/shop/../..",
        "/demo/shop/%2e%2e/%2e%2e",
        "//x",
        "/%2f",
        "/%5c",
        "/\\",
        "\\",
        "/%09",
        "/%20",
        "/;",
        "/x;/..",
        "/.;",
        "/..;",
        "/public",
        "/livez/..;",
        "/%c0%ae%c0%ae",
        "/\u{ff0e}\u{ff0e}",
    ] {
        all.push(under(prefix));
    }
    all.push(format!("/{first}%2f{tail}"));
    all.push(format!("/{first}%5c{tail}"));
    all.push(format!("/{first}\\{tail}"));
    all.push(format!("/{first}//{tail}"));
    all.push(format!("/{first}/./{tail}"));
    all.push(format!("/{first}/x/../{tail}"));
    all.push(format!("/{first};a=b/{tail}"));
    all.push(format!("/{first}%252f{tail}"));
    let encoded = |upper: bool| -> String {
        rest.bytes().map(|byte| if upper { format!("%{byte:02X}") } else { format!("%{byte:02x}") }).collect()
    };
    all.push(format!("/{}", encoded(true)));
    all.push(format!("/{}", encoded(false)));
    let (initial, others) = rest.split_at(1);
    all.push(format!("/%{:02x}{others}", initial.as_bytes()[0]));
    // Letters that a careless normalization makes ASCII (NFKC).
    let wide: String = rest
        .chars()
        .map(|c| if c.is_ascii_alphabetic() { char::from_u32(c as u32 + 0xFEE0).unwrap_or(c) } else { c })
        .collect();
    all.push(format!("/{wide}"));
    let absolute =
        ["http://localhost", "http://x", "http://x:80", "https://evil.example", "HTTP://X", "http://a@b", "x:", "//x"];
    all.extend(absolute.iter().map(|origin| under(origin)));
    all.push(rest.to_owned());
    all.push("*".to_owned());
    all.push(format!("/{}/../{rest}", "a/".repeat(2_000)));
    all.push(format!("{path}?{}", "x=y&".repeat(3_000)));
    all
}

/// Whether anybody may have this: the address as sent is that of a public route.
pub(crate) fn is_public(routes: &[Route], method: &str, sent: &str) -> bool {
    // A target in absolute form names the same path behind the origin.
    let sent = ["http://", "https://", "HTTP://"]
        .iter()
        .find_map(|scheme| sent.strip_prefix(scheme))
        .map_or(sent, |rest| rest.find('/').map_or("/", |at| rest.split_at(at).1));
    routes.iter().any(|route| !route.is_guarded() && route.takes(method, sent))
}

#[test]
fn no_spelling_of_a_guarded_address_lets_a_stranger_in() {
    let mut target = Target::start();
    let routes = routes(&target.alice_id);
    let mut wire = Wire::new(target.server.address);
    let mut sent = 0;
    for route in routes.iter().filter(|route| route.is_guarded()) {
        for path in spellings(&route.path) {
            for method in [route.method.as_str(), "GET"] {
                // A program, and a person's browser.
                let accept = if sent % 2 == 0 { "*/*" } else { "text/html" };
                let length = if method == "GET" { "" } else { "content-length: 0\r\n" };
                let request = format!("{method} {path} HTTP/1.1\r\nhost: x\r\naccept: {accept}\r\n{length}\r\n");
                sent += 1;
                // What is not HTTP at all may be closed upon; everything else is answered.
                let plain = path.bytes().all(|byte| byte.is_ascii_graphic());
                let Some(answer) = wire.exchange(request.as_bytes()) else {
                    assert!(!plain, "no answer to {method} {path:?}");
                    continue;
                };
                let said = format!("{method} {path:?}: {} {}", answer.status, answer.text());
                let public = is_public(&routes, method, &path);
                assert!(public || !(200..300).contains(&answer.status), "{said}");
                assert!(answer.status < 500, "{said}");
                if (300..400).contains(&answer.status) {
                    let location = answer.header("location").unwrap_or_default();
                    assert!(location.starts_with('/') && !location.starts_with("//"), "{said} to {location}");
                    assert!(!location.starts_with("/\\"), "{said} to {location}");
                }
            }
        }
    }
    println!("{sent} requests for {} guarded routes", routes.iter().filter(|route| route.is_guarded()).count());
    target.assert_unharmed_and_open();
}

#[test]
fn a_customer_gets_no_further_with_them_than_a_stranger_at_what_asks_for_a_permission() {
    let mut target = Target::start();
    let cookie = Target::cookie(&target.alice);
    let token = target.alice.csrf_token.clone();
    let routes = routes(&target.alice_id);
    let mut wire = Wire::new(target.server.address);
    for route in routes.iter().filter(|route| matches!(route.rule, admit::Rule::Require(_))) {
        for path in spellings(&route.path) {
            let request = format!(
                "{} {path} HTTP/1.1\r\nhost: x\r\ncookie: {cookie}\r\nx-csrf-token: {token}\r\ncontent-length: 0\r\n\r\n",
                route.method
            );
            let Some(answer) = wire.exchange(request.as_bytes()) else { continue };
            let allowed = is_public(&routes, &route.method, &path);
            assert!(allowed || matches!(answer.status, 303 | 400..500), "{} {path:?}: {}", route.method, answer.status);
        }
    }
    target.assert_unharmed_and_open();
}

#[test]
fn the_oldest_and_the_newest_http_get_no_other_answer() {
    let mut target = Target::start();
    let address = target.server.address;
    for path in ["/session", "/admin", "/admin/api/users", "/account"] {
        let old = raw(address, format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).expect("an answer");
        assert_eq!(old.status, 401, "{path}");
        let bare = raw(address, format!("GET {path}\r\n\r\n").as_bytes());
        assert!(bare.is_none_or(|answer| answer.status >= 400), "{path}");
        for method in ["HEAD", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "GET\t", "PATCH", "DELETE", "QUERY"] {
            let request = format!("{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n");
            let answer = raw(address, request.as_bytes());
            assert!(answer.is_none_or(|answer| (400..500).contains(&answer.status)), "{method} {path}");
        }
    }
    target.assert_unharmed_and_open();
}
