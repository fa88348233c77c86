//! The sentences around the advice: what a credential is called, how long it lives, whether it needs a CSRF token.

use admit_words::Language;

use super::lifetime::Lifetimes;
use super::row::Credential;
use super::words::{Words, words};

impl Credential {
    /// Its stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::SharedSession => "shared-session",
            Self::AccessAndRefresh => "access-and-refresh-token",
            Self::OwnAccess => "client-credentials",
            Self::Exchanged => "exchanged-token",
            Self::Lease => "access-token-as-lease",
            Self::Granted => "granted-token",
        }
    }

    /// What it is, for people.
    #[must_use]
    pub const fn says(self) -> Words {
        match self {
            Self::Session => words("a session; the cookie holds its id alone", "세션. 쿠키에는 그 id만 있습니다"),
            Self::SharedSession => {
                words("a session that ends minutes after the last touch", "마지막 조작 몇 분 뒤에 끝나는 세션")
            }
            Self::AccessAndRefresh => words(
                "a short access token, and a refresh token that is good once",
                "짧은 액세스 토큰과 한 번만 쓸 수 있는 리프레시 토큰",
            ),
            Self::OwnAccess => {
                words("a short access token for its own secret or key", "자신의 비밀이나 키로 받는 짧은 액세스 토큰")
            }
            Self::Exchanged => words(
                "a short access token, exchanged for the user's session",
                "사용자의 세션과 교환해서 받는 짧은 액세스 토큰",
            ),
            Self::Lease => {
                words("an access token that is good without a network", "네트워크 없이도 쓸 수 있는 액세스 토큰")
            }
            Self::Granted => words("an access token that the user has granted", "사용자가 허락한 액세스 토큰"),
        }
    }
}

/// How long a credential lives, as a sentence.
#[must_use]
pub fn lives(credential: Credential, lifetimes: &Lifetimes, lang: Language) -> String {
    let Lifetimes { idle, absolute, access, refresh_idle, refresh_absolute } = *lifetimes;
    let [idle, absolute, access, refresh_idle, refresh_absolute] =
        [idle, absolute, access, refresh_idle, refresh_absolute].map(|span| span.long(lang));
    match (credential, lang) {
        (Credential::Session | Credential::SharedSession, Language::En) => {
            format!("Ends {idle} after the last use, and {absolute} after signing in.")
        }
        (Credential::Session | Credential::SharedSession, Language::Ko) => {
            format!("마지막으로 쓴 뒤 {idle}, 로그인한 뒤 {absolute}이 지나면 끝납니다.")
        }
        (Credential::AccessAndRefresh | Credential::Lease, Language::En) => format!(
            "Access token {access}; refresh token {refresh_idle} unused, {refresh_absolute} after signing in at the latest."
        ),
        (Credential::AccessAndRefresh | Credential::Lease, Language::Ko) => format!(
            "액세스 토큰은 {access}. 리프레시 토큰은 {refresh_idle} 동안 쓰지 않거나 로그인한 뒤 {refresh_absolute}이 지나면 끝납니다."
        ),
        (Credential::OwnAccess, Language::En) => format!("{access}; then it asks again."),
        (Credential::OwnAccess, Language::Ko) => format!("{access}. 그 뒤에는 다시 요청합니다."),
        (Credential::Exchanged, Language::En) => format!("{access}, and no longer than the session."),
        (Credential::Exchanged, Language::Ko) => format!("{access}. 세션보다 오래 살지 않습니다."),
        (Credential::Granted, Language::En) => "Minutes; renewed until the user takes the grant back.".to_owned(),
        (Credential::Granted, Language::Ko) => "몇 분. 사용자가 허락을 거둘 때까지 갱신합니다.".to_owned(),
    }
}

/// Whether requests with a credential need a CSRF token, and why.
#[must_use]
pub const fn csrf(credential: Credential) -> (bool, Words) {
    match credential {
        Credential::Session | Credential::SharedSession => (
            true,
            words(
                "Needed: X-CSRF-Token, or the form field csrf_token, on every request that changes something. admit checks it \
                 together with Fetch Metadata and Origin.",
                "필요합니다. 무언가를 바꾸는 모든 요청에 X-CSRF-Token 헤더나 csrf_token 필드를 넣습니다. admit이 Fetch Metadata, \
                 Origin과 함께 확인합니다.",
            ),
        ),
        _ => (
            false,
            words(
                "Not needed: the token goes into the Authorization header by hand, and no browser sends it by itself.",
                "필요 없습니다. 토큰은 프로그램이 Authorization 헤더에 직접 넣으며, 브라우저가 스스로 보내는 일이 없습니다.",
            ),
        ),
    }
}

/// The headings.
pub(super) mod heading {
    use super::{Words, words};

    pub(crate) const ADVICE: Words = words("Advice", "조언");
    pub(crate) const YOU_SAID: Words = words("You said", "답하신 것");
    pub(crate) const WHO_HOLDS_WHAT: Words = words("Who holds what", "누가 무엇을 갖는가");
    pub(crate) const KEPT: Words = words("kept", "보관");
    pub(crate) const LIVES: Words = words("lives", "수명");
    pub(crate) const CSRF: Words = words("CSRF", "CSRF");
    pub(crate) const FLOW: Words =
        words("The way of a request (*: remembers the state)", "요청이 지나가는 길(*: 상태를 기억하는 곳)");
    pub(crate) const CHECKED: Words = words("How it is checked", "어떻게 확인하는가");
    pub(crate) const WHY: Words = words("Why", "이유");
    pub(crate) const OTHERWISE: Words = words("What goes wrong otherwise", "그렇게 하지 않으면");
    pub(crate) const PROMISES: Words = words("To know", "알아 둘 것");
    pub(crate) const MISSING: Words = words("What admit cannot do yet", "admit이 아직 하지 못하는 것");
    pub(crate) const FLIP: Words = words("What would change it", "무엇이 달라지면 답이 바뀌는가");
    pub(crate) const ALSO: Words = words("These too", "그 밖에");
    pub(crate) const PASTE: Words = words(
        "To paste into admit.toml, each section in place of its namesake",
        "admit.toml에 붙일 것(같은 이름의 절이 있으면 그 자리에)",
    );
    pub(crate) const NOTHING_TO_PASTE: Words =
        words("Nothing: there is no setting for this yet.", "없음: 아직 이를 위한 설정이 없습니다.");
    pub(crate) const CONTRADICTION: Words = words("These answers contradict each other", "서로 모순되는 답");
    pub(crate) const WAYS_OUT: Words = words("Any one of these resolves it", "다음 중 하나만 바꾸면 풀립니다");
}
