//! A refresh token has at most one successor, ever (RFC 9700 section 4.14.2).

use admit_core::audit::EventKind;
use admit_core::client::ClientId;
use admit_core::store::{Change, Redeemed, Redemption};
use admit_core::subject::{Status, SubjectState};

use super::fixture::{at, hash, roles};
use super::tokens::{Grant, redemption, refresh, successor};
use super::{Outcome, Stores, TOKENS, ensure, fault};

const GRACE: u64 = TOKENS.reuse_grace.as_secs();

pub(super) async fn a_refresh_token_has_one_successor_and_that_works(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &["customer"]).await?;
    let first = stores.begin(&alice, 0).await?;
    let (second, family) = stores.issue(&first, 100).await?;
    ensure!(family.absolute_expires_at == at(0).plus(TOKENS.refresh_absolute), "its use moved its end: {family:?}");
    ensure!(family.subject == alice, "another subject: {:?}", family.subject);
    let again = stores.present(&first, 100).await?;
    ensure!(matches!(again, Redeemed::Family(_)), "the second time: {again:?}");
    let third = stores.renew(&second, 101).await?;
    stores.renew(&third, 5000).await?;
    let nobody = Grant { id: stores.sign_in(&alice, 0).await?.id, token: refresh()? };
    let unknown = stores.present(&nobody, 1).await?;
    ensure!(matches!(unknown, Redeemed::Unknown), "of no family: {unknown:?}");
    Ok(())
}

pub(super) async fn of_many_redemptions_at_once_each_gets_the_one_successor(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let grant = stores.begin(&alice, 0).await?;
    let mut tasks = Vec::new();
    for _ in 0..64 {
        let (stores, redemption) = (stores.clone(), redemption(&grant, 1)?);
        tasks.push(tokio::spawn(async move { stores.redeem(redemption).await }));
    }
    let mut answered = 0;
    for task in tasks {
        // On a busy machine a database may have no time for some of them.
        let Ok(redeemed) = task.await? else { continue };
        ensure!(matches!(redeemed, Redeemed::Family(_)), "of many at once: {redeemed:?}");
        answered += 1;
    }
    ensure!(answered >= 32, "{answered} of 64 were answered");
    stores.renew(&Grant { token: successor(grant.token), ..grant }, 2).await?;
    ensure!(stores.count(EventKind::RefreshTokenReused).await? == 0, "a retry was taken for a theft");
    Ok(())
}

pub(super) async fn reuse_within_the_grace_time_gives_the_same_successor_and_ends_nothing(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let first = stores.begin(&alice, 0).await?;
    let second = stores.renew(&first, 100).await?;
    for seconds in [100, 101, 100 + GRACE - 1] {
        let again = stores.present(&first, seconds).await?;
        ensure!(matches!(again, Redeemed::Family(_)), "within the grace time: {again:?}");
    }
    // Nor does it prolong the grace time, or make another token of the family's.
    let other = Redemption { successor: refresh()?, ..redemption(&first, 100 + GRACE - 1)? };
    let third = stores.renew(&second, 102 + GRACE).await?;
    ensure!(stores.count(EventKind::RefreshTokenReused).await? == 0, "a retry was taken for a theft");
    ensure!(stores.signals().await?.is_empty(), "something was told");
    let again = stores.redeem(other).await?;
    ensure!(matches!(again, Redeemed::Reused), "with a second successor: {again:?}");
    ensure!(matches!(stores.present(&third, 103 + GRACE).await?, Redeemed::Unknown), "the family lives on");
    Ok(())
}

pub(super) async fn a_retry_at_a_node_whose_clock_is_behind_is_no_theft(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let first = stores.begin(&alice, 0).await?;
    let second = stores.renew(&first, 100).await?;
    // Two nodes may be ten seconds each from the clock of their database.
    for seconds in [99, 90, 80] {
        let again = stores.present(&first, seconds).await?;
        ensure!(matches!(again, Redeemed::Family(_)), "at {seconds} s: {again:?}");
    }
    stores.renew(&second, 101).await?;
    ensure!(stores.count(EventKind::RefreshTokenReused).await? == 0, "a retry was taken for a theft");
    Ok(())
}

