//! A session has one present secret, and for some seconds the one before it.

use admit_core::audit::EventKind;
use admit_core::session::SUPERSEDED_GRACE;
use admit_core::store::Change;
use admit_core::subject::{Status, SubjectState};

use super::fixture::{Held, at, digest, event, hash, new_session, roles};
use super::{Outcome, Stores, ensure, fault};

const GRACE: u64 = SUPERSEDED_GRACE.as_secs();

impl Stores {
    /// Whether `new` is the session's secret after this.
    async fn rotate(&self, old: &Held, new: &Held, seconds: u64) -> Outcome<bool> {
        Ok(self.sessions.rotate(old.digest, new.digest, event(EventKind::SessionRotated, seconds)).await?)
    }

    /// A session that was given another secret so many seconds into the check: by its old one and by its new one.
    async fn rotated(&self, subject: &SubjectState, seconds: u64) -> Outcome<[Held; 2]> {
        let old = self.sign_in(subject, seconds).await?;
        let new = Held { digest: digest(subject.id)?, ..old };
        ensure!(self.rotate(&old, &new, seconds).await?, "not rotated");
        Ok([old, new])
    }
}

pub(super) async fn of_two_rotations_at_once_exactly_one_succeeds(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    for _ in 0..16 {
        let held = stores.sign_in(&alice, 0).await?;
        let new = [digest(alice.id)?, digest(alice.id)?];
        let tasks = new.map(|new| {
            let sessions = stores.sessions.clone();
            tokio::spawn(async move { sessions.rotate(held.digest, new, event(EventKind::SessionRotated, 1)).await })
        });
        let mut won = Vec::new();
        for (task, new) in tasks.into_iter().zip(new) {
            let rotated = task.await??;
            let checked = stores.sessions.check(&new, at(2)).await?;
            ensure!(checked.is_some() == rotated, "told {rotated}, and the new secret is another matter");
            won.extend(checked.map(|checked| checked.session.id));
        }
        ensure!(won == [held.id], "{} of two rotations succeeded", won.len());
    }
    let rotated = stores.kinds(&alice).await?.iter().filter(|kind| **kind == EventKind::SessionRotated).count();
    ensure!(rotated == 16, "{rotated} events for 16 rotations");
    Ok(())
}

pub(super) async fn of_many_rotations_to_one_secret_all_are_told_it_and_one_is_written_down(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let held = stores.sign_in(&alice, 0).await?;
    let new = Held { digest: digest(alice.id)?, ..held };
    let mut tasks = Vec::new();
    for _ in 0..20 {
        let stores = stores.clone();
        tasks.push(tokio::spawn(async move {
            let before = stores.is_live(&held, 1).await?;
            Outcome::Ok((before, stores.rotate(&held, &new, 1).await?, stores.is_live(&held, 1).await?))
        }));
    }
    for task in tasks {
        let told = task.await??;
        ensure!(told == (true, true, true), "live, rotated, live: {told:?}");
    }
    // Whoever lost the answer asks again.
    ensure!(stores.rotate(&held, &new, GRACE).await?, "not told again");
    ensure!(!stores.rotate(&held, &new, 1 + GRACE).await?, "told after the grace time");
    let rotated = stores.kinds(&alice).await?.iter().filter(|kind| **kind == EventKind::SessionRotated).count();
    ensure!(rotated == 1, "{rotated} events for one rotation");
    ensure!(stores.listed(&alice, 2).await? == [held.id], "listed twice");
    Ok(())
}

pub(super) async fn the_old_secret_is_good_for_some_seconds_with_the_new_rights(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let old = stores.sign_in(&alice, 0).await?;
    let after = stores.change(&alice, Change::Roles(roles(&["admin"])?), 1).await?;
    let new = Held { digest: digest(alice.id)?, ..old };
    ensure!(stores.rotate(&old, &new, 1).await?, "not rotated");
    for (held, is_due) in [(&old, true), (&new, false)] {
        let Some(checked) = stores.check(held, GRACE).await? else { return Err(fault("it is dead".to_owned())) };
        ensure!(checked.subject == after && checked.session.id == old.id, "another: {checked:?}");
        ensure!(checked.session.needs_rotation(&checked.subject) == is_due, "due for the new secret: {checked:?}");
    }
    let last = stores.change(&after, Change::Roles(roles(&["customer"])?), 2).await?;
    let seen = stores.check(&old, 3).await?.map(|checked| checked.subject);
    ensure!(seen == Some(last), "after another change the old secret sees {seen:?}");
    ensure!(!stores.is_live(&old, 1 + GRACE).await?, "the old secret is good after the grace time");
    ensure!(stores.is_live(&new, 1 + GRACE).await?, "the new secret is dead");
    stores.sessions.purge(at(1 + GRACE)).await?;
    ensure!(stores.is_live(&new, 1 + GRACE).await?, "the new secret was purged");
    Ok(())
}

