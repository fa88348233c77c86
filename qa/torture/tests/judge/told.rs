//! Histories written by hand.

use admit_torture::history::{
    AllEndedBy, Credential, CredentialId, Deed, EndedBy, Form, History, Logged, Nanos, Operation, Outcome, Roles,
    Route, SignIn, SignInRecord,
};
use admit_torture::judge::{Rule, judge};

pub fn roles(names: &str) -> Roles {
    names.split_whitespace().map(str::to_owned).collect()
}

/// A history under construction. Everything is about subject 0, made before the time 0.
pub struct Told(pub History);

impl Told {
    pub fn new() -> Self {
        let mut told = Self(History::default());
        told.add((0, 1), None, Deed::Create { subject: 0, roles: roles("editor") }, Outcome::Ok);
        told
    }

    pub fn add(
        &mut self,
        (start, end): (Nanos, Nanos),
        shown: Option<CredentialId>,
        deed: Deed,
        outcome: Outcome,
    ) -> usize {
        let place = self.0.operations.len();
        let request = Some(format!("r{place}"));
        let not_before = start;
        self.0.operations.push(Operation { client: 0, node: 0, start, not_before, end, shown, deed, outcome, request });
        place
    }

    /// The same, with its last byte sent, or the change not found yet, at `not_before`.
    pub fn held(
        &mut self,
        (start, not_before, end): (Nanos, Nanos, Nanos),
        shown: CredentialId,
        deed: Deed,
        outcome: Outcome,
    ) -> usize {
        let place = self.add((start, end), Some(shown), deed, outcome);
        self.0.operations[place].not_before = not_before;
        place
    }

    pub fn credential(&mut self, sign_in: SignIn, form: Form) -> CredentialId {
        self.0.credentials.push(Credential { sign_in, form });
        self.0.credentials.len() - 1
    }

    fn sign_in(&mut self, app: bool) -> SignIn {
        let name = format!("s{}", self.0.sign_ins.len());
        self.0.sign_ins.push(SignInRecord { subject: 0, name, app });
        self.0.sign_ins.len() - 1
    }

    /// An acknowledged sign-in with a session; its secret.
    pub fn session(&mut self, at: (Nanos, Nanos)) -> CredentialId {
        let sign_in = self.sign_in(false);
        let secret = self.credential(sign_in, Form::Secret);
        self.add(at, None, Deed::SignIn { subject: 0, password: 0, gave: vec![secret], replaces: None }, Outcome::Ok);
        secret
    }

    /// An acknowledged sign-in of an app; its access token and its refresh token.
    pub fn app(&mut self, at: (Nanos, Nanos)) -> (CredentialId, CredentialId) {
        let sign_in = self.sign_in(true);
        let (access, refresh) = (self.credential(sign_in, Form::Access), self.credential(sign_in, Form::Refresh));
        self.add(
            at,
            None,
            Deed::SignIn { subject: 0, password: 0, gave: vec![access, refresh], replaces: None },
            Outcome::Ok,
        );
        (access, refresh)
    }

    pub fn check(&mut self, at: (Nanos, Nanos), shown: CredentialId, outcome: Outcome) -> usize {
        let deed = Deed::Check { route: Route::Session, saw: None, renewed: None, within: 0 };
        self.add(at, Some(shown), deed, outcome)
    }

    pub fn saw(&mut self, at: (Nanos, Nanos), shown: CredentialId, names: &str) -> usize {
        let deed = Deed::Check { route: Route::Session, saw: Some(roles(names)), renewed: None, within: 0 };
        self.add(at, Some(shown), deed, Outcome::Ok)
    }

    pub fn edit(&mut self, at: (Nanos, Nanos), shown: CredentialId, outcome: Outcome) -> usize {
        let deed = Deed::Check { route: Route::Edit, saw: None, renewed: None, within: 0 };
        self.add(at, Some(shown), deed, outcome)
    }

    pub fn logout(&mut self, at: (Nanos, Nanos), shown: CredentialId, outcome: Outcome) -> usize {
        let sign_in = self.0.credentials[shown].sign_in;
        self.add(at, Some(shown), Deed::End { sign_in, by: EndedBy::Logout }, outcome)
    }

    pub fn end_all(&mut self, at: (Nanos, Nanos), outcome: Outcome) -> usize {
        self.add(at, None, Deed::EndAll { subject: 0, by: AllEndedBy::Admin }, outcome)
    }

    pub fn set_roles(&mut self, at: (Nanos, Nanos), names: &str, outcome: Outcome) -> usize {
        self.add(at, None, Deed::SetRoles { subject: 0, roles: roles(names) }, outcome)
    }

    /// A redemption; the access token and the refresh token that it gave, when it was acknowledged.
    pub fn redeem(&mut self, at: (Nanos, Nanos), shown: CredentialId, outcome: Outcome) -> Vec<CredentialId> {
        let sign_in = self.0.credentials[shown].sign_in;
        let gave = match outcome {
            Outcome::Ok => vec![self.credential(sign_in, Form::Access), self.credential(sign_in, Form::Refresh)],
            _ => Vec::new(),
        };
        self.add(at, Some(shown), Deed::Redeem { gave: gave.clone() }, outcome);
        gave
    }

    /// A redemption that gave the same refresh token as another, with an access token of its own.
    pub fn redeem_again(&mut self, at: (Nanos, Nanos), shown: CredentialId, refresh: CredentialId) {
        let access = self.credential(self.0.credentials[shown].sign_in, Form::Access);
        self.add(at, Some(shown), Deed::Redeem { gave: vec![access, refresh] }, Outcome::Ok);
    }

    /// Writes the log that belongs to this history, in the order of the operations as they were told.
    pub fn logged(&mut self) {
        let names: Vec<_> = self.0.sign_ins.clone();
        let credentials = self.0.credentials.clone();
        let mut log: Vec<Logged> = Vec::new();
        for operation in self.0.operations.iter().filter(|operation| operation.outcome == Outcome::Ok) {
            let app = |gave: &[CredentialId]| names[credentials[gave[0]].sign_in].app;
            let kinds = match &operation.deed {
                Deed::Create { .. } => vec!["subject-created"],
                Deed::SignIn { gave, .. } if app(gave) => vec!["token-family-begun"],
                Deed::SignIn { .. } => vec!["session-created"],
                Deed::End { sign_in, .. } if names[*sign_in].app => vec!["token-family-ended"],
                Deed::End { .. } => vec!["session-revoked"],
                Deed::EndAll { .. } => vec!["sessions-revoked"],
                Deed::Password { .. } => vec!["password-changed", "session-created"],
                Deed::Disable { .. } => vec!["subject-disabled"],
                Deed::Enable { .. } => vec!["subject-enabled"],
                Deed::SetRoles { .. } => vec!["roles-changed"],
                Deed::Check { .. } | Deed::Redeem { .. } | Deed::Exchange { .. } => vec![],
                Deed::List | Deed::Guess { .. } | Deed::Call { .. } => vec![],
            };
            for kind in kinds {
                let seq = log.len() as u64 + 1;
                log.push(Logged { seq, kind: kind.to_owned(), request: operation.request.clone(), sign_in: None });
            }
        }
        self.0.log = Some(log);
    }

    /// What the judge finds, by rule.
    pub fn broken(&self) -> Vec<Rule> {
        judge(&self.0, None).into_iter().map(|violation| violation.rule).collect()
    }
}
