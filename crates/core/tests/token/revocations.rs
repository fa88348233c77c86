//! The list of what is revoked: it forgets in time and not before, and never goes back.

use admit_core::client::ClientGeneration;
use admit_core::jws::KeyId;
use admit_core::signal::{Revocations, Revoked, Signal, Told};
use admit_core::time::Timestamp;
use admit_core::token::Claims;

use super::support::{NOW, client_changed, customer, generation, service, session, signal, token_id};

fn kinds() -> [(Told, Revoked); 5] {
    [
        (Told::Session(session(2)), Revoked::Session),
        (generation(4), Revoked::Subject),
        (Told::Token(token_id(4)), Revoked::Token),
        (Told::Key(KeyId::from_text("k")), Revoked::Key),
        (client_changed(1), Revoked::Client),
    ]
}

fn until(seconds: u64, told: Told) -> Signal {
    Signal { until: Timestamp::from_seconds(seconds), ..signal(told) }
}

fn look_up(revocations: &Revocations) -> Result<(), Revoked> {
    revocations.look_up(&customer(), &KeyId::from_text("k"))
}

#[test]
fn each_kind_is_kept_until_its_time_and_forgotten_then() {
    for (told, revoked) in kinds() {
        let revocations = Revocations::default();
        assert!(revocations.is_empty());
        revocations.apply(&until(NOW + 60, told));
        revocations.purge(Timestamp::from_millis((NOW + 60) * 1000 - 1));
        assert_eq!((look_up(&revocations), revocations.len()), (Err(revoked), 1));
        revocations.purge(Timestamp::from_seconds(NOW + 60));
        assert_eq!((look_up(&revocations), revocations.len()), (Ok(()), 0), "{revoked:?}");
    }
}

#[test]
fn the_same_told_again_for_a_shorter_time_is_kept_for_the_longer() {
    for (told, revoked) in kinds() {
        let revocations = Revocations::default();
        revocations.apply(&until(NOW + 60, told.clone()));
        revocations.apply(&until(NOW + 5, told));
        revocations.purge(Timestamp::from_seconds(NOW + 30));
        assert_eq!(look_up(&revocations), Err(revoked));
    }
}

#[test]
fn a_lower_generation_never_lowers_what_was_told_and_takes_nothing_from_its_time() {
    let revocations = Revocations::default();
    revocations.apply(&until(NOW + 60, generation(4)));
    revocations.apply(&until(NOW + 5, generation(1)));
    revocations.purge(Timestamp::from_seconds(NOW + 30));
    assert_eq!(look_up(&revocations), Err(Revoked::Subject));
    assert_eq!(revocations.len(), 1);
    // A longer time for the lower one keeps the higher one longer too: more is dead than must be, and never less.
    revocations.apply(&until(NOW + 90, generation(2)));
    revocations.purge(Timestamp::from_seconds(NOW + 80));
    assert_eq!(look_up(&revocations), Err(Revoked::Subject));
}

#[test]
fn a_client_s_own_token_dies_with_its_name_or_its_key_and_of_no_user_s_session() {
    let look_up = |told: Told| {
        let revocations = Revocations::default();
        revocations.apply(&signal(told));
        revocations.look_up(&service(), &KeyId::from_text("k"))
    };
    let results: Vec<_> = kinds().into_iter().map(|(told, _)| look_up(told)).collect();
    // The customer's client is another one.
    assert_eq!(results, [Ok(()), Ok(()), Err(Revoked::Token), Err(Revoked::Key), Ok(())]);
}

#[test]
fn tokens_from_before_their_client_changed_are_dead_and_those_from_after_are_not() {
    let issued_in = |generation| Claims { client_generation: ClientGeneration(generation), ..service() };
    let revocations = Revocations::default();
    let changed = |generation| Told::Client { id: service().client, generation: ClientGeneration(generation) };
    for generation in [2, 1] {
        revocations.apply(&signal(changed(generation)));
        let look_up = |claims: &Claims| revocations.look_up(claims, &KeyId::from_text("k"));
        let results: Vec<_> = (0..4).map(|generation| look_up(&issued_in(generation))).collect();
        assert_eq!(results, [Err(Revoked::Client), Err(Revoked::Client), Ok(()), Ok(())], "told {generation}");
        assert_eq!(look_up(&customer()), Ok(()), "another client's");
    }
}
