//! Devices that people share, with a network and without.

use super::{Credential, Holder, Pattern, Stop, Story};
use crate::requirement::{Answer, Checks, Network};
use crate::words::{reason, words};

pub(super) const SHARED_SCREEN: Pattern = Pattern {
    headline: words(
        "A server-side session that ends minutes after the last touch",
        "마지막 조작 몇 분 뒤에 끝나는 서버 쪽 세션",
    ),
    holders: &[Holder {
        who: words("The device's browser", "기기의 브라우저"),
        credential: Credential::SharedSession,
        kept: words(
            "In the cookie jar, HttpOnly, in a profile that is wiped between two people.",
            "HttpOnly 쿠키로, 사람이 바뀔 때마다 지우는 프로필에 둡니다.",
        ),
    }],
    reasons: &[
        reason(
            "OWASP Session Management Cheat Sheet, Session Expiration",
            "The next person at a shared device is somebody else, and is there within minutes. The idle time is the time in which \
             they are taken for the one before.",
            "함께 쓰는 기기의 다음 사람은 다른 사람이며, 몇 분 안에 옵니다. 유휴 시간은 그 사람이 앞사람으로 여겨지는 시간입니다.",
        ),
        reason(
            "OWASP ASVS 5.0 V7.4.1",
            "The session ends at the server, by a button, by the idle time or from the administrator's list of devices, so what \
             is left in the device is worth nothing.",
            "세션은 버튼, 유휴 시간, 또는 관리자의 기기 목록으로 서버에서 끝나므로, 기기에 남은 것은 아무 값어치가 없습니다.",
        ),
        reason(
            "RFC 6265 section 8.2",
            "The browser sends the cookie by itself, so unsafe requests need the CSRF token and the check of Fetch Metadata and \
             Origin; admit does both by itself.",
            "브라우저가 쿠키를 스스로 보내므로, 상태를 바꾸는 요청에는 CSRF 토큰과 Fetch Metadata·Origin 검사가 필요하며, admit은 둘 다 \
             스스로 합니다.",
        ),
    ],
    otherwise: Story {
        instead: words("Tokens that the device keeps", "기기가 보관하는 토큰"),
        then: words(
            "A visitor checks in at the hotel's kiosk and walks away. The access token has forty minutes to live, and the refresh \
             token two weeks. The next guest presses Back and sees a passport number; the one after opens the developer tools \
             and takes the refresh token home.",
            "손님이 호텔 키오스크에서 체크인하고 자리를 뜹니다. 액세스 토큰은 사십 분, 리프레시 토큰은 두 주가 남았습니다. 다음 손님은 뒤로 가기를 \
             눌러 여권 번호를 보고, 그다음 손님은 개발자 도구를 열어 리프레시 토큰을 집으로 가져갑니다.",
        ),
    },
    missing: &[],
    promises: &[],
    flow: &[
        Stop {
            who: words("The shared device", "함께 쓰는 기기"),
            has: words("the session's id, for minutes", "몇 분짜리 세션 id"),
            remembers: false,
            checks: false,
            sends: Some(words("cookie", "쿠키")),
        },
        Stop {
            who: words("admit", "admit"),
            has: words("the session: who, and when last seen", "세션: 누가, 마지막으로 언제"),
            remembers: true,
            checks: false,
            sends: None,
        },
    ],
    flip: Answer::Checks(Checks::OurServices),
};

