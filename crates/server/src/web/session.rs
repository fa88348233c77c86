//! `/session`, `/sessions`, `/logout`: the caller's own sessions, for programs; signing out, for everybody.

use admit::{Begun, CsrfToken, Gate, Principal, Problem};
use admit_core::assurance::Methods;
use admit_core::client::ClientId;
use admit_core::id::{SessionId, SubjectId};
use admit_core::session::{SessionRecord, SessionRules};
use admit_core::subject::{RoleName, SubjectState};
use admit_core::time::Timestamp;
use admit_core::token::{Claims, Holder};
use axum::Json;
use axum::extract::{Path, State};
use axum::response::{AppendHeaders, IntoResponse, Response};
use http::header::{CONTENT_TYPE, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Serialize;

use super::Web;
use super::error::Error;
use super::list::{ListQuery, cursor};
use super::reply::see_other;
use super::visit::Caller;
use crate::operation::{FailedSignIn, Failure, SignedIn};

/// The answer to a login, and to `GET /session` for a session. Each member is what it is in [`TokenHolder`] and in the list of
/// sessions.
#[derive(Serialize)]
pub(super) struct SessionBody<'a> {
    subject: SubjectBody<'a>,
    session: SessionTimes,
    csrf_token: &'a str,
}

/// A subject as its own caller sees it.
#[derive(Serialize)]
struct SubjectBody<'a> {
    id: SubjectId,
    username: &'a str,
    roles: &'a [RoleName],
}

impl<'a> From<&'a SubjectState> for SubjectBody<'a> {
    fn from(subject: &'a SubjectState) -> Self {
        Self { id: subject.id, username: &subject.username, roles: &subject.roles }
    }
}

/// A sign-in: a session, or what an app's tokens belong to.
#[derive(Serialize)]
struct SessionTimes {
    id: SessionId,
    created_at: Timestamp,
    idle_expires_at: Timestamp,
    absolute_expires_at: Timestamp,
    authenticated_at: Timestamp,
    methods: Methods,
}

impl<'a> SessionBody<'a> {
    /// From a subject and its session.
    #[must_use]
    pub(super) fn new(
        subject: &'a SubjectState,
        session: &SessionRecord,
        rules: &SessionRules,
        csrf_token: &'a str,
    ) -> Self {
        Self {
            subject: SubjectBody::from(subject),
            session: SessionTimes {
                id: session.id,
                created_at: session.created_at,
                idle_expires_at: session.idle_expires_at(rules),
                absolute_expires_at: session.absolute_expires_at,
                authenticated_at: session.assurance.proved_at(),
                methods: session.assurance.methods(),
            },
            csrf_token,
        }
    }
}

/// The answer to a program whose session has just begun.
pub(super) fn begun_as_json(gate: &Gate, begun: Begun) -> Response {
    let body =
        Json(SessionBody::new(&begun.subject, &begun.session, gate.rules(), begun.csrf_token.reveal())).into_response();
    (begun, body).into_response()
}

pub(super) async fn show(
    State(web): State<Web>,
    gate: Gate,
    principal: Principal,
    csrf_token: Option<CsrfToken>,
) -> Result<Response, Problem> {
    match (principal.subject(), principal.session(), principal.claims(), &csrf_token) {
        (Some(subject), Some(session), None, Some(csrf_token)) => {
            Ok(SessionBody::new(subject, session, gate.rules(), csrf_token.reveal()).into_response())
        }
        (_, _, Some(claims), _) => Ok(by_token(&web, claims).await?),
        _ => Err(Failure::Unavailable("a credential of no known kind passed".to_owned()).into()),
    }
}

/// The answer to `GET /session` for the holder of an access token.
#[derive(Serialize)]
struct TokenHolder<'a> {
    /// The user; absent for a service that acts for itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<SubjectBody<'a>>,
    /// Likewise, and where time has ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<SessionTimes>,
    client_id: &'a ClientId,
    /// The roles that the token carries.
    roles: &'a [RoleName],
    token_expires_at: Timestamp,
}

async fn by_token(web: &Web, claims: &Claims) -> Result<Response, Failure> {
    let of_client = TokenHolder {
        subject: None,
        session: None,
        client_id: &claims.client,
        roles: &claims.roles,
        token_expires_at: claims.expires_at,
    };
    let Holder::User { id, session, assurance, .. } = claims.holder else { return Ok(Json(of_client).into_response()) };
    let subject = web.operations.subject(id).await?;
    // Time may have ended it, and its last token is good a little longer.
    let session = web.operations.device(id, session).await?.map(|signed_in| SessionTimes {
        id: signed_in.id,
        created_at: signed_in.created_at,
        idle_expires_at: signed_in.idle_expires_at,
        absolute_expires_at: signed_in.absolute_expires_at,
        authenticated_at: assurance.proved_at(),
        methods: assurance.methods(),
    });
    let body = TokenHolder { subject: Some(SubjectBody::from(&*subject)), session, ..of_client };
    Ok(Json(body).into_response())
}

