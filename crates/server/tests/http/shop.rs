//! `/demo/shop` and `/demo/api/products`: F8, the whole path.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use admit_testkit::{Client, PASSWORD, Request, Server, with_port};
use serde_json::{Value, json};

use crate::http::support::{COOKIE, demo, edit, form_login, product, secret, twin};

/// Anonymous, a customer and an admin.
fn three(server: &Server) -> [(&'static str, Client); 3] {
    server.user("customer", &["customer"]);
    server.user("root", &["admin"]);
    [("anonymous", server.client()), ("customer", server.signed_in("customer")), ("admin", server.signed_in("root"))]
}

#[admit_testkit::everywhere]
fn everybody_reads_the_catalogue() {
    let server = demo();
    for (who, mut client) in three(&server) {
        assert_eq!(client.get("/demo/api/products").json().as_array().unwrap().len(), 6, "{who}");
        let product = client.get("/demo/api/products/1").json();
        assert_eq!(product, json!({ "id": 1, "name": "Linen notebook, A5", "price": 12.5 }), "{who}");
        assert_eq!(client.get("/demo/api/products/99").status, 404);
        assert_eq!(client.page("/demo/shop").status, 200, "{who}");
    }
}

#[admit_testkit::everywhere]
fn anonymous_is_401_a_customer_403_and_an_admin_edits() {
    let server = demo();
    let before = product(&server);
    let statuses = three(&server).map(|(who, mut client)| {
        let answer = client.call("PUT", "/demo/api/products/1", &edit());
        if who != "admin" {
            assert_eq!(product(&server), before, "{who} changed it");
        }
        (who, answer.status, answer.problem())
    });
    assert_eq!(
        statuses,
        [
            ("anonymous", 401, "not-signed-in".to_owned()),
            ("customer", 403, "not-permitted".to_owned()),
            ("admin", 200, String::new())
        ]
    );
    assert_eq!(product(&server), json!({ "id": 1, "name": "Edited", "price": 1.5 }));
}

#[admit_testkit::everywhere]
fn who_may_not_edit_learns_nothing_about_what_there_is_to_edit() {
    let server = demo();
    let [(_, mut anonymous), (_, mut customer), (_, mut admin)] = three(&server);
    let put = |path: &str, token: &str, media: &str, body: &str| {
        Request::new("PUT", path).header("x-csrf-token", token).header("content-type", media).bytes(body)
    };
    for (path, media, body, of_admin) in [
        ("/demo/api/products/1", "application/json", "{\"name\":\"A\",\"price\":-1}", 422),
        ("/demo/api/products/1", "application/json", "{\"name\":\"A\"}", 422),
        ("/demo/api/products/1", "application/json", "{\"name\":", 400),
        ("/demo/api/products/1", "text/plain", "{}", 415),
        ("/demo/api/products/99", "application/json", "{\"name\":\"A\",\"price\":1}", 404),
        ("/demo/api/products/99", "application/json", "not even JSON", 404),
        ("/demo/api/products/01", "application/json", "{\"name\":\"A\",\"price\":1}", 404),
        ("/demo/api/products/x%2fy", "application/json", "{}", 404),
    ] {
        let of = |client: &mut Client| {
            let token = client.csrf_token.clone();
            client.send(&put(path, &token, media, body)).status
        };
        assert_eq!(of(&mut anonymous), 401, "{path} {body}");
        assert_eq!(of(&mut customer), 403, "{path} {body}");
        assert_eq!(of(&mut admin), of_admin, "{path} {body}");
    }
    let token = admin.csrf_token.clone();
    let answer = admin.send(&put("/demo/api/products/1", &token, "application/json", "{\"name\":\"A\",\"price\":-1}"));
    assert_eq!(answer.json()["field"], "price");
}

#[admit_testkit::everywhere]
fn a_forged_edit_is_403_and_changes_nothing_even_with_an_admins_cookie() {
    let server = demo();
    let [.., (_, mut admin)] = three(&server);
    let before = product(&server);
    let put = || Request::new("PUT", "/demo/api/products/1").json(&edit());
    let form = |fields: &[(&str, &str)]| Request::new("POST", "/demo/shop/products/1").page().form(fields);
    let token = admin.csrf_token.clone();
    let fields = [("name", "Pwned"), ("price", "1")];
    for (what, forged) in [
        ("no token", put()),
        ("a guess", put().header("x-csrf-token", "AAAA")),
        ("cross-site with the token", put().header("x-csrf-token", &token).header("sec-fetch-site", "cross-site")),
        ("a form of another page", form(&fields)),
        (
            "the classic form",
            form(&fields).header("origin", "https://evil.example").header("sec-fetch-site", "cross-site"),
        ),
        ("a form from the same site, another origin", form(&fields).header("sec-fetch-site", "same-site")),
    ] {
        assert_eq!(admin.send(&forged).status, 403, "{what}");
        assert_eq!(product(&server), before, "{what}");
    }
    assert_eq!(admin.send(&put().header("x-csrf-token", &token)).status, 200);
}

#[admit_testkit::everywhere]
fn an_admin_edits_by_form_and_a_customer_is_offered_no_button_for_it() {
    let server = demo();
    let [(_, mut anonymous), (_, mut customer), _] = three(&server);
    let edit_page = "/demo/shop/products/1/edit";
    assert_eq!(anonymous.page(edit_page).status, 303, "a browser is asked to sign in");
    assert_eq!(customer.page(edit_page).status, 403);
    let buttons = |client: &mut Client| client.page("/demo/shop").text().matches("<a class=\"button\"").count();
    assert_eq!((buttons(&mut anonymous), buttons(&mut customer)), (0, 0));

    let mut admin = server.client();
    let answer = form_login(&mut admin, "root", PASSWORD, &[("return_to", edit_page)]);
    assert_eq!(answer.header("location"), Some(edit_page));
    assert_eq!(buttons(&mut admin), 6, "one a product");
    let csrf_token = admin.page(edit_page).field("csrf_token").unwrap();
    let save = |name: &str, price: &str| {
        let fields = [("name", name), ("price", price), ("csrf_token", csrf_token.as_str())];
        Request::new("POST", "/demo/shop/products/1").page().form(&fields)
    };
    let wrong = admin.send(&save("램프", "cheap"));
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("value=\"램프\"") && wrong.text().contains("value=\"cheap\""), "nothing is lost");
    assert_eq!(admin.send(&save("램프", "3.20")).status, 303);
    assert_eq!(product(&server), json!({ "id": 1, "name": "램프", "price": 3.2 }));
}

