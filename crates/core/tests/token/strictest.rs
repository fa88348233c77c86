//! Of everything that is told about a token, the strictest counts: one revocation never hides another (CVE-2026-8922).

use std::sync::LazyLock;

use admit_core::jws::{Algorithm, KeyId, SigningKey};
use admit_core::signal::{Revocations, Signal, Told};
use admit_core::time::Timestamp;
use proptest::prelude::*;

use super::support::{Api, NOW, client_changed, customer, generation, key, key_set, session, sign, signal, token_id};

static KEY: LazyLock<SigningKey> = LazyLock::new(|| key("k", Algorithm::EdDsa));

/// A thing told, and whether it is the death of the customer's token.
fn told() -> impl Strategy<Value = (Told, bool)> {
    prop_oneof![
        (1..4_u8).prop_map(|number| (Told::Session(session(number)), number == 2)),
        (0..7_u64).prop_map(|number| (generation(number), number > 3)),
        (3..6_u8).prop_map(|number| (Told::Token(token_id(number)), number == 4)),
        prop_oneof![Just("k"), Just("K"), Just("")].prop_map(|kid| (Told::Key(KeyId::from_text(kid)), kid == "k")),
        Just((Told::KeysChanged, false)),
        (0..3_u64).prop_map(|number| (client_changed(number), number > 0)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_token_is_refused_if_and_only_if_anything_that_was_told_is_its_death_in_whatever_order(
        list in proptest::collection::vec(told(), 0..10),
        seen_before in any::<bool>(),
    ) {
        let api = Api::new(Algorithm::EdDsa);
        api.verifier.use_keys(key_set(&[&KEY]));
        let token = sign(&KEY, &customer());
        if seen_before {
            prop_assert!(api.check(&token).is_ok());
        }
        let mut dead = false;
        for (told, kills) in list {
            api.revocations.apply(&signal(told));
            dead |= kills;
            prop_assert_eq!(api.check(&token).is_err(), dead);
        }
    }

    #[test]
    fn what_is_told_again_or_late_for_a_shorter_time_shortens_nothing(
        list in proptest::collection::vec((told(), 0..100_u64), 1..10),
        at in 0..100_u64,
    ) {
        let revocations = Revocations::default();
        for ((told, _), until) in &list {
            revocations.apply(&Signal { until: Timestamp::from_seconds(NOW + until), ..signal(told.clone()) });
        }
        revocations.purge(Timestamp::from_seconds(NOW + at));
        let lives = list.iter().any(|((_, kills), until)| *kills && *until > at);
        if lives {
            prop_assert!(revocations.look_up(&customer(), KEY.kid()).is_err(), "a death was forgotten before its time");
        }
    }
}
