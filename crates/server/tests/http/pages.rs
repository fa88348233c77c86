//! What people see: languages, policies, refusals.

use admit_testkit::{Client, Request, Response};

use crate::http::support::{admin, demo, setup_token};

fn in_language(client: &mut Client, path: &str, languages: &str) -> Response {
    client.send(&Request::new("GET", path).page().header("accept-language", languages))
}

#[admit_testkit::everywhere]
fn every_page_is_there_in_english_and_korean() {
    let server = demo();
    let setup = format!("/setup?token={}", setup_token(&server));
    let mut anonymous = server.client();
    let first = [
        ("/docs/choose", "Session or token?", "세션을 쓸까, 토큰을 쓸까?"),
        ("/", "Two questions", "두 가지를"),
        ("/login", "Sign in", "로그인"),
    ];
    let setup = [(setup.as_str(), "Create the first administrator", "첫 관리자 만들기")];
    let of_admin = [
        ("/account", "Change password", "비밀번호 변경"),
        ("/admin", "Create a user", "사용자 추가"),
        ("/admin/audit", "Audit log", "감사 로그"),
        ("/dev/flow", "Request flow", "요청 흐름"),
        ("/demo/shop", "Linen notebook", "Linen notebook"),
    ];
    let look = |client: &mut Client, pages: &[(&str, &str, &str)]| {
        for (path, english, korean) in pages {
            for (languages, lang, words) in
                [("en-GB,en;q=0.9", "en", english), ("ko-KR,ko;q=0.9,en;q=0.5", "ko", korean)]
            {
                let page = in_language(client, path, languages);
                assert_eq!(page.status, 200, "{path}");
                assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
                assert!(page.text().contains(&format!("<html lang=\"{lang}\"")), "{path} in {lang}");
                assert!(page.text().contains(words), "{path} in {lang} says {words}");
            }
        }
    };
    look(&mut anonymous, &first);
    look(&mut anonymous, &setup);
    look(&mut admin(&server), &of_admin);
}

#[test]
fn the_switch_is_remembered_and_wins_over_the_browser() {
    let server = demo();
    let mut client = server.client();
    let page = in_language(&mut client, "/login?lang=ko&return_to=/account", "en");
    assert!(page.text().contains("<html lang=\"ko\""));
    assert!(
        page.text().contains("/login?return_to=%2Faccount&#38;lang=en") || page.text().contains("lang=en"),
        "the way back"
    );
    assert_eq!(client.cookies.get("admit_lang").map(String::as_str), Some("ko"));
    assert!(in_language(&mut client, "/login", "en").text().contains("<html lang=\"ko\""), "by its cookie");
    assert!(in_language(&mut client, "/login?lang=en", "ko").text().contains("<html lang=\"en\""));
    assert!(
        in_language(&mut client, "/login?lang=%3Cscript%3E", "ko").text().contains("<html lang=\"en\""),
        "nonsense: as before"
    );
    let refused = in_language(&mut server.client(), "/nothing", "ko");
    assert_eq!(refused.status, 404);
    assert!(refused.text().contains("페이지를 찾을 수 없습니다"), "refusals too");
}

#[admit_testkit::everywhere]
fn a_pages_scripts_run_only_by_its_nonce_and_nothing_comes_from_elsewhere() {
    let server = demo();
    let mut admin = admin(&server);
    let mut nonces = Vec::new();
    for path in [
        "/",
        "/docs/choose?client=kiosk",
        "/login?lang=en",
        "/account",
        "/admin",
        "/admin/audit",
        "/dev/flow",
        "/setup",
        "/nothing",
    ] {
        let page = admin.page(path);
        let policy = page.header("content-security-policy").unwrap().to_owned();
        for part in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "style-src 'self'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe-"), "{path}: {policy}");
        let nonce = policy.split_once("'nonce-").unwrap().1.split_once('\'').unwrap().0.to_owned();
        assert!(nonce.len() >= 22, "128 bits: {nonce}");
        let text = page.text();
        for script in text.split("<script").skip(1) {
            assert!(script.starts_with(&format!(" nonce=\"{nonce}\"")), "{path}: a script without the nonce");
        }
        for forbidden in [" onclick=", " onload=", " style=", "javascript:", "<iframe", "<base"] {
            assert!(!text.contains(forbidden), "{path}: {forbidden}");
        }
        for attribute in ["src=\"", "href=\"", "action=\""] {
            for value in text.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap()) {
                let own = value.starts_with('#') || value.starts_with("data:image/svg+xml");
                let local = value.starts_with('/') && !value.starts_with("//");
                assert!(own || local, "{path}: {attribute}{value} is somebody else's");
            }
        }
        nonces.push(nonce);
    }
    let count = nonces.len();
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), count, "a nonce is used once");
    let style = server.client().get("/assets/admit.css");
    assert_eq!((style.status, style.header("content-type")), (200, Some("text/css; charset=utf-8")));
    assert!(style.text().contains("prefers-color-scheme: dark"), "light and dark");
    assert!(!style.text().contains("@import") && !style.text().contains("url(http"));
}

