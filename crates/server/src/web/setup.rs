//! `/setup`: the first administrator, by the one-time link.

use admit::{CsrfToken, Gate, Problem};
use admit_core::audit::{Actor, EventKind};
use admit_core::credential::LinkToken;
use axum::extract::{Request, State};
use axum::response::{AppendHeaders, IntoResponse, Response};
use http::StatusCode;
use http::header::SET_COOKIE;
use serde::Deserialize;

use super::input::{self, Input, Kind};
use super::reply::{Page, failed, problem, see_other};
use super::say::say;
use super::session::begun_as_json;
use super::{Context, Web};
use crate::operation::Failure;
use crate::page::view::{NoSetup, Setup, SetupField};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FirstAdmin {
    token: String,
    username: String,
    password: String,
}

/// Looking at the link does not use it up: mail scanners and previews look at links too.
pub(super) async fn show(State(web): State<Web>, context: Context, csrf_token: CsrfToken) -> Response {
    let token = context.query("token");
    let link = token.as_deref().and_then(LinkToken::parse);
    let live = match &link {
        Some(link) => web.operations.link_is_live(link).await,
        None => Ok(false),
    };
    match live {
        Err(failure) => failed(&web, &context, &failure),
        Ok(live) => {
            // Without a link there is nothing wrong: the page says how to come by one.
            let status = if live || token.is_none() { StatusCode::OK } else { StatusCode::NOT_FOUND };
            match token.filter(|_| live) {
                Some(token) => render(&web, &context, csrf_token.reveal(), token, String::new(), None, status),
                None => without_link(&web, &context, status).await,
            }
        }
    }
}

/// The page without a form: how to come by a link, or that there is an administrator.
async fn without_link(web: &Web, context: &Context, status: StatusCode) -> Response {
    let has_admin = match web.operations.has_admin().await {
        Ok(has_admin) => has_admin,
        Err(failure) => return failed(web, context, &failure),
    };
    match Page::begin(web, context) {
        Ok(page) => {
            let chrome = page.chrome(context.lang.text().setup.title, None, None);
            page.finish(status, &NoSetup { chrome, has_admin })
        }
        Err(problem) => problem.into_response(),
    }
}

fn render(
    web: &Web,
    context: &Context,
    csrf_token: &str,
    token: String,
    username: String,
    failure: Option<&Failure>,
    status: StatusCode,
) -> Response {
    let page = match Page::begin(web, context) {
        Ok(page) => page,
        Err(problem) => return problem.into_response(),
    };
    let problem_in = match failure {
        Some(Failure::Username(_) | Failure::UsernameTaken(_)) => Some(SetupField::Username),
        Some(Failure::Password { .. } | Failure::PasswordLength { .. }) => Some(SetupField::Password),
        _ => None,
    };
    let view = Setup {
        chrome: page.chrome(context.lang.text().setup.title, None, None),
        csrf_token: csrf_token.to_owned(),
        token,
        username,
        problem: failure.map(|failure| say(failure, context.lang)),
        problem_in,
        min_length: web.operations.passwords.min_length,
    };
    page.finish(status, &view)
}

pub(super) async fn submit(State(web): State<Web>, gate: Gate, context: Context, request: Request) -> Response {
    let Input { body, kind, csrf_token, .. } = match input::read::<FirstAdmin>(&web, request).await {
        Ok(input) => input,
        Err(wrong) => return problem(&web, &context, wrong),
    };
    let page = form_urlencoded::Serializer::new(String::new()).append_pair("token", &body.token).finish();
    let context = context.showing(&format!("/setup?{page}"));
    let by = context.cause(Actor::Anonymous);
    let made = match LinkToken::parse(&body.token) {
        Some(link) => web.operations.use_link(&by, &link, &body.username, &body.password).await,
        None => Err(Failure::LinkDead),
    };
    let subject = match made {
        Ok(subject) => subject,
        Err(failure @ Failure::LinkDead) if kind == Kind::Form => {
            return without_link(&web, &context, failure.problem().status()).await;
        }
        Err(failure) if kind == Kind::Form => {
            let status = failure.problem().status();
            return render(&web, &context, &csrf_token, body.token, body.username, Some(&failure), status);
        }
        Err(failure) => return failure.problem().into_response(),
    };
    let event = context.cause(Actor::Subject(subject.id)).event(EventKind::SessionCreated, web.operations.clock.now());
    let begun = gate.begin_session(&subject, context.device(), None, event).await;
    if let Err(rejection) = &begun {
        tracing::error!(
            request = context.request_id,
            ?rejection,
            "the first administrator was made, and its session could not begin"
        );
    }
    let clear_form = AppendHeaders([(SET_COOKIE, gate.cookies().clear_form())]);
    match begun {
        Ok(Some(begun)) if kind == Kind::Json => begun_as_json(&gate, begun),
        Ok(Some(begun)) => (clear_form, begun, see_other("/admin")).into_response(),
        // The administrator is made; signing in is what remains.
        Ok(None) | Err(_) if kind == Kind::Form => see_other("/login"),
        Ok(None) | Err(_) => Problem::unavailable(
            "sign-in-again",
            "Sign in",
            "The administrator is made, and signing in did not work at once. Sign in with POST /login.",
        )
        .into_response(),
    }
}
