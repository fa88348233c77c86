//! The list of signals, as those follow it who check tokens elsewhere.

use std::time::Duration;

use admit_clock::SystemClock;
use admit_core::audit::EventKind;
use admit_core::random::OsRandom;
use admit_core::signal::{LogId, Position, Revoked, Signal, SubjectChange, Told};
use admit_core::store::{Change, Following};
use admit_core::time::Clock;
use admit_core::token::{LEEWAY, TokenId};

use super::fixture::{at, event};
use super::tokens::{claims, token_end};
use super::{Outcome, Stores, TOKENS, ensure, fault};

/// Revokes a token by itself, as the shortest way to a signal.
async fn revoke(stores: &Stores, seconds: u64) -> Outcome<TokenId> {
    let token = TokenId::new(&OsRandom)?;
    stores.signals.revoke_token(token, token_end(seconds), event(EventKind::TokenRevoked, seconds)).await?;
    Ok(token)
}

async fn next(following: &mut Following) -> Outcome<Signal> {
    following.coming.next().await.ok_or_else(|| fault("the list ended".to_owned()))
}

fn numbers(signals: &[Signal]) -> Vec<u64> {
    signals.iter().map(|signal| signal.seq).collect()
}

pub(super) async fn a_follower_gets_each_signal_once_and_in_order(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let grant = stores.begin(&alice, 0).await?;
    let first = revoke(&stores, 1).await?;
    let mut following = stores.signals.follow(None).await?;
    ensure!(following.missed.iter().all(|signal| signal.told == Told::Token(first)), "{:?}", following.missed);
    let start = following.seq;
    ensure!(numbers(&following.missed) == [start], "missed {:?}, the last is {start}", following.missed);
    let second = revoke(&stores, 2).await?;
    stores.end_family(&alice, grant.id, 3).await?;
    let alice = stores.change(&alice, Change::EndSessions, 4).await?;
    let third = revoke(&stores, 5).await?;
    let tells = [Told::Token(second), Told::Session(grant.id)];
    for (seconds, (number, told)) in (2..).zip((start + 1..).zip(tells)) {
        let signal = next(&mut following).await?;
        ensure!(signal.seq == number && signal.told == told && signal.at == at(seconds), "{number}: {signal:?}");
    }
    let of_alice = next(&mut following).await?;
    ensure!(matches!(of_alice.told, Told::Subject { id, .. } if id == alice.id), "{of_alice:?}");
    let last = next(&mut following).await?;
    ensure!(last.told == Told::Token(third) && last.seq == start + 4, "{last:?}");
    let kept = stores.signals.follow(None).await?;
    ensure!(kept.log == following.log && kept.seq == last.seq, "another list, or another end of it");
    ensure!(numbers(&kept.missed) == (start..=last.seq).collect::<Vec<_>>(), "kept {:?}", kept.missed);
    Ok(())
}

pub(super) async fn a_follower_resumes_from_its_position_with_exactly_what_it_missed(stores: Stores) -> Outcome {
    revoke(&stores, 0).await?;
    let seen = stores.position().await?;
    let missed = [revoke(&stores, 1).await?, revoke(&stores, 2).await?].map(Told::Token);
    let mut following = stores.signals.follow(Some(seen)).await?;
    let told: Vec<_> = following.missed.iter().map(|signal| signal.told.clone()).collect();
    ensure!(told == missed, "missed {told:?}, and not {missed:?}");
    ensure!(numbers(&following.missed) == [seen.seq + 1, seen.seq + 2], "{:?}", following.missed);
    let coming = revoke(&stores, 3).await?;
    let signal = next(&mut following).await?;
    ensure!(signal.told == Told::Token(coming) && signal.seq == seen.seq + 3, "{signal:?}");
    let up_to_date = stores.signals.follow(Some(stores.position().await?)).await?;
    ensure!(up_to_date.missed.is_empty() && up_to_date.seq == signal.seq, "{:?}", up_to_date.missed);
    Ok(())
}

pub(super) async fn a_position_in_another_list_or_past_the_end_of_this_one_gives_all_of_it(stores: Stores) -> Outcome {
    for seconds in 0..3 {
        revoke(&stores, seconds).await?;
    }
    let end = stores.position().await?;
    let all = numbers(&stores.signals().await?);
    ensure!(all.len() == 3, "{all:?}");
    let other = LogId::from_u64(end.log.as_u64() ^ 1);
    for position in [
        Position { log: other, ..end },
        Position { log: other, seq: end.seq - 1 },
        Position { seq: end.seq + 1, ..end },
        Position { seq: u64::MAX, ..end },
        Position { seq: 0, ..end },
    ] {
        let following = stores.signals.follow(Some(position)).await?;
        ensure!(numbers(&following.missed) == all, "from {position}: {:?}", following.missed);
        ensure!(following.log == end.log && following.seq == end.seq, "from {position}: another end");
    }
    Ok(())
}

