//! The attack page, and what it is told of the attacks.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::world::world;

/// The headers that a browser adds on a page of another port.
fn from_the_attack_page(request: axum::http::request::Builder) -> axum::http::request::Builder {
    request.header("origin", "http://127.0.0.1:8081").header("sec-fetch-site", "same-site")
}

#[tokio::test]
async fn the_page_names_the_four_attacks_in_both_languages_and_may_load_nothing_else() {
    let world = world().await;
    for (path, title) in [("/?lang=en", "Attack the shop"), ("/?lang=ko", "상점 공격하기")] {
        let page = world.look_at_attack(path).await;
        assert!(page.status == 200 && page.text.contains(title), "{}", page.text);
        for attack in ["form", "fetch", "image", "login"] {
            assert!(page.text.contains(&format!(r#"id="attack-{attack}""#)), "{attack}");
            assert!(page.text.contains(&format!(r#"id="result-{attack}""#)), "{attack}");
        }
        assert!(page.text.contains(r#"id="attack-all""#));
        assert!(page.text.contains(r#"action="http://127.0.0.1:8080/demo/shop/products/1""#));
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';") && !policy.contains("unsafe"), "{policy}");
    }
}

#[tokio::test]
async fn a_forged_form_of_an_admin_is_stopped_at_csrf_and_the_page_is_told_so() {
    let world = world().await;
    let admin = world.admin().await;
    let start = world.look_at_attack("/stops").await.json();
    assert_eq!(start["requests"], json!([]));
    let form = Request::post("/demo/shop/products/1").header("content-type", "application/x-www-form-urlencoded");
    let forged = from_the_attack_page(form);
    assert_eq!(world.send(&admin, forged, Body::from("name=Hacked+by+a+form&price=1")).await.status, 403);

    let after = world.look_at_attack(&format!("/stops?since={}", start["now"])).await.json();
    assert_eq!(after["product"], start["product"], "nothing was changed");
    let request = &after["requests"][0];
    assert_eq!((&request["method"], &request["status"]), (&json!("POST"), &json!(403)));
    assert_eq!(request["stopped"]["step"], "csrf");
    assert!(request["stopped"]["said"].as_str().unwrap().contains("Sec-Fetch-Site"), "{request}");
    assert!(!after.to_string().contains("lee"), "a stranger's page is not told who was attacked");
}

#[tokio::test]
async fn a_simple_post_of_an_admin_is_stopped_at_csrf_too() {
    let world = world().await;
    let admin = world.admin().await;
    let simple = from_the_attack_page(Request::post("/demo/shop/products/1").header("content-type", "text/plain"));
    let body = Body::from(r#"{"name":"Hacked by a fetch","price":1}"#);
    assert_eq!(world.send(&admin, simple, body).await.problem(), (403, "cross-origin".to_owned()));
}

#[tokio::test]
async fn a_preflight_gets_no_consent_and_an_image_finds_no_route() {
    let world = world().await;
    let admin = world.admin().await;
    let before = world.shop.products();
    let preflight = Request::options("/demo/api/products/1")
        .header("access-control-request-method", "PUT")
        .header("access-control-request-headers", "content-type");
    let answer = world.send(&admin, from_the_attack_page(preflight), Body::empty()).await;
    assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("access-control-")));
    let image = world.get(&admin, "/demo/shop/products/1?name=Hacked+by+an+image&price=1").await;
    assert_eq!(image.status, 405);
    assert_eq!(world.shop.products(), before);
    let told = world.look_at_attack("/stops?since=0").await.json();
    assert_eq!(told["requests"], json!([]), "an address without a route leaves no trace at the gate");
}

#[tokio::test]
async fn an_attack_that_passed_the_gate_would_not_be_called_stopped() {
    let world = world().await;
    let admin = world.admin().await;
    assert_eq!(world.put(&admin, "/demo/api/products/1", r#"{"name":"Lamp","price":1}"#).await.status, 200);
    let told = world.look_at_attack("/stops?since=0").await.json();
    assert_eq!(told["requests"][0]["stopped"], json!(null));
    assert_eq!(told["product"]["name"], "Lamp");
}

#[tokio::test]
async fn a_since_that_is_no_number_is_400() {
    let world = world().await;
    assert_eq!(world.look_at_attack("/stops?since=x").await.problem(), (400, "malformed-query".to_owned()));
}
