//! [`Accounts`] over SQLite, with the one-time tokens and the known addresses.

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
use rusqlite::{Connection, Result};

use super::on::{On, at_once};
use super::writer::Done;
use super::{Sqlite, change, events, import, listing, subjects};
use crate::actors::Actors;
use crate::records::{addresses, one_time_tokens};

fn create(connection: &Connection, new: &NewSubject, events: &[Event]) -> Result<Created> {
    let Some(subject) = subjects::create(connection, new)? else { return Ok(Created::UsernameTaken) };
    events.iter().try_for_each(|event| events::insert(connection, event, Some(new.id)))?;
    Ok(Created::Subject(subject))
}

impl Accounts for Sqlite {
    fn create(&self, new: NewSubject, event: Event) -> Reply<Created> {
        self.write_as(Actors::of(&event), move |connection, _| create(connection, &new, &[event]).map(Done::plain))
    }

    fn create_with_link(&self, new: NewSubject, link: OneTimeTokenDigest, events: Vec<Event>) -> Reply<Created> {
        self.write_as(Actors::of_all(&events), move |connection, _| {
            let live = at_once(one_time_tokens::live(&On(connection), &link, new.created_at))?;
            if live != Some(Purpose::FirstAdmin) {
                return Ok(Done::plain(Created::LinkDead));
            }
            // The link is for the first: somebody may have come to the role while the password was hashed.
            for role in &new.roles {
                if subjects::holding(connection, role, None)? > 0 {
                    return Ok(Done::plain(Created::LinkDead));
                }
            }
            let created = create(connection, &new, &events)?;
            // A name that is taken does not cost the link: the person tries another.
            if let Created::Subject(_) = created {
                at_once(one_time_tokens::take(&On(connection), &link, Purpose::FirstAdmin, new.created_at))?;
            }
            Ok(Done::plain(created))
        })
    }

    fn import(&self, subjects: Vec<ImportedSubject>, keep: bool) -> Reply<Vec<Imported>> {
        let actors = Actors::of_all(subjects.iter().map(|one| &one.event));
        self.write_as(actors, move |connection, _| import::import(connection, &subjects, keep).map(Done::plain))
    }

    fn keep_link(
        &self,
        link: OneTimeTokenDigest,
        purpose: Purpose,
        expires_at: Timestamp,
        event: Event,
    ) -> Reply<bool> {
        self.write_as(Actors::of(&event), move |connection, _| {
            at_once(one_time_tokens::keep(&On(connection), &link, purpose, expires_at, &event)).map(Done::plain)
        })
    }

    fn live_link(&self, link: &OneTimeTokenDigest, now: Timestamp) -> Reply<Option<Purpose>> {
        self.read(|connection| at_once(one_time_tokens::live(&On(connection), link, now)))
    }

    fn anyone_holds(&self, role: &RoleName) -> Reply<bool> {
        self.read(|connection| subjects::holding(connection, role, None).map(|count| count > 0))
    }

    fn by_username(&self, username: &Username) -> Reply<Option<Account>> {
        self.read(|connection| subjects::by_username(connection, username))
    }

    fn by_id(&self, id: SubjectId) -> Reply<Option<Account>> {
        self.read(|connection| subjects::by_id(connection, id))
    }

    fn search(&self, query: &str, after: Option<&str>, limit: u32) -> Reply<Vec<Listed>> {
        let (query, after) = (query.to_owned(), after.map(str::to_owned));
        Self::list(self, move |connection| listing::search(connection, &query, after.as_deref(), limit))
    }

    fn holders(&self, roles: &[&str], after: Option<&str>, limit: u32) -> Reply<Vec<Listed>> {
        let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
        let after = after.map(str::to_owned);
        Self::list(self, move |connection| listing::holders(connection, &roles, after.as_deref(), limit))
    }

    fn change(&self, id: SubjectId, change: Change, event: Event) -> Reply<Option<Arc<SubjectState>>> {
        self.write_as(Actors::of(&event), move |connection, _| change::change(connection, id, change, event))
    }

    fn change_keeping(&self, id: SubjectId, change: Change, keep: RoleName, event: Event) -> Reply<Kept> {
        self.write_as(Actors::of(&event), move |connection, _| {
            if change::would_lose_the_last(connection, id, &change, &keep)? {
                return Ok(Done::plain(Kept::Last));
            }
            let Done { answer, effects } = change::change(connection, id, change, event)?;
            Ok(Done { answer: answer.map_or(Kept::Missing, Kept::Changed), effects })
        })
    }

    fn rename(&self, id: SubjectId, username: Username, event: Event) -> Reply<Renamed> {
        self.write_as(Actors::of(&event), move |connection, _| {
            let Done { answer, effects } = match subjects::state_by_id(connection, id)? {
                None => Done::plain(None),
                Some(_) if subjects::is_taken(connection, &username, id)? => return Ok(Done::plain(Renamed::Taken)),
                Some(_) => change::change(connection, id, Change::Name(username), event)?,
            };
            Ok(Done { answer: answer.map_or(Renamed::Missing, Renamed::Subject), effects })
        })
    }

    fn rehash(&self, id: SubjectId, old: PasswordHash, new: PasswordHash, event: Event) -> Reply<bool> {
        self.write_as(Actors::of(&event), move |connection, _| {
            let changed = subjects::rehash(connection, id, &old, &new)?;
            if changed {
                events::insert(connection, &event, Some(id))?;
            }
            Ok(Done::plain(changed))
        })
    }

    fn knows_address(&self, id: SubjectId, prefix: &str, since: Timestamp) -> Reply<bool> {
        self.read(|connection| at_once(addresses::knows(&On(connection), id, prefix, since)))
    }

    fn knows_anyone_at(&self, prefix: &str, since: Timestamp) -> Reply<bool> {
        self.read(|connection| at_once(addresses::knows_anyone(&On(connection), prefix, since)))
    }

    fn learn_address(&self, id: SubjectId, prefix: String, now: Timestamp) -> Reply<()> {
        self.write(move |connection, _| at_once(addresses::learn(&On(connection), id, &prefix, now)).map(Done::plain))
    }

    fn record(&self, mut event: Event) -> Reply<()> {
        let Some(slot) = self.repeats.slot(&mut event) else {
            return self.write_as(Actors::of(&event), move |connection, _| {
                events::insert(connection, &event, None).map(Done::plain)
            });
        };
        let repeats = Arc::clone(&self.repeats);
        self.write_as(Actors::of(&event), move |connection, _| {
            if events::count_in(connection, &event, &slot)? {
                repeats.added(event.at);
            }
            Ok(Done::plain(()))
        })
    }

    fn strip_events(&self, id: SubjectId, after: u64, limit: u32) -> Reply<Option<u64>> {
        self.write(move |connection, _| events::strip(connection, id, after, limit).map(Done::plain))
    }

    fn forget_events(&self, ended_by: Timestamp, keep: Duration, limit: u32) -> Reply<u64> {
        self.write(move |connection, _| events::forget(connection, ended_by.minus(keep), limit).map(Done::plain))
    }

    fn events(&self, query: EventQuery) -> Reply<Vec<Recorded>> {
        Self::list(self, move |connection| events::read(connection, &query))
    }
}
