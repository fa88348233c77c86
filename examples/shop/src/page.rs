//! The pages: the catalogue, and the form that edits a product. They work without JavaScript.

use admit::{Allowed, Problem};
use askama::Template;
use axum::extract::{RawQuery, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};

use crate::api::ProductId;
use crate::body::{self, Typed};
use crate::catalogue::{Shop, UpdateProduct};
use crate::flaw::Flaw;
use crate::price::Price;
use crate::product::{Edit, Name, Product};
use crate::text::ShopText;
use crate::viewer::Viewer;

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage<'a> {
    viewer: &'a Viewer,
    text: &'static ShopText,
    here: &'a str,
    products: Vec<Product>,
    saved: Option<Product>,
}

impl ListPage<'_> {
    fn may_edit(&self) -> bool {
        self.viewer.person.as_ref().is_some_and(|person| person.may_edit)
    }

    fn is_saved(&self, id: &u32) -> bool {
        self.saved.as_ref().is_some_and(|product| product.id == *id)
    }
}

#[derive(Template)]
#[template(path = "edit.html")]
struct EditPage<'a> {
    viewer: &'a Viewer,
    text: &'static ShopText,
    here: &'a str,
    product: &'a Product,
    typed: &'a Typed,
    name_flaw: Option<&'static str>,
    price_flaw: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "missing.html")]
struct MissingPage<'a> {
    viewer: &'a Viewer,
    text: &'static ShopText,
    here: &'a str,
}

/// `GET /demo/shop`
pub(crate) async fn list(viewer: Viewer, State(shop): State<Shop>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let saved = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "saved");
    let saved = saved.and_then(|(_, id)| id.parse().ok()).and_then(|id| shop.find(id));
    let text = ShopText::of(viewer.lang);
    show(StatusCode::OK, &ListPage { viewer: &viewer, text, here: "/demo/shop", products: shop.products(), saved })
}

/// `GET /demo/shop/products/{id}/edit`
pub(crate) async fn edit(viewer: Viewer, State(shop): State<Shop>, id: Result<ProductId, Problem>) -> Response {
    let Some(product) = id.ok().and_then(|ProductId(id)| shop.find(id)) else { return missing(&viewer) };
    let typed = Typed { name: product.name.to_string(), price: product.price.to_string() };
    form(StatusCode::OK, &viewer, &product, &typed, [None, None])
}

/// `POST /demo/shop/products/{id}`
pub(crate) async fn save(
    proof: Allowed<UpdateProduct>,
    viewer: Viewer,
    State(shop): State<Shop>,
    id: Result<ProductId, Problem>,
    request: Request,
) -> Result<Response, Problem> {
    let Some(product) = id.ok().and_then(|ProductId(id)| shop.find(id)) else { return Ok(missing(&viewer)) };
    let (parts, body) = request.into_parts();
    let typed = body::parse_form(&body::read(&parts.headers, body, "application/x-www-form-urlencoded").await?)?;
    let edit = match (Name::parse(&typed.name), Price::parse(&typed.price)) {
        (Ok(name), Ok(price)) => Edit { name, price },
        (name, price) => {
            let flaws = [name.err(), price.err()];
            return Ok(form(StatusCode::UNPROCESSABLE_ENTITY, &viewer, &product, &typed, flaws));
        }
    };
    Ok(match shop.update(&proof, product.id, edit) {
        Some(saved) => Redirect::to(&format!("/demo/shop?saved={}", saved.id)).into_response(),
        None => missing(&viewer),
    })
}

/// `GET /demo/shop/shop.css`
pub(crate) async fn stylesheet() -> ([(HeaderName, &'static str); 2], &'static str) {
    let headers = [(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "public, max-age=300")];
    (headers, include_str!("../assets/shop.css"))
}

fn form(status: StatusCode, viewer: &Viewer, product: &Product, typed: &Typed, flaws: [Option<Flaw>; 2]) -> Response {
    let [name_flaw, price_flaw] = flaws.map(|flaw| flaw.map(|flaw| flaw.sentence(viewer.lang)));
    let here = format!("/demo/shop/products/{}/edit", product.id);
    let text = ShopText::of(viewer.lang);
    show(status, &EditPage { viewer, text, here: &here, product, typed, name_flaw, price_flaw })
}

fn missing(viewer: &Viewer) -> Response {
    let text = ShopText::of(viewer.lang);
    show(StatusCode::NOT_FOUND, &MissingPage { viewer, text, here: "/demo/shop" })
}

/// Pages name who is signed in and carry their token, so no cache may keep one.
pub(crate) fn show(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, [(CACHE_CONTROL, "no-store")], Html(html)).into_response(),
        Err(_) => Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "page-failed",
            "The page could not be made",
            "The page could not be made. Nothing is wrong with the request; try again.",
        )
        .into_response(),
    }
}
