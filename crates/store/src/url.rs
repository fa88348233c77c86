//! The address of a store, as a URL that nobody reads in two ways.
//!
//! [`url`] reads one host; a store may have several. So the list is taken apart here, and each host is read by `url` in a URL of
//! its own, with everything else around it. What another reader could take for something else is refused.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use url::{Host, Url};

/// Why a text is not the URL of a store. The sentences go on from "the address of …", and never repeat a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It begins with something else.
    #[error("begins with none of {0}")]
    Scheme(String),
    /// The scheme is not followed by `//`.
    #[error("has no // after its scheme")]
    NoAuthority,
    /// A character that no URL has.
    #[error("has a control character in it, or a space around it")]
    Control,
    /// A fragment.
    #[error("has a #, which is not allowed here: in a password # is written %23")]
    Fragment,
    /// A percent sign that is followed by something else.
    #[error("has a % that two hexadecimal digits do not follow, or that stand for no text: a % itself is written %25")]
    Percent,
    /// More than one `@` before the path.
    #[error("has more than one @ before its path: in a user or password @ is written %40")]
    At,
    /// No host, or a port that is none.
    #[error(
        "has a host that is empty or invalid, or a port that is not a number from 1 to 65535. A / ? # @ : or % in the \
         password is written %2F %3F %23 %40 %3A or %25; password_file spares you that"
    )]
    Host,
    /// A parameter that says nothing.
    #[error("has a parameter without a value: write name=value, and & between two. A ? in a password is written %3F")]
    NoValue,
    /// Two values for one thing.
    #[error("has {0} twice: keep one of the two")]
    Twice(String),
    /// A parameter that there is not.
    #[error("has {0}: there are {1}. A ? in a password is written %3F")]
    Unknown(Cow<'static, str>, String),
}

/// The parts of such a URL, each as the text that it stands for.
pub(crate) struct StoreUrl {
    /// In lower case.
    pub(crate) scheme: String,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    /// Each with its port where it has one. An address of IPv6 has no brackets.
    pub(crate) hosts: Vec<(String, Option<u16>)>,
    /// Without the slash that it begins with.
    pub(crate) path: Option<String>,
    pub(crate) parameters: Vec<(String, String)>,
}

impl StoreUrl {
    /// Reads a URL with one of these schemes and any of these parameters, each once.
    pub(crate) fn read(text: &str, schemes: &[&str], parameters: &[&str]) -> Result<Self, UrlError> {
        if text.trim() != text || text.contains(char::is_control) {
            return Err(UrlError::Control);
        }
        let (scheme, rest) = text.split_once(':').unwrap_or_default();
        let scheme = scheme.to_ascii_lowercase();
        if !schemes.contains(&scheme.as_str()) {
            let all: Vec<_> = schemes.iter().map(|scheme| format!("{scheme}://")).collect();
            return Err(UrlError::Scheme(all.join(", ")));
        }
        if text.contains('#') {
            return Err(UrlError::Fragment);
        }
        let rest = rest.strip_prefix("//").ok_or(UrlError::NoAuthority)?;
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let tail = rest.strip_prefix(authority).unwrap_or_default();
        let (user, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        if user.contains('@') {
            return Err(UrlError::At);
        }
        let with = |host: &str| {
            let user = if user.is_empty() { String::new() } else { format!("{user}@") };
            Url::parse(&format!("{scheme}://{user}{host}{tail}")).map_err(|_| UrlError::Host)
        };
        // No URL has a user and no host. Here it may: the host may be a socket that a parameter or the path names.
        let all = with("localhost")?;
        let mut read = Vec::new();
        for written in hosts.split(',').filter(|_| !hosts.is_empty()) {
            let url = with(written)?;
            let host = match url.host() {
                Some(Host::Domain(name)) if !name.is_empty() => name.to_owned(),
                Some(Host::Ipv6(address)) => address.to_string(),
                Some(Host::Ipv4(address)) => address.to_string(),
                _ => return Err(UrlError::Host),
            };
            if url.port() == Some(0) {
                return Err(UrlError::Host);
            }
            read.push((decoded(&host)?, url.port()));
        }
        let path = all.path().strip_prefix('/').filter(|path| !path.is_empty());
        Ok(Self {
            user: Some(all.username()).filter(|user| !user.is_empty()).map(decoded).transpose()?,
            password: all.password().filter(|password| !password.is_empty()).map(decoded).transpose()?,
            hosts: read,
            path: path.map(decoded).transpose()?,
            parameters: all.query().map_or_else(|| Ok(Vec::new()), |query| read_parameters(query, parameters))?,
            scheme,
        })
    }

    /// The value of a parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// Refuses a parameter for what is said elsewhere too.
    pub(crate) fn once(&self, name: &str, elsewhere: bool) -> Result<(), UrlError> {
        match self.parameter(name) {
            Some(_) if elsewhere => Err(UrlError::Twice(name.to_owned())),
            _ => Ok(()),
        }
    }
}

fn read_parameters(query: &str, known: &[&str]) -> Result<Vec<(String, String)>, UrlError> {
    let mut read: Vec<(String, String)> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair
            .split_once('=')
            .filter(|(name, value)| !name.is_empty() && !value.is_empty())
            .ok_or(UrlError::NoValue)?;
        let (name, value) = (decoded(name)?, decoded(value)?);
        if !known.contains(&name.as_str()) {
            return Err(UrlError::Unknown(shown(&name, query), known.join(", ")));
        }
        if read.iter().any(|(given, _)| *given == name) {
            return Err(UrlError::Twice(name));
        }
        read.push((name, value));
    }
    Ok(read)
}

