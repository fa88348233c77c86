//! A small model of the whole system: it does one operation after another, each at some moment between its start and its
//! end, and tells the clients. On demand it lies.

use std::collections::BTreeMap;

use admit_testkit::Seeded;
use admit_torture::EDITOR;
use admit_torture::history::{
    AllEndedBy, Calm, Credential, CredentialId, Deed, EndedBy, Form, History, Logged, Nanos, Operation, Outcome, Roles,
    Route, SignIn, SignInRecord,
};

/// How the system can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    GenerationsAreIgnored,
    EndsAreForgotten,
    EndsComeLate,
    TheBannedSignIn,
    RefreshTokensAreKept,
    SessionsAreLost,
    RolesAreCopied,
    EventsAreLost,
    EventsAreSwapped,
}

const SUBJECTS: usize = 3;
const CLIENTS: usize = 6;
const BETWEEN_CALMS: usize = 250;

#[derive(Default)]
struct Person {
    active: bool,
    generation: u32,
    roles: Roles,
    roles_version: u32,
    password: u32,
    changes: u32,
}

struct Begun {
    subject: usize,
    generation: u32,
    alive: bool,
    roles: Roles,
}

/// What a credential is good for.
struct Known {
    good: bool,
    /// Of a secret: the roles version that it was made at; of an access token too.
    version: u32,
    generation: u32,
    /// When its client had it.
    from: Nanos,
}

/// One turn: when it starts, when it is done, when its client gives up or has the answer.
struct Turn {
    client: usize,
    start: Nanos,
    point: Nanos,
    end: Nanos,
    lost: bool,
}

struct Model {
    random: Seeded,
    lie: Option<Lie>,
    people: Vec<Person>,
    begun: Vec<Begun>,
    known: BTreeMap<CredentialId, Known>,
    history: History,
    log: Vec<Logged>,
    late: Vec<SignIn>,
}

/// A run of the system.
pub fn run(seed: u64, operations: usize, lie: Option<Lie>) -> History {
    let mut random = Seeded::new(seed);
    let mut turns: Vec<Turn> = Vec::new();
    let mut clocks = [1000; CLIENTS];
    let mut calms = Vec::new();
    for number in 0..operations {
        if number % BETWEEN_CALMS == BETWEEN_CALMS - 1 {
            // Whatever had no answer is done before the calm is over.
            let over = clocks.iter().max().copied().unwrap_or_default() + 500;
            turns.iter_mut().for_each(|turn| turn.point = turn.point.min(over + 40));
            clocks = [over + 100; CLIENTS];
            calms.push(Calm { mended: over, start: over, end: over + 50 });
        }
        let client = random.below(CLIENTS);
        let start = clocks[client] + 1 + random.below(40) as Nanos;
        let end = start + 2 + random.below(60) as Nanos;
        let lost = random.once_in(40);
        let reach = if lost { 4 * (end - start) } else { end - start - 1 };
        let point = start + 1 + random.below(reach as usize) as Nanos;
        clocks[client] = end;
        turns.push(Turn { client, start, point: point.min(if lost { point } else { end - 1 }), end, lost });
    }
    let mut model = Model::new(random, lie);
    model.history.calms = calms;
    turns.sort_by_key(|turn| turn.point);
    for turn in turns {
        model.take(&turn);
    }
    if lie == Some(Lie::EventsAreSwapped) {
        let places: Vec<u64> = model.log.iter().map(|event| event.seq).collect();
        model.log.reverse();
        model.log.iter_mut().zip(places).for_each(|(event, seq)| event.seq = seq);
    }
    model.history.log = Some(model.log);
    model.history
}

