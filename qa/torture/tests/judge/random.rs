//! The judge against the model: a correct system is never accused, one that lies is found.

use admit_torture::judge::{Rule, judge};
use proptest::prelude::*;

use super::model::{Lie, run};

const OPERATIONS: usize = 1800;

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_correct_system_is_never_accused(seed: u64) {
        let history = run(seed, OPERATIONS, None);
        let found = judge(&history, None);
        let first = found.first().map(|violation| {
            let proof: Vec<_> = violation.proof.iter().map(|place| &history.operations[*place]).collect();
            format!("{violation:?}\n{proof:#?}")
        });
        prop_assert_eq!(first, None);
    }

    #[test]
    fn a_system_with_a_lie_is_found(seed: u64) {
        for (lie, rule) in [
            (Lie::GenerationsAreIgnored, Rule::I1),
            (Lie::EndsAreForgotten, Rule::I1),
            (Lie::EndsComeLate, Rule::I1),
            (Lie::TheBannedSignIn, Rule::I1),
            (Lie::RefreshTokensAreKept, Rule::I2),
            (Lie::SessionsAreLost, Rule::I3),
            (Lie::RolesAreCopied, Rule::I5),
            (Lie::EventsAreLost, Rule::I6),
            (Lie::EventsAreSwapped, Rule::I6),
        ] {
            // A lie that does not come up in one run comes up in another.
            let mut runs = (0..6).map(|more| judge(&run(seed.wrapping_add(more), OPERATIONS, Some(lie)), None));
            let found = runs.any(|found| found.iter().any(|violation| violation.rule == rule));
            prop_assert!(found, "{:?}", lie);
        }
    }
}
