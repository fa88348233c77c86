//! `/account`: one's devices and password.

use admit::{Gate, PresentedToken, Problem, Rejection};
use admit_core::audit::EventKind;
use admit_core::id::SessionId;
use axum::extract::{Path, Request};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::error::Error;
use super::input::{self, Input, Kind};
use super::reply::see_other;
use super::say::again;
use super::session::begun_as_json;
use super::visit::{Caller, Visit};
use crate::operation::{FailedSignIn, Failure, PasswordChange, SignedIn};
use crate::page::text::{Lang, with};
use crate::page::view::{Account, AccountField, DeviceRow, FailureRow, describe_user_agent};

pub(super) async fn show(visit: Visit) -> Result<Response, Error> {
    let text = visit.context.lang.text().account;
    let notice = match visit.context.query("notice").as_deref() {
        Some("password-changed") => Some(text.password_changed),
        Some("ended") => Some(text.ended_one),
        Some("ended-others") => Some(text.ended_others),
        Some("ended-none") => Some(text.ended_none),
        Some("no-admin") => Some(text.no_admin),
        _ => None,
    };
    render(&visit, notice, None).await
}

async fn render(visit: &Visit, notice: Option<&str>, failure: Option<&Failure>) -> Result<Response, Error> {
    let Caller { web, context, principal } = &**visit;
    let operations = &web.operations;
    let devices = operations.devices(principal.id()).await?;
    let failures = operations.failed_sign_ins(principal.id()).await?;
    let page = visit.page()?;
    let (status, problem) = again(failure, context.lang);
    let view = Account {
        chrome: visit.chrome(&page, context.lang.text().account.title),
        csrf_token: visit.csrf_token.reveal().to_owned(),
        username: principal.name().into_owned(),
        roles: principal.roles().iter().map(ToString::to_string).collect(),
        devices: devices.iter().map(|device| row(device, principal.session_id())).collect(),
        failures_unknown: failures.is_none(),
        failures: failures.iter().flatten().map(|failed| failure_row(failed, context.lang)).collect(),
        min_length: operations.passwords.min_length,
        notice: notice.map(str::to_owned),
        problem,
        problem_in: failure.and_then(field),
    };
    Ok(page.finish(status, &view))
}

fn field(failure: &Failure) -> Option<AccountField> {
    match failure {
        Failure::CurrentPassword => Some(AccountField::CurrentPassword),
        Failure::Password { .. } | Failure::PasswordLength { .. } => Some(AccountField::NewPassword),
        _ => None,
    }
}

/// A sign-in as the pages list it.
pub(super) fn row(signed_in: &SignedIn, current: Option<SessionId>) -> DeviceRow {
    DeviceRow {
        id: signed_in.id.to_string(),
        what: match &signed_in.client {
            Some(client) => client.to_string(),
            None => describe_user_agent(&signed_in.device.user_agent),
        },
        app: signed_in.client.is_some(),
        address: signed_in.device.address.clone(),
        opened: minute(signed_in.created_at),
        last_seen: minute(signed_in.last_seen_at),
        current: current == Some(signed_in.id),
    }
}

fn failure_row(failed: &FailedSignIn, lang: Lang) -> FailureRow {
    let text = lang.text().account;
    FailureRow {
        what: match (failed.kind, failed.count) {
            (EventKind::LoginThrottled, _) => text.failed_throttled.to_owned(),
            (_, 1) => text.failed_once.to_owned(),
            (_, count) => with(text.failed_often, count),
        },
        address: failed.address.clone().unwrap_or_default(),
        at: minute(failed.at),
        last_at: minute(failed.last_at),
    }
}

/// A time as the pages write it: to the minute, in UTC.
pub(super) fn minute(at: admit_core::time::Timestamp) -> String {
    let text = at.to_string();
    match (text.get(..10), text.get(11..16)) {
        (Some(day), Some(time)) => format!("{day} {time} UTC"),
        _ => text,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    current_password: String,
    new_password: String,
}

/// Sets the password. Every session ends, this one included; this browser gets a new one in the same answer.
pub(super) async fn password(
    gate: Gate,
    visit: Visit,
    PresentedToken(presented): PresentedToken,
    request: Request,
) -> Result<Response, Error> {
    let Caller { web, context, principal } = &*visit;
    let Input { body, kind, .. } = input::read::<NewPassword>(web, request).await?;
    let by = visit.own_cause();
    let prefix = context.prefix();
    let from = PasswordChange { id: principal.id(), session: principal.session_id(), prefix: &prefix };
    let changed = web.operations.change_own_password(&by, from, &body.current_password, &body.new_password);
    let proved = match (changed.await, kind) {
        (Ok(proved), _) => proved,
        (Err(Failure::SessionEnded), Kind::Form) => return Ok(see_other("/login?notice=session-ended")),
        (Err(failure), Kind::Form) if !matches!(failure, Failure::StandingLost(_)) => {
            return render(&visit, None, Some(&failure)).await;
        }
        (Err(failure), _) => return Err(failure.into()),
    };
    let event = by.afterwards().event(EventKind::SessionCreated, web.operations.clock.now());
    let begun = gate.begin_session(&proved, context.device(), presented.map(|token| token.digest()), event).await;
    if let Err(rejection) = &begun {
        tracing::error!(
            request = context.request_id,
            ?rejection,
            "a password was changed, and its session could not begin"
        );
    }
    match (begun, kind) {
        (Ok(Some(begun)), Kind::Json) => Ok(begun_as_json(&gate, begun)),
        (Ok(Some(begun)), Kind::Form) => Ok((begun, see_other("/account?notice=password-changed")).into_response()),
        // The password is changed; only this browser has to sign in again.
        (Ok(None) | Err(_), Kind::Form) => Ok(see_other("/login")),
        // Since then somebody has ended every session, or set another password.
        (Ok(None), Kind::Json) => Err(Rejection::Anonymous { presented: true }.problem().into()),
        (Err(_), Kind::Json) => {
            let sentence = "The password is changed. Sign in with the new one.";
            Err(Problem::unavailable("sign-in-again", "Sign in again", sentence).into())
        }
    }
}

pub(super) async fn end(caller: Caller, Path(id): Path<String>) -> Result<Response, Error> {
    let Ok(id) = id.parse::<SessionId>() else { return Ok(see_other("/account?notice=ended-none")) };
    match caller.web.operations.end_session(&caller.own_cause(), caller.principal.id(), id).await {
        Err(Failure::NotFound(_)) => Ok(see_other("/account?notice=ended-none")),
        ended => ended.map(|()| see_other("/account?notice=ended")).map_err(Error::from),
    }
}

pub(super) async fn end_others(caller: Caller) -> Result<Response, Error> {
    let Caller { web, principal, .. } = &caller;
    web.operations.end_other_sessions(&caller.own_cause(), principal.id(), principal.session_id()).await?;
    Ok(see_other("/account?notice=ended-others"))
}
