//! Tokens: given for a password, a refresh token, a client's own proof, or a session.

use std::sync::Arc;

use admit_core::audit::{Actor, EventKind};
use admit_core::client::{Audience, Client, ClientId, Gets, Runs};
use admit_core::credential::SessionToken;
use admit_core::id::SessionId;
use admit_core::store::{Exchanged, FamilyBegun, Issuable, NewFamily, Redeemed, Redemption};
use admit_core::subject::TokenGeneration;
use admit_core::token::Holder;
use zeroize::Zeroizing;

use super::{Cause, Failure, Operations, SignIn};
use crate::issuer::{IssueError, Issued, Issuer};

/// What a client gets.
pub struct Tokens {
    /// The access token.
    pub access: Issued,
    /// The refresh token, where there is one.
    pub refresh: Option<Zeroizing<String>>,
}

/// Why a client gets no token. The names are those of RFC 6749 section 5.2 and RFC 8707 section 2.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// `invalid_grant`: the refresh token or session is not good.
    #[error("{0}")]
    Grant(&'static str),
    /// `unauthorized_client`: this client never gets what it asks for.
    #[error("{0}")]
    Unauthorized(String),
    /// `invalid_target`: this client gets no tokens for that audience.
    #[error("{0}")]
    Target(String),
    /// Anything else.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<IssueError> for Failure {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::Unavailable(cause) => Self::Unavailable(cause),
            IssueError::StandingLost(lost) => Self::StandingLost(lost),
            IssueError::TooLarge => Self::Conflict { kind: "token-too-large", sentence: error.to_string() },
        }
    }
}

fn failure<E: Into<Failure>>(error: E) -> Denied {
    Denied::Failure(error.into())
}

impl Operations {
    /// The issuer.
    ///
    /// # Errors
    /// When there is none: the command line without a server.
    pub fn issuer(&self) -> Result<&Arc<Issuer>, Failure> {
        self.issuer.as_ref().ok_or_else(|| Failure::Unavailable("no issuer runs here".to_owned()))
    }

    /// The client that signs somebody in, if it is one that gets tokens for that.
    ///
    /// # Errors
    /// An unknown client; one that gets a session, with the reason; one that acts for nobody.
    pub fn login_client(&self, name: &str) -> Result<&Client, Failure> {
        let unknown = || Failure::field("client_id", format!("There is no client \"{name}\" in the configuration."));
        let client = ClientId::parse(name).ok().and_then(|id| self.clients.get(&id)).ok_or_else(unknown)?;
        match client.runs.gets() {
            Gets::AccessAndRefresh => Ok(client),
            Gets::Session => Err(Failure::Refused {
                kind: "tokens-for-a-browser",
                sentence: format!(
                    "{name} runs in a browser, and a browser gets no tokens: what a page's JavaScript can read, any script \
                     that gets into the page can send away. Sign in without client_id; the session cookie that comes back \
                     is out of every script's reach."
                ),
            }),
            Gets::AccessAlone => Err(Failure::Refused {
                kind: "service-signs-nobody-in",
                sentence: format!(
                    "{name} is a service and signs nobody in. It gets tokens for itself at POST /oauth/token with \
                     grant_type=client_credentials."
                ),
            }),
        }
    }

