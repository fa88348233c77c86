//! A session that ends while a form is open: signing in leads back to the page of that form.

use admit_server::web::router;
use admit_testkit::{Client, PASSWORD, Request, Response, Server};

use crate::http::support::{demo, form_login, twin};

/// The forms of the pages, and the page of each. `{id}` is a user's.
const FORMS: [(&str, &str); 13] = [
    ("/account/password", "/account"),
    ("/account/sessions/end-others", "/account"),
    ("/account/sessions/{id}/end", "/account"),
    ("/admin/users", "/admin"),
    ("/admin/users/{id}/roles", "/admin/users/{id}"),
    ("/admin/users/{id}/link", "/admin/users/{id}"),
    ("/admin/users/{id}/rename", "/admin/users/{id}"),
    ("/admin/users/{id}/delete", "/admin/users/{id}"),
    ("/admin/users/{id}/disable", "/admin/users/{id}"),
    ("/admin/users/{id}/enable", "/admin/users/{id}"),
    ("/admin/users/{id}/sessions/revoke", "/admin/users/{id}"),
    ("/admin/users/{id}/sessions/{session}/end", "/admin/users/{id}"),
    ("/demo/shop/products/1", "/demo/shop/products/1/edit"),
];

/// The same of this user. Which session it is makes no difference.
fn forms_of(id: &str) -> [(String, String); 13] {
    FORMS.map(|(form, page)| (form.replace("{id}", id).replace("{session}", id), page.replace("{id}", id)))
}

/// An administrator whose forms are open while every session of theirs is ended elsewhere; and the id of a user.
fn interrupted() -> (Server, Client, String) {
    let server = demo();
    server.user("boss", &["admin"]);
    let id = server.user("carol", &["customer"]);
    let boss = server.signed_in("boss");
    let ended = twin(&server, &boss).call("POST", "/logout/all", &serde_json::Value::Null);
    assert_eq!(ended.status, 204);
    (server, boss, id)
}

fn send(client: &mut Client, path: &str) -> Response {
    let token = client.csrf_token.clone();
    let fields = [("csrf_token", token.as_str()), ("username", "typed"), ("new_password", "a typed secret of theirs")];
    client.send(&Request::new("POST", path).page().form(&fields))
}

#[test]
fn somebody_whose_session_ended_while_a_form_was_open_comes_back_to_its_page() {
    let (server, boss, id) = interrupted();
    for (form, page) in forms_of(&id) {
        let mut browser = twin(&server, &boss);
        let answer = send(&mut browser, &form);
        let location = answer.header("location").unwrap_or_default().to_owned();
        let wanted = format!("return_to={}&notice=session-ended", page.replace('/', "%2F"));
        assert_eq!((answer.status, location), (303, format!("/login?{wanted}")), "{form}");
        assert!(!answer.header("location").unwrap_or_default().contains("typed"), "what was typed is in no address");

        let login = browser.page(&format!("/login?{wanted}"));
        assert!(login.text().contains("Your session has ended"), "{form}");
        let return_to = login.field("return_to").unwrap();
        let answer = form_login(&mut browser, "boss", PASSWORD, &[("return_to", &return_to)]);
        assert_eq!((answer.status, answer.header("location")), (303, Some(page.as_str())), "{form}");
        assert_eq!(browser.page(&page).status, 200, "{form}");
    }
}

#[test]
fn somebody_whose_cookie_is_gone_comes_back_to_the_forms_page_too() {
    let (server, _, id) = interrupted();
    for (form, page) in forms_of(&id) {
        let answer = send(&mut server.client(), &form);
        let wanted = format!("/login?return_to={}&notice=sign-in-first", page.replace('/', "%2F"));
        assert_eq!((answer.status, answer.header("location")), (303, Some(wanted.as_str())), "{form}");
    }
}

#[test]
fn somebody_who_only_wanted_to_sign_out_is_led_nowhere_else_afterwards() {
    let (server, boss, _) = interrupted();
    for form in ["/logout", "/logout/all"] {
        let answer = send(&mut twin(&server, &boss), form);
        assert_eq!((answer.status, answer.header("location")), (303, Some("/login?notice=session-ended")), "{form}");
    }
}

#[test]
fn somebody_who_opens_the_address_of_a_form_gets_a_page_that_leads_to_the_form() {
    let server = demo();
    server.user("boss", &["admin"]);
    let id = server.user("carol", &["customer"]);
    let mut boss = server.signed_in("boss");
    for (form, page) in forms_of(&id) {
        let answer = boss.page(&form);
        assert_eq!(answer.status, 405, "{form}");
        assert!(answer.header("allow").is_some_and(|allow| allow.split(',').any(|it| it.trim() == "POST")), "{form}");
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{form}");
        assert!(answer.text().contains(&format!("href=\"{page}\"")), "{form}: {}", answer.text());
        assert_eq!(boss.get(&form).problem(), "method-not-allowed", "a program gets a problem document");
    }
}

#[test]
fn every_form_of_a_page_knows_the_page_that_it_stands_on() {
    let routes = router::routes(true).merge(admit_shop::routes(admit_shop::Shop::default()).with_state(()));
    let of_page = |path: &str| ["/account/", "/admin/users", "/demo/shop/"].iter().any(|start| path.starts_with(start));
    let forms = routes.table().into_iter().filter(|row| row.method == "POST" && of_page(&row.path));
    let forms: Vec<String> = forms.map(|row| row.path.replace("/products/{id}", "/products/1")).collect();
    assert!(forms.len() == FORMS.len(), "{forms:?}");
    for form in forms {
        assert!(FORMS.iter().any(|(known, _)| *known == form), "{form} is not among the forms of this test");
    }
}
