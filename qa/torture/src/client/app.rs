//! What a native app does: sign in, call, renew, log out.

use admit_testkit::{APP, Request, jwt_part};
use serde_json::{Value, json};

use super::owner::password;
use super::{Client, HASHING, PATIENCE, Sent};
use crate::history::{Deed, EndedBy, Form, Outcome, TokenName};
use crate::world::{Held, locked};

impl Client {
    pub(crate) fn sign_in_app(&mut self, person: usize) {
        let node = self.node();
        let (name, number, subject) = self.who(person);
        let body = json!({ "username": name, "password": password(number), "client_id": APP });
        let Some(sent) = self.send(node, &Request::new("POST", "/login").json(&body), HASHING) else { return };
        let answer = sent.json();
        let mut gave = Vec::new();
        if let (Outcome::Ok, Some(access)) = (sent.outcome, answer["access_token"].as_str()) {
            let name = jwt_part(access, 1)["sid"].as_str().unwrap_or_default().to_owned();
            let sign_in = self.world.sign_in(subject, &name, true);
            gave = self.tokens(sign_in, &name, &answer, &sent);
        }
        let ids = gave.iter().map(|held| held.id).collect();
        self.record(&sent, None, Deed::SignIn { subject, password: number, gave: ids, replaces: None });
        self.tried(person, number, sent.outcome);
        gave.into_iter().for_each(|held| locked(&self.world.people[person]).hold(held));
    }

    /// The tokens in an answer.
    fn tokens(&self, sign_in: usize, name: &str, answer: &Value, sent: &Sent) -> Vec<Held> {
        let token = |key: &str, form: Form| {
            let text = answer[key].as_str()?.to_owned();
            let (id, name) = (self.world.credential(sign_in, form, &text), name.to_owned());
            if form == Form::Access {
                let claims = jwt_part(&text, 1);
                let id_of = claims["jti"].as_str().unwrap_or_default().to_owned();
                self.world.token(id, TokenName { id: id_of, generation: claims["gen"].as_u64().unwrap_or_default() });
            }
            Some(Held { id, sign_in, form, name, text, csrf_token: String::new(), born: sent.end })
        };
        [token("access_token", Form::Access), token("refresh_token", Form::Refresh)].into_iter().flatten().collect()
    }

    pub(super) fn redeem(&mut self, person: usize) {
        let node = self.node();
        if let Some(held) = self.pick(person, Form::Refresh, 1_000_000) {
            self.redeem_this(person, &held, node);
        }
    }

    /// A token that has been used, or revoked, is shown again. One that is live is used twice first: a copy of it turns up.
    pub(super) fn redeem_again(&mut self, person: usize) {
        let Some(held) = self.pick(person, Form::Refresh, 2) else { return };
        let is_live = locked(&self.world.people[person]).of_form(Form::Refresh).iter().any(|live| live.id == held.id);
        let mut next = is_live.then(|| held.clone());
        for _ in 0..2 {
            let node = self.node();
            next = next.and_then(|token| self.redeem_this(person, &token, node));
        }
        let node = self.node();
        self.redeem_this(person, &held, node);
    }

    fn redemption(held: &Held) -> Request {
        let fields = [("grant_type", "refresh_token"), ("client_id", APP), ("refresh_token", held.text.as_str())];
        Request::new("POST", "/oauth/token").form(&fields)
    }

    /// The refresh token that came in its place, if one did.
    pub(super) fn redeem_this(&mut self, person: usize, held: &Held, node: usize) -> Option<Held> {
        let sent = self.send(node, &Self::redemption(held), PATIENCE)?;
        self.redeemed(person, held, &sent)
    }

    fn redeemed(&mut self, person: usize, held: &Held, sent: &Sent) -> Option<Held> {
        let mut gave = match sent.outcome {
            Outcome::Ok => self.tokens(held.sign_in, &held.name, &sent.json(), sent),
            _ => Vec::new(),
        };
        self.record(sent, Some(held), Deed::Redeem { gave: gave.iter().map(|held| held.id).collect() });
        let mut person = locked(&self.world.people[person]);
        // The same successor may come again after it was used; then it is no good any more.
        gave.retain(|held| !person.has_had(held.id));
        // One whose answer stayed out is not tried on: a second use may end the family, and that is done on purpose alone.
        person.bury(|other| other.id == held.id);
        let successor = gave.iter().find(|held| held.form == Form::Refresh).cloned();
        gave.into_iter().for_each(|held| person.hold(held));
        successor
    }

    /// One token from several places at once.
    pub(super) fn redeem_at_once(&mut self, person: usize) {
        let Some(held) = self.pick(person, Form::Refresh, 1_000_000) else { return };
        let sent = self.send_at_once(3, &Self::redemption(&held), PATIENCE);
        for one in &sent {
            self.redeemed(person, &held, one);
        }
    }

    /// `POST /oauth/revoke` of a refresh token: its family ends.
    pub(super) fn revoke_family(&mut self, person: usize) {
        let node = self.node();
        let Some(held) = self.pick(person, Form::Refresh, 1_000_000) else { return };
        let ask = Request::new("POST", "/oauth/revoke").form(&[("token", held.text.as_str()), ("client_id", APP)]);
        let Some(sent) = self.send(node, &ask, PATIENCE) else { return };
        // Whoever revokes a token need not be let in by it: it is no credential here.
        self.record(&sent, None, Deed::End { sign_in: held.sign_in, by: EndedBy::Client });
        if sent.outcome == Outcome::Ok {
            let ended = locked(&self.world.people[person]).bury(|other| other.sign_in == held.sign_in);
            self.probe(person, ended);
        }
    }
}