impl IntoResponse for SessionBody<'_> {
    /// This is asked for more often than anything else: it is written into one buffer that holds it.
    fn into_response(self) -> Response {
        let mut body = Vec::with_capacity(512);
        if let Err(error) = serde_json::to_writer(&mut body, &self) {
            return Problem::from(Failure::Unavailable(error.to_string())).into_response();
        }
        let mut response = Response::new(body.into());
        // Room for the headers that every answer gets, at once.
        *response.headers_mut() = HeaderMap::with_capacity(12);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}

#[derive(Serialize)]
struct Devices {
    sessions: Vec<DeviceBody>,
    /// `null` when they cannot be told right now; absent where they are not to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed_sign_ins: Option<Option<Vec<FailedSignIn>>>,
    /// To be given as `after` for the next part; `null` on the last one.
    next: Option<String>,
}

#[derive(Serialize)]
struct DeviceBody {
    id: SessionId,
    /// The native app; `null` for a browser's session.
    client_id: Option<ClientId>,
    current: bool,
    created_at: Timestamp,
    last_seen_at: Timestamp,
    idle_expires_at: Timestamp,
    absolute_expires_at: Timestamp,
    user_agent: String,
    address: String,
}

pub(super) async fn list(Caller { web, context, principal }: Caller) -> Result<Response, Problem> {
    let query = ListQuery::read(&context.uri, "after", &[])?;
    let devices = web.operations.devices(principal.id()).await?;
    // They are of the account, and not of a part of the list.
    let failed = match query.get("after") {
        Some(_) => None,
        None => Some(web.operations.failed_sign_ins(principal.id()).await?),
    };
    part(&query, devices, failed, principal.session_id())
}

/// Where somebody is signed in, for programs, newest first.
pub(super) fn part(
    query: &ListQuery,
    mut devices: Vec<SignedIn>,
    failed_sign_ins: Option<Option<Vec<FailedSignIn>>>,
    current: Option<SessionId>,
) -> Result<Response, Problem> {
    let (limit, after) = (query.limit()? as usize, query.after()?);
    // Texts of the same length each, in the order of what they say.
    let place = |signed_in: &SignedIn| format!("{:020} {}", signed_in.created_at.millis(), signed_in.id);
    devices.retain(|signed_in| after.as_deref().is_none_or(|after| place(signed_in).as_str() < after));
    let more = devices.len() > limit;
    devices.truncate(limit);
    let next = devices.last().filter(|_| more).map(|last| cursor(&place(last)));
    let device = |signed_in: SignedIn| DeviceBody {
        id: signed_in.id,
        client_id: signed_in.client,
        current: Some(signed_in.id) == current,
        created_at: signed_in.created_at,
        last_seen_at: signed_in.last_seen_at,
        idle_expires_at: signed_in.idle_expires_at,
        absolute_expires_at: signed_in.absolute_expires_at,
        user_agent: signed_in.device.user_agent,
        address: signed_in.device.address,
    };
    let sessions = devices.into_iter().map(device).collect();
    Ok(query.answer("after", next.as_deref(), &Devices { sessions, failed_sign_ins, next: next.clone() }))
}

pub(super) async fn end(gate: Gate, caller: Caller, Path(id): Path<String>) -> Result<Response, Error> {
    let Caller { web, principal, .. } = &caller;
    let unknown = || Problem::not_found("That is not the id of a session. GET /sessions lists yours.");
    let id = id.parse::<SessionId>().map_err(|_| unknown())?;
    web.operations.end_session(&caller.own_cause(), principal.id(), id).await?;
    let ended = StatusCode::NO_CONTENT.into_response();
    Ok(if principal.session().is_some_and(|own| own.id == id) { cleared(&gate, ended) } else { ended })
}

pub(super) async fn logout(gate: Gate, caller: Caller) -> Result<Response, Error> {
    let Caller { web, principal, .. } = &caller;
    let none = "A service that acts for itself has no session to end. POST /oauth/revoke revokes its token.";
    let session = principal.session_id().ok_or_else(|| Failure::NotFound(none.to_owned()))?;
    match web.operations.end_session(&caller.own_cause(), principal.id(), session).await {
        // Ended by somebody else in the meantime: what was asked for is so.
        Err(Failure::NotFound(_) | Failure::StandingLost(_)) => {}
        ended => ended?,
    }
    Ok(signed_out(&gate, &caller, "/login?notice=signed-out"))
}

pub(super) async fn logout_all(gate: Gate, caller: Caller) -> Result<Response, Error> {
    caller.web.operations.end_sessions(&caller.own_cause(), caller.principal.id()).await?;
    Ok(signed_out(&gate, &caller, "/login?notice=signed-out-everywhere"))
}

fn signed_out(gate: &Gate, caller: &Caller, page: &str) -> Response {
    let done = StatusCode::NO_CONTENT.into_response();
    match (caller.principal.claims(), caller.context.wants_page) {
        // No cookie holds a token.
        (Some(_), _) => done,
        (None, true) => cleared(gate, see_other(page)),
        (None, false) => cleared(gate, done),
    }
}

fn cleared(gate: &Gate, response: Response) -> Response {
    (AppendHeaders([(SET_COOKIE, gate.cookies().clear_session())]), response).into_response()
}
