//! Who is the client? By secret, in the header or the form; never in two ways at once.

use admit_testkit::{Request, Response};

use crate::http::support::clients::{ASSERTION_TYPE, BILLING, Configured, configured, oauth_error};

const OWN: [(&str, &str); 1] = [("grant_type", "client_credentials")];

/// Every character by its number, which RFC 6749 section 2.3.1 asks of those that are special and allows of all.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn by_header(it: &Configured, value: &str) -> Response {
    it.client().send(&Request::new("POST", "/oauth/token").header("authorization", value).form(&OWN))
}

fn invalid_client(answer: &Response, challenge: Option<&str>, what: &str) {
    assert_eq!(oauth_error(answer), (401, "invalid_client".to_owned()), "{what}");
    assert_eq!(answer.header("www-authenticate"), challenge, "{what}");
}

#[admit_testkit::everywhere]
fn a_service_shows_its_secret_in_the_header_or_in_the_form() {
    let it = configured();
    let plain = admit_testkit::basic(BILLING, &it.secret);
    assert_eq!(by_header(&it, &plain).status, 200);
    assert_eq!(by_header(&it, &plain.replacen("Basic", "bAsIc", 1)).status, 200, "a scheme has no case");
    let special = admit_testkit::basic(&encoded(BILLING), &encoded(&it.secret));
    assert_eq!(by_header(&it, &special).status, 200, "each is form-encoded before they are joined");
    let form = [OWN[0], ("client_id", BILLING), ("client_secret", &it.secret)];
    assert_eq!(it.client().post("/oauth/token", &form).status, 200);
    let named = Request::new("POST", "/oauth/token").basic(BILLING, &it.secret);
    let same = [OWN[0], ("client_id", BILLING)];
    assert_eq!(it.client().send(&named.clone().form(&same)).status, 200, "the same name again does no harm");
    let other = oauth_error(&it.client().send(&named.form(&[OWN[0], ("client_id", "site")])));
    assert_eq!(other, (400, "invalid_request".to_owned()), "another does");
}

#[admit_testkit::everywhere]
fn an_unknown_service_and_a_wrong_secret_are_refused_alike_with_a_challenge_where_the_header_was_used() {
    let it = configured();
    let wrong = "A".repeat(43);
    let short = it.secret.get(..42).unwrap();
    let mut bodies = Vec::new();
    for (name, secret) in [
        (BILLING, wrong.as_str()),
        (BILLING, ""),
        (BILLING, short),
        (BILLING, &format!("{} ", it.secret)),
        ("nobody", &it.secret),
        ("Billing", &it.secret),
        ("", &it.secret),
        ("signer", &it.secret),
        ("app", &it.secret),
        ("page", ""),
    ] {
        let answer = by_header(&it, &admit_testkit::basic(name, secret));
        invalid_client(&answer, Some("Basic realm=\"admit\""), &format!("{name}:{secret}"));
        bodies.push(answer.text());
        if !name.is_empty() && !secret.is_empty() {
            let form = [OWN[0], ("client_id", name), ("client_secret", secret)];
            let answer = it.client().post("/oauth/token", &form);
            invalid_client(&answer, None, &format!("{name}:{secret}"));
            bodies.push(answer.text());
        }
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "one answer, whatever was wrong: {bodies:?}");
}

#[test]
fn a_header_that_is_no_name_and_secret_is_400() {
    let it = configured();
    let no_colon = admit_testkit::basic("x", "").replace("eDo=", "eA==");
    for value in ["Basic", "Basic ", "Basic !!!", "Basic eDp", no_colon.as_str(), "Basic //46/w==", "Basic eDp5 eDp5"] {
        let error = oauth_error(&by_header(&it, value));
        assert_eq!(error, (400, "invalid_request".to_owned()), "{value}");
    }
    let ampersand = admit_testkit::basic(BILLING, "a&b=c");
    assert_eq!(oauth_error(&by_header(&it, &ampersand)).0, 400, "no parameter hides in a secret");
    let twice = Request::new("POST", "/oauth/token").basic(BILLING, &it.secret).basic(BILLING, &it.secret);
    assert_eq!(oauth_error(&it.client().send(&twice.form(&OWN))), (400, "invalid_request".to_owned()));
}

#[admit_testkit::everywhere]
fn two_proofs_at_once_are_400_even_when_both_are_right() {
    let it = configured();
    let secret = ("client_secret", it.secret.as_str());
    let id = ("client_id", BILLING);
    let both = Request::new("POST", "/oauth/token").basic(BILLING, &it.secret).form(&[OWN[0], id, secret]);
    assert_eq!(oauth_error(&it.client().send(&both)), (400, "invalid_request".to_owned()));
    let assertion = it.assertion(&it.claims());
    let asserted = [("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion.as_str())];
    let form = [&[OWN[0], id, secret][..], &asserted].concat();
    assert_eq!(oauth_error(&it.client().post("/oauth/token", &form)), (400, "invalid_request".to_owned()));
    let header = Request::new("POST", "/oauth/token").basic(BILLING, &it.secret);
    let form = [&OWN[..], &asserted].concat();
    assert_eq!(oauth_error(&it.client().send(&header.form(&form))), (400, "invalid_request".to_owned()));
    assert_eq!(it.asserted("/oauth/token", &assertion, &OWN).status, 200, "none of that has used it up");
}
