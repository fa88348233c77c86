//! What the administrator does, over the JSON API.

use admit_testkit::Request;
use serde_json::{Value, json};

use super::owner::password;
use super::{Client, HASHING, PATIENCE, Sent};
use crate::history::{AllEndedBy, Deed, Form, Nanos, Outcome, Roles};
use crate::wire::InSession;
use crate::world::{Belief, Held, locked};
use crate::{ADMIN, EDITOR};

/// The role that every subject keeps, and with it no permission.
const MARKS: u32 = 12;

/// The names of the roles that mark a change: no two changes of one subject have the same.
pub(crate) fn marks() -> impl Iterator<Item = String> {
    (0..MARKS).map(|number| format!("m{number}"))
}

fn roles(change: u32, editor: bool, admin: bool) -> Roles {
    let marks = marks().enumerate().filter(|(number, _)| change & (1 << number) != 0).map(|(_, name)| name);
    marks.chain(editor.then(|| EDITOR.to_owned())).chain(admin.then(|| ADMIN.to_owned())).collect()
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
        let ask = Request::new(method, path).session(self.world.addresses[0].port(), &admin.text, &admin.csrf_token);
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
        let (name, subject, deputy) = {
            let mut person = locked(&self.world.people[person]);
            person.changes = 1;
            (person.name.clone(), person.subject, person.is_deputy)
        };
        let roles = roles(1, deputy || subject % 2 == 0, deputy);
        let body = json!({ "username": name, "password": password(0), "roles": roles });
        let Some((sent, admin)) = self.as_admin("POST", "/admin/api/users", &body, true) else { return false };
        let id = sent.json()["id"].as_str().map(str::to_owned);
        self.record(&sent, Some(&admin), Deed::Create { subject, roles });
        let Some(id) = id.filter(|_| sent.outcome == Outcome::Ok) else { return false };
        locked(&self.world.people[person]).id = id;
        true
    }

    pub(super) fn set_roles(&mut self, person: usize) {
        // Deputies are what they are most of the time.
        let rank = if locked(&self.world.people[person]).is_deputy { self.random.below(4) > 0 } else { false };
        let editor = self.random.once_in(2) || rank;
        self.set_roles_to(person, editor, rank);
    }

    pub(super) fn set_roles_to(&mut self, person: usize, editor: bool, admin: bool) {
        let (subject, change) = {
            let mut person = locked(&self.world.people[person]);
            person.changes += 1;
            (person.subject, person.changes)
        };
        let roles = roles(change, editor, admin);
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

    /// Whether there is nobody of this name, by a look that began at the time in the answer. `None` when nobody can say.
    pub(super) fn is_absent(&mut self, name: &str) -> Option<(Nanos, bool)> {
        let (sent, _) = self.as_admin("GET", &format!("/admin/api/users?query={name}"), &Value::Null, false)?;
        let listed = sent.json()["users"].as_array().map(|users| users.iter().any(|user| user["username"] == name))?;
        (sent.outcome == Outcome::Ok).then_some((sent.start, !listed))
    }

    /// A page of the users or of the audit log, in the way in which an administrator looks for something.
    pub(super) fn list(&mut self) {
        let person = self.person();
        let name = locked(&self.world.people[person]).name.clone();
        let path = match self.random.below(4) {
            0 => "/admin/api/users".to_owned(),
            1 => format!("/admin/api/users?query={}", name.get(1..).unwrap_or_default()),
            2 => format!("/admin/api/users?query={name}"),
            _ => "/admin/api/audit".to_owned(),
        };
        if let Some((sent, admin)) = self.as_admin("GET", &path, &Value::Null, false) {
            self.record(&sent, Some(&admin), Deed::List);
        }
    }

    /// A page of the audit log, newest first.
    pub(super) fn audit(&mut self, before: Option<u64>) -> Option<Value> {
        let query = before.map(|before| format!("?before={before}")).unwrap_or_default();
        let (sent, _) = self.as_admin("GET", &format!("/admin/api/audit{query}"), &Value::Null, false)?;
        (sent.outcome == Outcome::Ok).then(|| sent.json())
    }
}