pub(super) async fn purging_forgets_the_signals_that_no_token_needs_and_no_number(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let (short, long) = (stores.begin(&alice, 0).await?, stores.begin(&alice, 0).await?);
    stores.renew(&long, 200).await?;
    for grant in [short, long] {
        stores.end_family(&alice, grant.id, 250).await?;
    }
    let tokens = [claims(&alice, short.id)?, claims(&alice, long.id)?];
    let died = || tokens.each_ref().map(|token| stores.died_of(token));
    let before = stores.position().await?;
    let end = TOKENS.access.as_secs();
    stores.sessions.purge(at(end + LEEWAY.as_secs() - 1)).await?;
    ensure!(died() == [Some(Revoked::Session); 2], "a token that could be taken came back: {:?}", died());
    stores.sessions.purge(at(end + 60)).await?;
    ensure!(died() == [None, Some(Revoked::Session)], "after the end of one of two: {:?}", died());
    let told = stores.told().await?;
    ensure!(told == [Told::Session(long.id)], "kept: {told:?}");
    stores.sessions.purge(at(200 + end + 60)).await?;
    let told = stores.told().await?;
    ensure!(told.is_empty() && stores.signals.revocations().is_empty(), "kept after all: {told:?}");
    ensure!(stores.position().await? == before, "the list lost its place");
    revoke(&stores, 2000).await?;
    let following = stores.signals.follow(Some(before)).await?;
    ensure!(numbers(&following.missed) == [before.seq + 1], "a number came twice: {:?}", following.missed);
    Ok(())
}

pub(super) async fn what_is_known_as_of_a_moment_is_ready_and_no_later_moment_is_claimed(stores: Stores) -> Outcome {
    let mut following = stores.signals.follow(None).await?;
    for seconds in 1..4 {
        let token = revoke(&stores, seconds).await?;
        let acknowledged = SystemClock.monotonic();
        let known = following.coming.known_as_of(Duration::ZERO).await?;
        ensure!(known >= acknowledged, "the present was asked for, and is not known");
        ensure!(known <= SystemClock.monotonic(), "a moment that is still to come is known already");
        let ready = tokio::time::timeout(Duration::ZERO, following.coming.next()).await;
        let Ok(Some(signal)) = ready else { return Err(fault(format!("{token} was acknowledged, and is not ready"))) };
        ensure!(signal.told == Told::Token(token), "{signal:?}");
    }
    let before = following.coming.known_as_of(Duration::from_secs(60)).await?;
    ensure!(before <= SystemClock.monotonic(), "a moment that is still to come is known already");
    Ok(())
}

const WRITERS: usize = 16;
const ROUNDS: usize = 6;

/// Revokes a token, ends a family and logs out everywhere, again and again, and looks each time that it is in force.
async fn end_many(stores: Stores, name: String) -> Outcome<Vec<Told>> {
    let mut subject = stores.subject(&name, &[]).await?;
    let mut acknowledged = Vec::new();
    for _ in 0..ROUNDS {
        let (one, other) = (stores.begin(&subject, 1).await?, stores.begin(&subject, 1).await?);
        let [of_one, also_of_one, of_other] =
            [claims(&subject, one.id)?, claims(&subject, one.id)?, claims(&subject, other.id)?];
        stores.signals.revoke_token(of_one.id, token_end(1), event(EventKind::TokenRevoked, 1)).await?;
        ensure!(stores.died_of(&of_one) == Some(Revoked::Token), "alive after its acknowledged revocation");
        ensure!(stores.end_family(&subject, one.id, 1).await?, "a live family was not ended");
        ensure!(stores.died_of(&also_of_one) == Some(Revoked::Session), "alive after an acknowledged end");
        ensure!(!stores.end_family(&subject, one.id, 1).await?, "a dead family was ended");
        subject = stores.change(&subject, Change::EndSessions, 1).await?;
        ensure!(stores.died_of(&of_other) == Some(Revoked::Subject), "alive after an acknowledged change");
        let (id, generation) = (subject.id, subject.token_generation());
        let everywhere = Told::Subject { id, generation, why: SubjectChange::SessionsRevoked };
        acknowledged.extend([Told::Token(of_one.id), Told::Session(one.id), everywhere]);
    }
    Ok(acknowledged)
}

pub(super) async fn what_many_writers_end_is_one_list_without_gaps(stores: Stores) -> Outcome {
    let mut following = stores.signals.follow(None).await?;
    let follower = tokio::spawn(async move {
        let mut followed = Vec::new();
        while followed.len() < WRITERS * ROUNDS * 3 {
            followed.push(next(&mut following).await?);
        }
        Outcome::Ok(followed)
    });
    let writers: Vec<_> =
        (0..WRITERS).map(|writer| tokio::spawn(end_many(stores.clone(), format!("user{writer}")))).collect();
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.push(writer.await??);
    }
    let signals = stores.signals().await?;
    let expected = (WRITERS * ROUNDS * 3) as u64;
    ensure!(numbers(&signals) == (1..=expected).collect::<Vec<_>>(), "numbered {:?}", numbers(&signals));
    for own in acknowledged {
        let told: Vec<_> = signals.iter().map(|signal| &signal.told).filter(|told| own.contains(told)).collect();
        ensure!(told == own.iter().collect::<Vec<_>>(), "told {told:?}, acknowledged {own:?}");
    }
    ensure!(follower.await?? == signals, "a follower got another list");
    Ok(())
}
