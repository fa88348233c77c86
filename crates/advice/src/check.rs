//! How a credential is checked where it arrives, and how late a logout can be there. A second table, read the same way.

use super::requirement::{Answer, Checks, Client, Logout, Network, Others, Requirements, Rights};
use super::row::Story;
use super::words::{Reason, Words, reason, words};

/// How it is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Check {
    /// By admit itself, which knows what has ended.
    Here,
    /// By asking admit at each request (`POST /oauth/introspect`).
    Asked,
    /// By signature, with the feed of revocations (`GET /revocations`).
    Followed,
    /// By signature alone.
    ByKeys,
    /// By signature alone, at the device, without a network.
    OnDevice,
    /// As the authorization server that issued it says, which is not admit.
    AtIssuer,
}

const THEIRS: &[Answer] = &[Answer::Checks(Checks::TheirServices)];

/// The rows in order; the first that fits decides. Where none does, keys alone are enough.
const TABLE: &[(&[&[Answer]], Check)] = &[
    (&[&[Answer::Client(Client::ThirdParty)], &[Answer::Others(Others::Yes)]], Check::AtIssuer),
    (&[&[Answer::Checks(Checks::Here)]], Check::Here),
    (&[&[Answer::Client(Client::Kiosk)], &[Answer::Network(Network::Sometimes)]], Check::OnDevice),
    (&[&[Answer::Logout(Logout::NextRequest)]], Check::Asked),
    // The feed tells of every user. That is for services of ours.
    (&[THEIRS, &[Answer::Logout(Logout::Seconds)]], Check::Asked),
    (&[THEIRS, &[Answer::Rights(Rights::Often)]], Check::Asked),
    (&[&[Answer::Logout(Logout::Seconds), Answer::Rights(Rights::Often)]], Check::Followed),
];