pub(super) const OFFLINE: Pattern = Pattern {
    headline: words(
        "An access token as a lease: the device checks it by itself until it ends, and then needs the network",
        "임대 기간과 같은 액세스 토큰: 기기가 만료될 때까지 스스로 확인하고, 그 뒤에는 네트워크가 필요합니다",
    ),
    holders: &[Holder {
        who: words("The device", "기기"),
        credential: Credential::Lease,
        kept: words(
            "In memory, or in the device's own protected store. The issuer's public keys beside it, from the last time it was \
             online.",
            "메모리, 또는 기기의 보호된 저장소에 둡니다. 발급자의 공개 키는 마지막으로 온라인이었을 때 받은 것을 함께 둡니다.",
        ),
    }],
    reasons: &[
        reason(
            "RFC 9068 section 4",
            "A signed token can be checked without asking anybody: signature, issuer, audience and time. That is the one thing a \
             device without a network can do.",
            "서명된 토큰은 아무에게도 묻지 않고 서명, 발급자, 대상, 시간을 확인할 수 있습니다. 네트워크가 없는 기기가 할 수 있는 유일한 일입니다.",
        ),
        reason(
            "RFC 7009 section 3",
            "What has been revoked meanwhile the device cannot know. The lifetime of the token is the only bound, so it is chosen \
             on purpose: as long as the longest work without a network, and no longer.",
            "그 사이에 무엇이 폐기되었는지 기기는 알 수 없습니다. 토큰의 수명이 유일한 한계이므로 일부러 정합니다. 네트워크 없이 일하는 가장 긴 \
             시간만큼, 그 이상은 아니게.",
        ),
        reason(
            "NIST SP 800-63B-4 section 5.1.2",
            "A token shows that somebody has signed in once, not that they stand there now. A shared device must ask for a sign of \
             the person (a PIN, a badge) by itself.",
            "토큰은 누군가 한 번 로그인했음을 보일 뿐, 지금 그 사람이 앞에 있음을 보이지는 않습니다. 함께 쓰는 기기는 사람의 표시(PIN, \
             배지)를 스스로 요구해야 합니다.",
        ),
    ],
    otherwise: Story {
        instead: words("A session that the device believes without asking", "묻지 않고 기기가 믿는 세션"),
        then: words(
            "The till keeps \"signed in: yes\" in its database to get through outages. A cashier is dismissed in the morning; the \
             shop's line has been down since the night, and the till takes her until the line is mended, three days later. \
             Nobody had said how long is too long, so nothing had an end.",
            "계산대가 통신 장애를 견디려고 데이터베이스에 \"로그인됨: 예\"를 저장합니다. 아침에 계산원이 해고되지만 회선은 밤부터 끊겨 있고, \
             사흘 뒤 회선이 고쳐질 때까지 계산대는 그를 받아들입니다. 얼마까지가 너무 긴지 아무도 정하지 않았기에 끝이 없었습니다.",
        ),
    },
    missing: &[words(
        "admit ships no checker for devices without a network. The offline gate of its crate answers 503 once it has lost the \
             feed of revocations: right for a service, wrong here. Use any JWT library with the keys that you have kept.",
        "admit에는 네트워크가 없는 기기용 확인기가 없습니다. 크레이트의 오프라인 게이트는 폐기 목록을 놓치면 503을 내는데, 서비스에는 맞지만 \
             여기에는 맞지 않습니다. 보관해 둔 키와 아무 JWT 라이브러리를 쓰십시오.",
    )],
    promises: &[
        words(
            "Can be promised: who signed in while there was a network, unaltered, until the token ends; and that nothing is \
             accepted after that.",
            "약속할 수 있는 것: 네트워크가 있을 때 누가 로그인했는지를 토큰이 끝날 때까지 변조 없이 알 수 있고, 그 뒤로는 아무것도 받아들이지 \
             않습니다.",
        ),
        words(
            "Cannot be promised without a network: a new sign-in, a logout elsewhere, a ban, a changed role, or longer than 60 \
             minutes (admit issues no access token beyond that).",
            "네트워크 없이는 약속할 수 없는 것: 새 로그인, 다른 곳에서 한 로그아웃, 계정 비활성화, 바뀐 역할, 60분을 넘는 사용(admit은 그보다 긴 \
             액세스 토큰을 발급하지 않습니다).",
        ),
    ],
    flow: &[
        Stop {
            who: words("admit", "admit"),
            has: words("the sign-in, and what has been revoked", "로그인 기록과 폐기된 것"),
            remembers: true,
            checks: false,
            sends: Some(words("keys and a token, while online", "온라인일 때 키와 토큰")),
        },
        Stop {
            who: words("The device", "기기"),
            has: words("keys, and a token with an end; it hears of nothing", "키와 끝이 있는 토큰. 소식은 듣지 못함"),
            remembers: false,
            checks: false,
            sends: None,
        },
    ],
    flip: Answer::Network(Network::Always),
};