impl Model {
    fn new(random: Seeded, lie: Option<Lie>) -> Self {
        let (people, begun, known, log, late) = (Vec::new(), Vec::new(), BTreeMap::new(), Vec::new(), Vec::new());
        let mut model = Self { random, lie, people, begun, known, history: History::default(), log, late };
        for subject in 0..SUBJECTS {
            let roles = Roles::from([EDITOR.to_owned()]);
            model.people.push(Person { active: true, roles: roles.clone(), ..Person::default() });
            let turn = Turn { client: 0, start: 1, point: 2, end: 3, lost: false };
            model.tell(&turn, None, Deed::Create { subject, roles }, Outcome::Ok, &["subject-created"], None);
        }
        model
    }

    /// Writes an operation down, and its events.
    fn tell(
        &mut self,
        turn: &Turn,
        shown: Option<CredentialId>,
        mut deed: Deed,
        outcome: Outcome,
        kinds: &[&str],
        sign_in: Option<SignIn>,
    ) {
        let place = self.history.operations.len();
        let request = Some(format!("r{place}"));
        for kind in kinds {
            if self.lie == Some(Lie::EventsAreLost) && self.random.once_in(4) {
                continue;
            }
            let sign_in = sign_in.map(|sign_in| format!("s{sign_in}"));
            let of_request = request.clone().filter(|_| *kind != "session-rotated");
            let seq = self.log.len() as u64 + 1;
            self.log.push(Logged { seq, kind: (*kind).to_owned(), request: of_request, sign_in });
        }
        let outcome = if turn.lost { Outcome::Lost } else { outcome };
        if outcome != Outcome::Ok {
            match &mut deed {
                Deed::SignIn { gave, .. } | Deed::Redeem { gave } | Deed::Password { gave, .. } => gave.clear(),
                Deed::Check { renewed, saw, .. } => (*renewed, *saw) = (None, None),
                _ => {}
            }
        }
        for gave in deed.gave() {
            if let Some(known) = self.known.get_mut(gave) {
                known.from = turn.end;
            }
        }
        let Turn { client, start, point, end, .. } = *turn;
        // Some were looked for, or sent whole, later than they began, and before they were done.
        let not_before =
            if point > start { start + self.random.below((point - start) as usize) as Nanos } else { start };
        self.history.operations.push(Operation {
            client,
            node: 0,
            start,
            not_before,
            end,
            shown,
            deed,
            outcome,
            request,
        });
    }

    fn credential(&mut self, sign_in: SignIn, form: Form) -> CredentialId {
        let person = &self.people[self.begun[sign_in].subject];
        let id = self.history.credentials.len();
        // Nobody has it until its answer came.
        let known =
            Known { good: true, version: person.roles_version, generation: person.generation, from: Nanos::MAX };
        self.history.credentials.push(Credential { sign_in, form });
        self.known.insert(id, known);
        id
    }

    fn begin(&mut self, subject: usize, app: bool) -> (SignIn, Vec<CredentialId>) {
        let sign_in = self.begun.len();
        let person = &self.people[subject];
        self.begun.push(Begun { subject, generation: person.generation, alive: true, roles: person.roles.clone() });
        self.history.sign_ins.push(SignInRecord { subject, name: format!("s{sign_in}"), app });
        let forms: &[Form] = if app { &[Form::Access, Form::Refresh] } else { &[Form::Secret] };
        (sign_in, forms.iter().map(|form| self.credential(sign_in, *form)).collect())
    }

    fn is_good(&self, shown: CredentialId) -> bool {
        let Credential { sign_in, form } = self.history.credentials[shown];
        let (begun, known) = (&self.begun[sign_in], &self.known[&shown]);
        let person = &self.people[begun.subject];
        let same = begun.generation == person.generation || self.lie == Some(Lie::GenerationsAreIgnored);
        let fresh =
            form != Form::Access || (known.version == person.roles_version && known.generation == person.generation);
        begun.alive && known.good && same && fresh && (person.active || self.lie == Some(Lie::GenerationsAreIgnored))
    }

