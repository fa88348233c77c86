//! Many callers at once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use admit_core::audit::EventKind;
use admit_core::store::Change;
use admit_core::subject::Status;

use super::fixture::{at, event, roles};
use super::tokens::claims;
use super::{Outcome, RULES, Stores, ensure};

pub(super) async fn what_many_writers_are_told_is_what_the_list_says(stores: Stores) -> Outcome {
    let mut tasks = Vec::new();
    for writer in 0..16 {
        let stores = stores.clone();
        tasks.push(tokio::spawn(async move {
            let subject = stores.subject(&format!("user{writer}"), &[]).await?;
            let mut open = Vec::new();
            let mut acknowledged = vec![EventKind::SubjectCreated];
            for step in 0..20 {
                if open.len() == RULES.limit as usize {
                    let held: super::fixture::Held = open.remove(step % open.len());
                    let ended = stores.sessions.end(subject.id, held.id, event(EventKind::SessionRevoked, 1)).await?;
                    ensure!(ended, "an open session could not be ended");
                    ensure!(!stores.is_live(&held, 1).await?, "live after its acknowledged end");
                    acknowledged.push(EventKind::SessionRevoked);
                }
                let held = stores.sign_in(&subject, 1).await?;
                ensure!(stores.is_live(&held, 1).await?, "dead after its acknowledged beginning");
                acknowledged.push(EventKind::SessionCreated);
                open.push(held);
            }
            Ok((subject, open, acknowledged))
        }));
    }
    for task in tasks {
        let (subject, open, acknowledged) = task.await??;
        let listed: BTreeSet<_> = stores.listed(&subject, 2).await?.into_iter().collect();
        let told: BTreeSet<_> = open.iter().map(|held| held.id).collect();
        ensure!(listed == told, "listed {listed:?}, acknowledged {told:?}");
        let kinds = stores.kinds(&subject).await?;
        ensure!(kinds == acknowledged, "in the log {kinds:?}, acknowledged {acknowledged:?}");
    }
    Ok(())
}

pub(super) async fn no_check_that_starts_after_an_acknowledged_ban_lets_anybody_in(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let held = stores.sign_in(&alice, 0).await?;
    let banned = Arc::new(AtomicBool::new(false));
    let passed = Arc::new(AtomicU64::new(0));
    let mut tasks = Vec::new();
    for _ in 0..3 {
        let (stores, banned, passed) = (stores.clone(), banned.clone(), passed.clone());
        tasks.push(tokio::spawn(async move {
            loop {
                let after = banned.load(Ordering::SeqCst);
                let live = stores.sessions.check(&held.digest, at(1)).await?.is_some();
                passed.fetch_add(u64::from(live), Ordering::SeqCst);
                ensure!(!(after && live), "let in after the acknowledgement");
                if after {
                    return Ok(());
                }
                tokio::task::yield_now().await;
            }
        }));
    }
    while passed.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    stores.change(&alice, Change::Status(Status::Disabled), 1).await?;
    banned.store(true, Ordering::SeqCst);
    for task in tasks {
        task.await??;
    }
    Ok(())
}

pub(super) async fn no_check_that_starts_after_an_acknowledged_role_change_sees_the_old_roles(
    stores: Stores,
) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let held = stores.sign_in(&alice, 0).await?;
    // The roles version that has been acknowledged; u64::MAX stops the readers.
    let acknowledged = Arc::new(AtomicU64::new(alice.roles_version.into()));
    let mut tasks = Vec::new();
    for _ in 0..3 {
        let (stores, acknowledged) = (stores.clone(), acknowledged.clone());
        tasks.push(tokio::spawn(async move {
            loop {
                let known = acknowledged.load(Ordering::SeqCst);
                if known == u64::MAX {
                    return Ok(());
                }
                let checked = stores.sessions.check(&held.digest, at(1)).await?;
                let seen = checked.map(|checked| u64::from(checked.subject.roles_version));
                ensure!(seen >= Some(known), "saw {seen:?} after {known} was acknowledged");
                tokio::task::yield_now().await;
            }
        }));
    }
    for round in 0..20 {
        let new = roles(if round % 2 == 0 { &["admin"] } else { &[] })?;
        let after = stores.change(&alice, Change::Roles(new), 1).await?;
        acknowledged.store(after.roles_version.into(), Ordering::SeqCst);
    }
    acknowledged.store(u64::MAX, Ordering::SeqCst);
    for task in tasks {
        task.await??;
    }
    Ok(())
}

pub(super) async fn no_check_that_starts_after_an_acknowledged_end_takes_a_token(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let grant = stores.begin(&alice, 0).await?;
    let ended = Arc::new(AtomicBool::new(false));
    let taken = Arc::new(AtomicU64::new(0));
    let mut tasks = Vec::new();
    for _ in 0..3 {
        let (stores, ended, taken) = (stores.clone(), ended.clone(), taken.clone());
        let token = claims(&alice, grant.id)?;
        tasks.push(tokio::spawn(async move {
            loop {
                let after = ended.load(Ordering::SeqCst);
                let alive = stores.died_of(&token).is_none();
                taken.fetch_add(u64::from(alive), Ordering::SeqCst);
                ensure!(!(after && alive), "taken after the acknowledgement");
                if after {
                    return Ok(());
                }
                tokio::task::yield_now().await;
            }
        }));
    }
    while taken.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    stores.end_family(&alice, grant.id, 1).await?;
    ended.store(true, Ordering::SeqCst);
    for task in tasks {
        task.await??;
    }
    Ok(())
}
