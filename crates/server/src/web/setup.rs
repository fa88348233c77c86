//! `/setup`: the first administrator, or a user's password, by a one-time link.

use admit::{CsrfToken, Gate, PresentedToken, Problem};
use admit_core::audit::{Actor, EventKind};
use admit_core::credential::OneTimeToken;
use axum::extract::{Request, State};
use axum::response::{AppendHeaders, IntoResponse, Response};
use http::header::SET_COOKIE;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;

use super::error::Error;
use super::input::{self, Input, Kind};
use super::reply::{Page, see_other};
use super::say::again;
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
pub(super) async fn show(State(web): State<Web>, context: Context, csrf_token: CsrfToken) -> Result<Response, Error> {
    let Some(token) = context.query("token") else {
        // Not an error: the page says how to get a link.
        return without_link(&web, &context, StatusCode::OK).await;
    };
    match live(&web, OneTimeToken::parse(&token).as_ref()).await? {
        Some(live) => {
            let form = Form { token, account: account(live), username: String::new() };
            render(&web, &context, csrf_token.reveal(), form, None)
        }
        None => without_link(&web, &context, StatusCode::NOT_FOUND).await,
    }
}

async fn live(web: &Web, link: Option<&OneTimeToken>) -> Result<Option<LiveLink>, Failure> {
    match link {
        Some(link) => web.operations.live_link(link).await,
        None => Ok(None),
    }
}

/// The page without a form: how to come by a link, or that there is an administrator.
async fn without_link(web: &Web, context: &Context, status: StatusCode) -> Result<Response, Error> {
    let has_admin = match web.operations.has_admin().await {
        // Whoever has no link is told how to come by one, also while nobody can tell whether they need it.
        Err(_) if status == StatusCode::OK => false,
        has_admin => has_admin?,
    };
    let page = Page::begin(web, context)?;
    let chrome = page.chrome(context.lang.text().setup.title, None, None);
    let view = NoSetup { chrome, has_admin, dead: status != StatusCode::OK };
    Ok(([ROBOTS], page.finish(status, &view)).into_response())
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
) -> Result<Response, Error> {
    let page = Page::begin(web, context)?;
    let (status, problem) = again(failure, context.lang);
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
        problem,
        problem_in,
        min_length: web.operations.passwords.min_length,
    };
    Ok(([ROBOTS], page.finish(status, &view)).into_response())
}

pub(super) async fn submit(
    State(web): State<Web>,
    gate: Gate,
    context: Context,
    PresentedToken(presented): PresentedToken,
    request: Request,
) -> Result<Response, Error> {
    let Input { body, kind, csrf_token, .. } = input::read::<Chosen>(&web, request).await?;
    let page = form_urlencoded::Serializer::new(String::new()).append_pair("token", &body.token).finish();
    let context = context.showing(&format!("/setup?{page}"));
    let by = context.cause(Actor::Anonymous);
    let link = OneTimeToken::parse(&body.token);
    let done = match &link {
        Some(link) => web.operations.use_link(&by, link, body.username.as_deref(), &body.password).await,
        None => Err(Failure::LinkDead),
    };
    let proved = match (done, kind) {
        (Ok(proved), _) => proved,
        (Err(failure), Kind::Json) => return Err(failure.into()),
        (Err(failure), Kind::Form) => {
            // The form comes again as it was, if its link is still good.
            let live = if matches!(failure, Failure::LinkDead) { None } else { live(&web, link.as_ref()).await? };
            let Some(live) = live else { return without_link(&web, &context, StatusCode::CONFLICT).await };
            let form = Form { token: body.token, account: account(live), username: body.username.unwrap_or_default() };
            return render(&web, &context, &csrf_token, form, Some(&failure));
        }
    };
    let event =
        context.cause(Actor::Subject(proved.subject())).event(EventKind::SessionCreated, web.operations.clock.now());
    let begun = gate.begin_session(&proved, context.device(), presented.map(|token| token.digest()), event).await;
    if let Err(rejection) = &begun {
        tracing::error!(
            request = context.request_id,
            ?rejection,
            "a link was used, but its session could not be created"
        );
    }
    // Only the first administrator chooses a name.
    let page = if body.username.is_some() { "/admin" } else { "/account?notice=password-changed" };
    match (begun, kind) {
        (Ok(Some(begun)), Kind::Json) => Ok(begun_as_json(&gate, begun)),
        (Ok(Some(begun)), Kind::Form) => {
            let clear_form = AppendHeaders([(SET_COOKIE, gate.cookies().clear_form())]);
            Ok((clear_form, begun, see_other(page)).into_response())
        }
        // The password is set; signing in is what remains.
        (Ok(None) | Err(_), Kind::Form) => Ok(see_other("/login")),
        (Ok(None) | Err(_), Kind::Json) => {
            let sentence = "The password is set, but signing in failed. Sign in with POST /login.";
            Err(Problem::unavailable("sign-in-again", "Sign in", sentence).into())
        }
    }
}
