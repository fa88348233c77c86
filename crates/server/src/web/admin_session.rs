//! Where a user is signed in, and the end of one of these sign-ins: a session of a browser, or an app with all its tokens.

use admit::Problem;
use admit_core::id::SessionId;
use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;

use super::admin_api::subject_id;
use super::admin_user::done;
use super::error::Error;
use super::list::ListQuery;
use super::session;
use super::visit::{Caller, Visit};
use crate::operation::Failure;

/// `GET /admin/api/users/{id}/sessions`, under the permission to end them.
pub(super) async fn list(caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let Caller { web, context, principal } = &caller;
    let query = ListQuery::read(&context.uri, "after", &[])?;
    let id = web.operations.subject(subject_id(&id)?).await?.id;
    // What the audit log says is for those who may read it.
    let failed = match caller.may("audit:read") && query.get("after").is_none() {
        true => Some(web.operations.failed_sign_ins(id).await?),
        false => None,
    };
    session::part(&query, web.operations.devices(id).await?, failed, principal.session_id())
}

/// `DELETE /admin/api/users/{id}/sessions/{session}`
pub(super) async fn end(caller: Caller, Path((id, session)): Path<(String, String)>) -> Result<StatusCode, Problem> {
    ended(&caller, &id, &session).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /admin/users/{id}/sessions/{session}/end`
pub(super) async fn end_by_form(visit: Visit, Path((id, session)): Path<(String, String)>) -> Result<Response, Error> {
    let (notice, outcome) = match ended(&visit, &id, &session).await {
        // Ended by somebody else in the meantime: what was asked for is so.
        Err(Failure::NotFound(_)) if subject_id(&id).is_ok() && session.parse::<SessionId>().is_ok() => {
            ("ended-before", Ok(()))
        }
        outcome => ("ended", outcome),
    };
    done(&visit, &id, notice, outcome).await
}

async fn ended(caller: &Caller, id: &str, session: &str) -> Result<(), Failure> {
    let id = subject_id(id)?;
    let none = || Failure::NotFound("That is not the id of a session of this user.".to_owned());
    let session: SessionId = session.parse().map_err(|_| none())?;
    caller.web.operations.end_session(&caller.cause(), id, session).await
}