    /// A credential of this form that its client had before it started.
    fn pick(&mut self, turn: &Turn, form: Form) -> Option<CredentialId> {
        let had: Vec<CredentialId> = self
            .known
            .iter()
            .filter(|(id, known)| known.from < turn.start && self.history.credentials[**id].form == form)
            .map(|(id, _)| *id)
            .collect();
        // The newest are asked for most.
        let recent = had.len().saturating_sub(if form == Form::Refresh { 4 } else { 24 });
        let from = if self.random.once_in(4) { 0 } else { recent };
        had.get(from + self.random.below(had.len() - from)).copied()
    }

    fn take(&mut self, turn: &Turn) {
        for sign_in in std::mem::take(&mut self.late) {
            if self.random.once_in(60) {
                self.begun[sign_in].alive = false;
            } else {
                self.late.push(sign_in);
            }
        }
        if self.lie == Some(Lie::SessionsAreLost) && self.random.once_in(20) && !self.begun.is_empty() {
            let lost = self.begun.len() - 1 - self.random.below(self.begun.len().min(10));
            self.begun[lost].alive = false;
        }
        // What was sent may have come to nothing.
        if turn.lost && self.random.once_in(3) {
            let subject = self.random.below(SUBJECTS);
            let deed = match self.random.below(3) {
                0 => Deed::EndAll { subject, by: AllEndedBy::Admin },
                1 => Deed::Disable { subject },
                _ => Deed::SetRoles { subject, roles: Roles::from(["never".to_owned()]) },
            };
            return self.tell(turn, None, deed, Outcome::Lost, &[], None);
        }
        let subject = self.random.below(SUBJECTS);
        match self.random.below(100) {
            0..14 => self.sign_in(turn, subject),
            14..64 => self.check(turn),
            64..74 => self.redeem(turn),
            74..82 => self.end(turn),
            82..85 => self.end_all(turn, subject),
            85..88 => self.status(turn, subject),
            88..89 => self.password(turn, subject),
            _ => self.set_roles(turn, subject),
        }
    }

    fn sign_in(&mut self, turn: &Turn, subject: usize) {
        let person = &self.people[subject];
        let password =
            if person.password > 0 && self.random.once_in(4) { person.password - 1 } else { person.password };
        let deed = |gave| Deed::SignIn { subject, password, gave, replaces: None };
        let active = person.active || self.lie == Some(Lie::TheBannedSignIn);
        if !active || password != person.password {
            return self.tell(turn, None, deed(vec![]), Outcome::Refused(401), &[], None);
        }
        let app = self.random.once_in(3);
        let (sign_in, gave) = self.begin(subject, app);
        let kind = if app { "token-family-begun" } else { "session-created" };
        self.tell(turn, None, deed(gave), Outcome::Ok, &[kind], Some(sign_in));
    }

    fn check(&mut self, turn: &Turn) {
        let form = if self.random.once_in(4) { Form::Access } else { Form::Secret };
        let Some(shown) = self.pick(turn, form) else { return };
        let sign_in = self.history.credentials[shown].sign_in;
        let route = if self.random.once_in(4) { Route::Edit } else { Route::Session };
        let deed = |saw, renewed| Deed::Check { route, saw, renewed, within: 0 };
        if !self.is_good(shown) {
            return self.tell(turn, Some(shown), deed(None, None), Outcome::Refused(401), &[], None);
        }
        let person = &self.people[self.begun[sign_in].subject];
        let copied = self.lie == Some(Lie::RolesAreCopied);
        let roles = if copied { self.begun[sign_in].roles.clone() } else { person.roles.clone() };
        if route == Route::Edit {
            let outcome = if roles.contains(EDITOR) { Outcome::Ok } else { Outcome::Refused(403) };
            return self.tell(turn, Some(shown), deed(None, None), outcome, &[], None);
        }
        let stale = form == Form::Secret && self.known[&shown].version != person.roles_version;
        if !stale {
            return self.tell(turn, Some(shown), deed(Some(roles), None), Outcome::Ok, &[], None);
        }
        let renewed = self.credential(sign_in, Form::Secret);
        if let Some(known) = self.known.get_mut(&shown) {
            known.good = false;
        }
        self.tell(
            turn,
            Some(shown),
            deed(Some(roles), Some(renewed)),
            Outcome::Ok,
            &["session-rotated"],
            Some(sign_in),
        );
    }

