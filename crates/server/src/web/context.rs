//! What a handler may know of a request besides its credential: from where, in which language, under which id.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use admit::Asked;
use admit_core::audit::Actor;
use admit_core::client::ClientId;
use admit_core::principal::Principal;
use admit_core::redirect::LocalPath;
use admit_core::session::Device;
use axum::extract::FromRequestParts;
use http::header::{ACCEPT_LANGUAGE, USER_AGENT};
use http::request::Parts;
use http::{Method, Uri};

use super::query::query_value;
use super::{Web, form, language};
use crate::accept::{lines, wants_page};
use crate::operation::Cause;
use crate::page::text::Lang;
use crate::proxy::ClientAddress;

/// The connection and number of a request, put there by the listener.
#[derive(Clone, Copy, Debug)]
pub struct Connection {
    /// The peer.
    pub peer: SocketAddr,
    /// The number of the request in this run of the server.
    pub number: u64,
    /// Tells the runs of the server apart.
    pub run: u32,
}

impl Connection {
    /// The id of the request, as logs, audit events and the `X-Request-Id` header show it.
    #[must_use]
    pub fn request_id(&self) -> String {
        String::from_utf8_lossy(&self.request_id_bytes()).into_owned()
    }

    /// The same as 25 bytes of ASCII, without an allocation: every answer carries it.
    #[must_use]
    pub fn request_id_bytes(&self) -> [u8; 25] {
        let digit =
            |nibble: u64| b"0123456789abcdef".get(usize::try_from(nibble & 15).unwrap_or(0)).copied().unwrap_or(b'0');
        let mut id = [b'-'; 25];
        for (at, byte) in id.iter_mut().enumerate() {
            *byte = match at {
                0..8 => digit(u64::from(self.run) >> (28 - 4 * at)),
                8 => b'-',
                _ => digit(self.number >> (60 - 4 * (at - 9))),
            };
        }
        id
    }
}

/// What a handler may know of a request.
#[derive(Clone, Debug)]
pub struct Context {
    /// The client's address.
    pub address: ClientAddress,
    /// The request's id.
    pub request_id: String,
    /// The language of the answer.
    pub lang: Lang,
    /// The language that the query asks for, to be remembered.
    pub asked_lang: Option<Lang>,
    /// Whether a person's browser asks, so that the answer is a page.
    pub wants_page: bool,
    /// The path and query.
    pub uri: Uri,
    user_agent: String,
}

impl Context {
    /// From the parts of a request. The links of an answer to a form lead to the page with that form, and those of an answer to
    /// anything else that is sent lead to the start page.
    #[must_use]
    pub fn of(web: &Web, asked: Asked<'_>) -> Self {
        let context = Self::read(web, asked);
        match form::page_of(asked.uri.path()) {
            _ if *asked.method == Method::GET => context,
            Some(page) => context.showing(page.as_str()),
            None => context.showing("/"),
        }
    }

    /// The same for a request whose page is at its own address.
    #[must_use]
    pub fn read(web: &Web, Asked { uri, headers, extensions, .. }: Asked<'_>) -> Self {
        let connection = extensions.get::<Connection>();
        let peer = connection.map_or(IpAddr::from([0, 0, 0, 0]), |connection| connection.peer.ip());
        let text = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
        let query = query_value(uri, "lang");
        let cookie = admit_core::credential::find_cookie(headers, language::COOKIE).ok().flatten();
        Self {
            address: web.proxies.client(peer, headers),
            request_id: connection.map(Connection::request_id).unwrap_or_default(),
            lang: Lang::choose(query.as_deref(), cookie, Some(&lines(headers, &ACCEPT_LANGUAGE))),
            asked_lang: language::asked(uri),
            wants_page: wants_page(headers),
            uri: uri.clone(),
            user_agent: text(USER_AGENT).unwrap_or_default().chars().take(256).collect(),
        }
    }

    /// Who asks, for the audit log.
    #[must_use]
    pub fn cause(&self, actor: Actor) -> Cause {
        Cause {
            actor,
            address: Some(self.address.to_string()),
            request: Some(self.request_id.clone()),
            client: None,
            session: None,
            standing: None,
        }
    }

    /// The same of somebody whom the gate knows: what they cause happens only while they are what they are now.
    #[must_use]
    pub fn cause_of(&self, principal: &Principal) -> Cause {
        Cause {
            client: principal.client().cloned(),
            session: principal.session_id(),
            standing: Some(principal.standing()),
            ..self.cause(principal.actor())
        }
    }

    /// The same of a client that has shown who it is, or named itself where it can show nothing.
    #[must_use]
    pub fn cause_by(&self, client: &ClientId) -> Cause {
        Cause { client: Some(client.clone()), ..self.cause(Actor::Client(client.clone())) }
    }

    /// What to show of this client in a list of devices.
    #[must_use]
    pub fn device(&self) -> Device {
        Device { user_agent: self.user_agent.clone(), address: self.address.to_string() }
    }

    /// The throttle's idea of this client.
    #[must_use]
    pub fn prefix(&self) -> String {
        self.address.prefix()
    }

    /// One value of the query.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<String> {
        query_value(&self.uri, name)
    }

    /// The same request, whose answer is the page at `path`: a form's own address answers no GET.
    #[must_use]
    pub fn showing(mut self, path: &str) -> Self {
        if let Ok(uri) = path.parse() {
            self.uri = uri;
        }
        self
    }

    /// This address with `lang` set, other parameters but one-time notices kept. Where it is no path on this site, as in
    /// `GET //evil.example/login`, the start page: a link never repeats what a browser would read as another host.
    #[must_use]
    pub fn href_in(&self, lang: Lang) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in form_urlencoded::parse(self.uri.query().unwrap_or_default().as_bytes()) {
            if name != "lang" && name != "notice" {
                query.append_pair(&name, &value);
            }
        }
        query.append_pair("lang", lang.code());
        let here = format!("{}?{}", self.uri.path(), query.finish());
        LocalPath::parse(&here).map_or_else(|| format!("/?lang={}", lang.code()), |path| path.as_str().to_owned())
    }
}

impl FromRequestParts<Web> for Context {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Infallible> {
        let Parts { method, uri, headers, extensions, .. } = parts;
        Ok(Self::of(web, Asked { method, uri, headers, extensions }))
    }
}