/// A name that nobody knows may be a piece of a password with a `?` in it.
fn shown(name: &str, query: &str) -> Cow<'static, str> {
    let is_name = name.len() <= 40 && name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    match is_name && !query.contains('@') {
        true => format!("the parameter {name}, which there is not").into(),
        false => "a parameter that there is not".into(),
    }
}

/// With each `%41` as what it stands for. A `+` is a plus.
fn decoded(text: &str) -> Result<String, UrlError> {
    let mut parts = text.split('%');
    let _ = parts.next();
    if parts.any(|part| !part.get(..2).is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))) {
        return Err(UrlError::Percent);
    }
    percent_decode_str(text).decode_utf8().map(Cow::into_owned).map_err(|_| UrlError::Percent)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<StoreUrl, UrlError> {
        StoreUrl::read(text, &["store"], &["one", "two"])
    }

    #[test]
    fn a_url_is_taken_apart_as_it_is_written() {
        let url = read("STORE://a%40b:c%2Fd@h:1,[::1]:2,%2Frun/p%20q?one=x@y&two=%26+").unwrap();
        assert_eq!((url.user.as_deref(), url.password.as_deref()), (Some("a@b"), Some("c/d")));
        assert_eq!(url.hosts, [("h".to_owned(), Some(1)), ("::1".to_owned(), Some(2)), ("/run".to_owned(), None)]);
        assert_eq!(
            (url.path.as_deref(), url.parameter("one"), url.parameter("two")),
            (Some("p q"), Some("x@y"), Some("&+"))
        );
    }

    #[test]
    fn whatever_could_be_read_in_two_ways_is_refused_in_words() {
        for (text, words) in [
            ("store://a@b@c", "%40"),
            ("store://h#@c", "%23"),
            ("store://h\n/p", "control character"),
            (" store://h", "space"),
            ("store://h,/p", "host that is empty"),
            ("store://a:b/c@h", "port that is not a number"),
            ("store://h:0", "port"),
            ("store://h?one=%4", "written %25"),
            ("store://h?one=%ff", "no text"),
            ("store://h?one", "without a value"),
            ("store://h?one=", "without a value"),
            ("store://h?one=1&one=1", "has one twice"),
            ("store://h?one=1&%6Fne=2", "has one twice"),
            ("store://h?three=1", "has the parameter three, which there is not: there are one, two"),
            ("store:h", "no // after"),
            ("other://h", "none of store://"),
            ("h", "none of store://"),
        ] {
            let error = read(text).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(words), "{text}: {error}");
        }
        let hidden = read("store://a:hun?ter=2@h").err().map(|error| error.to_string()).unwrap_or_default();
        assert!(!hidden.contains("ter="), "{hidden}");
    }

    proptest! {
        #[test]
        fn no_part_of_a_url_reaches_another(
            user in "[^\u{0}-\u{1f}\u{7f}-\u{9f}]{1,9}",
            password in "[^\u{0}-\u{1f}\u{7f}-\u{9f}]{1,9}",
            value in "[^\u{0}-\u{1f}\u{7f}-\u{9f}]{1,9}",
        ) {
            use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
            let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            let text = format!("store://{}:{}@192.0.2.1/p?one={}", encoded(&user), encoded(&password), encoded(&value));
            let url = read(&text).unwrap();
            prop_assert_eq!(url.parameter("one"), Some(value.as_str()));
            prop_assert_eq!(url.hosts, vec![("192.0.2.1".to_owned(), None)]);
            prop_assert_eq!((url.user, url.password), (Some(user), Some(password)));
        }

        #[test]
        fn a_host_is_never_taken_from_what_stands_behind_it(tail in "[/?][ -~]{0,20}") {
            if let Ok(url) = read(&format!("store://192.0.2.1{tail}")) {
                prop_assert_eq!(url.hosts, vec![("192.0.2.1".to_owned(), None)]);
            }
        }
    }
}
