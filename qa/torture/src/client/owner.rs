//! What somebody does with a session: sign in, look, edit, log out.

use admit_testkit::Request;
use serde_json::json;

use super::{Client, HASHING, PATIENCE, Sent};
use crate::history::{AllEndedBy, Deed, EndedBy, Form, Outcome, Roles, Route};
use crate::verifier::BOUND;
use crate::wire::InSession;
use crate::world::{Belief, Held, locked};

/// A subject's password by its number.
pub(super) fn password(number: u32) -> String {
    format!("tulip lantern orbit {number}")
}

/// The roles that an answer shows.
fn shown_roles(body: &serde_json::Value) -> Option<Roles> {
    // A session shows its subject's, a token its own.
    let roles = body["roles"].as_array().or_else(|| body["subject"]["roles"].as_array())?;
    Some(roles.iter().filter_map(|role| role.as_str().map(str::to_owned)).collect())
}

impl Client {
    pub(crate) fn sign_in(&mut self, person: usize) {
        let node = self.node();
        self.sign_in_at(person, node);
    }

    pub(super) fn sign_in_at(&mut self, person: usize, node: usize) {
        let (name, number, subject) = self.who(person);
        let body = json!({ "username": name, "password": password(number) });
        let ask = Request::new("POST", "/login").json(&body);
        let Some(sent) = self.send(node, &ask, HASHING) else { return };
        self.signed_in(person, (subject, number), None, &sent);
    }

    fn signed_in(&mut self, person: usize, (subject, password): (usize, u32), replaces: Option<usize>, sent: &Sent) {
        let gave = self.begun(person, sent);
        let ids = gave.iter().map(|held| held.id).collect();
        self.record(sent, None, Deed::SignIn { subject, password, gave: ids, replaces });
        self.tried(person, password, sent.outcome);
        gave.into_iter().for_each(|held| locked(&self.world.people[person]).hold(held));
    }

    /// Somebody signs in where somebody else, or the same, is signed in: that session ends with it.
    pub(super) fn sign_in_over(&mut self, person: usize) {
        let (node, other) = (self.node(), if self.random.once_in(3) { person } else { self.person() });
        let Some(held) = self.pick(other, Form::Secret, 1_000_000) else { return };
        let (name, number, subject) = self.who(person);
        let body = json!({ "username": name, "password": password(number) });
        let ask = Request::new("POST", "/login")
            .session(self.world.addresses[0].port(), &held.text, &held.csrf_token)
            .json(&body);
        let Some(sent) = self.send(node, &ask, HASHING) else { return };
        self.signed_in(person, (subject, number), Some(held.sign_in), &sent);
        if sent.outcome == Outcome::Ok {
            let ended = locked(&self.world.people[other]).bury(|one| one.sign_in == held.sign_in);
            self.probe(other, ended);
        }
    }

    /// Somebody's name, a password that may be right, and the number of the subject.
    pub(super) fn who(&mut self, person: usize) -> (String, u32, usize) {
        let world = std::sync::Arc::clone(&self.world);
        let person = locked(&world.people[person]);
        let number = person.passwords[self.random.below(person.passwords.len())];
        (person.name.clone(), number, person.subject)
    }

    /// What a try of a password says of which is right, and of the subject's status.
    pub(super) fn tried(&self, person: usize, number: u32, outcome: Outcome) {
        let mut person = locked(&self.world.people[person]);
        match outcome {
            Outcome::Ok => person.passwords = vec![number],
            // The change to this one may have been lost.
            Outcome::Refused(401) if person.passwords.len() == 1 && number > 0 && self.world.has_failed_over() => {
                person.passwords = vec![number, number - 1];
            }
            Outcome::Refused(401) if person.passwords.len() > 1 => person.passwords.retain(|other| *other != number),
            Outcome::Refused(401) if person.belief == Belief::Active => person.belief = Belief::Unsure,
            _ => {}
        }
    }

    /// The session that an answer gives, if it gives one.
    pub(super) fn begun(&self, person: usize, sent: &Sent) -> Option<Held> {
        let answer = sent.answer.as_ref().filter(|_| sent.outcome == Outcome::Ok)?;
        let (body, secret) = (answer.json(), answer.secret.clone()?);
        let name = body["session"]["id"].as_str()?.to_owned();
        let sign_in = self.world.sign_in(locked(&self.world.people[person]).subject, &name, false);
        let id = self.world.credential(sign_in, Form::Secret, &secret);
        let csrf_token = body["csrf_token"].as_str().unwrap_or_default().to_owned();
        Some(Held { id, sign_in, form: Form::Secret, name, text: secret, csrf_token, born: sent.end })
    }