impl Check {
    /// Which one these answers ask for.
    #[must_use]
    pub fn choose(requirements: &Requirements) -> Self {
        let fits = |when: &[&[Answer]]| when.iter().all(|any| any.iter().any(|answer| requirements.has(*answer)));
        TABLE.iter().find(|(when, _)| fits(when)).map_or(Self::ByKeys, |(_, check)| *check)
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Here => "here",
            Self::Asked => "asked",
            Self::Followed => "followed",
            Self::ByKeys => "by-keys",
            Self::OnDevice => "on-device",
            Self::AtIssuer => "at-issuer",
        }
    }

    /// What it is.
    #[must_use]
    pub const fn says(self) -> Words {
        match self {
            Self::Here => words(
                "By admit itself, at each request: a logout, a ban or a changed role holds at the next one.",
                "admit이 요청마다 직접 확인합니다. 로그아웃, 계정 비활성화, 역할 변경은 바로 다음 요청부터 효력이 있습니다.",
            ),
            Self::Asked => words(
                "The service asks admit at each request (POST /oauth/introspect), keeps no answer, and refuses when there is none: a \
                 logout holds at the next request, and admit must be up.",
                "서비스가 요청마다 admit에 묻고(POST /oauth/introspect) 답을 보관하지 않으며, 답이 없으면 거절합니다. 로그아웃은 다음 \
                 요청부터 효력이 있고, admit이 살아 있어야 합니다.",
            ),
            Self::Followed => words(
                "By signature, with the feed of revocations in memory (GET /revocations; the crate's Gate::offline does both): a \
                 logout holds milliseconds later; 5 seconds without the feed, and the service answers 503.",
                "서명을 확인하고 폐기 목록을 메모리에서 따라갑니다(GET /revocations. 크레이트의 Gate::offline이 둘 다 합니다). \
                 로그아웃은 몇 밀리초 뒤에 효력이 있고, 5초 동안 목록이 끊기면 서비스는 503을 냅니다.",
            ),
            Self::ByKeys => words(
                "By signature alone, with any JWT library and /.well-known/jwks.json: a logout holds when the access token ends, 5 \
                 minutes later at most.",
                "아무 JWT 라이브러리와 /.well-known/jwks.json으로 서명만 확인합니다. 로그아웃은 액세스 토큰이 끝날 때, 늦어도 5분 뒤에 \
                 효력이 있습니다.",
            ),
            Self::OnDevice => words(
                "By signature alone, on the device, with the keys that it has kept: a logout holds when the access token ends.",
                "기기가 보관해 둔 키로 서명만 확인합니다. 로그아웃은 액세스 토큰이 끝날 때 효력이 있습니다.",
            ),
            Self::AtIssuer => words(
                "As the authorization server that issued it offers: ask it (RFC 7662) where a withdrawn grant must hold at once, by \
                 signature where minutes are fine.",
                "토큰을 발급한 인가 서버의 방식대로 확인합니다. 허락을 거둔 즉시 막아야 하면 그 서버에 묻고(RFC 7662), 몇 분이 괜찮으면 서명을 \
                 확인합니다.",
            ),
        }
    }

    /// What the one who checks needs for it, for the diagram.
    #[must_use]
    pub const fn needs(self) -> Words {
        match self {
            Self::Here => words(
                "here it is admit's own server, which knows what has ended",
                "여기서는 admit 서버 자신. 무엇이 끝났는지 압니다",
            ),
            Self::Asked => words("nothing: it asks admit at each request", "아무것도 없음. 요청마다 admit에 묻습니다"),
            Self::Followed => words("the keys, and what has been revoked", "서명 키와 폐기 목록"),
            Self::ByKeys | Self::OnDevice => words("the keys, and nothing else", "서명 키뿐"),
            Self::AtIssuer => words("what the authorization server tells it", "인가 서버가 알려 주는 것"),
        }
    }

    /// Why, in this situation.
    #[must_use]
    pub const fn reason(self) -> Reason {
        match self {
            Self::Here => reason(
                "OWASP ASVS 5.0 V7.2.1",
                "The check is made at a trusted server that knows what has ended, so there is no time in which a dead credential is \
                 still taken.",
                "무엇이 끝났는지 아는, 신뢰할 수 있는 서버에서 확인하므로 이미 끝난 자격 증명이 통하는 시간이 없습니다.",
            ),
            Self::Asked => reason(
                "RFC 7662 section 4",
                "An answer that is kept is an answer that may be stale. Asking each time is the price of \"at the next request\" at a \
                 server that does not hold the sign-ins itself.",
                "보관한 답은 낡을 수 있는 답입니다. 로그인 기록을 갖고 있지 않은 서버에서 \"바로 다음 요청부터\"를 지키려면 매번 물어야 \
                 합니다.",
            ),
            Self::Followed => reason(
                "RFC 7009 section 3",
                "To revoke a self-contained token at once, the issuer and those who check it need a way to talk. The feed is that way: one \
                 connection for each service instead of one question for each request.",
                "자체 완결 토큰을 즉시 폐기하려면 발급자와 확인하는 쪽 사이에 통로가 있어야 합니다. 폐기 목록이 그 통로입니다. 요청마다 묻는 대신 \
                 서비스마다 연결 하나면 됩니다.",
            ),
            Self::ByKeys => reason(
                "OWASP ASVS 5.0 V8.3.2",
                "Rights inside a token are as old as the token. You have said that minutes are bearable; then a token of minutes is \
                 enough, and nobody has to be asked.",
                "토큰 안의 권한은 토큰만큼 낡습니다. 몇 분은 괜찮다고 답하셨으므로 몇 분짜리 토큰이면 충분하고, 아무에게도 물을 필요가 없습니다.",
            ),
            Self::OnDevice => reason(
                "RFC 9068 section 4",
                "Without a network there are the signature, the audience and the clock, and nothing else. The device's clock has to be \
                 right: a till whose battery is dead takes yesterday's token.",
                "네트워크가 없으면 서명과 대상과 시계뿐입니다. 기기의 시계가 맞아야 합니다. 배터리가 다한 계산대는 어제의 토큰을 받아들입니다.",
            ),
            Self::AtIssuer => reason(
                "RFC 7662 section 2",
                "Only the server that keeps the grants knows whether one has been taken back.",
                "허락을 거두었는지는 허락을 보관하는 서버만 압니다.",
            ),
        }
    }

    /// What goes wrong with the obvious alternative to this way of checking. `None` where there is none to warn of.
    #[must_use]
    pub const fn otherwise(self) -> Option<Story> {
        match self {
            Self::Here | Self::OnDevice | Self::AtIssuer => None,
            Self::Asked => Some(Story {
                instead: words("The signature alone, since it is faster", "더 빠르다는 이유로 서명만 확인하기"),
                then: words(
                    "An account is taken over at noon and disabled a minute later. The service checks signatures, so the transfers go \
                     on until the token ends. Each of the five minutes is in the bank's log, and in the letter to the customer.",
                    "정오에 계정이 탈취되고 1분 뒤 정지됩니다. 서비스는 서명만 확인하므로 토큰이 끝날 때까지 이체가 계속됩니다. 그 5분은 \
                     은행 로그에, 그리고 고객에게 보내는 편지에 한 줄씩 남습니다.",
                ),
            }),
            Self::Followed => Some(Story {
                instead: words("Asking the issuer at each request", "요청마다 발급자에게 묻기"),
                then: words(
                    "The sale begins, the shop calls six services for each page, and each of them asks the issuer first. The issuer \
                     slows down, the services wait for it, their queues fill, and the shop is away at the one hour of the year that \
                     pays for the others.",
                    "할인이 시작되고 상점은 페이지마다 서비스 여섯 개를 부르며, 그 하나하나가 먼저 발급자에게 묻습니다. 발급자가 느려지고, 서비스들이 \
                     기다리고, 대기열이 차고, 한 해를 먹여 살리는 그 한 시간에 상점이 멈춥니다.",
                ),
            }),
            Self::ByKeys => Some(Story {
                instead: words("Longer tokens, to have fewer renewals", "갱신을 줄이려고 토큰을 길게 만들기"),
                then: words(
                    "Somebody raises the lifetime to 24 hours, because renewals are noisy in the log. A month later a leaver's laptop \
                     goes on exporting reports all night: no service asks, and nothing in the token has an end before morning.",
                    "로그에 갱신이 너무 많다며 누군가 수명을 24시간으로 늘립니다. 한 달 뒤 퇴사자의 노트북이 밤새 보고서를 내려받습니다. 묻는 \
                     서비스도 없고, 토큰에는 아침 전에 끝나는 것이 없습니다.",
                ),
            }),
        }
    }
}
