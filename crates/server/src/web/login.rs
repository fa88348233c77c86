//! `GET` and `POST /login`.

use admit::core::redirect::LocalPath;
use admit::{CsrfToken, Gate, PresentedToken, Problem, Viewer};
use admit_core::audit::Actor;
use admit_core::proved::Proved;
use axum::extract::{Request, State};
use axum::response::{AppendHeaders, IntoResponse, Response};
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::error::Error;
use super::input::{self, Input, Kind};
use super::logout::signed_in;
use super::oauth::{TokenBody, not_from_a_page};
use super::reply::{Page, see_other};
use super::say::again;
use super::session::begun_as_json;
use super::{Context, Web};
use crate::operation::{Cause, Failure, SignIn};
use crate::page::view::Login;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Credentials {
    username: String,
    password: String,
    /// The native app that signs somebody in, and wants tokens for that.
    client_id: Option<String>,
    /// Whom the access token is to be for; the client's first audience when absent.
    audience: Option<String>,
}

pub(super) async fn show(
    State(web): State<Web>,
    context: Context,
    Viewer(principal): Viewer,
    csrf_token: CsrfToken,
) -> Result<Response, Error> {
    let return_to = context.query("return_to").as_deref().and_then(LocalPath::parse);
    let notice = context.query("notice");
    // Somebody whose sign-in is too old for what they want is signed in, and signs in once more.
    let again = notice.as_deref() == Some("sign-in-again");
    if let Some(principal) = principal.as_ref().filter(|_| !again) {
        let onward = return_to.as_ref().map_or("/account", LocalPath::as_str);
        // Whoever has sent the form of another tab, or changes the language, is told; everybody else just goes on.
        return match notice.as_deref() == Some("signed-in") || context.asked_lang.is_some() {
            true => signed_in(&web, &context, principal, &csrf_token, onward, false),
            false => Ok(see_other(onward)),
        };
    }
    let text = context.lang.text().login;
    let notice = match notice.as_deref() {
        Some("signed-out") => Some(text.signed_out),
        Some("signed-out-everywhere") => Some(text.signed_out_everywhere),
        Some("sign-in-first") => Some(text.sign_in_first),
        Some("session-ended") => Some(text.session_ended),
        Some("sign-in-again") => Some(text.sign_in_again),
        _ => None,
    };
    let username = principal.map(|principal| principal.name().into_owned()).unwrap_or_default();
    let form = Form { return_to, notice, username, ..Form::default() };
    form.show(&web, &context, csrf_token.reveal(), StatusCode::OK)
}

pub(super) async fn submit(
    State(web): State<Web>,
    gate: Gate,
    context: Context,
    PresentedToken(presented): PresentedToken,
    request: Request,
) -> Result<Response, Error> {
    let headers = request.headers().clone();
    let Input { body: credentials, kind, csrf_token, return_to } = input::read::<Credentials>(&web, request).await?;
    if let Some(client) = &credentials.client_id {
        return Ok(by_client(&web, &context, client, &credentials, kind, &headers).await.into_response());
    }
    let return_to = return_to.as_deref().and_then(LocalPath::parse);
    let replaces = presented.map(|token| token.digest());
    let begin = async |proved: Proved, device, event| {
        let begun = gate.begin_session(&proved, device, replaces, event).await;
        begun.map_err(|rejection| Failure::Unavailable(format!("the session could not begin: {rejection:?}")))
    };
    let sign_in = typed(&credentials, &context);
    let failure = match web.operations.sign_in(&context.cause(Actor::Anonymous), sign_in, begin).await {
        Ok(begun) if kind == Kind::Json => return Ok(begun_as_json(&gate, begun)),
        Ok(begun) => {
            let clear_form = AppendHeaders([(SET_COOKIE, gate.cookies().clear_form())]);
            let to = return_to.as_ref().map_or("/account", LocalPath::as_str);
            return Ok((clear_form, begun, see_other(to)).into_response());
        }
        Err(failure) if kind == Kind::Json => return Err(failure.into()),
        Err(failure) => failure,
    };
    // A form gets its page again, with what was typed (the password never) and the reason.
    let (status, problem) = again(Some(&failure), context.lang);
    let invalid = matches!(failure, Failure::Credentials);
    let form = Form { username: credentials.username, return_to, problem, invalid, notice: None };
    let mut response = form.show(&web, &context, &csrf_token, status)?;
    response.headers_mut().extend(Problem::from(failure).headers().clone());
    Ok(response)
}

fn typed<'a>(credentials: &'a Credentials, context: &Context) -> SignIn<'a> {
    let Credentials { username, password, .. } = credentials;
    SignIn { username, password, prefix: context.prefix(), device: context.device() }
}

/// Signs somebody in for a native app: tokens in the answer, and no cookie.
async fn by_client(
    web: &Web,
    context: &Context,
    client: &str,
    credentials: &Credentials,
    kind: Kind,
    headers: &HeaderMap,
) -> Result<TokenBody, Problem> {
    let client = web.operations.login_client(client)?;
    if kind == Kind::Form {
        let sentence = "A native app signs in with a JSON body; a form is sent by a page, and a page gets a session.";
        return Err(Failure::Refused { kind: "tokens-for-a-browser", sentence: sentence.to_owned() }.into());
    }
    not_from_a_page(headers, &client.origins)?;
    let by = Cause { client: Some(client.id.clone()), ..context.cause(Actor::Anonymous) };
    let sign_in = typed(credentials, context);
    let tokens = web.operations.sign_in_client(&by, client, credentials.audience.as_deref(), sign_in).await?;
    Ok(TokenBody::from(tokens))
}

#[derive(Default)]
struct Form {
    username: String,
    return_to: Option<LocalPath>,
    problem: Option<String>,
    invalid: bool,
    notice: Option<&'static str>,
}

impl Form {
    fn show(self, web: &Web, context: &Context, csrf_token: &str, status: StatusCode) -> Result<Response, Error> {
        let page = Page::begin(web, context)?;
        let view = Login {
            chrome: page.chrome(context.lang.text().login.title, None, None),
            csrf_token: csrf_token.to_owned(),
            username: self.username,
            return_to: self.return_to.map(|path| path.as_str().to_owned()),
            problem: self.problem,
            invalid: self.invalid,
            notice: self.notice.map(str::to_owned),
            demo_hint: web.demo,
        };
        Ok(page.finish(status, &view))
    }
}
