//! The only place that writes the session cookie and the form cookie.
//!
//! The session cookie holds the id alone. On https it is `__Host-`: Secure, Path=/, no Domain, so that neither a
//! neighbour under the same domain nor plain http can plant one (RFC 6265bis section 4.1.3.2).

use std::borrow::Cow;

use admit_core::credential::SessionToken;
use admit_core::csrf::PreSession;
use http::HeaderValue;

/// When the browser sends the cookie along with requests that other sites start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// With navigations only: the default.
    Lax,
    /// Never.
    Strict,
    /// Always. Every protection then rests on the CSRF step; needs https and a reason.
    None,
}

/// The cookies of one deployment.
#[derive(Clone, Copy, Debug)]
pub struct Cookies {
    secure: bool,
    same_site: SameSite,
    /// Of plain http: browsers give a cookie to every port of a host.
    port: Option<u16>,
}

impl Cookies {
    /// For a site on https.
    #[must_use]
    pub const fn https(same_site: SameSite) -> Self {
        Self { secure: true, same_site, port: None }
    }

    /// For plain http on this machine, while developing: no prefix and no `Secure`, which some browsers would drop.
    #[must_use]
    pub const fn danger_plain_http() -> Self {
        Self { secure: false, same_site: SameSite::Lax, port: None }
    }

    /// The same with the port in the names of the cookies, as in `admit_session_8080`. Browsers give a cookie to every port of a host
    /// (RFC 6265 section 8.5): without it two servers on one machine sign each other's users out.
    #[must_use]
    pub const fn danger_plain_http_on(port: u16) -> Self {
        Self { secure: false, same_site: SameSite::Lax, port: Some(port) }
    }

    fn named(&self, secure: &'static str, plain: &'static str) -> Cow<'static, str> {
        match (self.secure, self.port) {
            (true, _) => secure.into(),
            (false, None) => plain.into(),
            (false, Some(port)) => format!("{plain}_{port}").into(),
        }
    }

    /// The name of the session cookie.
    #[must_use]
    pub fn session_name(&self) -> Cow<'static, str> {
        self.named("__Host-admit_session", "admit_session")
    }

    /// The name of the cookie that ties a form to a browser before there is a session.
    #[must_use]
    pub fn form_name(&self) -> Cow<'static, str> {
        self.named("__Host-admit_form", "admit_form")
    }

    /// Gives the browser a session.
    #[must_use]
    pub fn set_session(&self, token: &SessionToken) -> HeaderValue {
        self.write(&self.session_name(), &token.reveal(), false)
    }

    /// Takes the session from the browser.
    #[must_use]
    pub fn clear_session(&self) -> HeaderValue {
        self.write(&self.session_name(), "", true)
    }

    /// Gives the browser the cookie of a form.
    #[must_use]
    pub fn set_form(&self, pre_session: &PreSession) -> HeaderValue {
        self.write(&self.form_name(), &pre_session.reveal(), false)
    }

    /// Takes the cookie of a form from the browser.
    #[must_use]
    pub fn clear_form(&self) -> HeaderValue {
        self.write(&self.form_name(), "", true)
    }

    fn write(&self, name: &str, value: &str, clear: bool) -> HeaderValue {
        let same_site = match self.same_site {
            SameSite::Lax => "Lax",
            SameSite::Strict => "Strict",
            SameSite::None => "None",
        };
        let secure = if self.secure { "; Secure" } else { "" };
        let age = if clear { "; Max-Age=0" } else { "" };
        let text = format!("{name}={value}; Path=/; HttpOnly{secure}; SameSite={same_site}{age}");
        // Names, base64url and attributes are visible ASCII, which is always a header value.
        let mut header = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""));
        header.set_sensitive(true);
        header
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use admit_core::random::OsRandom;

    #[test]
    fn the_session_cookie_of_an_https_site_is_host_bound_and_holds_the_id_alone() {
        let token = SessionToken::new(&OsRandom).unwrap();
        let cookie = Cookies::https(SameSite::Lax).set_session(&token);
        let expected =
            format!("__Host-admit_session={}; Path=/; HttpOnly; Secure; SameSite=Lax", token.reveal().as_str());
        assert_eq!(cookie.to_str().unwrap(), expected);
        assert!(!format!("{cookie:?}").contains(token.reveal().as_str()), "a header value's Debug hides it");
    }

    #[test]
    fn the_cookies_of_two_development_servers_on_one_host_have_names_of_their_own() {
        let (one, other) = (Cookies::danger_plain_http_on(8080), Cookies::danger_plain_http_on(8090));
        assert_eq!((&*one.session_name(), &*one.form_name()), ("admit_session_8080", "admit_form_8080"));
        assert_ne!(one.session_name(), other.session_name());
        let cleared = one.clear_session();
        assert_eq!(cleared.to_str().unwrap(), "admit_session_8080=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    }

    #[test]
    fn clearing_names_the_same_cookie_with_the_same_attributes() {
        assert_eq!(
            Cookies::danger_plain_http().clear_session().to_str().unwrap(),
            "admit_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"
        );
        assert_eq!(
            Cookies::https(SameSite::Strict).clear_form().to_str().unwrap(),
            "__Host-admit_form=; Path=/; HttpOnly; Secure; SameSite=Strict; Max-Age=0"
        );
    }
}
