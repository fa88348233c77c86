//! A policy file of any bytes: it is read or refused, and what is read decides; nothing panics.

use admit_core::id::SubjectId;
use admit_core::policy::{Asker, Attributes, Cases, Permission, Policy, Question, Written};
use admit_core::subject::RoleName;
use admit_core::time::Timestamp;

/// Reads the bytes as a policy, and asks it; then as cases.
pub fn policy(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let used: Vec<Permission> =
        ["order:read", "order:cancel"].iter().filter_map(|text| Permission::parse(text).ok()).collect();
    match Policy::read(text, &used) {
        Ok(policy) => {
            let mut roles = policy.roles();
            roles.extend(
                roles.iter().filter_map(|role| RoleName::parse(&format!("{role}@acme")).ok()).collect::<Vec<_>>(),
            );
            let object = Written::default();
            for permission in policy.permissions() {
                for on in [None, Some(&object as &dyn Attributes)] {
                    let who = Asker { id: SubjectId::from_bytes([1; 16]), roles: &roles, signed_in_at: None };
                    let question = Question { who, permission: &permission, on, now: Timestamp::from_millis(u64::MAX) };
                    let explained = policy.explain(&question);
                    assert_eq!(explained.decision, policy.decide(&question), "an explanation is of the decision");
                }
            }
            assert!(policy.changes_to(&policy).is_empty(), "a policy changes nothing of itself");
        }
        // Each mistake is a sentence.
        Err(errors) => assert!(!errors.in_file("policy.toml").is_empty(), "refused without a word"),
    }
    if let Ok(cases) = Cases::parse(text) {
        drop(cases.run(&Policy::default(), text));
    }
}
