//! Revoking a token by itself (RFC 7009), and saying of one whether it is good (RFC 7662).

use std::collections::BTreeSet;
use std::time::Duration;

use admit_core::audit::EventKind;
use admit_core::client::{Audience, Client};
use admit_core::credential::AccessToken;
use admit_core::store::StoreError;
use admit_core::token::{Claims, Holder, Refusal, Unverified};

use super::{Cause, Failure, Operations};

impl Operations {
    /// Revokes a token of this client. One that is not good, or is another's, is as revoked as it will ever be.
    ///
    /// A refresh token takes its whole family along, with every access token of it.
    ///
    /// # Errors
    /// When the store does not answer: the token may still be good then.
    pub async fn revoke_token(&self, by: &Cause, client: &Client, text: &str) -> Result<(), Failure> {
        let issuer = self.issuer()?;
        if let Some(refresh) = issuer.refresh().read(text) {
            let event = by.event(EventKind::TokenFamilyEnded, self.clock.now());
            self.families.end_by_client(refresh.family(), client.id.clone(), event).await?;
            return Ok(());
        }
        let Some(claims) = self.read_any(text, client).await? else { return Ok(()) };
        if claims.client != client.id {
            return Ok(());
        }
        let mut event = by
            .event(EventKind::TokenRevoked, self.clock.now())
            .with("client", client.id.as_str())
            .with("token", claims.id.to_string());
        if let Holder::User { id, session, .. } = claims.holder {
            event = event.about(id).with("session", session.to_string());
        }
        self.signals.revoke_token(claims.id, claims.expires_at, event).await?;
        Ok(())
    }

    /// What an access token says, if it is good and is this service's business: issued to it, or for one of its audiences.
    ///
    /// # Errors
    /// When what has been revoked by now cannot be told.
    pub async fn introspect(&self, client: &Client, text: &str) -> Result<Option<Claims>, Failure> {
        self.read_any(text, client).await
    }

    /// A good access token that was issued to this client, or is for one of its audiences. To anybody else it is nothing.
    async fn read_any(&self, text: &str, client: &Client) -> Result<Option<Claims>, Failure> {
        let (Ok(issuer), Some(token)) = (self.issuer(), AccessToken::parse(text)) else { return Ok(None) };
        let verifier = issuer.verifier();
        let all = self.clients.values().flat_map(|client| &client.audiences).chain([verifier.audience()]);
        let all: Vec<Audience> = all.collect::<BTreeSet<_>>().into_iter().cloned().collect();
        let age = verifier.renew(Duration::ZERO).await?;
        let check = || verifier.check_for(&token, &all, self.clock.now(), Duration::ZERO, age);
        let mut checked = check();
        if matches!(checked, Err(Unverified::Refused(Refusal::Key))) && verifier.renew_keys().await? {
            checked = check();
        }
        match checked {
            Ok(verified) => {
                let claims = verified.claims();
                let theirs = claims.client == client.id || client.audiences.contains(&claims.audience);
                Ok(theirs.then(|| claims.clone()))
            }
            Err(Unverified::Refused(_)) => Ok(None),
            Err(stale @ Unverified::Stale(_)) => Err(StoreError::new(stale).into()),
        }
    }
}
