//! [`Accounts`] over PostgreSQL, with the one-time tokens and the known addresses.

use std::sync::Arc;
use std::time::Duration;

use admit_core::audit::{Event, Recorded};
use admit_core::credential::password::PasswordHash;
use admit_core::credential::{OneTimeTokenDigest, Purpose};
use admit_core::id::SubjectId;
use admit_core::store::{
    Account, Accounts, Change, Created, EventQuery, Imported, ImportedSubject, Kept, Listed, NewSubject, Renamed, Reply,
};
use admit_core::subject::{RoleName, SubjectState, Username};
use admit_core::time::Timestamp;

use super::change::Changed;
use super::connection::On;
use super::error::Error;
use super::{Postgres, change, events, import, listing, subjects};
use crate::actors::Actors;
use crate::records::{addresses, one_time_tokens};

async fn create(on: On<'_>, new: &NewSubject, told: &[Event]) -> Result<Created, Error> {
    let Some(subject) = subjects::create(on, new).await? else { return Ok(Created::UsernameTaken) };
    for event in told {
        events::insert(on, event, Some(new.id)).await?;
    }
    Ok(Created::Subject(subject))
}

impl Accounts for Postgres {
    fn create(&self, new: NewSubject, event: Event) -> Reply<Created> {
        self.write_as(Actors::of(&event), Vec::new(), move |on| {
            Box::pin(async move { create(on, &new, &[event]).await })
        })
    }

    fn create_with_link(&self, new: NewSubject, link: OneTimeTokenDigest, told: Vec<Event>) -> Reply<Created> {
        let shared = Arc::clone(&self.shared);
        Reply::pending(async move {
            let made = shared.write_as(Actors::of_all(&told), Vec::new(), move |on| {
                Box::pin(async move {
                    if !one_time_tokens::take(&on, &link, Purpose::FirstAdmin, new.created_at).await? {
                        return Ok(Created::LinkDead);
                    }
                    // The link is for the first: somebody may have come to the role while the password was hashed, or while this waited.
                    for role in &new.roles {
                        if subjects::holding(on, role, None).await? > 0 {
                            return Ok(Created::LinkDead);
                        }
                    }
                    match create(on, &new, &told).await? {
                        // A name that is taken does not cost the link: all is taken back, and the person tries another.
                        Created::UsernameTaken => Err(Error::NameTaken),
                        created => Ok(created),
                    }
                })
            });
            match made.await {
                Err(Error::NameTaken) => Ok(Created::UsernameTaken),
                made => Ok(made?),
            }
        })
    }

    fn import(&self, subjects: Vec<ImportedSubject>, keep: bool) -> Reply<Vec<Imported>> {
        let actors = Actors::of_all(subjects.iter().map(|one| &one.event));
        self.write_as(actors, Vec::new(), move |on| {
            Box::pin(async move {
                on.run("SAVEPOINT import", &[]).await?;
                let outcome = import::import(on, &subjects).await?;
                if !keep {
                    on.run("ROLLBACK TO SAVEPOINT import", &[]).await?;
                }
                Ok(outcome)
            })
        })
    }

    fn keep_link(
        &self,
        link: OneTimeTokenDigest,
        purpose: Purpose,
        expires_at: Timestamp,
        event: Event,
    ) -> Reply<bool> {
        self.write_as(Actors::of(&event), purpose.subject().into_iter().collect(), move |on| {
            Box::pin(async move { one_time_tokens::keep(&on, &link, purpose, expires_at, &event).await })
        })
    }

    fn live_link(&self, link: &OneTimeTokenDigest, now: Timestamp) -> Reply<Option<Purpose>> {
        let link = *link;
        self.read(move |on| Box::pin(async move { one_time_tokens::live(&on, &link, now).await }))
    }

    fn anyone_holds(&self, role: &RoleName) -> Reply<bool> {
        let role = role.clone();
        self.read(move |on| {
            let role = role.clone();
            Box::pin(async move { Ok(subjects::holding(on, &role, None).await? > 0) })
        })
    }

    fn by_username(&self, username: &Username) -> Reply<Option<Account>> {
        let username = Arc::new(username.clone());
        self.read(move |on| {
            let username = Arc::clone(&username);
            Box::pin(async move { subjects::account_by_username(on, &username).await })
        })
    }

    fn by_id(&self, id: SubjectId) -> Reply<Option<Account>> {
        self.read(move |on| Box::pin(subjects::account_by_id(on, id)))
    }

    fn search(&self, query: &str, after: Option<&str>, limit: u32) -> Reply<Vec<Listed>> {
        let asked: Arc<(String, Option<String>)> = Arc::new((query.to_owned(), after.map(str::to_owned)));
        self.listed(move |on| {
            let asked = Arc::clone(&asked);
            Box::pin(async move { listing::search(on, &asked.0, asked.1.as_deref(), limit).await })
        })
    }

    fn holders(&self, roles: &[&str], after: Option<&str>, limit: u32) -> Reply<Vec<Listed>> {
        let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
        let asked = Arc::new((roles, after.map(str::to_owned)));
        self.listed(move |on| {
            let asked = Arc::clone(&asked);
            Box::pin(async move { listing::holders(on, &asked.0, asked.1.as_deref(), limit).await })
        })
    }

