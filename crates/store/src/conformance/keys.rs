//! Signing keys, as they are kept.

use admit_core::audit::EventKind;
use admit_core::jws::{Algorithm, KeyId, Sealed};
use admit_core::keyring::KeyRecord;
use admit_core::random::OsRandom;
use admit_core::signal::{Revoked, Told};

use super::fixture::{at, event};
use super::tokens::claims;
use super::{Outcome, Stores, ensure, fault};

fn key(algorithm: Algorithm, seconds: u64) -> Outcome<KeyRecord> {
    Ok(KeyRecord {
        kid: KeyId::new(&OsRandom)?,
        algorithm,
        sealed: Sealed::from_bytes(vec![0, 255, 7]),
        created_at: at(seconds),
        signs_from: at(seconds + 3600),
        revoked_at: None,
    })
}

async fn add(stores: &Stores, key: &KeyRecord, beside: usize) -> Outcome<bool> {
    Ok(stores.keys.add_key(key.clone(), beside, event(EventKind::KeyCreated, 1)).await?)
}

async fn revoke(stores: &Stores, kid: &KeyId, seconds: u64) -> Outcome<bool> {
    Ok(stores.keys.revoke_key(kid.clone(), event(EventKind::KeyRevoked, seconds)).await?)
}

async fn find(stores: &Stores, kid: &KeyId) -> Outcome<Option<KeyRecord>> {
    Ok(stores.keys.keys().await?.into_iter().find(|key| key.kid == *kid))
}

pub(super) async fn a_key_is_read_back_as_it_was_added(stores: Stores) -> Outcome {
    ensure!(stores.keys.keys().await?.is_empty(), "a key in an empty store");
    for (beside, algorithm) in Algorithm::ALL.into_iter().enumerate() {
        let new = key(algorithm, 10)?;
        ensure!(add(&stores, &new, beside).await?, "the key beside {beside} was not added");
        let Some(kept) = find(&stores, &new.kid).await? else { return Err(fault("it is not there".to_owned())) };
        ensure!(kept.algorithm == algorithm && kept.sealed.as_bytes() == new.sealed.as_bytes(), "another: {kept:?}");
        ensure!(kept.created_at == new.created_at && kept.signs_from == new.signs_from, "other times: {kept:?}");
        ensure!(kept.revoked_at.is_none(), "withdrawn from the start");
    }
    ensure!(stores.keys.keys().await?.len() == Algorithm::ALL.len(), "not all are there");
    ensure!(stores.count(EventKind::KeyCreated).await? == Algorithm::ALL.len(), "not one event each");
    let told = stores.told().await?;
    ensure!(told == [Told::KeysChanged, Told::KeysChanged, Told::KeysChanged], "told {told:?}");
    Ok(())
}

pub(super) async fn of_many_keys_added_at_once_beside_the_same_others_one_is_added(stores: Stores) -> Outcome {
    let first = key(Algorithm::default(), 0)?;
    ensure!(!add(&stores, &first, 1).await?, "added beside one that is not there");
    ensure!(add(&stores, &first, 0).await?, "not added");
    let mut tasks = Vec::new();
    for _ in 0..16 {
        let (stores, key) = (stores.clone(), key(Algorithm::default(), 1)?);
        tasks.push(tokio::spawn(async move { add(&stores, &key, 1).await }));
    }
    let mut added = 0;
    for task in tasks {
        added += usize::from(task.await??);
    }
    ensure!(added == 1 && stores.keys.keys().await?.len() == 2, "{added} of 16 were added");
    // A withdrawn key is none of those that count.
    ensure!(revoke(&stores, &first.kid, 2).await?, "not withdrawn");
    let replacement = key(Algorithm::default(), 3)?;
    ensure!(!add(&stores, &replacement, 2).await?, "a withdrawn key counted");
    ensure!(add(&stores, &replacement, 1).await?, "not added beside the one that is left");
    ensure!(stores.count(EventKind::KeyCreated).await? == 3, "a refusal left an event");
    let told = stores.told().await?.into_iter().filter(|told| *told == Told::KeysChanged).count();
    ensure!(told == 4, "{told} times was told of four changes");
    Ok(())
}

pub(super) async fn a_key_is_withdrawn_once_and_its_tokens_are_dead(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let token = claims(&alice, stores.begin(&alice, 0).await?.id)?;
    let (kept, stolen) = (key(Algorithm::default(), 0)?, key(Algorithm::default(), 0)?);
    ensure!(add(&stores, &kept, 0).await? && add(&stores, &stolen, 1).await?, "not added");
    let died_of = |key: &KeyRecord| stores.signals.revocations().look_up(&token, &key.kid).err();
    ensure!(died_of(&stolen).is_none(), "dead before it was withdrawn");
    let before = stores.told().await?.len();
    let tasks = [2, 2].map(|seconds| {
        let (stores, kid) = (stores.clone(), stolen.kid.clone());
        tokio::spawn(async move { revoke(&stores, &kid, seconds).await })
    });
    let mut revoked = 0;
    for task in tasks {
        revoked += usize::from(task.await??);
    }
    ensure!(revoked == 1, "{revoked} of two at once withdrew it");
    ensure!(died_of(&stolen) == Some(Revoked::Key), "alive after its key was withdrawn");
    ensure!(died_of(&kept).is_none(), "a token of another key is dead");
    ensure!(!revoke(&stores, &stolen.kid, 3).await?, "withdrawn again");
    ensure!(!revoke(&stores, &KeyId::from_text("nothing"), 3).await?, "an unknown one was withdrawn");
    let read = find(&stores, &stolen.kid).await?.and_then(|key| key.revoked_at);
    ensure!(read == Some(at(2)), "withdrawn at {read:?}");
    ensure!(stores.count(EventKind::KeyRevoked).await? == 1, "not one event");
    let told = stores.told().await?.split_off(before);
    ensure!(told == [Told::Key(stolen.kid.clone()), Told::KeysChanged], "told {told:?}");
    Ok(())
}

pub(super) async fn a_deleted_key_is_gone_and_its_revocation_is_not(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let token = claims(&alice, stores.begin(&alice, 0).await?.id)?;
    let (kept, deleted) = (key(Algorithm::default(), 0)?, key(Algorithm::default(), 0)?);
    ensure!(add(&stores, &kept, 0).await? && add(&stores, &deleted, 1).await?, "not added");
    ensure!(revoke(&stores, &deleted.kid, 2).await?, "not withdrawn");
    stores.keys.delete_key(deleted.kid.clone()).await?;
    stores.keys.delete_key(KeyId::from_text("nothing")).await?;
    ensure!(find(&stores, &deleted.kid).await?.is_none(), "it is there");
    ensure!(find(&stores, &kept.kid).await?.is_some(), "another one went with it");
    let died_of = stores.signals.revocations().look_up(&token, &deleted.kid).err();
    ensure!(died_of == Some(Revoked::Key), "a token of a deleted key came back: {died_of:?}");
    Ok(())
}
