//! The catalogue as JSON.

use admit::{Allowed, Problem};
use axum::Json;
use axum::extract::{FromRequestParts, Path, RawQuery, Request, State};
use axum::http::request::Parts;

use crate::body;
use crate::catalogue::{Shop, UpdateProduct};
use crate::product::Product;

/// The number in a product's address. Another text there is the address of nothing: 404, as for an unknown number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProductId(pub(crate) u32);

impl<S: Send + Sync> FromRequestParts<S> for ProductId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| no_such_product())?;
        let id = text.parse().map_err(|_| no_such_product())?;
        // One product, one address: neither +1 nor 01.
        if u32::to_string(&id) == text { Ok(Self(id)) } else { Err(no_such_product()) }
    }
}

pub(crate) fn no_such_product() -> Problem {
    Problem::not_found("There is no such product. GET /demo/api/products lists those that there are.")
}

/// `GET /demo/api/products`: all of them. Whoever asks for a part is told that there are none.
pub(crate) async fn list(State(shop): State<Shop>, RawQuery(query): RawQuery) -> Result<Json<Vec<Product>>, Problem> {
    let query = query.unwrap_or_default();
    if let Some((name, _)) = form_urlencoded::parse(query.as_bytes()).next() {
        let name: String = name.chars().take(40).collect();
        let detail = "This list is short and takes no parameters. Leave the query out.";
        let problem = Problem::bad_request("invalid-parameter", "A query parameter is wrong", detail);
        return Err(problem.with("parameter", name));
    }
    Ok(Json(shop.products()))
}

/// `GET /demo/api/products/{id}`
pub(crate) async fn show(State(shop): State<Shop>, ProductId(id): ProductId) -> Result<Json<Product>, Problem> {
    shop.find(id).map(Json).ok_or_else(no_such_product)
}

/// `PUT /demo/api/products/{id}`
pub(crate) async fn update(
    proof: Allowed<UpdateProduct>,
    State(shop): State<Shop>,
    ProductId(id): ProductId,
    request: Request,
) -> Result<Json<Product>, Problem> {
    shop.find(id).ok_or_else(no_such_product)?;
    let (parts, body) = request.into_parts();
    let edit = body::parse_json(&body::read(&parts.headers, body, "application/json").await?)?;
    shop.update(&proof, id, edit).map(Json).ok_or_else(no_such_product)
}