pub(super) async fn reuse_of_a_token_whose_successor_was_used_ends_the_family_at_once(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let first = stores.begin(&alice, 0).await?;
    let second = stores.renew(&first, 100).await?;
    let third = stores.renew(&second, 101).await?;
    let again = stores.present(&first, 102).await?;
    ensure!(matches!(again, Redeemed::Reused), "within the grace time: {again:?}");
    for grant in [&first, &second, &third] {
        let dead = stores.present(grant, 103).await?;
        ensure!(matches!(dead, Redeemed::Unknown), "of the ended family: {dead:?}");
    }
    ensure!(stores.count(EventKind::RefreshTokenReused).await? == 1, "not one event for one theft");
    Ok(())
}

pub(super) async fn a_redemption_that_saw_another_state_of_its_subject_spends_nothing(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &["customer"]).await?;
    let first = stores.begin(&alice, 0).await?;
    let after = stores.change(&alice, Change::Roles(roles(&["admin"])?), 1).await?;
    for seen in [None, Some(alice.token_generation())] {
        let told = stores.redeem_once(Redemption { seen, ..redemption(&first, 100)? }).await?;
        let is_now = matches!(&told, Redeemed::Changed(family) if family.subject == after && family.id == first.id);
        ensure!(is_now, "with {seen:?} seen: {told:?}");
    }
    // However much later: it was not used.
    let seen = Some(after.token_generation());
    let late = Redemption { seen, ..redemption(&first, 101 + GRACE)? };
    let redeemed = stores.redeem_once(late).await?;
    ensure!(matches!(redeemed, Redeemed::Family(_)), "with its subject as it is: {redeemed:?}");
    // Again within the grace time it has to be of what the subject is by then, too.
    let last = stores.change(&after, Change::Roles(roles(&["customer"])?), 102 + GRACE).await?;
    let again = stores.redeem_once(Redemption { seen, ..redemption(&first, 103 + GRACE)? }).await?;
    ensure!(matches!(&again, Redeemed::Changed(family) if family.subject == last), "once more: {again:?}");
    ensure!(stores.count(EventKind::RefreshTokenReused).await? == 0, "a try was taken for a theft");
    Ok(())
}

pub(super) async fn reuse_after_the_grace_time_ends_the_family_and_writes_that_down(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let (first, other) = (stores.begin(&alice, 0).await?, stores.begin(&alice, 0).await?);
    let second = stores.renew(&first, 100).await?;
    let again = stores.present(&first, 100 + GRACE).await?;
    ensure!(matches!(again, Redeemed::Reused), "after the grace time: {again:?}");
    for grant in [&second, &first] {
        let dead = stores.present(grant, 100 + GRACE).await?;
        ensure!(matches!(dead, Redeemed::Unknown), "of the ended family: {dead:?}");
    }
    ensure!(stores.granted(&alice, 120).await? == [other.id], "the list after it");
    stores.renew(&other, 120).await?;
    let events = stores.events(&alice).await?;
    let reused: Vec<_> = events.iter().filter(|event| event.kind == EventKind::RefreshTokenReused).collect();
    let [reused] = reused.as_slice() else { return Err(fault(format!("{} events for one theft", reused.len()))) };
    ensure!(reused.at == at(100 + GRACE), "{reused:?}");
    ensure!(reused.detail.get("session") == Some(&first.id.to_string().into()), "of which family? {reused:?}");
    Ok(())
}

pub(super) async fn a_token_older_than_the_last_one_ends_the_family_too(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    for purged in [false, true] {
        let first = stores.begin(&alice, 0).await?;
        let mut last = stores.renew(&first, 100).await?;
        for seconds in [200, 300] {
            last = stores.renew(&last, seconds).await?;
        }
        if purged {
            stores.sessions.purge(at(301)).await?;
        }
        let again = stores.present(&first, 301).await?;
        ensure!(matches!(again, Redeemed::Reused), "an old token, purged: {purged}: {again:?}");
        let dead = stores.present(&last, 301).await?;
        ensure!(matches!(dead, Redeemed::Unknown), "the last token after it, purged: {purged}: {dead:?}");
    }
    Ok(())
}

pub(super) async fn another_clients_token_is_refused_and_nothing_changes(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let first = stores.begin(&alice, 0).await?;
    let second = stores.renew(&first, 100).await?;
    for grant in [&second, &first] {
        let mut redemption = redemption(grant, 200)?;
        redemption.client = ClientId::parse("other")?;
        let refused = stores.redeem(redemption).await?;
        ensure!(matches!(refused, Redeemed::OtherClient), "another client's: {refused:?}");
    }
    stores.renew(&second, 200).await?;
    ensure!(stores.count(EventKind::RefreshTokenReused).await? == 0, "it was taken for a theft");
    Ok(())
}

