//! Who follows the feed, how many, and how slowly: the issuer goes on.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use admit_testkit::{Request, Response, Server};
use serde_json::json;

use super::support::{admin, issuer, service_token, set_roles, sign_in, sign_in_for, with};

/// Followers that an issuer takes of one client: three quarters of all.
const FOLLOWERS: usize = 12;

/// One who follows the feed and reads when the test says so.
pub(crate) struct Feed(BufReader<TcpStream>);

impl Feed {
    /// Asks for the feed with this token, from this place on.
    pub(crate) fn open(issuer: &Server, token: &str, from: Option<&str>) -> Self {
        let mut stream = TcpStream::connect(issuer.address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a time-out");
        let from = from.map_or(String::new(), |from| format!("last-event-id: {from}\r\n"));
        let head = format!("GET /revocations HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n{from}\r\n");
        stream.write_all(head.as_bytes()).expect("the request");
        Self(BufReader::new(stream))
    }

    /// How long [`Self::next`] waits; ten seconds unless said otherwise.
    pub(crate) fn wait_at_most(&self, patience: Duration) {
        self.0.get_ref().set_read_timeout(Some(patience)).expect("a time-out");
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    }

    /// The status line, the headers passed over.
    pub(crate) fn head(&mut self) -> String {
        let status = self.line();
        while !self.line().is_empty() {}
        status
    }

    /// The next event: its id, its name, its data. `None` when the answer has ended.
    pub(crate) fn next(&mut self) -> Option<[String; 3]> {
        let mut size = String::new();
        self.0.read_line(&mut size).ok()?;
        let size = usize::from_str_radix(size.trim(), 16).ok().filter(|size| *size > 0)?;
        let mut event = vec![0; size + 2];
        self.0.read_exact(&mut event).ok()?;
        let event = String::from_utf8(event).expect("text");
        let field = |name: &str| {
            let line = event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{event:?}"));
            line.to_owned()
        };
        Some([field("id: "), field("event: "), field("data: ")])
    }

    /// What it is told until it knows everything, and the number up to which that is.
    pub(crate) fn until_current(mut self) -> (Vec<String>, u64) {
        let status = self.head();
        assert!(status.contains(" 200 "), "{status}");
        let mut told = Vec::new();
        loop {
            let [id, name, _] = self.next().expect("an event");
            if name == "current" {
                return (told, number(&id));
            }
            told.push(id);
        }
    }
}

fn number(place: &str) -> u64 {
    place.split_once('.').and_then(|(_, number)| number.parse().ok()).unwrap_or_else(|| panic!("no place: {place}"))
}

/// The number of the last signal that there is.
pub(crate) fn last_event_id(issuer: &Server, token: &str) -> u64 {
    Feed::open(issuer, token, None).until_current().1
}

fn refused(issuer: &Server, request: &Request) -> Response {
    issuer.client().send(request)
}

#[test]
fn the_feed_is_for_verifiers_alone() {
    let issuer = issuer().start();
    issuer.user("ann", &["customer"]);
    let anonymous = refused(&issuer, &Request::new("GET", "/revocations"));
    assert_eq!(anonymous.status, 401, "{}", anonymous.text());
    let customer = sign_in_for(&issuer, "ann", &issuer.url).access;
    let customer = refused(&issuer, &with(&customer, "/revocations"));
    assert_eq!((customer.status, customer.problem().as_str()), (403, "not-permitted"), "{}", customer.text());
    assert!(customer.header("www-authenticate").is_some_and(|challenge| challenge.contains("insufficient_scope")));
    let elsewhere = refused(&issuer, &with(&sign_in(&issuer, "ann").access, "/revocations"));
    assert_eq!(elsewhere.status, 401, "a token for the shop is none for the issuer");
    let verifier = service_token(&issuer);
    let malformed = refused(&issuer, &with(&verifier, "/revocations").header("last-event-id", "7"));
    assert_eq!((malformed.status, malformed.problem().as_str()), (400, "malformed-position"));
    assert_eq!(last_event_id(&issuer, &verifier), 1, "the first key was published");
}

#[test]
fn one_follower_too_many_is_told_to_come_back_and_finds_room_when_another_has_gone() {
    let most = (FOLLOWERS / 3 * 4).to_string();
    let issuer = issuer().env("ADMIT_TOKENS__HEARTBEAT", "100ms").env("ADMIT_TOKENS__MAX_FOLLOWERS", &most).start();
    let token = service_token(&issuer);
    let mut all: Vec<Feed> = (0..FOLLOWERS).map(|_| Feed::open(&issuer, &token, None)).collect();
    for feed in &mut all {
        assert!(feed.head().contains(" 200 "));
    }
    assert!(Feed::open(&issuer, &token, None).head().contains(" 503 "), "one more than there is room for");
    let full = refused(&issuer, &with(&token, "/revocations"));
    assert_eq!((full.status, full.problem().as_str()), (503, "too-many-followers"), "{}", full.text());
    assert_eq!(full.header("retry-after"), Some("1"));
    assert!(full.text().contains("tokens.max_followers"), "{}", full.text());
    assert_eq!(issuer.client().get("/livez").status, 200);
    issuer.user("watcher", &["verifier"]);
    let other = sign_in_for(&issuer, "watcher", &issuer.url).access;
    assert!(Feed::open(&issuer, &other, None).head().contains(" 200 "), "there is room for others");
    drop(all.pop());
    let left = Instant::now();
    loop {
        let mut feed = Feed::open(&issuer, &token, None);
        if feed.head().contains(" 200 ") {
            break;
        }
        assert!(left.elapsed() < Duration::from_secs(3), "its place was not given up");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_follower_is_told_nothing_any_more_once_its_own_token_is_revoked() {
    let issuer = issuer().env("ADMIT_TOKENS__HEARTBEAT", "100ms").start();
    let (token, other) = (service_token(&issuer), service_token(&issuer));
    let [mut own, mut others] = [&token, &other].map(|token| Feed::open(&issuer, token, None));
    assert!(own.head().contains(" 200 ") && others.head().contains(" 200 "));
    let secret = std::fs::read_to_string(super::support::secret_file(&issuer)).expect("the secret");
    let form = [("client_id", "demo-shop"), ("client_secret", secret.trim()), ("token", token.as_str())];
    assert_eq!(issuer.client().send(&Request::new("POST", "/oauth/revoke").form(&form)).status, 200);
    let names: Vec<String> = std::iter::from_fn(|| own.next()).map(|[_, name, _]| name).take(9).collect();
    assert_eq!(names.last().map(String::as_str), Some("token-revoked"), "{names:?}");
    assert_eq!(refused(&issuer, &with(&token, "/revocations")).status, 401);
    let names: Vec<String> = std::iter::from_fn(|| others.next()).map(|[_, name, _]| name).take(9).collect();
    assert!(names.len() == 9 && names.contains(&"token-revoked".to_owned()), "another one goes on: {names:?}");
}

/// Kilobytes of memory that the process has.
fn memory(issuer: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", issuer.pid())).expect("its status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
}

#[test]
fn a_follower_that_never_reads_holds_up_nobody_and_costs_little() {
    let signals: usize =
        std::env::var("ADMIT_VERIFIER_SIGNALS").ok().and_then(|text| text.parse().ok()).unwrap_or(3000);
    let issuer = issuer().start();
    let mut one = admin(&issuer);
    let user = issuer.user("ann", &["customer"]);
    // Without a token that lives, nobody would need to be told.
    sign_in(&issuer, "ann");
    let token = service_token(&issuer);
    let deaf: Vec<Feed> = (0..8).map(|_| Feed::open(&issuer, &token, None)).collect();
    let mut reader = Feed::open(&issuer, &token, None);
    assert!(reader.head().contains(" 200 "));
    let before = memory(&issuer);
    let path = format!("/admin/api/users/{user}/roles");
    std::thread::scope(|scope| {
        for number in 0..16 {
            let (issuer, path, cookies, csrf_token) = (&issuer, &path, one.cookies.clone(), one.csrf_token.clone());
            scope.spawn(move || {
                let mut admin = issuer.client();
                (admin.cookies, admin.csrf_token) = (cookies, csrf_token);
                for turn in 0..signals / 16 {
                    let roles: &[&str] = if (number + turn) % 2 == 0 { &["customer"] } else { &["admin", "customer"] };
                    let answer = admin.call("PUT", path, &json!({ "roles": roles }));
                    assert_eq!(answer.status, 200, "{}", answer.text());
                }
            });
        }
    });
    let begun = Instant::now();
    set_roles(&mut one, &user, &["admin"]);
    set_roles(&mut one, &user, &["customer"]);
    assert!(begun.elapsed() < Duration::from_secs(1), "the issuer took {:?}", begun.elapsed());
    let last = last_event_id(&issuer, &token);
    let mut seen = 0;
    while seen < last {
        let [id, name, _] = reader.next().expect("an event: the one that reads misses nothing");
        assert!(number(&id) == seen + 1 || matches!(name.as_str(), "current" | "heartbeat"), "{id} after {seen}");
        seen = number(&id);
    }
    let grown = memory(&issuer).saturating_sub(before);
    assert!(grown < 32 * 1024, "{grown} KiB for {last} signals and {} who do not read", deaf.len());
}
