//! Planted cookies: a value that the server did not make is never adopted, and of two values none is picked.

use admit_testkit::{PASSWORD, Request, Wire};
use serde_json::json;

use super::target::Target;

const UNKNOWN: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn with_cookies(path: &str, cookies: &[&str]) -> Request {
    cookies.iter().fold(Request::new("GET", path), |request, cookie| request.header("cookie", cookie))
}

#[test]
fn of_two_session_cookies_none_is_picked_in_whatever_order_they_come() {
    let mut target = Target::start();
    let (boss, alice) = (Target::cookie(&target.boss), Target::cookie(&target.alice));
    let unknown = format!("admit_session={UNKNOWN}");
    let mut wire = Wire::new(target.server.address);
    let together = |first: &str, second: &str| format!("{first}; {second}");
    let values = [boss.as_str(), alice.as_str(), unknown.as_str(), "admit_session=", "admit_session=x"];
    for first in values {
        for second in values {
            let among_others = format!("a=b; {first}; c=d;{second} ; e");
            for cookies in [vec![first, second], vec![&together(first, second)], vec!["x=y", &among_others]] {
                for path in ["/session", "/sessions", "/account", "/admin", "/admin/api/users", "/livez"] {
                    let answer = wire.ask(&with_cookies(path, &cookies)).expect("an answer");
                    let said = (answer.status, answer.problem());
                    assert_eq!(said, (400, "malformed-credential".to_owned()), "{path} {cookies:?}");
                }
            }
        }
    }
    target.assert_unharmed_and_open();
}

#[test]
fn a_cookie_that_no_session_has_is_refused_or_is_nobody() {
    let mut target = Target::start();
    let real = Target::cookie(&target.boss);
    let value = real.trim_start_matches("admit_session=").to_owned();
    let (first, rest) = value.split_at(1);
    let mut wire = Wire::new(target.server.address);
    let malformed = [
        format!("admit_session=\"{value}\""),
        format!("admit_session={value}="),
        format!("admit_session={value}A"),
        format!("admit_session={rest}"),
        format!("admit_session=+{rest}"),
        format!("admit_session=%{:02X}{rest}", first.as_bytes()[0]),
        format!("admit_session={value} {value}"),
        format!("admit_session={value},{value}"),
        format!("admit_session={}", "A".repeat(20_000)),
        "admit_session".to_owned() + "=" + &"=".repeat(43),
        "admit_session=세션".to_owned(),
    ];
    for cookie in &malformed {
        for path in ["/session", "/admin/api/users"] {
            let answer = wire.ask(&with_cookies(path, &[cookie])).expect("an answer");
            assert_eq!(answer.problem(), "malformed-credential", "{cookie:?} {}", answer.text());
            assert_eq!(answer.status, 400);
        }
    }
    let nobody = [
        format!("admit_session={UNKNOWN}"),
        real.replace("admit_session", "Admit_Session"),
        real.replace("admit_session", "ADMIT_SESSION"),
        real.replace("admit_session", "__Host-admit_session"),
        real.replace("admit_session", "__Secure-admit_session"),
        real.replace("admit_session", "admit%5Fsession"),
        real.replace("admit_session", "$admit_session"),
        real.replace("admit_session", "\"admit_session\""),
        format!("x={real}"),
        format!("x=\"; {}\"", real.replace('=', ":")),
        value,
        "admit_session".to_owned(),
        "admit_session=".to_owned(),
        "nick=홍; admit_session= ".to_owned(),
        "=".to_owned(),
        ";;;=;==;".to_owned(),
    ];
    for cookie in &nobody {
        let answer = wire.ask(&with_cookies("/session", &[cookie])).expect("an answer");
        assert_eq!((answer.status, answer.problem()), (401, "not-signed-in".to_owned()), "{cookie:?}");
    }
    target.assert_unharmed_and_open();
}

#[test]
fn a_cookie_of_other_software_on_the_host_never_stands_in_the_way() {
    let mut target = Target::start();
    let real = Target::cookie(&target.alice);
    let mut wire = Wire::new(target.server.address);
    let others: [&[u8]; 11] = [
        "nick=홍".as_bytes(),
        "é=1".as_bytes(),
        b"bin=\xff\xfe\x80",
        b"\x80\x81",
        b"no-equals-sign",
        b"=",
        b"=no name",
        b"a==b=c=",
        b"half=\"x",
        b"admit_session_id=\xff",
        b"{\"a\":[1,2],\"b\":\"x\"}",
    ];
    let huge = [b"huge=".as_slice(), &b"\xc3\xa9".repeat(8_000)].concat();
    for other in others.iter().copied().chain([huge.as_slice()]) {
        let shown = String::from_utf8_lossy(other).chars().take(40).collect::<String>();
        let own = real.as_bytes();
        let lines = [
            [b"cookie: ", other, b"; ", own].concat(),
            [b"cookie: ", own, b"; ", other].concat(),
            [b"cookie: ", other, b"\r\ncookie: ", own].concat(),
        ];
        for line in lines {
            let head = format!("GET /session HTTP/1.1\r\nhost: {}\r\n", target.server.address);
            let answer = wire.exchange(&[head.as_bytes(), &line, b"\r\n\r\n"].concat()).expect("an answer");
            assert_eq!(answer.status, 200, "{shown}: {}", answer.text());
        }
        for path in ["/", "/login", "/livez", "/assets/admit.css"] {
            let head = format!("GET {path} HTTP/1.1\r\nhost: {}\r\ncookie: ", target.server.address);
            let answer = wire.exchange(&[head.as_bytes(), other, b"\r\n\r\n"].concat()).expect("an answer");
            assert_eq!(answer.status, 200, "{path} {shown}");
        }
    }
    target.assert_unharmed_and_open();
}

#[test]
fn a_planted_session_is_never_adopted_by_a_login() {
    let target = Target::start();
    let mut victim = target.server.client();
    victim.cookies.insert("admit_session".to_owned(), UNKNOWN.to_owned());
    assert_eq!(victim.login("alice", PASSWORD).status, 200);
    assert_ne!(victim.cookies["admit_session"], UNKNOWN, "the login gives a secret of its own");
    let planted = with_cookies("/session", &[&format!("admit_session={UNKNOWN}")]);
    assert_eq!(target.server.client().send(&planted).status, 401);
}

#[test]
fn a_login_over_an_attackers_live_session_needs_its_token_and_then_ends_it() {
    let mut target = Target::start();
    let attackers = Target::cookie(&target.boss);
    // The victim's browser has the attacker's session planted in it, and not its token.
    let login = Request::new("POST", "/login").json(&json!({ "username": "alice", "password": PASSWORD }));
    let answer = target.server.client().send(&login.clone().header("cookie", &attackers));
    assert_eq!((answer.status, answer.problem().as_str()), (409, "already-signed-in"));
    let with_token = login.header("cookie", &attackers).header("x-csrf-token", &target.boss.csrf_token.clone());
    let answer = target.server.client().send(&with_token);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(!answer.all("set-cookie").iter().any(|cookie| cookie.starts_with(&attackers)), "a secret of its own");
    assert_eq!(target.server.client().send(&with_cookies("/session", &[&attackers])).status, 401, "it has ended");
    target.boss = target.server.signed_in("boss");
    target.assert_unharmed_and_open();
}