    pub(super) fn look(&mut self, person: usize) {
        let node = self.node();
        if let Some(held) = self.pick(person, Form::Secret, 5) {
            self.look_with(person, &held, node);
        }
    }

    pub(super) fn look_by_token(&mut self, person: usize) {
        let node = self.node();
        let Some(held) = self.pick(person, Form::Access, 5) else { return };
        if self.random.once_in(3) {
            self.edit_with(person, &held, node);
        } else {
            self.look_with(person, &held, node);
        }
    }

    pub(super) fn by(&self, held: &Held, method: &str, path: &str) -> Request {
        let ask = Request::new(method, path);
        match held.form {
            Form::Access => ask.bearer(&held.text),
            Form::Secret | Form::Refresh => ask.session(self.world.addresses[0].port(), &held.text, &held.csrf_token),
        }
    }

    /// `GET /session`: the roles are shown, and a session whose roles have changed gets a new secret.
    ///
    /// `false` when there was no answer, or none that says anything of the credential.
    pub(super) fn look_with(&mut self, person: usize, held: &Held, node: usize) -> bool {
        let Some(sent) = self.send(node, &self.by(held, "GET", "/session"), PATIENCE) else { return false };
        let body = sent.json();
        let renewed = sent.answer.as_ref().filter(|_| sent.outcome == Outcome::Ok).and_then(|answer| {
            let text = answer.secret.clone()?;
            let id = self.world.credential(held.sign_in, Form::Secret, &text);
            let csrf_token = body["csrf_token"].as_str().unwrap_or_default().to_owned();
            Some(Held { id, text, csrf_token, born: sent.end, ..held.clone() })
        });
        let saw = if sent.outcome == Outcome::Ok { shown_roles(&body) } else { None };
        let deed = Deed::Check { route: Route::Session, saw, renewed: renewed.as_ref().map(|held| held.id), within: 0 };
        self.record(&sent, Some(held), deed);
        self.refused(person, held, sent.outcome);
        if let Some(renewed) = renewed {
            let mut known = locked(&self.world.people[person]);
            known.bury(|other| other.id == held.id);
            if !known.has_had(renewed.id) {
                known.hold(renewed);
            }
            drop(known);
            if self.random.once_in(3) {
                self.probe(person, vec![held.clone()]);
            }
        }
        !matches!(sent.outcome, Outcome::Error(_) | Outcome::Lost)
    }

    pub(super) fn edit(&mut self, person: usize) {
        let node = self.node();
        if let Some(held) = self.pick(person, Form::Secret, 5) {
            self.edit_with(person, &held, node);
        }
    }

    /// An edit in the shop, for a role alone. The answer is as that of [`Self::look_with`].
    pub(super) fn edit_with(&mut self, person: usize, held: &Held, node: usize) -> bool {
        let product = 1 + self.random.below(3);
        let price = 1 + self.random.below(900);
        let body = json!({ "name": "Lantern", "price": price });
        let ask = self.by(held, "PUT", &format!("/demo/api/products/{product}")).json(&body);
        let Some(sent) = self.send(node, &ask, PATIENCE) else { return false };
        let deed = Deed::Check { route: Route::Edit, saw: None, renewed: None, within: 0 };
        self.record(&sent, Some(held), deed);
        self.refused(person, held, sent.outcome);
        !matches!(sent.outcome, Outcome::Error(_) | Outcome::Lost)
    }

    pub(super) fn edit_at_verifier(&mut self, person: usize) {
        if let Some(held) = self.pick(person, Form::Access, 2) {
            self.edit_at_verifier_with(person, &held);
        }
    }

    /// The same edit where the token is checked without a call to a node.
    pub(super) fn edit_at_verifier_with(&mut self, person: usize, held: &Held) {
        if self.verifiers.is_empty() {
            return;
        }
        let verifier = self.random.below(self.verifiers.len());
        let body = json!({ "name": "Lantern", "price": 7 });
        let ask = self.by(held, "PUT", "/demo/api/products/1").json(&body);
        let Some(sent) = self.send_to_verifier(verifier, &ask) else { return };
        let within = u64::try_from(BOUND.as_nanos()).unwrap_or(u64::MAX);
        self.record(&sent, Some(held), Deed::Check { route: Route::Verifier, saw: None, renewed: None, within });
        self.refused(person, held, sent.outcome);
    }

    /// One that was refused is dead, to the client that showed it.
    pub(super) fn refused(&self, person: usize, held: &Held, outcome: Outcome) {
        if matches!(outcome, Outcome::Refused(400 | 401)) {
            locked(&self.world.people[person]).bury(|other| other.id == held.id);
        }
    }