    /// The audience that is asked for, or the client's first.
    ///
    /// # Errors
    /// When the client gets no tokens for it.
    pub fn audience<'a>(&self, client: &'a Client, named: Option<&str>) -> Result<&'a Audience, Denied> {
        client.audience(named).ok_or_else(|| {
            let has: Vec<&str> = client.audiences.iter().map(Audience::as_str).collect();
            let named = named.unwrap_or_default();
            Denied::Target(format!("{} gets no tokens for \"{named}\", but for: {}.", client.id, has.join(", ")))
        })
    }

    /// Verifies a password and begins a token family.
    ///
    /// # Errors
    /// As [`Self::sign_in`]; an audience that the client has not.
    pub async fn sign_in_client(
        self: &Arc<Self>,
        by: &Cause,
        client: &Client,
        audience: Option<&str>,
        sign_in: SignIn<'_>,
    ) -> Result<Tokens, Denied> {
        let issuer = self.issuer()?;
        let audience = self.audience(client, audience)?;
        let device = sign_in.device.clone();
        let proof = self.prove(by, sign_in).await?;
        let now = self.clock.now();
        let id = SessionId::new(now, &*self.random).map_err(failure)?;
        let refresh = issuer.refresh().issue(id, &*self.random).map_err(failure)?;
        let absolute_expires_at = now.plus(issuer.rules().refresh_absolute);
        let mut subject = Arc::clone(&proof.account.subject);
        let event = Cause { actor: Actor::Subject(subject.id), ..by.clone() }
            .event(EventKind::TokenFamilyBegun, now)
            .with("session", id.to_string())
            .with("client", client.id.as_str());
        let mut tokens = None;
        for _ in 0..ATTEMPTS {
            // Made first, and of what the family is begun with: what fails leaves none behind that nobody holds.
            let (assurance, holder) = (proof.proved.assurance(), Arc::clone(&subject));
            let issuable = Issuable { id, absolute_expires_at, assurance, subject: holder };
            let access = user_token(issuer, &issuable, client, audience).map_err(failure)?;
            let new = NewFamily {
                id,
                digest: refresh.digest(),
                proved: proof.proved,
                client: client.id.clone(),
                roles_version: subject.roles_version,
                created_at: now,
                absolute_expires_at,
                token_until: access.expires_at,
                device: device.clone(),
            };
            match self.families.begin(new, event.clone()).await.map_err(failure)? {
                FamilyBegun::Family(_) => {
                    tokens = Some(Tokens { access, refresh: Some(refresh.reveal()) });
                    break;
                }
                FamilyBegun::Changed(now) => subject = now,
                FamilyBegun::Refused => return Err(self.refuse_proved(by, &proof).await.into()),
            }
        }
        let tokens = tokens.ok_or_else(changing)?;
        self.afterwards(proof);
        Ok(tokens)
    }

    /// Redeems a refresh token. Whatever can fail is done before it is spent: a refusal of any other kind leaves it good.
    ///
    /// # Errors
    /// A token that is not good, with nothing said of why beyond what its owner may know.
    pub async fn refresh(
        &self,
        by: &Cause,
        client: &Client,
        text: &str,
        audience: Option<&str>,
    ) -> Result<Tokens, Denied> {
        const DEAD: Denied =
            Denied::Grant("The refresh token is unknown, has expired, or its sign-in has ended. Sign in again.");
        // A client that was an app when it got one, and is none any more.
        if client.runs.gets() != Gets::AccessAndRefresh {
            return Err(DEAD);
        }
        let issuer = self.issuer()?;
        let audience = self.audience(client, audience)?;
        let Some(presented) = issuer.refresh().read(text) else { return Err(DEAD) };
        let successor = issuer.refresh().successor(&presented);
        let event = by.event(EventKind::RefreshTokenReused, self.clock.now()).with("client", client.id.as_str());
        // Asked once to learn what the access token is to be made of, and then with that token at hand.
        let mut made: Option<(TokenGeneration, Issued)> = None;
        for _ in 0..=ATTEMPTS {
            let now = self.clock.now();
            let redemption = Redemption {
                family: presented.family(),
                presented: presented.digest(),
                successor: successor.digest(),
                seen: made.as_ref().map(|(seen, _)| *seen),
                client: client.id.clone(),
                at: now,
                token_until: made.as_ref().map_or(now, |(_, access)| access.expires_at),
            };
            match (self.families.redeem(redemption, event.clone()).await.map_err(failure)?, made.take()) {
                (Redeemed::Family(_), Some((_, access))) => {
                    return Ok(Tokens { access, refresh: Some(successor.reveal()) });
                }
                (Redeemed::Family(issuable) | Redeemed::Changed(issuable), _) => {
                    let access = user_token(issuer, &issuable, client, audience).map_err(failure)?;
                    made = Some((issuable.subject.token_generation(), access));
                }
                (Redeemed::Reused, _) => {
                    tracing::warn!(client = %client.id, session = %presented.family(), address = by.address, "a refresh token came twice; its sign-in was ended");
                    return Err(Denied::Grant(
                        "The refresh token had been used before, so somebody has a copy. This sign-in was ended. Sign in again.",
                    ));
                }
                (Redeemed::Unknown | Redeemed::OtherClient, _) => return Err(DEAD),
            }
        }
        Err(changing())
    }

    /// A token for a service that acts for itself.
    ///
    /// # Errors
    /// When the client is no service.
    pub async fn client_token(&self, by: &Cause, client: &Client, audience: Option<&str>) -> Result<Tokens, Denied> {
        if client.runs != Runs::Service {
            return Err(Denied::Unauthorized(format!(
                "{} is no service: it signs users in with POST /login.",
                client.id
            )));
        }
        let audience = self.audience(client, audience)?;
        let issuer = self.issuer()?;
        let access =
            issuer.issue(Holder::Client, client, audience, client.roles.clone().into(), None).map_err(failure)?;
        let event = by
            .event(EventKind::ClientTokenIssued, self.clock.now())
            .with("client", client.id.as_str())
            .with("audience", audience.as_str());
        self.accounts.record(event).await.map_err(failure)?;
        Ok(Tokens { access, refresh: None })
    }

    /// A token for a service that acts for the user whose session it was shown.
    ///
    /// # Errors
    /// When the client may not, or the session is not live.
    pub async fn exchange_session(
        &self,
        by: &Cause,
        client: &Client,
        session: &SessionToken,
        audience: &str,
    ) -> Result<Tokens, Denied> {
        const ENDED: Denied = Denied::Grant("The session is unknown or has ended. Its user has to sign in again.");
        if client.runs != Runs::Service || !client.session_exchange {
            return Err(Denied::Unauthorized(format!(
                "{} may not exchange sessions. That is for the server of a server-rendered app: session_exchange = true.",
                client.id
            )));
        }
        let audience = self.audience(client, Some(audience))?;
        let issuer = self.issuer()?;
        let now = self.clock.now();
        let Some(checked) = self.sessions.check(&session.digest(), now).await.map_err(failure)? else {
            return Err(ENDED);
        };
        let (subject, id) = (checked.subject.id, checked.session.id);
        let event = Cause { actor: Actor::Subject(subject), ..by.clone() }
            .event(EventKind::SessionExchanged, now)
            .with("session", id.to_string())
            .with("client", client.id.as_str())
            .with("audience", audience.as_str());
        let (absolute_expires_at, assurance) = (checked.session.absolute_expires_at, checked.session.assurance);
        let mut holder = checked.subject;
        for _ in 0..ATTEMPTS {
            let issuable = Issuable { id, absolute_expires_at, assurance, subject: Arc::clone(&holder) };
            let access = user_token(issuer, &issuable, client, audience).map_err(failure)?;
            let seen = holder.token_generation();
            let exchange = self.families.exchange(subject, id, seen, access.expires_at, event.clone());
            match exchange.await.map_err(failure)? {
                Exchanged::Session(_) => return Ok(Tokens { access, refresh: None }),
                Exchanged::Changed(now) => holder = now,
                Exchanged::Ended => return Err(ENDED),
            }
        }
        Err(changing())
    }
}

/// How often a token is made anew because its subject changed meanwhile.
const ATTEMPTS: usize = 4;

fn changing() -> Denied {
    Denied::Failure(Failure::Unavailable("the subject kept changing while a token was made of it".to_owned()))
}

fn user_token(
    issuer: &Issuer,
    issuable: &Issuable,
    client: &Client,
    audience: &Audience,
) -> Result<Issued, IssueError> {
    let subject = &issuable.subject;
    let (generation, assurance) = (subject.token_generation(), issuable.assurance);
    let holder = Holder::User { id: subject.id, session: issuable.id, generation, assurance };
    // What the client may not show anybody, its tokens do not say.
    let roles = match subject.roles.iter().all(|role| client.may_carry(role)) {
        true => Arc::clone(&subject.roles),
        false => subject.roles.iter().filter(|role| client.may_carry(role)).cloned().collect(),
    };
    issuer.issue(holder, client, audience, roles, Some(issuable.absolute_expires_at))
}
