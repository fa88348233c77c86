//! What a service asks of a node: a session for a token, and whether a token is good.

use serde_json::Value;

use admit_testkit::{Request, basic, jwt_part};

use super::{Client, PATIENCE, Sent};
use crate::history::{Deed, Form, Outcome, Roles, Route, TokenName};
use crate::world::{Held, locked};

impl Client {
    /// The proof of the service at this node, whose secret each node has made itself.
    fn service(&self, node: usize) -> Option<String> {
        let path = locked(&self.world.nodes[node]).launch().folder.join("admit-data/demo-shop.secret");
        Some(basic("demo-shop", std::fs::read_to_string(path).ok()?.trim()))
    }

    /// `POST /session/token`: the session's access token is of the same sign-in.
    pub(super) fn exchange(&mut self, person: usize) {
        let node = self.node();
        if let Some(held) = self.pick(person, Form::Secret, 4) {
            self.exchange_with(person, &held, node);
        }
    }

    pub(super) fn exchange_with(&mut self, person: usize, held: &Held, node: usize) {
        let Some(proof) = self.service(node) else { return };
        let audience = format!("http://localhost:{}", self.world.addresses[0].port());
        let ask = Request::new("POST", "/session/token").header("authorization", &proof);
        let ask = ask
            .header("cookie", &format!("admit_session_{}={}", self.world.addresses[0].port(), held.text))
            .form(&[("audience", &audience)]);
        let Some(sent) = self.send(node, &ask, PATIENCE) else { return };
        let token = sent.json()["access_token"].as_str().filter(|_| sent.outcome == Outcome::Ok).map(str::to_owned);
        let given = token.map(|text| {
            let id = self.world.credential(held.sign_in, Form::Access, &text);
            let claims = jwt_part(&text, 1);
            let name = claims["jti"].as_str().unwrap_or_default().to_owned();
            self.world.token(id, TokenName { id: name, generation: claims["gen"].as_u64().unwrap_or_default() });
            Held { id, form: Form::Access, text, csrf_token: String::new(), born: sent.end, ..held.clone() }
        });
        self.record(&sent, Some(held), Deed::Exchange { gave: given.iter().map(|given| given.id).collect() });
        self.refused(person, held, sent.outcome);
        given.into_iter().for_each(|given| locked(&self.world.people[person]).hold(given));
    }

    pub(super) fn introspect(&mut self, person: usize) {
        let node = self.node();
        if let Some(held) = self.pick(person, Form::Access, 3) {
            self.introspect_with(person, &held, node);
        }
    }

    /// Whether a token is good, as a node says it to a service.
    pub(super) fn introspect_with(&mut self, person: usize, held: &Held, node: usize) {
        let Some(proof) = self.service(node) else { return };
        let ask = Request::new("POST", "/oauth/introspect").header("authorization", &proof);
        let Some(sent) = self.send(node, &ask.form(&[("token", &held.text)]), PATIENCE) else { return };
        let body = sent.json();
        let outcome = match sent.outcome {
            Outcome::Ok if body["active"] == Value::Bool(true) => Outcome::Ok,
            Outcome::Ok => Outcome::Refused(401),
            // That would be about the service, and there is nothing wrong with that.
            Outcome::Refused(status) => Outcome::Error(status),
            other => other,
        };
        let roles =
            |all: &Vec<Value>| all.iter().filter_map(|role| role.as_str().map(str::to_owned)).collect::<Roles>();
        let saw = body["roles"].as_array().filter(|_| outcome == Outcome::Ok).map(roles);
        let sent = Sent { outcome, ..sent };
        self.record(&sent, Some(held), Deed::Check { route: Route::Introspection, saw, renewed: None, within: 0 });
        self.refused(person, held, outcome);
    }
}
