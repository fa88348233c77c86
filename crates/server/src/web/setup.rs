//! `/setup`: the first administrator, or a user's password, by a one-time link.

use admit::{CsrfToken, Gate, PresentedToken, Problem};
use admit_core::audit::{Actor, EventKind};
use admit_core::credential::LinkToken;
use axum::extract::{Request, State};
use axum::response::{AppendHeaders, IntoResponse, Response};
use http::header::SET_COOKIE;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;

use super::input::{self, Input, Kind};
use super::reply::{Page, failed, problem, see_other};
use super::say::say;
use super::session::begun_as_json;
use super::{Context, Web};
use crate::operation::{Failure, LiveLink};
use crate::page::view::{NoSetup, Setup, SetupField};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chosen {
    token: String,
    /// Of the first administrator alone.
    #[serde(default)]
    username: Option<String>,
    password: String,
}

/// No search engine is to keep a link that somebody has put on a page.
const ROBOTS: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow"));

/// What the form shows.
struct Form {
    token: String,
    /// Whose password is set.
    account: Option<String>,
    username: String,
}

/// Looking at the link does not use it up: mail scanners and previews look at links too.
pub(super) async fn show(State(web): State<Web>, context: Context, csrf_token: CsrfToken) -> Response {
    let token = context.query("token");
    let link = token.as_deref().and_then(LinkToken::parse);
    let live = match &link {
        Some(link) => web.operations.live_link(link).await,
        None => Ok(None),
    };
    match live {
        Err(failure) => failed(&web, &context, &failure),
        Ok(live) => {
            // Without a link there is nothing wrong: the page says how to come by one.
            let status = if live.is_some() || token.is_none() { StatusCode::OK } else { StatusCode::NOT_FOUND };
            match (token, live) {
                (Some(token), Some(live)) => {
                    let form = Form { token, account: account(live), username: String::new() };
                    render(&web, &context, csrf_token.reveal(), form, None, status)
                }
                _ => without_link(&web, &context, status).await,
            }
        }
    }
}

/// The page without a form: how to come by a link, or that there is an administrator.
async fn without_link(web: &Web, context: &Context, status: StatusCode) -> Response {
    let has_admin = match web.operations.has_admin().await {
        Ok(has_admin) => has_admin,
        // Whoever has no link is told how to come by one, also while nobody can tell whether they need it.
        Err(_) if status == StatusCode::OK => false,
        Err(failure) => return failed(web, context, &failure),
    };
    match Page::begin(web, context) {
        Ok(page) => {
            let chrome = page.chrome(context.lang.text().setup.title, None, None);
            ([ROBOTS], page.finish(status, &NoSetup { chrome, has_admin, dead: status != StatusCode::OK }))
                .into_response()
        }
        Err(problem) => problem.into_response(),
    }
}

fn account(live: LiveLink) -> Option<String> {
    match live {
        LiveLink::Password(subject) => Some(subject.username.to_string()),
        LiveLink::FirstAdmin => None,
    }
}

fn render(
    web: &Web,
    context: &Context,
    csrf_token: &str,
    form: Form,
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
    let text = context.lang.text().setup;
    let title = if form.account.is_some() { text.password_title } else { text.title };
    let view = Setup {
        chrome: page.chrome(title, None, None),
        csrf_token: csrf_token.to_owned(),
        token: form.token,
        account: form.account,
        username: form.username,
        problem: failure.map(|failure| say(failure, context.lang)),
        problem_in,
        min_length: web.operations.passwords.min_length,
    };
    ([ROBOTS], page.finish(status, &view)).into_response()
}

pub(super) async fn submit(
    State(web): State<Web>,
    gate: Gate,
    context: Context,
    PresentedToken(presented): PresentedToken,
    request: Request,
) -> Response {
    let Input { body, kind, csrf_token, .. } = match input::read::<Chosen>(&web, request).await {
        Ok(input) => input,
        Err(wrong) => return problem(&web, &context, wrong),
    };
    let page = form_urlencoded::Serializer::new(String::new()).append_pair("token", &body.token).finish();
    let context = context.showing(&format!("/setup?{page}"));
    let by = context.cause(Actor::Anonymous);
    let link = LinkToken::parse(&body.token);
    let done = match &link {
        Some(link) => web.operations.use_link(&by, link, body.username.as_deref(), &body.password).await,
        None => Err(Failure::LinkDead),
    };
    let subject = match done {
        Ok(subject) => subject,
        Err(failure @ Failure::LinkDead) if kind == Kind::Form => {
            return without_link(&web, &context, failure.problem().status()).await;
        }
        Err(failure) if kind == Kind::Form => {
            // The form comes again as it was, if its link is still good.
            let live = match &link {
                Some(link) => web.operations.live_link(link).await,
                None => Ok(None),
            };
            return match live {
                Err(failure) => failed(&web, &context, &failure),
                Ok(None) => without_link(&web, &context, Failure::LinkDead.problem().status()).await,
                Ok(Some(live)) => {
                    let form =
                        Form { token: body.token, account: account(live), username: body.username.unwrap_or_default() };
                    render(&web, &context, &csrf_token, form, Some(&failure), failure.problem().status())
                }
            };
        }
        Err(failure) => return failure.problem().into_response(),
    };
    let event = context.cause(Actor::Subject(subject.id)).event(EventKind::SessionCreated, web.operations.clock.now());
    let begun = gate.begin_session(&subject, context.device(), presented.map(|token| token.digest()), event).await;
    if let Err(rejection) = &begun {
        tracing::error!(
            request = context.request_id,
            ?rejection,
            "a link was used, but its session could not be created"
        );
    }
    // Only the first administrator chooses a name.
    let page = if body.username.is_some() { "/admin" } else { "/account?notice=password-changed" };
    let clear_form = AppendHeaders([(SET_COOKIE, gate.cookies().clear_form())]);
    match begun {
        Ok(Some(begun)) if kind == Kind::Json => begun_as_json(&gate, begun),
        Ok(Some(begun)) => (clear_form, begun, see_other(page)).into_response(),
        // The password is set; signing in is what remains.
        Ok(None) | Err(_) if kind == Kind::Form => see_other("/login"),
        Ok(None) | Err(_) => Problem::unavailable(
            "sign-in-again",
            "Sign in",
            "The password is set, but signing in failed. Sign in with POST /login.",
        )
        .into_response(),
    }
}