#[admit_testkit::everywhere]
fn password_managers_are_told_what_each_field_is() {
    let server = demo();
    let setup = format!("/setup?token={}", setup_token(&server));
    let with = |page: Response, attributes: &[&str]| {
        for attribute in attributes {
            assert!(page.text().contains(&format!("autocomplete=\"{attribute}\"")), "{attribute}");
        }
    };
    with(server.client().page("/login"), &["username", "current-password"]);
    with(server.client().page(&setup), &["username", "new-password"]);
    let mut admin = admin(&server);
    with(admin.page("/account"), &["username", "current-password", "new-password"]);
    with(admin.page("/admin"), &["new-password"]);
}

#[admit_testkit::everywhere]
fn a_person_gets_a_page_where_a_program_gets_a_problem_document() {
    let server = demo();
    server.user("alice", &["customer"]);
    let mut alice = server.signed_in("alice");
    let cross = |request: Request| request.header("sec-fetch-site", "cross-site");
    for (request, status, words) in [
        (Request::new("GET", "/nothing"), 404, "Page not found"),
        (Request::new("GET", "/admin"), 403, "You may not do this"),
        (cross(Request::new("POST", "/logout")), 403, "This request did not come from our page"),
        (Request::new("GET", "/account").header("cookie", "admit_session=broken"), 400, "could not be read"),
    ] {
        let page = alice.send(&request.clone().page());
        assert_eq!((page.status, page.header("content-type")), (status, Some("text/html; charset=utf-8")), "{words}");
        assert!(page.text().contains(words), "{words}: {}", page.text());
        let id = page.header("x-request-id").unwrap();
        assert!(page.text().contains(id), "the page shows the number to ask about");
        let document = alice.send(&request);
        assert_eq!(document.status, status);
        assert_eq!(document.header("content-type"), Some("application/problem+json"), "{words}");
        assert_eq!(document.json()["status"], status);
    }
    let wrong_method = server.client().send(&Request::new("PATCH", "/login"));
    assert_eq!((wrong_method.status, wrong_method.problem().as_str()), (405, "method-not-allowed"));
    assert!(wrong_method.header("allow").is_some_and(|allow| allow.contains("POST")), "{wrong_method:?}");
    let json = alice.send(&Request::new("PUT", "/demo/api/products/1").page().json(&serde_json::json!({})));
    assert_eq!(json.header("content-type"), Some("application/problem+json"), "a fetch that takes anything sent JSON");
}