    fn redeem(&mut self, turn: &Turn) {
        let Some(shown) = self.pick(turn, Form::Refresh) else { return };
        let sign_in = self.history.credentials[shown].sign_in;
        if !self.is_good(shown) {
            return self.tell(turn, Some(shown), Deed::Redeem { gave: vec![] }, Outcome::Refused(400), &[], None);
        }
        let gave = vec![self.credential(sign_in, Form::Access), self.credential(sign_in, Form::Refresh)];
        if let Some(known) = self.known.get_mut(&shown) {
            known.good = self.lie == Some(Lie::RefreshTokensAreKept);
        }
        self.tell(turn, Some(shown), Deed::Redeem { gave }, Outcome::Ok, &[], None);
    }

    fn end(&mut self, turn: &Turn) {
        let form = if self.random.once_in(3) { Form::Refresh } else { Form::Secret };
        let Some(shown) = self.pick(turn, form) else { return };
        let sign_in = self.history.credentials[shown].sign_in;
        let by = if form == Form::Refresh { EndedBy::Client } else { EndedBy::Logout };
        let deed = Deed::End { sign_in, by };
        match (self.is_good(shown), form) {
            (true, _) => {
                match self.lie {
                    Some(Lie::EndsAreForgotten) => {}
                    Some(Lie::EndsComeLate) => self.late.push(sign_in),
                    _ => self.begun[sign_in].alive = false,
                }
                let kind = if form == Form::Refresh { "token-family-ended" } else { "session-revoked" };
                self.tell(turn, Some(shown), deed, Outcome::Ok, &[kind], Some(sign_in));
            }
            // A used token names a family that may be alive: that is another story, and this one does not tell it.
            (false, Form::Refresh) => {}
            (false, _) => self.tell(turn, Some(shown), deed, Outcome::Refused(401), &[], None),
        }
    }

    fn end_all(&mut self, turn: &Turn, subject: usize) {
        self.people[subject].generation += 1;
        let deed = Deed::EndAll { subject, by: AllEndedBy::Admin };
        self.tell(turn, None, deed, Outcome::Ok, &["sessions-revoked"], None);
    }

    fn status(&mut self, turn: &Turn, subject: usize) {
        let person = &mut self.people[subject];
        let was = person.active;
        person.active = !was || self.random.once_in(4);
        let active = person.active;
        if was && !active {
            person.generation += 1;
        }
        let (deed, kind) = if active {
            (Deed::Enable { subject }, "subject-enabled")
        } else {
            (Deed::Disable { subject }, "subject-disabled")
        };
        let kinds: &[&str] = if was == active { &[] } else { &[kind] };
        self.tell(turn, None, deed, Outcome::Ok, kinds, None);
    }

    fn password(&mut self, turn: &Turn, subject: usize) {
        let person = &mut self.people[subject];
        if !person.active {
            return;
        }
        person.generation += 1;
        person.password += 1;
        let to = person.password;
        let (sign_in, gave) = self.begin(subject, false);
        let deed = Deed::Password { subject, to, gave };
        self.tell(turn, None, deed, Outcome::Ok, &["password-changed", "session-created"], Some(sign_in));
    }

    fn set_roles(&mut self, turn: &Turn, subject: usize) {
        let person = &mut self.people[subject];
        person.changes += 1;
        let mut roles = Roles::from([format!("r{}", person.changes)]);
        if self.random.once_in(2) {
            roles.insert(EDITOR.to_owned());
        }
        person.roles.clone_from(&roles);
        person.roles_version += 1;
        self.tell(turn, None, Deed::SetRoles { subject, roles }, Outcome::Ok, &["roles-changed"], None);
    }
}
