//! Every list in JSON: a part of it, the next part, and nothing that is not understood.

use admit_testkit::{Client, Response, Server};
use serde_json::{Value, json};

use super::create;
use crate::http::support::{admin, demo};

/// The lists, the member that holds their rows, and the parameter that says where a part begins.
fn lists(user: &str) -> [(String, &'static str, &'static str); 5] {
    [
        ("/admin/api/users".to_owned(), "users", "after"),
        ("/admin/api/audit".to_owned(), "events", "before"),
        ("/sessions".to_owned(), "sessions", "after"),
        ("/admin/api/permissions/user:read".to_owned(), "users", "after"),
        (format!("/admin/api/users/{user}/permissions"), "permissions", "after"),
    ]
}

fn root_and_her_id(server: &Server) -> (Client, String) {
    let mut root = admin(server);
    let id = root.get("/session").json()["subject"]["id"].as_str().unwrap().to_owned();
    (root, id)
}

/// Where the link of an answer leads.
fn link(answer: &Response) -> Option<String> {
    let link = answer.header("link")?;
    let (path, rest) = link.strip_prefix('<').unwrap().split_once('>').unwrap();
    assert_eq!(rest, "; rel=\"next\"", "{link}");
    Some(path.to_owned())
}

#[admit_testkit::everywhere]
fn a_parameter_that_a_list_does_not_understand_is_400_and_named() {
    let server = demo();
    let (mut root, id) = root_and_her_id(&server);
    for (path, _, place) in lists(&id) {
        let place_twice = format!("{place}=1&{place}=1");
        let place_empty = format!("{place}=");
        let place_wrong = format!("{place}=x");
        for (query, parameter) in [
            ("limt=3", "limt"),
            ("Limit=3", "Limit"),
            ("page=2", "page"),
            ("offset=10", "offset"),
            ("lang=ko", "lang"),
            ("limit=3&limit=4", "limit"),
            (&place_twice, place),
            ("limit=", "limit"),
            ("limit", "limit"),
            (&place_empty, place),
            (&place_wrong, place),
            ("limit=0", "limit"),
            ("limit=201", "limit"),
            ("limit=-1", "limit"),
            ("limit=1.5", "limit"),
            ("limit=1e2", "limit"),
            ("limit=99999999999999999999", "limit"),
            ("limit=%ff", "limit"),
        ] {
            let answer = root.get(&format!("{path}?{query}"));
            let found = (answer.status, answer.problem());
            assert_eq!(found, (400, "invalid-parameter".to_owned()), "{path}?{query}: {}", answer.text());
            assert_eq!(answer.json()["parameter"], parameter, "{path}?{query}");
            assert!(
                answer.json()["detail"].as_str().is_some_and(|detail| detail.contains(parameter)),
                "{path}?{query}"
            );
        }
        let misspelt = root.get(&format!("{path}?limt=3")).json();
        assert!(misspelt["detail"].as_str().is_some_and(|detail| detail.contains("limit")), "it says what there is");
        for limit in ["1", "50", "200"] {
            assert_eq!(root.get(&format!("{path}?limit={limit}")).status, 200, "{path}");
        }
        // Who may not read a list is not told how to ask for it.
        assert_eq!(server.client().get(&format!("{path}?limt=3")).status, 401, "{path}");
    }
}

