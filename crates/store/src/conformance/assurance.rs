//! What was proved at a sign-in is kept as long as the sign-in lasts, whatever else changes.

use std::time::Duration;

use admit_clock::SystemClock;
use admit_core::assurance::{Assurance, Method, Methods};
use admit_core::audit::EventKind;
use admit_core::proved::Proved;
use admit_core::session::NewSession;
use admit_core::store::{Change, FamilyBegun, NewFamily, Redeemed};
use admit_core::subject::SubjectState;
use admit_core::time::{Clock, Timestamp};

use super::fixture::{Held, at, digest, event, new_session, roles};
use super::tokens::{Grant, new_family, redemption};
use super::{Outcome, RULES, Stores, TOKENS, ensure, fault};

/// A password and something else.
fn two_factors() -> Outcome<Methods> {
    Methods::of([Method::Password, Method::OneTimePassword])
        .ok_or_else(|| fault("two methods make no assurance".to_owned()))
}

/// The second is what every session of an earlier release has.
fn proofs() -> Outcome<[(Methods, u64); 4]> {
    let key = Methods::of([Method::HardwareKey, Method::UserPresence, Method::MultipleFactors]);
    let key = key.ok_or_else(|| fault("a key makes no assurance".to_owned()))?;
    Ok([(two_factors()?, 10), (Methods::PASSWORD, 10), (Methods::PASSWORD, 7), (key, 0)])
}

fn session(subject: &SubjectState, (methods, proved_at): (Methods, u64)) -> Outcome<NewSession> {
    Ok(NewSession { proved: Proved::vouched_for(subject, methods, at(proved_at)), ..new_session(subject, 10)? })
}

async fn ensure_of(stores: &Stores, held: &Held, seconds: u64, due: Assurance, when: &str) -> Outcome {
    let found = stores.check(held, seconds).await?.map(|checked| checked.session.assurance);
    ensure!(found == Some(due), "{when}: {found:?} where {due:?} was proved");
    Ok(())
}

pub(super) async fn a_session_keeps_what_was_proved_through_checks_lists_and_new_secrets(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &["customer"]).await?;
    for (methods, proved_at) in proofs()? {
        let due = Assurance::new(methods, at(proved_at));
        let held = stores.open(session(&alice, (methods, proved_at))?).await?;
        ensure_of(&stores, &held, 11, due, "a check").await?;
        ensure_of(&stores, &held, 90, due, "a check that notes the use").await?;
        ensure_of(&stores, &held, 91, due, "the check after that").await?;
        let listed = stores.list(&alice, 92).await?;
        let listed = listed.iter().find(|open| open.record.id == held.id).map(|open| open.record.assurance);
        ensure!(listed == Some(due), "in the list: {listed:?} where {due:?} was proved");
        stores.change(&alice, Change::Roles(roles(&["admin"])?), 93).await?;
        let new = Held { digest: digest(alice.id)?, ..held };
        ensure!(
            stores.sessions.rotate(held.digest, new.digest, event(EventKind::SessionRotated, 94)).await?,
            "it got no other secret"
        );
        ensure_of(&stores, &new, 95, due, "by the new secret").await?;
        ensure_of(&stores, &held, 95, due, "by the old secret").await?;
        ensure_of(&stores, &new, 200, due, "by the new secret, later").await?;
    }
    Ok(())
}

pub(super) async fn a_family_keeps_what_was_proved_over_every_refresh(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    for (methods, proved_at) in proofs()? {
        let due = Assurance::new(methods, at(proved_at));
        let new = NewFamily { proved: Proved::vouched_for(&alice, methods, at(proved_at)), ..new_family(&alice, 10)? };
        let mut grant = Grant { id: new.id, token: new.digest };
        match stores.families.begin(new, event(EventKind::TokenFamilyBegun, 10)).await? {
            FamilyBegun::Family(family) => ensure!(family.assurance == due, "begun as {family:?}"),
            other => return Err(fault(format!("not begun: {other:?}"))),
        }
        for seconds in [20, 400, 10_000] {
            match stores.redeem_once(redemption(&grant, seconds)?).await? {
                Redeemed::Changed(family) => ensure!(family.assurance == due, "to be redeemed as {family:?}"),
                other => return Err(fault(format!("nothing was seen before: {other:?}"))),
            }
            let (renewed, family) = stores.issue(&grant, seconds).await?;
            ensure!(family.assurance == due, "{seconds} s into the check: {family:?}");
            grant = renewed;
        }
    }
    Ok(())
}

pub(super) async fn an_exchange_tells_what_was_proved_at_its_sign_in(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    for (methods, proved_at) in proofs()? {
        let held = stores.open(session(&alice, (methods, proved_at))?).await?;
        let exchanged = stores.exchange(&alice, held.id, 20).await?.map(|issuable| issuable.assurance);
        ensure!(exchanged == Some(Assurance::new(methods, at(proved_at))), "exchanged as {exchanged:?}");
    }
    Ok(())
}

pub(super) async fn a_sign_in_after_another_says_what_was_proved_for_itself_alone(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let strong = stores.open(session(&alice, (two_factors()?, 10))?).await?;
    let again = NewSession { replaces: Some(strong.digest), ..new_session(&alice, 20)? };
    let again = stores.open(again).await?;
    ensure_of(&stores, &again, 21, Assurance::new(Methods::PASSWORD, at(20)), "in its place").await
}

/// A store with a clock of its own also decides what the future is, so this begins at the present.
pub(super) async fn a_proof_from_a_clock_that_was_ahead_counts_as_one_of_now(stores: Stores) -> Outcome {
    const MINUTE: Duration = Duration::from_secs(60);
    let (now, alice) = (SystemClock.now(), stores.subject("alice", &[]).await?);
    let ahead = Proved::vouched_for(&alice, two_factors()?, now.plus(MINUTE * 600));
    let new = new_session(&alice, 0)?;
    let new = NewSession { proved: ahead, created_at: now, absolute_expires_at: now.plus(RULES.absolute), ..new };
    let held = stores.open(new).await?;
    let proved_at = async |at: Timestamp| -> Outcome<Option<Timestamp>> {
        let checked = stores.sessions.check(&held.digest, at).await?;
        let of_two = |it: &Assurance| it.methods() == ahead.assurance().methods();
        Ok(checked.map(|checked| checked.session.assurance).filter(of_two).map(Assurance::proved_at))
    };
    let counted = proved_at(now).await?;
    ensure!(counted.is_some_and(|at| at <= now), "at once it counts as of {counted:?}");
    let seconds = now.since(at(0)).as_secs();
    let family = NewFamily {
        proved: ahead,
        created_at: now,
        absolute_expires_at: now.plus(TOKENS.refresh_absolute),
        ..new_family(&alice, seconds)?
    };
    let grant = Grant { id: family.id, token: family.digest };
    stores.families.begin(family, event(EventKind::TokenFamilyBegun, seconds)).await?;
    stores.sessions.pull_back(now).await?;
    let counted = proved_at(now.plus(MINUTE * 10)).await?;
    ensure!(counted.is_some_and(|at| at <= now.plus(MINUTE)), "later it counts as of {counted:?}");
    let (_, family) = stores.issue(&grant, seconds + 600).await?;
    let counted = family.assurance;
    ensure!(counted.methods() == ahead.assurance().methods(), "the family says {counted:?}");
    ensure!(counted.proved_at() <= now.plus(MINUTE), "the family counts as of {counted:?}");
    Ok(())
}
