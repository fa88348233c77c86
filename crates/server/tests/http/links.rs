//! Where links and redirects lead, whatever the request's own address is.

use admit_testkit::{Client, Request, Response};

use crate::http::support::{admin, demo};

/// Addresses of a request that a browser, or a proxy that tidies them, would read as somebody else's.
const ELSEWHERE: [&str; 22] = [
    "//evil.example/login",
    "///evil.example",
    "////evil.example/",
    "/\\evil.example",
    "/\\/evil.example",
    "/%2fevil.example",
    "/%2F%2Fevil.example",
    "/%5cevil.example",
    "/%252fevil.example",
    "/.//evil.example",
    "/..//evil.example",
    "/%2e%2e//evil.example",
    "/a/..//evil.example",
    "//evil.example/%0d%0aSet-Cookie:%20x=1",
    "/%0d%0aLocation:%20https://evil.example",
    "/nothing?x=%0d%0aLocation:%20https://evil.example",
    "//evil.example?lang=ko",
    "//evil.example/?next=//evil.example",
    "/%09/evil.example",
    "http://evil.example//evil.example",
    "/;@evil.example//",
    "//evil.example:80\\@127.0.0.1/",
];

/// Every place to which this answer leads: links, forms, redirects.
fn leads_to(answer: &Response) -> Vec<String> {
    let text = answer.text();
    let in_page = ["href=\"", "action=\"", "src=\""].into_iter().flat_map(|attribute| text.split(attribute).skip(1));
    let in_page = in_page.filter_map(|rest| rest.split('"').next()).map(|value| value.replace("&#38;", "&"));
    in_page.chain(answer.header("location").map(str::to_owned)).collect()
}

#[track_caller]
fn assert_ours(answer: &Response, what: &str) {
    for place in leads_to(answer) {
        let path = place.split('?').next().unwrap_or_default().to_ascii_lowercase();
        let odd = ["//", "/.", "\\", "%2f", "%5c", "%2e", "%0", "%25"].iter().any(|part| path.contains(part));
        let ours = place.starts_with('#') || place.starts_with("data:image/") || (path.starts_with('/') && !odd);
        assert!(ours, "{what} leads to {place}");
        assert!(!place.to_ascii_lowercase().contains("%0d"), "{what} leads to {place}");
    }
    assert!(answer.all("set-cookie").iter().all(|cookie| !cookie.starts_with("x=")), "{what}");
}

#[test]
fn no_address_of_a_request_makes_a_page_lead_to_another_site() {
    let server = demo();
    let mut clients: [(&str, Client); 2] = [("anonymous", server.client()), ("an admin", admin(&server))];
    for (who, client) in &mut clients {
        for path in ELSEWHERE {
            for method in ["GET", "POST", "PUT"] {
                let answer = client.send(&Request::new(method, path).page());
                assert!(matches!(answer.status, 303 | 400..=499), "{who} {method} {path}: {}", answer.status);
                assert_ours(&answer, &format!("{method} {path} of {who}"));
            }
        }
        // The parts of an address that a handler reads back into one.
        for id in ["..%2f..%2fevil.example", "%2f%2fevil.example", "%5c%5cevil.example", "x%3fy=1", "%0d%0aa"] {
            for (method, rest) in [("GET", ""), ("POST", "/roles"), ("POST", "/disable"), ("POST", "/sessions/revoke")]
            {
                let path = format!("/admin/users/{id}{rest}");
                let token = client.csrf_token.clone();
                let answer = client.send(&Request::new(method, &path).page().header("x-csrf-token", &token).form(&[]));
                assert_ours(&answer, &format!("{method} {path} of {who}"));
            }
        }
    }
}

#[test]
fn whatever_is_asked_for_as_return_to_leads_to_this_site() {
    let server = demo();
    let (mut client, mut admin) = (server.client(), admin(&server));
    for place in ELSEWHERE {
        let query: String = place.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let page = client.page(&format!("/login?return_to={query}"));
        assert_eq!(page.status, 200, "{place}");
        assert!(page.field("return_to").is_none(), "{place}: the form carries {:?}", page.field("return_to"));
        let signed_in = admin.page(&format!("/login?return_to={query}"));
        assert_eq!((signed_in.status, signed_in.header("location")), (303, Some("/account")), "{place}");
    }
}

#[test]
fn a_page_in_the_other_language_is_the_same_page() {
    let server = demo();
    let page = server.client().page("/login?return_to=%2Faccount%3Fa%3Db&notice=signed-out");
    assert!(page.text().contains("href=\"/login?return_to=%2Faccount%3Fa%3Db&#38;lang=ko\""), "{}", page.text());
    let odd = server.client().page("//evil.example/login");
    assert_eq!(odd.status, 404);
    assert!(odd.text().contains("href=\"/?lang=ko\""), "{}", odd.text());
}

#[test]
fn the_error_page_of_a_form_links_to_the_form_in_the_other_language() {
    let server = demo();
    let id = server.user("alice", &[]);
    let mut admin = admin(&server);
    let csrf_token = admin.page("/account").field("csrf_token").expect("a token in a form");
    let of_user = format!("/admin/users/{id}");
    for (path, page) in [(&*format!("{of_user}/rename"), &*of_user), ("/account/password", "/account")] {
        let fields = [("csrf_token", csrf_token.as_str()), ("unknown", "1")];
        let answer = admin.send(&Request::new("POST", path).page().form(&fields));
        assert_eq!(answer.status, 422, "{path}: {}", answer.text());
        assert!(answer.text().contains(&format!("href=\"{page}?lang=ko\"")), "{path}: {}", answer.text());
    }
}