/// Makes `change`, and looks that it ended every family of alice and none of bob's.
async fn ends_every_family(stores: &Stores, change: Change) -> Outcome<(SubjectState, [Grant; 2])> {
    let (alice, bob) = (stores.subject("alice", &[]).await?, stores.subject("bob", &[]).await?);
    let bobs = stores.begin(&bob, 0).await?;
    let used = stores.begin(&alice, 0).await?;
    let grants = [stores.renew(&used, 1).await?, stores.begin(&alice, 1).await?];
    let after = stores.change(&alice, change, 2).await?;
    none_lives(stores, &after, &grants).await?;
    stores.renew(&bobs, 3).await?;
    Ok((SubjectState::clone(&after), grants))
}

async fn none_lives(stores: &Stores, subject: &SubjectState, grants: &[Grant]) -> Outcome {
    for grant in grants {
        let dead = stores.present(grant, 3).await?;
        ensure!(matches!(dead, Redeemed::Unknown), "after the change: {dead:?}");
        ensure!(!stores.end_family(subject, grant.id, 3).await?, "a dead family could be ended");
    }
    ensure!(stores.granted(subject, 3).await?.is_empty(), "a family is listed after the change");
    Ok(())
}

pub(super) async fn a_ban_ends_every_family_at_once_and_lifting_it_revives_none(stores: Stores) -> Outcome {
    let (banned, grants) = ends_every_family(&stores, Change::Status(Status::Disabled)).await?;
    let lifted = stores.change(&banned, Change::Status(Status::Active), 3).await?;
    none_lives(&stores, &lifted, &grants).await?;
    let again = stores.begin(&lifted, 4).await?;
    stores.renew(&again, 5).await?;
    Ok(())
}

pub(super) async fn a_password_change_ends_every_family_at_once(stores: Stores) -> Outcome {
    ends_every_family(&stores, Change::Password(hash("second"))).await.map(drop)
}

pub(super) async fn logging_out_everywhere_ends_every_family_of_that_subject_alone(stores: Stores) -> Outcome {
    let (alice, _) = ends_every_family(&stores, Change::EndSessions).await?;
    let again = stores.begin(&alice, 4).await?;
    stores.renew(&again, 5).await?;
    Ok(())
}

pub(super) async fn a_role_change_keeps_families_and_the_next_redemption_sees_the_new_roles(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &["customer"]).await?;
    let grant = stores.begin(&alice, 0).await?;
    let after = stores.change(&alice, Change::Roles(roles(&["admin"])?), 1).await?;
    ensure!(stores.granted(&alice, 1).await? == [grant.id], "the family is not listed any more");
    let (_, family) = stores.issue(&grant, 2).await?;
    ensure!(family.subject == after, "the redemption saw {:?}", family.subject);
    let born = (alice.token_generation(), family.subject.token_generation());
    ensure!(born.0 < born.1, "tokens from before and after it are born alike: {born:?}");
    Ok(())
}

pub(super) async fn a_clock_that_is_set_back_revives_no_ended_family_and_no_used_token(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let (ended, stolen) = (stores.begin(&alice, 1000).await?, stores.begin(&alice, 1000).await?);
    let used = stores.begin(&alice, 1000).await?;
    let mut kept = stores.renew(&used, 1500).await?;
    let again = stores.present(&used, 1499).await?;
    ensure!(matches!(again, Redeemed::Family(_)), "a clock that was set back by a second: {again:?}");
    ensure!(stores.end_family(&alice, ended.id, 1501).await?, "not ended");
    let held = stores.renew(&stolen, 1501).await?;
    ensure!(matches!(stores.present(&stolen, 1501 + GRACE).await?, Redeemed::Reused), "the theft was not seen");
    for seconds in [1499, 900, 0] {
        for dead in [&ended, &stolen, &held] {
            let answer = stores.present(dead, seconds).await?;
            ensure!(matches!(answer, Redeemed::Unknown), "of an ended family at {seconds} s: {answer:?}");
        }
        kept = stores.renew(&kept, seconds).await?;
    }
    let late = 1500 + TOKENS.refresh_idle.as_secs() - 1;
    ensure!(stores.granted(&alice, late).await? == [kept.id], "a clock set back shortened the life of a family");
    let again = stores.present(&used, 900).await?;
    ensure!(matches!(again, Redeemed::Reused), "a used token with the clock set back: {again:?}");
    let kept = stores.begin(&alice, 0).await?;
    stores.change(&alice, Change::EndSessions, 0).await?;
    ensure!(matches!(stores.present(&kept, 0).await?, Redeemed::Unknown), "good after the end of all");
    Ok(())
}
