//! Families of refresh tokens: with the accounts, but for the one step that begins with a session.

use std::sync::Arc;

use admit_core::audit::Event;
use admit_core::client::ClientId;
use admit_core::id::{SessionId, SubjectId};
use admit_core::store::{
    Exchanged, Families, FamilyBegun, NewFamily, OpenFamily, Redeemed, Redemption, Reply, StoreError,
};
use admit_core::subject::TokenGeneration;
use admit_core::time::Timestamp;

use super::RedisSessions;
use super::core::Core;

impl Families for RedisSessions {
    fn begin(&self, new: NewFamily, event: Event) -> Reply<FamilyBegun> {
        self.accounts.begin(new, event)
    }

    fn redeem(&self, redemption: Redemption, event: Event) -> Reply<Redeemed> {
        self.accounts.redeem(redemption, event)
    }

    fn end_by_client(&self, family: SessionId, client: ClientId, event: Event) -> Reply<bool> {
        self.accounts.end_by_client(family, client, event)
    }

    fn end_family(&self, subject: SubjectId, family: SessionId, event: Event) -> Reply<bool> {
        self.accounts.end_family(subject, family, event)
    }

    fn end_others(&self, subject: SubjectId, keep: Option<SessionId>, event: Event) -> Reply<u64> {
        Reply::pending(self.core.clone().end_others(subject, keep, event))
    }

    fn families(&self, subject: SubjectId, now: Timestamp) -> Reply<Vec<OpenFamily>> {
        self.accounts.families(subject, now)
    }

    fn exchange(
        &self,
        subject: SubjectId,
        session: SessionId,
        seen: TokenGeneration,
        until: Timestamp,
        event: Event,
    ) -> Reply<Exchanged> {
        Reply::pending(self.core.clone().exchange(subject, session, seen, until, event))
    }

    fn use_assertion(&self, client: ClientId, id: String, until: Timestamp, now: Timestamp) -> Reply<bool> {
        self.accounts.use_assertion(client, id, until, now)
    }
}

impl Core {
    async fn exchange(
        self: Arc<Self>,
        subject: SubjectId,
        session: SessionId,
        seen: TokenGeneration,
        until: Timestamp,
        event: Event,
    ) -> Result<Exchanged, StoreError> {
        let Some(record) = self.live_by_id(subject, session, event.at).await? else { return Ok(Exchanged::Ended) };
        self.truth.exchange_session(subject, record, seen, until, event).await
    }
}
