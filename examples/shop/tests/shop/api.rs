//! `/demo/api/products`

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::world::{anonymous, world};

const ONE: &str = "/demo/api/products/1";
const GOOD: &str = r#"{"name":"Lamp","price":9.99}"#;

#[tokio::test]
async fn anonymous_reads_the_catalogue_and_each_product() {
    let world = world().await;
    let all = world.get(&anonymous(), "/demo/api/products").await;
    assert_eq!((all.status.as_u16(), all.json().as_array().unwrap().len()), (200, 6));
    let one = world.get(&anonymous(), ONE).await;
    assert_eq!(one.json(), json!({"id": 1, "name": "Linen notebook, A5", "price": 12.5}));
    assert!(one.headers.get("set-cookie").is_none(), "reading needs no cookie");
}

#[tokio::test]
async fn an_unknown_and_a_non_numeric_number_are_both_404() {
    let world = world().await;
    let admin = world.admin().await;
    for id in ["7", "0", "abc", "01", "+1", "-1", "1.0", "4294967297", "%FF", "1%00"] {
        let path = format!("/demo/api/products/{id}");
        assert_eq!(world.get(&anonymous(), &path).await.problem(), (404, "not-found".to_owned()), "GET {id}");
        assert_eq!(world.put(&admin, &path, GOOD).await.problem(), (404, "not-found".to_owned()), "PUT {id}");
    }
}

#[tokio::test]
async fn anonymous_gets_401_a_customer_403_and_an_admin_200() {
    let world = world().await;
    let before = world.shop.find(1);
    assert_eq!(world.put(&anonymous(), ONE, GOOD).await.problem(), (401, "not-signed-in".to_owned()));
    let customer = world.customer().await;
    assert_eq!(world.put(&customer, ONE, GOOD).await.problem(), (403, "not-permitted".to_owned()));
    assert_eq!(world.shop.find(1), before);

    let saved = world.put(&world.admin().await, ONE, GOOD).await;
    assert_eq!((saved.status.as_u16(), saved.json()), (200, json!({"id": 1, "name": "Lamp", "price": 9.99})));
    assert_eq!(world.get(&anonymous(), ONE).await.json(), saved.json());
}

#[tokio::test]
async fn an_admin_whose_role_is_taken_away_gets_403_on_the_next_request() {
    let world = world().await;
    let admin = world.admin().await;
    assert_eq!(world.put(&admin, ONE, GOOD).await.status, 200);
    world.give_roles(&admin, &["customer"]).await;
    assert_eq!(world.put(&admin, ONE, GOOD).await.problem(), (403, "not-permitted".to_owned()));
}

#[tokio::test]
async fn an_admin_without_the_csrf_token_or_from_another_origin_changes_nothing() {
    let world = world().await;
    let admin = world.admin().await;
    let before = world.shop.find(1);
    let json = |request: axum::http::request::Builder| request.header("content-type", "application/json");
    let without = world.send(&admin, json(Request::put(ONE)), Body::from(GOOD)).await;
    assert_eq!(without.problem(), (403, "csrf-token-missing".to_owned()));
    let foreign = json(Request::put(ONE)).header("x-csrf-token", &admin.csrf).header("sec-fetch-site", "same-site");
    assert_eq!(world.send(&admin, foreign, Body::from(GOOD)).await.problem(), (403, "cross-origin".to_owned()));
    assert_eq!(world.shop.find(1), before);
}

#[tokio::test]
async fn what_is_wrong_is_said_in_the_order_401_403_404_and_then_the_body() {
    let world = world().await;
    let customer = world.customer().await;
    let admin = world.admin().await;
    let (missing, broken) = ("/demo/api/products/99", "{");
    assert_eq!(world.put(&anonymous(), missing, broken).await.status, 401);
    assert_eq!(world.put(&customer, missing, broken).await.status, 403);
    assert_eq!(world.put(&admin, missing, broken).await.status, 404);
    assert_eq!(world.put(&admin, ONE, broken).await.status, 400);
    assert_eq!(world.put(&admin, missing, &" ".repeat(100_000)).await.status, 404);
    assert_eq!(world.put(&customer, ONE, &" ".repeat(100_000)).await.status, 403);
}

#[tokio::test]
async fn an_admin_is_told_what_is_wrong_with_the_body() {
    let world = world().await;
    let admin = world.admin().await;
    let before = world.shop.find(1);

    let broken = world.put(&admin, ONE, "{\"name\": \"Lamp\",\n \"price\": }").await;
    assert_eq!(broken.problem(), (400, "malformed-json".to_owned()));
    assert_eq!((&broken.json()["line"], &broken.json()["column"]), (&json!(2), &json!(11)));
    assert!(broken.json()["detail"].as_str().unwrap().contains("line 2, column 11"), "{}", broken.text);

    let large = format!("{{\"name\":\"{}\",\"price\":1}}", "a".repeat(20_000));
    assert_eq!(world.put(&admin, ONE, &large).await.problem(), (413, "body-too-large".to_owned()));

    for media_type in [Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonp"), None] {
        let request = Request::put(ONE).header("x-csrf-token", &admin.csrf);
        let request = match media_type {
            Some(media_type) => request.header("content-type", media_type),
            None => request,
        };
        let answer = world.send(&admin, request, Body::from(GOOD)).await;
        assert_eq!(answer.problem(), (415, "unsupported-media-type".to_owned()), "{media_type:?}");
    }

    for (body, field) in [
        (r#"{"name":"Lamp","price":-1}"#, "price"),
        (r#"{"name":"Lamp","price":"9.99"}"#, "price"),
        (r#"{"name":"Lamp","price":9.999}"#, "price"),
        (r#"{"name":"Lamp"}"#, "price"),
        (r#"{"name":" ","price":1}"#, "name"),
        (r#"{"name":"a\u0000b","price":1}"#, "name"),
        (r#"{"name":"Lamp","price":1,"owner":"me"}"#, "owner"),
    ] {
        let answer = world.put(&admin, ONE, body).await;
        assert_eq!(answer.problem(), (422, "invalid-field".to_owned()), "{body}");
        assert_eq!(answer.json()["field"], field, "{body}");
    }
    assert_eq!(world.shop.find(1), before);
}

#[tokio::test]
async fn a_list_without_parameters_refuses_each_and_names_it() {
    let world = world().await;
    let admin = world.admin().await;
    for (query, parameter) in [("limit=3", "limit"), ("page=2", "page"), ("limit=", "limit"), ("x", "x")] {
        let answer = world.get(&admin, &format!("/demo/api/products?{query}")).await;
        assert_eq!(answer.problem(), (400, "invalid-parameter".to_owned()), "{query}");
        assert_eq!(answer.json()["parameter"], parameter, "{query}");
    }
    assert_eq!(world.get(&admin, "/demo/api/products").await.status, 200);
}

#[tokio::test]
async fn json_with_a_charset_parameter_is_json() {
    let world = world().await;
    let admin = world.admin().await;
    let request =
        Request::put(ONE).header("content-type", "Application/JSON; charset=utf-8").header("x-csrf-token", &admin.csrf);
    assert_eq!(world.send(&admin, request, Body::from(GOOD)).await.status, 200);
}