    pub(super) fn logout(&mut self, person: usize) {
        let node = self.node();
        if let Some(held) = self.pick(person, Form::Secret, 20) {
            self.log_out_at(person, &held, node);
        }
    }

    /// Ends the sign-in of this credential by itself.
    pub(super) fn log_out_with(&mut self, person: usize, held: &Held) {
        let node = self.node();
        self.log_out_at(person, held, node);
    }

    fn log_out_at(&mut self, person: usize, held: &Held, node: usize) {
        let Some(sent) = self.send(node, &self.by(held, "POST", "/logout"), PATIENCE) else { return };
        self.record(&sent, Some(held), Deed::End { sign_in: held.sign_in, by: EndedBy::Logout });
        self.ended(person, held, held.sign_in, &sent);
    }

    /// What is known after the end of one sign-in was asked for by somebody who showed `held`.
    pub(super) fn ended(&mut self, person: usize, held: &Held, sign_in: usize, sent: &Sent) {
        self.refused(person, held, sent.outcome);
        if sent.outcome == Outcome::Ok {
            let ended = locked(&self.world.people[person]).bury(|other| other.sign_in == sign_in);
            self.probe(person, ended);
        }
    }

    /// Ends a sign-in of the same subject by its name.
    pub(super) fn revoke_one(&mut self, person: usize) {
        let node = self.node();
        let Some(held) = self.pick(person, Form::Secret, 20) else { return };
        let other = if self.random.once_in(3) { Form::Refresh } else { Form::Secret };
        let Some(other) = self.pick(person, other, 20) else { return };
        let ask = self.by(&held, "DELETE", &format!("/sessions/{}", other.name));
        let Some(sent) = self.send(node, &ask, PATIENCE) else { return };
        self.record(&sent, Some(&held), Deed::End { sign_in: other.sign_in, by: EndedBy::Name });
        self.ended(person, &held, other.sign_in, &sent);
    }

    pub(super) fn logout_everywhere(&mut self, person: usize) {
        let node = self.node();
        let Some(held) = self.pick(person, Form::Secret, 20) else { return };
        let subject = locked(&self.world.people[person]).subject;
        let Some(sent) = self.send(node, &self.by(&held, "POST", "/logout/all"), PATIENCE) else { return };
        self.record(&sent, Some(&held), Deed::EndAll { subject, by: AllEndedBy::Owner });
        self.refused(person, &held, sent.outcome);
        self.all_ended(person, &sent);
    }

    /// What is known after the end of all sign-ins was asked for.
    pub(super) fn all_ended(&mut self, person: usize, sent: &Sent) {
        if sent.outcome == Outcome::Ok {
            let ended = locked(&self.world.people[person]).bury(|other| other.born < sent.start);
            self.probe(person, ended);
        }
    }

    pub(super) fn change_password(&mut self, person: usize) {
        let node = self.node();
        let Some(held) = self.pick(person, Form::Secret, 1000) else { return };
        let (_, number, subject) = self.who(person);
        let to = self.next_password(person);
        let body = json!({ "current_password": password(number), "new_password": password(to) });
        let ask = self.by(&held, "POST", "/account/password").json(&body);
        let Some(sent) = self.send(node, &ask, HASHING) else { return };
        self.password_changed(person, &held, subject, to, sent);
    }

    /// The number of the password that somebody has next.
    pub(super) fn next_password(&self, person: usize) -> u32 {
        let mut person = locked(&self.world.people[person]);
        person.passwords_had += 1;
        person.passwords_had - 1
    }

    /// What is known after a password was to be changed.
    pub(super) fn password_changed(&mut self, person: usize, held: &Held, subject: usize, to: u32, mut sent: Sent) {
        let gave = self.begun(person, &sent);
        let ids = gave.iter().map(|held| held.id).collect();
        self.refused(person, held, sent.outcome);
        // That is also the answer when the password was changed, and everything ended before a new session could begin.
        if sent.outcome == Outcome::Refused(401) {
            sent.outcome = Outcome::Error(401);
        }
        self.record(&sent, Some(held), Deed::Password { subject, to, gave: ids });
        {
            let mut person = locked(&self.world.people[person]);
            match sent.outcome {
                Outcome::Ok => person.passwords = vec![to],
                // It is believed possible already where the one after it was refused.
                Outcome::Error(_) | Outcome::Lost if !person.passwords.contains(&to) => person.passwords.push(to),
                Outcome::Error(_) | Outcome::Lost => {}
                Outcome::Refused(_) => {}
            }
        }
        self.all_ended(person, &sent);
        gave.into_iter().for_each(|held| locked(&self.world.people[person]).hold(held));
    }
}
