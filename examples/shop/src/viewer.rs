//! Who looks at a page: the language, and for somebody who is signed in the name, the roles and the token of their forms.

use admit::core::policy::Permission;
use admit::{Action, CsrfToken, Refused};
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;

use crate::catalogue::UpdateProduct;
use crate::lang::Lang;

/// Whoever looks at a page.
pub(crate) struct Viewer {
    pub(crate) lang: Lang,
    /// `None` is anonymous.
    pub(crate) person: Option<Person>,
}

/// Somebody who is signed in.
pub(crate) struct Person {
    pub(crate) username: String,
    pub(crate) roles: String,
    /// Whether a link to the edit form leads anywhere. What it leads to asks again: hiding a link protects nothing.
    pub(crate) may_edit: bool,
    /// None for the holder of an access token: nothing of theirs can be forged.
    pub(crate) csrf_token: Option<CsrfToken>,
}

impl<S: Send + Sync> FromRequestParts<S> for Viewer {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let lang = Lang::of(parts.uri.query(), &parts.headers);
        let admit::Viewer(principal) = <admit::Viewer as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        // Asking for the token gives an anonymous browser a cookie, so it is asked for only where there is a form.
        let Some(principal) = principal else { return Ok(Self { lang, person: None }) };
        let csrf_token = <CsrfToken as OptionalFromRequestParts<S>>::from_request_parts(parts, state).await?;
        let update = Permission::parse(UpdateProduct::PERMISSION).ok();
        let may_edit = update.is_some_and(|permission| principal.decide(&permission, None).is_allow());
        let roles: Vec<&str> = principal.roles().iter().map(|role| role.as_str()).collect();
        let person = Person { username: principal.name().into_owned(), roles: roles.join(", "), may_edit, csrf_token };
        Ok(Self { lang, person: Some(person) })
    }
}

impl Person {
    /// The token for this person's forms; empty where none is needed.
    pub(crate) fn csrf(&self) -> &str {
        self.csrf_token.as_ref().map_or("", CsrfToken::reveal)
    }
}