#[test]
fn the_shop_is_not_there_without_demo() {
    let server = Server::with(crate::http::support::BINARY, &["serve", "--dev"]).start();
    for path in ["/demo/shop", "/demo/api/products", "/demo/api/products/1"] {
        assert_eq!(server.client().get(path).status, 404, "{path}");
    }
    assert_eq!(server.client().call("PUT", "/demo/api/products/1", &Value::Null).status, 404);
    assert!(server.greeted("Attack page").is_none());
}

/// All of an edit but its last byte; the server has asked for the body when this returns.
fn hold_an_edit(server: &Server, client: &Client) -> BufReader<TcpStream> {
    let body = edit().to_string();
    let (kept, _) = body.split_at(body.len() - 1);
    let cookie = format!("{COOKIE}={}", secret(client));
    let head = format!(
        "PUT /demo/api/products/1 HTTP/1.1\r\nhost: {}\r\ncookie: {cookie}\r\nx-csrf-token: {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n",
        server.address,
        client.csrf_token,
        body.len()
    );
    let mut stream = BufReader::new(TcpStream::connect(server.address).unwrap());
    stream.get_mut().write_all(&with_port(head.as_bytes(), server.address.port())).unwrap();
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    assert!(line.starts_with("HTTP/1.1 100 "), "{line}");
    stream.get_mut().write_all(kept.as_bytes()).unwrap();
    stream
}

/// Sends the last byte; the status of the answer.
fn let_go(mut stream: BufReader<TcpStream>) -> String {
    stream.get_mut().write_all(b"}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.trim_start().strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
    status.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[admit_testkit::everywhere]
fn an_admin_who_is_stopped_while_holding_an_edit_back_edits_nothing() {
    let server = demo();
    let before = product(&server);
    for (name, expected) in [("disabled", "401"), ("demoted", "403"), ("gone", "401")] {
        server.user(name, &["admin"]);
        let admin = server.signed_in(name);
        let stream = hold_an_edit(&server, &admin);
        match name {
            "disabled" => assert_eq!(server.cli(&["user", "disable", name], "").code, 0),
            "demoted" => assert_eq!(server.cli(&["user", "set-roles", name, "customer"], "").code, 0),
            _ => assert_eq!(twin(&server, &admin).call("POST", "/logout", &Value::Null).status, 204),
        }
        assert_eq!(let_go(stream), expected, "{name}");
        assert_eq!(product(&server), before, "{name}");
    }
    server.user("steady", &["admin"]);
    let stream = hold_an_edit(&server, &server.signed_in("steady"));
    assert_eq!(let_go(stream), "200", "whoever is still an admin when the last byte comes");
    assert_ne!(product(&server), before);
}
