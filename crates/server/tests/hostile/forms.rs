//! Forms that no page of ours makes.

use admit_testkit::{PASSWORD, Request, Wire};

use super::target::Target;

fn form(path: &str, body: impl Into<Vec<u8>>) -> Request {
    Request::new("POST", path).header("content-type", "application/x-www-form-urlencoded").bytes(body)
}

/// The login page's own cookie and token, as a `Cookie` header and a form field.
fn login_form(target: &Target) -> (String, String) {
    let mut browser = target.server.client();
    let token = browser.page("/login").field("csrf_token").expect("a token in the page");
    (format!("admit_form={}", browser.cookies["admit_form"]), format!("csrf_token={token}"))
}

#[test]
fn a_malformed_login_form_is_a_4xx_and_signs_nobody_in() {
    let mut target = Target::start();
    let (cookie, token) = login_form(&target);
    let password = PASSWORD.replace(' ', "+");
    let good = format!("username=alice&password={password}");
    let many: String = (0..10_000).map(|n| format!("f{n}&")).collect();
    let bodies: Vec<Vec<u8>> = vec![
        format!("{token}&username=%ff&password={password}").into(),
        format!("{token}&username=alice&password=%ff%fe").into(),
        format!("{token}&username=%c0%af&password={password}").into(),
        [token.as_bytes(), b"&username=\xff&password=x"].concat(),
        format!("{token}&username=alice&{good}").into(),
        format!("{token}&{good}&password=x").into(),
        format!("{token}&{good}&{token}").into(),
        format!("{token}&{good}&csrf_token=").into(),
        format!("{token}&{good}&role=admin").into(),
        format!("{token}&{good}&is_admin=1").into(),
        format!("{token}&{many}{good}").into(),
        format!("{token}&username=alice").into(),
        format!("{token}&username[]=alice&password={password}").into(),
        format!("{token};{good}").into(),
        format!("{token}&{}", good.replace('&', ";")).into(),
        format!("{token}\0&{good}").into(),
        good.clone().into(),
        token.clone().into(),
        Vec::new(),
        b"&&&&====".to_vec(),
        b"%zz=%zz&%".to_vec(),
        b"{\"username\":\"alice\"}".to_vec(),
    ];
    let mut wire = Wire::new(target.server.address);
    for body in &bodies {
        let shown = String::from_utf8_lossy(body).chars().take(200).collect::<String>();
        let answer = wire.ask(&form("/login", body.clone()).header("cookie", &cookie)).expect("an answer");
        assert!((400..500).contains(&answer.status), "{shown}: {} {}", answer.status, answer.text());
        assert!(answer.all("set-cookie").iter().all(|cookie| !cookie.starts_with("admit_session=")), "{shown}");
    }
    // As the page would have sent it, it is taken: what was refused above was refused for what was wrong with it.
    let taken = wire.ask(&form("/login", format!("{token}&{good}")).header("cookie", &cookie)).expect("an answer");
    assert_eq!(taken.status, 303);
    target.assert_unharmed_and_open();
}

#[test]
fn a_form_in_another_media_type_is_never_taken_for_one() {
    let mut target = Target::start();
    let (cookie, token) = login_form(&target);
    let body = format!("{token}&username=alice&password={}", PASSWORD.replace(' ', "+"));
    let json = format!("{{\"username\":\"alice\",\"password\":\"{PASSWORD}\"}}");
    let mut wire = Wire::new(target.server.address);
    for media_type in [
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded2",
        "application/jsonp",
        "text/json",
        "application/json+x",
        "*/*",
        ";",
        "é",
    ] {
        for body in [&body, &json] {
            let request = Request::new("POST", "/login").header("content-type", media_type).bytes(body.as_bytes());
            let answer = wire.ask(&request.header("cookie", &cookie)).expect("an answer");
            assert!(matches!(answer.status, 400 | 403 | 415), "{media_type}: {} {}", answer.status, answer.text());
        }
    }
    // The shape that a page of another site can send without asking first: JSON text as text/plain.
    let plain = Request::new("POST", "/login").header("content-type", "text/plain").bytes(json.as_bytes());
    assert_eq!(wire.ask(&plain).expect("an answer").status, 415);
    let from_elsewhere = plain.header("origin", "https://evil.example").header("sec-fetch-site", "cross-site");
    assert_eq!(wire.ask(&from_elsewhere).expect("an answer").status, 403);
    // No type at all is not that of JSON either: another site can leave it out without asking first.
    let none = Request::new("POST", "/login").bytes(json.as_bytes());
    assert_eq!(wire.ask(&none).expect("an answer").status, 415);
    target.assert_unharmed_and_open();
}

#[test]
fn malformed_forms_on_the_pages_for_administrators_change_nothing() {
    let mut target = Target::start();
    let cookie = Target::cookie(&target.boss);
    let token = format!("csrf_token={}", target.boss.csrf_token);
    let roles = format!("/admin/users/{}/roles", target.alice_id);
    let many: String = "&role=admin".repeat(2_000);
    let mut wire = Wire::new(target.server.address);
    for (path, body) in [
        (roles.as_str(), format!("{token}&role=superuser")),
        (&roles, format!("{token}&role=%ff")),
        (&roles, format!("{token}&roles=admin")),
        (&roles, format!("{token}&role=admin&extra=1")),
        (&roles, format!("{token}{many}&role=nobody")),
        (&roles, "role=admin".to_owned()),
        (&roles, format!("{token}x&role=admin")),
        (&roles, format!("{token}&{token}&role=admin")),
        ("/admin/users", format!("{token}&username=a%00b&password=x")),
        ("/admin/users", format!("{token}&username=mallory&password=short")),
        ("/admin/users", format!("{token}&username=mallory&username=m2&password={PASSWORD}")),
        ("/account/password", format!("{token}&current_password={PASSWORD}&new_password=%ff")),
        ("/account/password", format!("{token}&new_password=velvet+harbour+compass")),
        ("/demo/shop/products/1", format!("{token}&name=a&name=b&price=1")),
        ("/demo/shop/products/1", format!("{token}&name=a&price=%ff")),
    ] {
        let answer = wire.ask(&form(path, body.clone()).header("cookie", &cookie)).expect("an answer");
        let shown = body.chars().take(200).collect::<String>();
        assert!((400..500).contains(&answer.status), "{path} {shown}: {} {}", answer.status, answer.text());
    }
    target.assert_unharmed_and_open();
}
