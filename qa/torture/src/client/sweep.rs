//! When everything is whole again: every credential that is remembered is shown on every node, and the audit log is read.

use std::time::Duration;

use super::Client;
use crate::history::{Form, Logged};
use crate::world::{Belief, Held, locked};

/// How often a credential is shown until there is an answer.
const TRIES: usize = 6;

/// Dead credentials of each subject that are shown at the end.
const DEAD_SHOWN: usize = 16;

impl Client {
    /// Shows everything of one subject, on every node.
    pub(crate) fn sweep(&mut self, person: usize) {
        // What is shown by the way would not be shown again when it is not answered.
        self.hurries = true;
        let nodes = self.wires.len();
        for node in 0..nodes {
            // Asked for anew: a session whose roles have changed has another secret by now.
            let (mut held, dead) = {
                let person = locked(&self.world.people[person]);
                let dead = person.dead[person.dead.len().saturating_sub(DEAD_SHOWN)..].to_vec();
                (person.live.clone(), dead)
            };
            held.extend(dead);
            for held in held {
                self.show(person, &held, node);
            }
        }
        let refresh: Vec<Held> =
            locked(&self.world.people[person]).of_form(Form::Refresh).into_iter().cloned().collect();
        for held in refresh {
            let node = self.node();
            self.redeem_this(person, &held, node);
        }
        if locked(&self.world.people[person]).belief == Belief::Active {
            self.sign_in(person);
        }
        let node = self.node();
        if let Some(held) = self.pick(person, Form::Secret, 5) {
            self.show(person, &held, node);
        }
    }

    /// Shows a credential until there is an answer. A store that a busy machine keeps from answering in time is not yet one
    /// that is away.
    fn show(&mut self, person: usize, held: &Held, node: usize) {
        for _ in 0..TRIES {
            let answered = match held.form {
                Form::Secret if self.random.once_in(4) => self.edit_with(person, held, node),
                Form::Secret | Form::Access => self.look_with(person, held, node),
                Form::Refresh => true,
            };
            if answered {
                return;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// The whole audit log, oldest first. `None` when it could not be read.
    pub(crate) fn log(&mut self) -> Option<Vec<Logged>> {
        let (mut found, mut before, mut failures) = (Vec::new(), None, 0);
        loop {
            let Some(page) = self.audit(before) else {
                failures += 1;
                if failures > 20 {
                    return None;
                }
                std::thread::sleep(Duration::from_millis(200));
                continue;
            };
            let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
            for event in page["events"].as_array().into_iter().flatten() {
                found.push(Logged {
                    seq: event["seq"].as_u64().unwrap_or_default(),
                    kind: text(&event["kind"]).unwrap_or_default(),
                    request: text(&event["request"]),
                    sign_in: text(&event["detail"]["session"]),
                });
            }
            before = page["next"].as_u64();
            if before.is_none() {
                found.reverse();
                return Some(found);
            }
        }
    }
}
