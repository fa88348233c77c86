//! Somebody acts, and is stopped while the act is under way: a request's last byte is kept back until the end of its actor's
//! session, right or status has been acknowledged; or a change waits for its password to be hashed meanwhile.

use std::time::Duration;

use admit_testkit::Request;
use serde_json::json;

use super::owner::password;
use super::{Client, HASHING, Sent};
use crate::history::{Deed, Form, Outcome, Roles, Route};
use crate::wire::Held as HeldRequest;
use crate::world::{Held, locked};

/// Sign-ins that are put in front of a change that has to be hashed.
const IN_FRONT: usize = 4;

impl Client {
    /// One act of a deputy, who is stopped meanwhile.
    pub(super) fn hold_back(&mut self) {
        let deputies: Vec<usize> =
            (1..self.world.people.len()).filter(|person| locked(&self.world.people[*person]).is_deputy).collect();
        let person = deputies[self.random.below(deputies.len())];
        match self.random.below(5) {
            0 | 1 => self.create_while_hashing(person),
            2 => self.create_held(person),
            3 => self.edit_held(person),
            _ => self.password_held(person),
        }
    }

    /// Ends what the actor needs, one way or another.
    fn stop(&mut self, person: usize, held: &Held) {
        self.hurries = true;
        match self.random.below(4) {
            0 => self.set_status(person, false),
            // The role is lost, and the session goes on.
            1 => self.set_roles_to(person, false, false),
            2 => self.revoke_all(person),
            _ => self.log_out_with(person, held),
        }
        self.hurries = false;
    }

    /// Makes it an administrator again, who acts.
    fn restore(&mut self, person: usize) {
        self.set_status(person, true);
        self.set_roles_to(person, true, true);
        self.sign_in(person);
    }

    /// Sends all of a request but the last byte, stops its actor, and sends that.
    fn send_held(&mut self, person: usize, held: &Held, ask: &Request) -> Option<Sent> {
        let node = self.node();
        let start = self.world.now();
        let mut request = HeldRequest::begin(self.world.addresses[node], ask, 1, HASHING)?;
        self.stop(person, held);
        let not_before = self.world.now();
        request.finish();
        Some(self.completed(node, start, not_before, request))
    }

    fn completed(&self, node: usize, start: u64, not_before: u64, request: HeldRequest) -> Sent {
        let answer = request.answer();
        let outcome = answer.as_ref().map_or(Outcome::Lost, |answer| Outcome::of(answer.status));
        Sent { node, start, not_before, end: self.world.now(), outcome, answer }
    }

    /// A user that nobody has made yet.
    fn newcomer(&self) -> (usize, String, Roles) {
        let subject = self.world.new_subject();
        (subject, format!("newcomer{subject}"), Roles::new())
    }

    fn creation(&self, held: &Held, name: &str) -> Request {
        let body = json!({ "username": name, "password": password(0), "roles": [] });
        self.by(held, "POST", "/admin/api/users").json(&body)
    }

    fn create_held(&mut self, person: usize) {
        let Some(held) = self.pick(person, Form::Secret, 1_000_000) else { return self.restore(person) };
        let (subject, name, roles) = self.newcomer();
        if let Some(sent) = self.send_held(person, &held, &self.creation(&held, &name)) {
            self.record(&sent, Some(&held), Deed::Create { subject, roles });
        }
        self.restore(person);
    }

    fn edit_held(&mut self, person: usize) {
        let form = if self.random.once_in(2) { Form::Access } else { Form::Secret };
        let Some(held) = self.pick(person, form, 1_000_000) else { return self.restore(person) };
        let body = json!({ "name": "Lantern", "price": 9 });
        let ask = self.by(&held, "PUT", "/demo/api/products/2").json(&body);
        if let Some(sent) = self.send_held(person, &held, &ask) {
            let deed = Deed::Check { route: Route::Edit, saw: None, renewed: None, within: 0 };
            self.record(&sent, Some(&held), deed);
        }
        self.restore(person);
    }

    fn password_held(&mut self, person: usize) {
        let Some(held) = self.pick(person, Form::Secret, 1_000_000) else { return self.restore(person) };
        let (_, number, subject) = self.who(person);
        let to = self.next_password(person);
        let body = json!({ "current_password": password(number), "new_password": password(to) });
        let ask = self.by(&held, "POST", "/account/password").json(&body);
        if let Some(sent) = self.send_held(person, &held, &ask) {
            self.password_changed(person, &held, subject, to, sent);
        }
        self.restore(person);
    }

    /// The request is there whole; while its password waits to be hashed its actor is stopped, and then somebody looks that
    /// the user is not there yet.
    fn create_while_hashing(&mut self, person: usize) {
        let Some(held) = self.pick(person, Form::Secret, 1_000_000) else { return self.restore(person) };
        let node = self.node();
        let (subject, name, roles) = self.newcomer();
        let (world, number, others) = (std::sync::Arc::clone(&self.world), self.number, self.world.people.len());
        let seeds: Vec<(u64, usize)> =
            (0..IN_FRONT).map(|_| (self.random.below(1 << 30) as u64, 1 + self.random.below(others - 1))).collect();
        std::thread::scope(|scope| {
            for (seed, other) in seeds {
                let world = &world;
                scope.spawn(move || Self::new(world, number, seed).sign_in_at(other, node));
            }
            std::thread::sleep(Duration::from_millis(5));
            let start = self.world.now();
            let begun = HeldRequest::begin(self.world.addresses[node], &self.creation(&held, &name), 0, HASHING);
            let Some(request) = begun else { return };
            std::thread::sleep(Duration::from_millis(5));
            self.stop(person, &held);
            let looked = self.is_absent(&name);
            let not_before = looked.filter(|(_, absent)| *absent).map_or(start, |(at, _)| at);
            let sent = self.completed(node, start, not_before, request);
            self.record(&sent, Some(&held), Deed::Create { subject, roles });
        });
        self.restore(person);
    }
}
