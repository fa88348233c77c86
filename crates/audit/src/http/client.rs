//! Sends requests: never more than allowed, never faster, and never for long.

use std::sync::Arc;
use std::time::{Duration, Instant};

use admit_words::{Words, say};

use super::cookie::Jar;
use super::exchange::{Exchange, Received};
use super::redact::Redactor;
use super::request::Request;

/// What an audit may cost the site.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Requests in all.
    pub requests: u32,
    /// Requests a second.
    pub rate: u32,
    /// How long one request may take.
    pub timeout: Duration,
    /// How long is waited, in all, when the site says `Retry-After`.
    pub patience: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { requests: 1_500, rate: 10, timeout: Duration::from_secs(10), patience: Duration::from_secs(60) }
    }
}

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nobody is there, or TLS failed: what the library said.
    Unreachable(String),
    /// No whole answer in time.
    TooSlow(Duration),
    /// The answer was no HTTP, or broke off.
    Broken(String),
    /// The count of requests is used up.
    Spent(u32),
    /// The site began to refuse this auditor.
    Refused(u16),
    /// It leads to another host, and nothing is sent there.
    Elsewhere(String),
}

impl Trouble {
    /// As it is said to people.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Unreachable(why) => {
                say!("The site could not be reached: {why}.", "사이트에 연결할 수 없었습니다: {why}.")
            }
            Self::TooSlow(after) => {
                let seconds = after.as_secs();
                say!("The site did not answer within {seconds} s.", "사이트가 {seconds}초 안에 응답하지 않았습니다.")
            }
            Self::Broken(why) => say!(
                "The site's answer broke off or was no HTTP: {why}.",
                "사이트의 응답이 끊겼거나 HTTP가 아니었습니다: {why}."
            ),
            Self::Spent(count) => say!(
                "The {count} requests that this audit may send are used up (--max-requests).",
                "이 감사가 보낼 수 있는 요청 {count}개를 모두 썼습니다 (--max-requests)."
            ),
            Self::Elsewhere(host) => say!(
                "It leads to {host}, and nothing is sent to another host unless the recipe names it as a whole address.",
                "{host}(으)로 이어집니다. 레시피에 전체 주소로 적지 않은 다른 호스트에는 아무것도 보내지 않습니다."
            ),
            Self::Refused(status) => say!(
                "The site began to refuse the auditor (status {status} where it had answered before).",
                "사이트가 감사 프로그램을 거부하기 시작했습니다 (전에는 응답하던 곳에서 상태 {status})."
            ),
        }
    }

    /// Whether nothing that comes after can be tested either.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Spent(_) | Self::Refused(_))
    }
}

/// At most this much of a body is read.
const BODY: usize = 1 << 20;

/// The connection to the site.
pub(crate) struct Client {
    inner: reqwest::Client,
    bounds: Bounds,
    sent: u32,
    last: Option<Instant>,
    pub(crate) redactor: Redactor,
}

impl Client {
    /// `authority`: a certificate in PEM that is trusted besides those of the system.
    pub(crate) fn new(bounds: Bounds, authority: Option<&[u8]>) -> Result<Self, Trouble> {
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(bounds.timeout)
            .connect_timeout(bounds.timeout)
            .user_agent(concat!("admit-audit/", env!("CARGO_PKG_VERSION")));
        if let Some(pem) = authority {
            let certificate =
                reqwest::Certificate::from_pem(pem).map_err(|error| Trouble::Unreachable(cause(&error)))?;
            builder = builder.add_root_certificate(certificate);
        }
        let inner = builder.build().map_err(|error| Trouble::Unreachable(cause(&error)))?;
        Ok(Self { inner, bounds, sent: 0, last: None, redactor: Redactor::default() })
    }

    /// How many requests were sent.
    pub(crate) fn sent(&self) -> u32 {
        self.sent
    }

    /// Sends a request with the cookies of a visitor, and takes up what the answer sets.
    pub(crate) async fn send(&mut self, request: Request, jar: &mut Jar) -> Result<Arc<Exchange>, Trouble> {
        if self.sent >= self.bounds.requests {
            return Err(Trouble::Spent(self.bounds.requests));
        }
        self.pace().await;
        self.sent += 1;
        let method = reqwest::Method::from_bytes(request.method.as_bytes()).unwrap_or_default();
        let mut building = self.inner.request(method, request.url.clone());
        for (name, value) in request.browser_headers().iter().chain(&request.headers) {
            building = building.header(name, value);
        }
        let cookies = jar.header();
        if let Some(cookies) = &cookies {
            building = building.header("Cookie", cookies);
        }
        if !request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("accept")) {
            building = building.header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        }
        if let Some((media, body)) = &request.body {
            building = building.header("Content-Type", media).body(body.clone());
        }
        let begun = Instant::now();
        let mut response = building.send().await.map_err(|error| self.trouble(&error))?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.trouble(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() >= BODY {
                body.truncate(BODY);
                break;
            }
        }
        let elapsed = begun.elapsed();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let received = Received {
            status: response.status().as_u16(),
            headers,
            body: String::from_utf8_lossy(&body).into_owned(),
            version: format!("{:?}", response.version()),
        };
        let exchange = Exchange { number: self.sent, request, cookies, received, elapsed };
        for cookie in exchange.set_cookies() {
            self.redactor.learn(&cookie.value, "COOKIE");
        }
        jar.take_up(exchange.set_cookies(), &exchange.request.url, now());
        Ok(Arc::new(exchange))
    }

    /// Waits until the rate allows another request.
    async fn pace(&mut self) {
        let gap = Duration::from_secs(1) / self.bounds.rate.max(1);
        // A timer takes a millisecond even for no time at all.
        if let Some(left) = self.last.and_then(|last| gap.checked_sub(last.elapsed())) {
            tokio::time::sleep(left).await;
        }
        self.last = Some(Instant::now());
    }

    /// Waits as the site asked, when that is within what patience is left.
    pub(crate) async fn wait(&mut self, wanted: Duration) -> bool {
        if wanted > self.bounds.patience {
            return false;
        }
        self.bounds.patience -= wanted;
        tokio::time::sleep(wanted).await;
        true
    }

    fn trouble(&self, error: &reqwest::Error) -> Trouble {
        if error.is_timeout() {
            Trouble::TooSlow(self.bounds.timeout)
        } else if error.is_connect() {
            Trouble::Unreachable(cause(error))
        } else {
            Trouble::Broken(cause(error))
        }
    }
}

/// What is at the bottom of an error: the outer ones only say that something went wrong.
fn cause(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string().trim_end_matches('.').to_owned()
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}
