//! What the administrator does, over the JSON API.

use serde_json::{Value, json};

use super::owner::password;
use super::{Client, HASHING, PATIENCE, Sent};
use crate::EDITOR;
use crate::history::{AllEndedBy, Deed, Form, Outcome, Roles};
use crate::wire::Ask;
use crate::world::{Belief, Held, locked};

/// The role that every subject keeps, and with it no permission.
const MARKS: u32 = 12;

/// The names of the roles that mark a change: no two changes of one subject have the same.
pub(crate) fn marks() -> impl Iterator<Item = String> {
    (0..MARKS).map(|number| format!("m{number}"))
}

fn roles(change: u32, editor: bool) -> Roles {
    let marks = marks().enumerate().filter(|(number, _)| change & (1 << number) != 0).map(|(_, name)| name);
    marks.chain(editor.then(|| EDITOR.to_owned())).collect()
}

impl Client {
    /// The administrator's session of this client, begun anew when it has none.
    fn admin(&mut self, node: usize) -> Option<Held> {
        if self.admin.is_none() {
            self.sign_in_at(0, node);
            let mut boss = locked(&self.world.people[0]);
            self.admin = boss.live.pop();
        }
        self.admin.clone()
    }

    /// Sends a request as the administrator.
    fn as_admin(&mut self, method: &str, path: &str, body: &Value, hashing: bool) -> Option<(Sent, Held)> {
        let node = self.node();
        let admin = self.admin(node)?;
        let ask = Ask::new(method, path).session(&admin.text, &admin.csrf_token);
        let ask = if body.is_null() { ask } else { ask.json(body) };
        let sent = self.send(node, &ask, if hashing { HASHING } else { PATIENCE })?;
        if matches!(sent.outcome, Outcome::Refused(401)) {
            self.admin = None;
        }
        Some((sent, admin))
    }

    fn about(&self, person: usize, what: &str) -> String {
        format!("/admin/api/users/{}/{what}", locked(&self.world.people[person]).id)
    }

    /// Makes a subject. `false` when that was not acknowledged.
    pub(crate) fn create(&mut self, person: usize) -> bool {
        let (name, subject) = {
            let mut person = locked(&self.world.people[person]);
            person.changes = 1;
            (person.name.clone(), person.subject)
        };
        let roles = roles(1, subject % 2 == 0);
        let body = json!({ "username": name, "password": password(0), "roles": roles });
        let Some((sent, admin)) = self.as_admin("POST", "/admin/api/users", &body, true) else { return false };
        let id = sent.json()["id"].as_str().map(str::to_owned);
        self.record(&sent, Some(&admin), Deed::Create { subject, roles });
        let Some(id) = id.filter(|_| sent.outcome == Outcome::Ok) else { return false };
        locked(&self.world.people[person]).id = id;
        true
    }

    pub(super) fn set_roles(&mut self, person: usize) {
        let (subject, change) = {
            let mut person = locked(&self.world.people[person]);
            person.changes += 1;
            (person.subject, person.changes)
        };
        let roles = roles(change, self.random.once_in(2));
        let (path, body) = (self.about(person, "roles"), json!({ "roles": roles }));
        let Some((sent, admin)) = self.as_admin("PUT", &path, &body, false) else { return };
        self.record(&sent, Some(&admin), Deed::SetRoles { subject, roles });
        if sent.outcome == Outcome::Ok {
            let mut person_known = locked(&self.world.people[person]);
            let mut ended = person_known.bury(|held| held.form == Form::Access && held.born < sent.start);
            // Those that live on are to see the new roles.
            ended.extend(person_known.of_form(Form::Secret).into_iter().cloned());
            drop(person_known);
            self.probe(person, ended);
        }
    }

    pub(super) fn set_status(&mut self, person: usize, active: bool) {
        let subject = locked(&self.world.people[person]).subject;
        let path = self.about(person, if active { "enable" } else { "disable" });
        let Some((sent, admin)) = self.as_admin("POST", &path, &Value::Null, false) else { return };
        let deed = if active { Deed::Enable { subject } } else { Deed::Disable { subject } };
        self.record(&sent, Some(&admin), deed);
        match sent.outcome {
            Outcome::Refused(_) => return,
            Outcome::Ok if active => locked(&self.world.people[person]).belief = Belief::Active,
            Outcome::Ok => locked(&self.world.people[person]).belief = Belief::Disabled,
            Outcome::Error(_) | Outcome::Lost => locked(&self.world.people[person]).belief = Belief::Unsure,
        }
        if !active {
            self.all_ended(person, &sent);
        }
    }

    pub(super) fn revoke_all(&mut self, person: usize) {
        let subject = locked(&self.world.people[person]).subject;
        let path = self.about(person, "sessions/revoke");
        let Some((sent, admin)) = self.as_admin("POST", &path, &Value::Null, false) else { return };
        self.record(&sent, Some(&admin), Deed::EndAll { subject, by: AllEndedBy::Admin });
        self.all_ended(person, &sent);
    }

    /// A page of the audit log, newest first.
    pub(super) fn audit(&mut self, before: Option<u64>) -> Option<Value> {
        let query = before.map(|before| format!("?before={before}")).unwrap_or_default();
        let (sent, _) = self.as_admin("GET", &format!("/admin/api/audit{query}"), &Value::Null, false)?;
        (sent.outcome == Outcome::Ok).then(|| sent.json())
    }
}