#[admit_testkit::everywhere]
fn every_answer_carries_the_headers_that_browsers_protect_by() {
    let server = demo();
    let mut admin = admin(&server);
    let (mut ids, mut pages) = (Vec::new(), 0);
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/account"),
        ("GET", "/session"),
        ("GET", "/nothing"),
        ("GET", "/assets/admit.css"),
        ("GET", "/livez"),
        ("GET", "/demo/shop"),
        ("GET", "/demo/api/products"),
        ("PATCH", "/login"),
        ("POST", "/logout"),
        ("GET", "/.well-known/change-password"),
        ("OPTIONS", "/session"),
    ] {
        let answer = admin.send(&Request::new(method, path));
        for (name, value) in [("x-content-type-options", "nosniff"), ("cross-origin-resource-policy", "same-origin")] {
            assert_eq!(answer.all(name), [value], "{method} {path}");
        }
        // What only a page that is shown can need.
        if answer.header("content-type").is_some_and(|media| media.starts_with("text/html")) {
            pages += 1;
            for (name, value) in [
                ("x-frame-options", "DENY"),
                ("referrer-policy", "same-origin"),
                ("cross-origin-opener-policy", "same-origin"),
            ] {
                assert_eq!(answer.all(name), [value], "{method} {path}");
            }
        }
        assert_eq!(answer.all("content-security-policy").len(), 1, "{method} {path}");
        let cached = if path.starts_with("/assets/") { "public" } else { "no-store" };
        assert!(answer.header("cache-control").unwrap().contains(cached), "{method} {path}");
        assert!(answer.header("access-control-allow-origin").is_none(), "no other origin reads answers");
        assert!(answer.header("server").is_none() && answer.header("x-powered-by").is_none());
        assert!(answer.header("strict-transport-security").is_none(), "not on plain http");
        ids.push(answer.header("x-request-id").unwrap().to_owned());
    }
    assert_eq!(pages, 3, "some of them were pages");
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "each request has its own number");
}

#[test]
fn a_browser_that_drops_the_forms_cookie_is_told_why() {
    let server = demo();
    let token = server.client().page("/login").field("csrf_token").unwrap();
    let form = || {
        let fields = [("username", "a"), ("password", "b"), ("csrf_token", token.as_str())];
        Request::new("POST", "/login").page().form(&fields)
    };
    let dropped = server.client().send(&form());
    assert_eq!(dropped.status, 403);
    assert!(
        dropped.text().contains("did not keep this page&#39;s cookie") && dropped.text().contains("Allow cookies"),
        "{}",
        dropped.text()
    );
    let host = format!("localhost:{}", server.address.port());
    let elsewhere = server.client().send(&form().header("host", &host));
    assert_eq!(elsewhere.status, 403);
    assert!(elsewhere.text().contains(&server.url), "it names the address that works: {}", elsewhere.text());
    let stale = server.client().send(&form().header("cookie", "other=1"));
    assert!(stale.text().contains("open for too long"), "{}", stale.text());
}

#[admit_testkit::everywhere]
fn the_start_page_offers_what_this_visitor_can_use() {
    let server = demo();
    server.user("carol", &["customer"]);
    let offers = |client: &mut Client| -> Vec<String> {
        let page = client.page("/").text();
        let (_, ways) = page.split_once("<ul class=\"ways\"").unwrap();
        ways.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).take(7).collect()
    };
    let has = |offered: &[String], path: &str| offered.iter().any(|href| href == path);
    let anonymous = offers(&mut server.client());
    assert!(has(&anonymous, "/login") && !has(&anonymous, "/account") && !has(&anonymous, "/admin"), "{anonymous:?}");
    let customer = offers(&mut server.signed_in("carol"));
    assert!(has(&customer, "/account") && !has(&customer, "/login") && !has(&customer, "/admin"), "{customer:?}");
    let admin = offers(&mut admin(&server));
    assert!(has(&admin, "/account") && !has(&admin, "/login") && has(&admin, "/admin"), "{admin:?}");
}

#[admit_testkit::everywhere]
fn somebody_who_may_not_is_told_as_whom_and_where_to_go() {
    let server = demo();
    server.user("carol", &["customer"]);
    let page = server.signed_in("carol").page("/admin");
    assert_eq!(page.status, 403);
    let (_, main) = page.text().split_once("<main").map(|(head, main)| (head.to_owned(), main.to_owned())).unwrap();
    for way in ["href=\"/\"", "href=\"/logout\"", "carol"] {
        assert!(main.contains(way), "{way}: {main}");
    }
}

#[admit_testkit::everywhere]
fn a_link_is_called_what_is_written_on_it() {
    let server = demo();
    let mut admin = admin(&server);
    for path in ["/", "/login?lang=en", "/account", "/admin", "/nothing", "/demo/shop"] {
        let page = admin.page(path).text();
        for link in page.split("<a ").skip(1).filter(|link| link.contains("hreflang=")) {
            assert!(!link.split('>').next().unwrap().contains("aria-label"), "{path}: {link:.120}");
            assert!(link.contains(">English<") || link.contains(">한국어<"), "{path}: {link:.120}");
        }
    }
}