pub(super) async fn a_node_whose_clock_is_behind_gives_the_old_secret_its_seconds_too(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let [old, new] = stores.rotated(&alice, 30).await?;
    let third = Held { digest: digest(alice.id)?, ..old };
    // Two nodes may be ten seconds each from the clock of their database.
    for seconds in [29, 20, 10] {
        ensure!(stores.is_live(&old, seconds).await?, "the old secret is dead at {seconds} s");
        ensure!(stores.rotate(&old, &new, seconds).await?, "not told again at {seconds} s");
        ensure!(!stores.rotate(&new, &third, seconds).await?, "a third at {seconds} s");
    }
    Ok(())
}

pub(super) async fn a_session_never_has_three_secrets(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let [first, second] = stores.rotated(&alice, 1).await?;
    let third = Held { digest: digest(alice.id)?, ..first };
    ensure!(!stores.rotate(&second, &third, GRACE).await?, "rotated while the one before is good");
    ensure!(!stores.rotate(&first, &third, GRACE).await?, "the old one was given another successor");
    ensure!(stores.is_live(&first, GRACE).await? && stores.is_live(&second, GRACE).await?, "one of the two is dead");
    ensure!(!stores.is_live(&third, GRACE).await?, "there is a third");
    ensure!(stores.rotate(&second, &third, 1 + GRACE).await?, "not rotated after the grace time");
    let live = [
        stores.is_live(&first, 1 + GRACE).await?,
        stores.is_live(&second, 1 + GRACE).await?,
        stores.is_live(&third, 1 + GRACE).await?,
        stores.is_live(&second, 1 + 2 * GRACE).await?,
    ];
    ensure!(live == [false, true, true, false], "first, second, third, and the second later: {live:?}");
    Ok(())
}

pub(super) async fn whatever_ends_a_session_ends_both_of_its_secrets_at_once(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let both_dead = async |what: &str, secrets: [Held; 2], seconds| {
        for held in secrets {
            ensure!(!stores.is_live(&held, seconds).await?, "a secret is good after {what}");
        }
        let [old, new] = secrets;
        ensure!(!stores.rotate(&old, &new, seconds).await?, "the new one is told after {what}");
        Ok(())
    };
    let ended = stores.rotated(&alice, 1).await?;
    ensure!(stores.sessions.end(alice.id, ended[0].id, event(EventKind::SessionRevoked, 2)).await?, "not ended");
    both_dead("its end", ended, 2).await?;
    for comes_with_the_old in [true, false] {
        let replaced = stores.rotated(&alice, 1).await?;
        let [old, renewed] = &replaced;
        let mut new = new_session(&alice, 2)?;
        new.replaces = Some(if comes_with_the_old { old.digest } else { renewed.digest });
        let again = stores.open(new).await?;
        both_dead("a login of the same browser", replaced, 2).await?;
        ensure!(stores.sessions.end(alice.id, again.id, event(EventKind::SessionRevoked, 2)).await?, "not ended");
    }
    let evicted = stores.rotated(&alice, 1).await?;
    for _ in 0..super::RULES.limit {
        stores.sign_in(&alice, 3).await?;
    }
    both_dead("its eviction", evicted, 3).await?;
    let mut alice = alice;
    let changes = [Change::EndSessions, Change::Password(hash("second")), Change::Status(Status::Disabled)];
    for (change, seconds) in changes.into_iter().zip([10, 20, 30]) {
        let secrets = stores.rotated(&alice, seconds).await?;
        let what = format!("{change:?}");
        alice = stores.change(&alice, change, seconds).await?;
        both_dead(&what, secrets, seconds).await?;
    }
    let lifted = stores.change(&alice, Change::Status(Status::Active), 31).await?;
    ensure!(stores.listed(&lifted, 31).await?.is_empty(), "something is listed");
    Ok(())
}

pub(super) async fn a_login_with_a_secret_past_its_grace_time_ends_nobodys_session(stores: Stores) -> Outcome {
    let (alice, bob) = (stores.subject("alice", &[]).await?, stores.subject("bob", &[]).await?);
    let [old, new] = stores.rotated(&alice, 1).await?;
    let mut login = new_session(&bob, 1 + GRACE)?;
    login.replaces = Some(old.digest);
    stores.open(login).await?;
    ensure!(stores.is_live(&new, 2 + GRACE).await?, "a dead secret ended a session");
    Ok(())
}