#[admit_testkit::everywhere]
fn every_list_is_read_to_its_end_by_its_links_and_each_row_comes_once() {
    let server = demo();
    let (mut root, id) = root_and_her_id(&server);
    for number in 0..7 {
        assert_eq!(create(&mut root, &format!("user{number}"), &["admin"]).status, 201);
        drop(server.signed_in("root"));
    }
    for (path, rows, place) in lists(&id) {
        let whole = root.get(&format!("{path}?limit=200"));
        assert_eq!((link(&whole), whole.json()["next"].clone()), (None, Value::Null), "{path}");
        let due = whole.json()[rows].as_array().unwrap().clone();
        assert!(due.len() > 3, "{path}: {}", due.len());
        for limit in [1, 3] {
            let mut read = Vec::new();
            let mut next = Some(format!("{path}?limit={limit}"));
            while let Some(path) = next {
                let answer = root.get(&path);
                assert_eq!(answer.status, 200, "{path}: {}", answer.text());
                let body = answer.json();
                let part = body[rows].as_array().unwrap();
                assert!(part.len() <= limit, "{path}");
                read.extend(part.iter().cloned());
                next = link(&answer);
                assert_eq!(next.is_some(), !body["next"].is_null(), "{path}: the link and next say the same");
                if let Some(link) = &next {
                    let value = body["next"].as_str().map_or_else(|| body["next"].to_string(), str::to_owned);
                    assert!(link.ends_with(&format!("{place}={value}")), "{link} {value}");
                    assert!(link.contains(&format!("limit={limit}")), "{link}: the rest of the query stays");
                }
            }
            assert_eq!(read, due, "{path} by {limit}");
        }
    }
    let filtered = root.get("/admin/api/users?query=user&limit=2");
    assert!(link(&filtered).is_some_and(|link| link.contains("query=user")), "{:?}", filtered.header("link"));
}

#[admit_testkit::everywhere]
fn a_name_of_any_letters_is_the_last_of_a_part_and_the_rest_is_reached() {
    let server = demo();
    let (mut root, _) = root_and_her_id(&server);
    let names = ["İlker", "ılgaz", "Straße", "ÅNGSTRÖM", "사용자", "李雷", "ΣΊΣΥΦΟΣ", "o-brien@example.ie", "zoe"];
    for name in names {
        let made = create(&mut root, name, &["customer"]);
        assert_eq!(made.status, 201, "{name}: {}", made.text());
    }
    let mut read = Vec::new();
    let mut next = Some("/admin/api/users?limit=1".to_owned());
    while let Some(path) = next {
        let answer = root.get(&path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        read.extend(answer.json()["users"].as_array().unwrap().iter().map(|user| user["username"].clone()));
        next = link(&answer);
    }
    let mut found: Vec<&str> = read.iter().map(|name| name.as_str().unwrap()).collect();
    found.sort_unstable();
    let mut due: Vec<&str> = names.into_iter().chain(["root"]).collect();
    due.sort_unstable();
    assert_eq!(found, due);
}

#[admit_testkit::everywhere]
fn the_fiftieth_user_of_a_page_may_be_called_anything_and_the_next_page_is_there() {
    let server = demo();
    let (mut root, _) = root_and_her_id(&server);
    for number in 0..49 {
        assert_eq!(create(&mut root, &format!("a{number:02}"), &[]).status, 201);
    }
    for name in ["İlker", "zoe"] {
        assert_eq!(create(&mut root, name, &[]).status, 201);
    }
    let first = root.page("/admin").text();
    assert!(first.contains("İlker") && !first.contains("zoe"), "he is the last of them");
    let at = first.find("/admin?query=&amp;after=").or_else(|| first.find("/admin?query=&#38;after=")).unwrap();
    let href = first.get(at..).and_then(|rest| rest.split('"').next()).unwrap();
    let href = href.replace("&amp;", "&").replace("&#38;", "&");
    let second = root.page(&href);
    assert_eq!(second.status, 200, "{href}");
    assert!(second.text().contains("zoe") && second.text().contains("root"));
    for wrong in ["ilker", "i%CC%87lker", "%00", "AAAA", &format!("{}A", href.rsplit('=').next().unwrap())] {
        let page = root.page(&format!("/admin?after={wrong}"));
        assert_eq!(page.status, 400, "{wrong}");
        assert!(page.text().contains("does not point to a place in this list"), "{wrong}");
    }
    assert_eq!(root.get("/admin/api/users?after=i%CC%87lker").json()["parameter"], json!("after"));
}
