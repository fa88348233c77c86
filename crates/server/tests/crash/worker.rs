//! One subject and the thread that does everything that is done to it: as its owner, and as an administrator.

use std::net::SocketAddr;

use admit_testkit::{Client, PASSWORD, Request, Response, Seeded, Server};
use serde_json::json;

use super::model::{Deed, Fate, Model, Session};

const ROLES: [&[&str]; 4] = [&[], &["customer"], &["admin"], &["admin", "customer"]];

/// The administrator's session, as everybody here uses it.
#[derive(Clone)]
pub(crate) struct Admin {
    pub(crate) cookie: String,
    pub(crate) csrf_token: String,
}

pub(crate) struct Worker {
    address: SocketAddr,
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) model: Model,
    admin: Admin,
    random: Seeded,
    /// Answers in the course of the load that no history allows.
    pub(crate) wrong: Vec<String>,
    pub(crate) answered: usize,
}

pub(crate) fn cookie(secret: &str) -> String {
    format!("admit_session={secret}")
}

/// The session that an answer to a login, or to `GET /session`, gives; `None` when it sets no session cookie.
pub(crate) fn given(answer: &Response) -> Option<Session> {
    let cookies = answer.all("set-cookie");
    let secret = cookies.iter().find_map(|text| text.strip_prefix("admit_session="))?.split(';').next()?.to_owned();
    let body = answer.json();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    Some(Session { secret, id: text(&body["session"]["id"]), csrf_token: text(&body["csrf_token"]) })
}

/// Sends a request once. An answer counts when all of it was read; the id of the request is a part of it.
fn once(address: SocketAddr, request: &Request) -> Option<(Response, String)> {
    let answer = Client::new(address).once(request)?;
    let id = answer.header("x-request-id")?.to_owned();
    Some((answer, id))
}

impl Worker {
    pub(crate) fn new(server: &Server, number: u64, seed: u64, admin: Admin) -> Self {
        let name = format!("user{number}");
        Self {
            address: server.address,
            id: server.user(&name, &["customer"]),
            model: Model::new(&["customer"]),
            name,
            admin,
            random: Seeded::new(seed ^ (number + 1).wrapping_mul(0x5851_F42D_4C95_7F2D)),
            wrong: Vec::new(),
            answered: 0,
        }
    }

    /// Does one thing after another until an answer stays out.
    pub(crate) fn work(&mut self) {
        while self.step().is_some() {
            self.answered += 1;
        }
    }

    fn step(&mut self) -> Option<()> {
        if !self.model.active {
            return self.as_admin("POST", "enable", None, Deed::Enable);
        }
        let alive = self.model.with_fate(Fate::Alive);
        let chosen = alive.get(self.random.below(alive.len())).cloned();
        let (Some(chosen), 2..) = (chosen, alive.len()) else { return self.sign_in() };
        let other = alive.iter().find(|session| session.id != chosen.id).cloned();
        let by_other = other.unwrap_or_else(|| chosen.clone());
        let end = Deed::End { secret: chosen.secret.clone() };
        match self.random.below(24) {
            0..5 if alive.len() < 8 => self.sign_in(),
            0..8 => self.as_owner(&chosen, "POST", "/logout", end),
            8..11 => self.as_owner(&by_other, "DELETE", &format!("/sessions/{}", chosen.id), end),
            11 => self.as_owner(&chosen, "POST", "/logout/all", Deed::EndAll),
            12 => self.as_admin("POST", "sessions/revoke", None, Deed::EndAll),
            13 => self.as_admin("POST", "disable", None, Deed::Disable),
            14..19 => self.set_roles(&chosen),
            _ => self.look(&chosen),
        }
    }

    fn sign_in(&mut self) -> Option<()> {
        let body = json!({ "username": self.name, "password": PASSWORD });
        let Some((answer, id)) = once(self.address, &Request::new("POST", "/login").json(&body)) else {
            self.model.unanswered(Deed::SignIn(None));
            return None;
        };
        match given(&answer) {
            Some(session) if answer.status == 200 => self.model.acknowledged(Deed::SignIn(Some(session)), id),
            _ => self.wrong.push(format!("a login was answered {}: {}", answer.status, answer.text())),
        }
        Some(())
    }

    fn as_owner(&mut self, session: &Session, method: &str, path: &str, deed: Deed) -> Option<()> {
        let request = Request::new(method, path).header("x-csrf-token", &session.csrf_token);
        self.act(request.header("cookie", &cookie(&session.secret)), 204, deed)
    }

    fn as_admin(&mut self, method: &str, what: &str, body: Option<serde_json::Value>, deed: Deed) -> Option<()> {
        let request = Request::new(method, &format!("/admin/api/users/{}/{what}", self.id));
        let request = request.header("cookie", &self.admin.cookie).header("x-csrf-token", &self.admin.csrf_token);
        let request = body.iter().fold(request, Request::json);
        self.act(request, 200, deed)
    }

    fn set_roles(&mut self, session: &Session) -> Option<()> {
        let others: Vec<_> = ROLES.into_iter().filter(|roles| *roles != self.model.roles).collect();
        let roles = others[self.random.below(others.len())];
        let deed = Deed::SetRoles(roles.iter().map(|role| (*role).to_owned()).collect());
        self.as_admin("PUT", "roles", Some(json!({ "roles": roles })), deed)?;
        // In force when it is acknowledged (I5): the very next request obeys.
        let probe = Request::new("GET", "/admin/api/users").header("cookie", &cookie(&session.secret));
        let (answer, _) = once(self.address, &probe)?;
        let due = if roles.contains(&"admin") { 200 } else { 403 };
        if answer.status != due {
            self.wrong.push(format!("with the roles {roles:?} the next request was answered {}", answer.status));
        }
        Some(())
    }

    /// Sends what changes something. What it has ended is refused from then on (I1).
    fn act(&mut self, request: Request, success: u16, deed: Deed) -> Option<()> {
        let before = self.model.with_fate(Fate::Alive);
        let Some((answer, id)) = once(self.address, &request) else {
            self.model.unanswered(deed);
            return None;
        };
        if answer.status != success {
            self.wrong.push(format!("{deed:?} was answered {}: {}", answer.status, answer.text()));
            return Some(());
        }
        self.model.acknowledged(deed, id);
        let alive = self.model.with_fate(Fate::Alive);
        for ended in before.iter().filter(|session| !alive.contains(session)) {
            let probe = Request::new("GET", "/session").header("cookie", &cookie(&ended.secret));
            let (answer, _) = once(self.address, &probe)?;
            if answer.status != 401 {
                self.wrong.push(format!("the ended session {} was answered {}", ended.id, answer.status));
            }
        }
        Some(())
    }

    fn look(&mut self, session: &Session) -> Option<()> {
        let request = Request::new("GET", "/session").header("cookie", &cookie(&session.secret));
        let secret = session.secret.clone();
        let Some((answer, id)) = once(self.address, &request) else {
            self.model.unanswered(Deed::Look { secret, renewed: None });
            return None;
        };
        let shown = answer.status == 200 && answer.json()["subject"]["roles"] == json!(self.model.roles);
        if !shown {
            self.wrong.push(format!("a live session was shown {}: {}", answer.status, answer.text()));
            return Some(());
        }
        self.model.acknowledged(Deed::Look { secret, renewed: given(&answer) }, id);
        Some(())
    }
}
