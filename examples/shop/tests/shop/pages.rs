//! `/demo/shop`

use axum::body::Body;
use axum::http::Request;

use crate::world::{anonymous, world};

const LIST: &str = "/demo/shop";
const EDIT: &str = "/demo/shop/products/1/edit";
const SAVE: &str = "/demo/shop/products/1";

#[tokio::test]
async fn anonymous_sees_the_catalogue_a_sign_in_link_and_no_edit_link() {
    let world = world().await;
    let page = world.get(&anonymous(), LIST).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Walnut desk lamp") && page.text.contains("$64.00"), "{}", page.text);
    assert!(page.text.contains("/login?return_to=/demo/shop"));
    assert!(!page.text.contains("products/2/edit") && !page.text.contains("csrf_token"));
    assert!(page.headers.get("set-cookie").is_none(), "a page without a form gives no cookie");
}

#[tokio::test]
async fn a_customer_sees_their_name_and_roles_and_only_an_admin_the_edit_links() {
    let world = world().await;
    let page = world.get(&world.customer().await, LIST).await;
    assert!(page.text.contains(r#"<strong id="username">kim</strong>"#), "{}", page.text);
    assert!(page.text.contains(r#"<span id="roles">customer</span>"#));
    assert!(!page.text.contains("products/2/edit") && page.text.contains(r#"action="/logout""#));
    let page = world.get(&world.admin().await, LIST).await;
    assert!(page.text.contains("products/2/edit") && !page.text.contains("try-edit"), "{}", page.text);
    assert_eq!(page.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn the_edit_form_is_401_for_anonymous_403_for_a_customer_and_200_for_an_admin() {
    let world = world().await;
    assert_eq!(world.get(&anonymous(), EDIT).await.status, 401);
    assert_eq!(world.get(&world.customer().await, EDIT).await.status, 403);
    let admin = world.admin().await;
    let page = world.get(&admin, EDIT).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains(r#"value="Linen notebook, A5""#) && page.text.contains(r#"value="12.50""#));
    assert!(page.text.contains(r#"name="csrf_token""#));
    for missing in ["/demo/shop/products/99/edit", "/demo/shop/products/abc/edit"] {
        assert_eq!(world.get(&admin, missing).await.status, 404, "{missing}");
    }
}

#[tokio::test]
async fn an_admin_saves_and_is_led_back_to_the_marked_product() {
    let world = world().await;
    let admin = world.admin().await;
    let saved = world.post(&admin, SAVE, &[("name", "  Lamp & <b>shade</b> "), ("price", "7")]).await;
    assert_eq!((saved.status.as_u16(), &saved.headers["location"]), (303, &"/demo/shop?saved=1".parse().unwrap()));
    let page = world.get(&admin, "/demo/shop?saved=1").await;
    assert!(page.text.contains(r#"<li id="product-1" class="saved">"#), "{}", page.text);
    assert!(!page.text.contains("<b>shade"), "a name is text, not markup");
    for odd in ["?saved=99", "?saved=<script>", "?saved", "?saved=&saved=1", "?%FF=%FF"] {
        let path = format!("{LIST}{}", odd.replace('<', "%3C").replace('>', "%3E"));
        let page = world.get(&admin, &path).await;
        assert!(page.status == 200 && !page.text.contains(r#"id="saved""#), "{odd}");
    }
}

#[tokio::test]
async fn anonymous_and_a_customer_save_nothing() {
    let world = world().await;
    let before = world.shop.products();
    let fields = [("name", "Lamp"), ("price", "7")];
    assert_eq!(world.post(&anonymous(), SAVE, &fields).await.status, 401);
    assert_eq!(world.post(&world.customer().await, SAVE, &fields).await.status, 403);
    assert_eq!(world.shop.products(), before);
}

#[tokio::test]
async fn a_form_with_flaws_comes_back_as_typed_with_each_error_beside_its_field() {
    let world = world().await;
    let admin = world.admin().await;
    let page = world.post(&admin, SAVE, &[("name", "  "), ("price", "7,<5")]).await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains("The name is empty. Write 1 to 100 characters."), "{}", page.text);
    assert!(page.text.contains("The price is not a plain number."));
    assert!(
        page.text.contains(r#"value="7,&#60;5""#) && page.text.contains(r#"aria-describedby="price-hint price-error""#)
    );

    let token = page.text.split(r#"name="csrf_token" value=""#).last().unwrap().split('"').next().unwrap();
    let again = crate::world::Caller { csrf: token.to_owned(), ..admin.clone() };
    assert_eq!(world.post(&again, SAVE, &[("name", "Lamp"), ("price", "7.5")]).await.status, 303);
    assert_eq!(world.shop.find(1).unwrap().price.to_string(), "7.50");
}

#[tokio::test]
async fn a_form_is_answered_in_the_order_401_403_404_and_then_its_fields() {
    let world = world().await;
    let missing = "/demo/shop/products/99";
    assert_eq!(world.post(&anonymous(), missing, &[]).await.status, 401);
    assert_eq!(world.post(&world.customer().await, missing, &[]).await.status, 403);
    let admin = world.admin().await;
    assert_eq!(world.post(&admin, missing, &[]).await.status, 404);
    assert_eq!(world.post(&admin, SAVE, &[]).await.status, 422);
    assert_eq!(world.post(&admin, SAVE, &[("name", "a"), ("price", "1"), ("id", "2")]).await.status, 400);
}

#[tokio::test]
async fn a_body_that_is_no_form_is_415_even_with_the_token() {
    let world = world().await;
    let admin = world.admin().await;
    let request = Request::post(SAVE).header("content-type", "text/plain").header("x-csrf-token", &admin.csrf);
    let answer = world.send(&admin, request, Body::from("name=a&price=1")).await;
    assert_eq!(answer.problem(), (415, "unsupported-media-type".to_owned()));
}

#[tokio::test]
async fn the_pages_are_korean_for_whoever_wishes_it() {
    let world = world().await;
    let admin = world.admin().await;
    let request = Request::get(EDIT).header("accept-language", "ko-KR,ko;q=0.9,en;q=0.5");
    let page = world.send(&admin, request, Body::empty()).await;
    assert!(page.text.contains(r#"<html lang="ko">"#) && page.text.contains("상품 수정"), "{}", page.text);
    let request = Request::post(SAVE)
        .header("accept-language", "ko")
        .header("x-csrf-token", &admin.csrf)
        .header("content-type", "application/x-www-form-urlencoded");
    let page = world.send(&admin, request, Body::from("name=a&price=0")).await;
    assert!(page.status == 422 && page.text.contains("가격은 0보다 커야 합니다"), "{}", page.text);
}

#[tokio::test]
async fn no_page_needs_more_than_the_strict_content_security_policy_allows() {
    let world = world().await;
    let admin = world.admin().await;
    for path in [LIST, EDIT, "/demo/shop/products/99/edit"] {
        let page = world.get(&admin, path).await.text;
        for forbidden in ["<script", "<style", " style=", " onclick", "javascript:", "http://", "https://"] {
            assert!(!page.contains(forbidden), "{path}: {forbidden}");
        }
    }
    let css = world.get(&anonymous(), "/demo/shop/shop.css").await;
    assert_eq!((css.status.as_u16(), &css.headers["content-type"]), (200, &"text/css; charset=utf-8".parse().unwrap()));
}

#[tokio::test]
async fn a_session_whose_roles_have_changed_gets_its_new_secret_with_the_page() {
    let world = world().await;
    let customer = world.customer().await;
    world.give_roles(&customer, &["admin"]).await;
    let page = world.get(&customer, LIST).await;
    assert!(page.headers.contains_key("set-cookie") && page.text.contains("products/2/edit"), "{}", page.text);
}
