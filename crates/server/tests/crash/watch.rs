//! What the server says after a restart, gathered for the judge.

use admit_testkit::{Request, Wire};

use super::journal::Journal;
use super::model::{Fate, Seen};
use super::worker::{Admin, Worker, cookie};

/// How a session's cookie is answered. `GET /sessions` shows whether it is alive and changes nothing about it.
pub(crate) fn is_alive(wire: &mut Wire, secret: &str) -> bool {
    let answer = wire.ask(&Request::new("GET", "/sessions").header("cookie", &cookie(secret))).expect("an answer");
    assert!(matches!(answer.status, 200 | 401), "{}: {}", answer.status, answer.text());
    answer.status == 200
}

/// What is to be seen of a subject: of its dead sessions those that `look_at` picks, of the others all.
pub(crate) fn see(
    wire: &mut Wire,
    admin: &Admin,
    journal: &Journal,
    worker: &Worker,
    mut look_at: impl FnMut() -> bool,
) -> Seen {
    let path = format!("/admin/api/users/{}", worker.id);
    let user = wire.ask(&Request::new("GET", &path).header("cookie", &admin.cookie)).expect("an answer");
    assert_eq!(user.status, 200, "the administrator's acknowledged login is lost: {}", user.text());
    let user = user.json();
    let roles = user["roles"].as_array().expect("roles");
    let sessions = worker.model.sessions.iter().filter(|(_, (_, fate))| *fate != Fate::Dead || look_at());
    Seen {
        alive: sessions.map(|(secret, _)| (secret.clone(), is_alive(wire, secret))).collect(),
        roles: roles.iter().map(|role| role.as_str().unwrap_or_default().to_owned()).collect(),
        active: user["status"] == "active",
        events: journal.about(&worker.id),
    }
}
