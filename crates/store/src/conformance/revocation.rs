//! Changes of a subject, as its sessions see them.

use admit_core::audit::EventKind;
use admit_core::store::Change;
use admit_core::subject::{Status, SubjectState};

use super::fixture::{Held, digest, event, hash, roles};
use super::{Outcome, Stores, ensure, fault};

pub(super) async fn a_role_change_keeps_sessions_and_is_seen_by_the_next_check(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &["admin", "customer"]).await?;
    let held = stores.sign_in(&alice, 0).await?;
    let after = stores.change(&alice, Change::Roles(roles(&["customer", "auditor", "customer"])?), 1).await?;
    ensure!(*after.roles == roles(&["auditor", "customer"])?, "roles are {:?}", after.roles);
    ensure!(after.roles_version > alice.roles_version, "the roles version was not raised");
    ensure!(after.generation == alice.generation, "the generation was raised");
    let Some(checked) = stores.check(&held, 2).await? else { return Err(fault("the session is dead".to_owned())) };
    ensure!(checked.subject == after, "the check saw {:?}", checked.subject);
    ensure!(checked.session.roles_version == alice.roles_version, "the session is not due for a new secret");
    Ok(())
}

pub(super) async fn a_rotation_takes_up_the_present_roles_version(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let held = stores.sign_in(&alice, 0).await?;
    let after = stores.change(&alice, Change::Roles(roles(&["admin"])?), 1).await?;
    let new = Held { digest: digest(alice.id)?, ..held };
    ensure!(stores.sessions.rotate(held.digest, new.digest, event(EventKind::SessionRotated, 2)).await?, "not rotated");
    let Some(checked) = stores.check(&new, 3).await? else { return Err(fault("the session is dead".to_owned())) };
    ensure!(checked.session.roles_version == after.roles_version, "still due for a new secret");
    ensure!(checked.session.id == held.id, "another public name");
    Ok(())
}

/// Makes `change`, and looks that it ended every session of alice and none of bob's, for good.
async fn ends_every_session(stores: &Stores, change: Change) -> Outcome<(SubjectState, Vec<Held>)> {
    let alice = stores.subject("alice", &[]).await?;
    let bob = stores.subject("bob", &[]).await?;
    let bobs = stores.sign_in(&bob, 0).await?;
    let held = [stores.sign_in(&alice, 0).await?, stores.sign_in(&alice, 1).await?, stores.sign_in(&alice, 2).await?];
    let after = stores.change(&alice, change, 3).await?;
    ensure!(after.generation > alice.generation, "the generation was not raised");
    for session in &held {
        ensure!(!stores.is_live(session, 4).await?, "a session is live after it");
        ensure!(
            !stores.sessions.end(alice.id, session.id, event(EventKind::SessionRevoked, 4)).await?,
            "a dead session could be ended"
        );
    }
    ensure!(stores.listed(&alice, 4).await?.is_empty(), "a session is listed after it");
    ensure!(stores.is_live(&bobs, 4).await?, "another subject's session was ended");
    Ok((SubjectState::clone(&after), held.to_vec()))
}

pub(super) async fn a_ban_ends_every_session_at_once_and_lifting_it_revives_none(stores: Stores) -> Outcome {
    let (banned, held) = ends_every_session(&stores, Change::Status(Status::Disabled)).await?;
    let lifted = stores.change(&banned, Change::Status(Status::Active), 5).await?;
    ensure!(lifted.status == Status::Active && lifted.generation == banned.generation, "lifted: {lifted:?}");
    for session in &held {
        ensure!(!stores.is_live(session, 6).await?, "a session came back with the lifting of the ban");
    }
    let again = stores.sign_in(&lifted, 7).await?;
    ensure!(stores.is_live(&again, 8).await?, "a new session after the ban is dead");
    Ok(())
}

pub(super) async fn a_password_change_ends_every_session_at_once(stores: Stores) -> Outcome {
    let (alice, _) = ends_every_session(&stores, Change::Password(hash("second"))).await?;
    let account = stores.accounts.by_id(alice.id).await?;
    let phc = account.map(|account| account.password.as_phc().to_owned());
    ensure!(phc.as_deref() == Some(hash("second").as_phc()), "the password is another");
    Ok(())
}

pub(super) async fn logging_out_everywhere_ends_every_session_of_that_subject_alone(stores: Stores) -> Outcome {
    let (alice, _) = ends_every_session(&stores, Change::EndSessions).await?;
    let again = stores.sign_in(&alice, 5).await?;
    ensure!(stores.is_live(&again, 6).await?, "a new session afterwards is dead");
    Ok(())
}

pub(super) async fn a_change_to_what_is_already_so_is_no_event_and_ends_nothing(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &["admin", "customer"]).await?;
    let held = stores.sign_in(&alice, 0).await?;
    let same = stores.change(&alice, Change::Roles(roles(&["customer", "admin"])?), 1).await?;
    ensure!(same == alice, "the same roles changed the subject to {same:?}");
    let same = stores.change(&alice, Change::Status(Status::Active), 1).await?;
    ensure!(same == alice, "the same status changed the subject to {same:?}");
    ensure!(stores.is_live(&held, 2).await?, "a session was ended");
    let banned = stores.change(&alice, Change::Status(Status::Disabled), 3).await?;
    let same = stores.change(&alice, Change::Status(Status::Disabled), 4).await?;
    ensure!(same == banned, "a second ban changed the subject to {same:?}");
    let kinds = stores.kinds(&alice).await?;
    let expected = [EventKind::SubjectCreated, EventKind::SessionCreated, EventKind::SubjectDisabled];
    ensure!(kinds == expected, "{kinds:?}");
    let nobody = super::fixture::new_subject("nobody", &[])?.id;
    let changed = stores.accounts.change(nobody, Change::EndSessions, event(EventKind::SessionsRevoked, 5)).await?;
    ensure!(changed.is_none(), "nobody was changed");
    Ok(())
}

pub(super) async fn a_clock_that_is_set_back_revives_no_ended_session(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let (revoked, replaced) = (stores.sign_in(&alice, 1000).await?, stores.sign_in(&alice, 1000).await?);
    let kept = stores.sign_in(&alice, 1000).await?;
    ensure!(stores.is_live(&kept, 1500).await?, "dead before anything happened");
    stores.sessions.end(alice.id, revoked.id, event(EventKind::SessionRevoked, 1501)).await?;
    let new = Held { digest: digest(alice.id)?, ..replaced };
    stores.sessions.rotate(replaced.digest, new.digest, event(EventKind::SessionRotated, 1501)).await?;
    // Clocks of nodes differ by a minute at most: until then the replaced secret has its ten seconds at the other node.
    for seconds in [1440, 900, 0] {
        ensure!(!stores.is_live(&revoked, seconds).await?, "a revoked session is live at {seconds} s");
        ensure!(!stores.is_live(&replaced, seconds).await?, "a replaced secret is live at {seconds} s");
        ensure!(stores.is_live(&kept, seconds).await?, "a clock set back to {seconds} s ended a session");
    }
    // Times from the future count as now, so it may have been used last at 0 s, and not at 1,500 s.
    ensure!(stores.is_live(&kept, 1799).await?, "a clock set back ended a session before its idle time");
    stores.change(&alice, Change::EndSessions, 0).await?;
    ensure!(!stores.is_live(&kept, 0).await?, "live after the end of all");
    Ok(())
}
