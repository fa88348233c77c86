//! Opening and replacing sessions: the only places that make a session's secret.

use std::sync::Arc;

use admit_core::audit::{Actor, Event, EventKind};
use admit_core::credential::{SessionDigest, SessionToken};
use admit_core::csrf::CsrfToken;
use admit_core::id::SessionId;
use admit_core::principal::Principal;
use admit_core::proved::Proved;
use admit_core::session::{Device, NewSession, SessionRecord};
use admit_core::store::Opened;
use admit_core::subject::SubjectState;
use axum::response::{IntoResponseParts, ResponseParts};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, SET_COOKIE};

use crate::cookie::Cookies;
use crate::gate::Gate;
use crate::rejection::Rejection;

/// A session that has just begun. As a part of the response it sets the cookies.
pub struct Begun {
    /// The session.
    pub session: SessionRecord,
    /// Whose it is.
    pub subject: Arc<SubjectState>,
    /// The token for its first unsafe request.
    pub csrf_token: CsrfToken,
    token: SessionToken,
    cookies: Cookies,
}

impl IntoResponseParts for Begun {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        parts.headers_mut().append(SET_COOKIE, self.cookies.set_session(&self.token));
        parts.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(parts)
    }
}

impl Gate {
    /// Begins a session for somebody whose credential has been verified, always under a new id.
    ///
    /// `replaces` is the session that the same browser presented; it ends in the same step. `None` when the subject was
    /// disabled, or its sessions were ended, since its credential was read.
    ///
    /// # Errors
    /// When the store or the random source does not answer.
    pub async fn begin_session(
        &self,
        proved: &Proved,
        device: Device,
        replaces: Option<SessionDigest>,
        event: Event,
    ) -> Result<Option<Begun>, Rejection> {
        let inner = &self.0;
        let now = inner.clock.now();
        let token = SessionToken::new_for(proved.subject(), &*inner.random)?;
        let new = NewSession {
            id: SessionId::new(now, &*inner.random)?,
            digest: token.digest(),
            proved: *proved,
            created_at: now,
            absolute_expires_at: now.plus(inner.rules.absolute),
            device,
            replaces,
        };
        let event = event.about(proved.subject()).with("session", new.id.to_string());
        let Some(sessions) = &inner.sessions else {
            return Err(Rejection::Unavailable("this gate has no sessions".to_owned()));
        };
        // Before the session is there: what can fail leaves none behind that nobody holds.
        let csrf_token = inner.csrf_key.issue_session(&token, &*inner.random)?;
        let Opened::Session(checked) = sessions.open(new, event).await? else { return Ok(None) };
        Ok(Some(Begun {
            session: checked.session,
            subject: checked.subject,
            csrf_token,
            token,
            cookies: inner.cookies,
        }))
    }

    /// The secret that takes the place of a live session's `old` one, which stays good beside it for some seconds: all that
    /// come with the old one meanwhile learn the same new one. `None` when there is none to be told.
    pub(crate) async fn rotate(
        &self,
        principal: &Principal,
        old: &SessionToken,
    ) -> Result<Option<SessionToken>, Rejection> {
        let inner = &self.0;
        let (Some(sessions), Some(session)) = (&inner.sessions, principal.session()) else { return Ok(None) };
        let fresh = inner.successors.successor(old, principal.id())?;
        let event = Event::new(EventKind::SessionRotated, Actor::Server, inner.clock.now())
            .about(principal.id())
            .with("session", session.id.to_string());
        let rotated = sessions.rotate(old.digest(), fresh.digest(), event).await?;
        Ok(rotated.then_some(fresh))
    }
}
