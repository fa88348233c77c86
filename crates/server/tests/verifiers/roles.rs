//! A role that is given or taken away: the old token is dead, and the one after it has the new roles.

use admit_testkit::{Server, Verifier};

use super::support::{BOUND, Tokens, admin, issuer, redemption, set_roles, sign_in, until, verifiers};

fn renewed(issuer: &Server, tokens: &Tokens) -> Tokens {
    Tokens::of(&issuer.client().send(&redemption(&tokens.refresh)))
}

fn everywhere(verifiers: &[Verifier], tokens: &Tokens, status: u16) {
    for verifier in verifiers {
        until(verifier, &tokens.access, status, BOUND);
    }
}

#[test]
fn a_customer_who_is_made_admin_edits_after_a_refresh_and_one_who_was_admin_gets_403() {
    let issuer = issuer().start();
    let (mut admin, user) = (admin(&issuer), issuer.user("ann", &["customer"]));
    let verifiers = verifiers(&issuer, BOUND);
    let customer = sign_in(&issuer, "ann");
    everywhere(&verifiers, &customer, 403);

    set_roles(&mut admin, &user, &["admin"]);
    everywhere(&verifiers, &customer, 401);
    let promoted = renewed(&issuer, &customer);
    everywhere(&verifiers, &promoted, 200);

    set_roles(&mut admin, &user, &["customer"]);
    everywhere(&verifiers, &promoted, 401);
    let demoted = renewed(&issuer, &promoted);
    everywhere(&verifiers, &demoted, 403);

    set_roles(&mut admin, &user, &[]);
    everywhere(&verifiers, &demoted, 401);
    everywhere(&verifiers, &renewed(&issuer, &demoted), 403);
    for old in [&customer, &promoted, &demoted] {
        everywhere(&verifiers, old, 401);
    }
}