    fn change(&self, id: SubjectId, change: Change, event: Event) -> Reply<Option<Arc<SubjectState>>> {
        let (shared, rules) = (Arc::clone(&self.shared), self.shared.rules);
        Reply::pending(async move {
            let Some(Changed { subject, place, signal }) = shared
                .write_as(Actors::of(&event), vec![id], move |on| {
                    Box::pin(async move { change::change(on, &rules, id, change, event).await })
                })
                .await?
            else {
                return Ok(None);
            };
            shared.settle(&[place], signal.as_slice()).await?;
            Ok(Some(subject))
        })
    }

    fn change_keeping(&self, id: SubjectId, change: Change, keep: RoleName, event: Event) -> Reply<Kept> {
        let (shared, rules) = (Arc::clone(&self.shared), self.shared.rules);
        Reply::pending(async move {
            match shared
                .write_as(Actors::of(&event), vec![id], move |on| {
                    Box::pin(async move {
                        subjects::lock(on, id).await?;
                        if change::would_lose_the_last(on, id, &change, &keep).await? {
                            return Ok(Err(Kept::Last));
                        }
                        let changed = change::change(on, &rules, id, change, event).await?;
                        Ok(changed.ok_or(Kept::Missing))
                    })
                })
                .await?
            {
                Ok(Changed { subject, place, signal }) => {
                    shared.settle(&[place], signal.as_slice()).await?;
                    Ok(Kept::Changed(subject))
                }
                Err(kept) => Ok(kept),
            }
        })
    }

    fn rename(&self, id: SubjectId, username: Username, event: Event) -> Reply<Renamed> {
        let (shared, rules) = (Arc::clone(&self.shared), self.shared.rules);
        Reply::pending(async move {
            let done = shared
                .write_as(Actors::of(&event), vec![id], move |on| {
                    Box::pin(async move { change::change(on, &rules, id, Change::Name(username), event).await })
                })
                .await;
            match done {
                Ok(Some(Changed { subject, place, signal })) => {
                    shared.settle(&[place], signal.as_slice()).await?;
                    Ok(Renamed::Subject(subject))
                }
                Ok(None) => Ok(Renamed::Missing),
                Err(Error::NameTaken) => Ok(Renamed::Taken),
                Err(error) => Err(error.into()),
            }
        })
    }

    fn rehash(&self, id: SubjectId, old: PasswordHash, new: PasswordHash, event: Event) -> Reply<bool> {
        self.write_as(Actors::of(&event), vec![id], move |on| {
            Box::pin(async move {
                let changed = subjects::rehash(on, id, &old, &new).await?;
                if changed {
                    events::insert(on, &event, Some(id)).await?;
                }
                Ok(changed)
            })
        })
    }

    fn knows_address(&self, id: SubjectId, prefix: &str, since: Timestamp) -> Reply<bool> {
        let prefix: Arc<str> = prefix.into();
        self.read(move |on| {
            let prefix = Arc::clone(&prefix);
            Box::pin(async move { addresses::knows(&on, id, &prefix, since).await })
        })
    }

    fn knows_anyone_at(&self, prefix: &str, since: Timestamp) -> Reply<bool> {
        let prefix: Arc<str> = prefix.into();
        self.read(move |on| {
            let prefix = Arc::clone(&prefix);
            Box::pin(async move { addresses::knows_anyone(&on, &prefix, since).await })
        })
    }

    fn learn_address(&self, id: SubjectId, prefix: String, now: Timestamp) -> Reply<()> {
        self.write(move |on| Box::pin(async move { addresses::learn(&on, id, &prefix, now).await }))
    }

    fn record(&self, mut event: Event) -> Reply<()> {
        let Some(slot) = self.shared.repeats.slot(&mut event) else {
            return self.write_as(Actors::of(&event), Vec::new(), move |on| {
                Box::pin(async move { events::insert(on, &event, None).await })
            });
        };
        let (shared, at, actors) = (Arc::clone(&self.shared), event.at, Actors::of(&event));
        Reply::pending(async move {
            let counted = shared
                .write_as(actors, Vec::new(), move |on| {
                    Box::pin(async move { events::count_in(on, &event, &slot).await })
                })
                .await?;
            if counted {
                shared.repeats.added(at);
            }
            Ok(())
        })
    }

    fn strip_events(&self, id: SubjectId, after: u64, limit: u32) -> Reply<Option<u64>> {
        self.write(move |on| Box::pin(events::strip(on, id, after, limit)))
    }

    fn forget_events(&self, ended_by: Timestamp, keep: Duration, limit: u32) -> Reply<u64> {
        self.write(move |on| Box::pin(events::forget(on, ended_by, keep, limit)))
    }

    fn events(&self, query: EventQuery) -> Reply<Vec<Recorded>> {
        self.listed(move |on| {
            let query = query.clone();
            Box::pin(async move { events::read(on, &query).await })
        })
    }
}
