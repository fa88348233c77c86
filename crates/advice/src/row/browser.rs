//! What runs in a browser: a session, and never a token that JavaScript can read.

use super::{Credential, Holder, Pattern, Stop, Story};
use crate::requirement::{Answer, Checks, Client};
use crate::words::{Reason, Words, reason, words};

const BROWSER: Words = words("The browser", "브라우저");
const COOKIE_JAR: Words = words(
    "In the cookie jar: __Host-admit_session, HttpOnly, Secure, SameSite. No script reads it; localStorage holds nothing.",
    "쿠키 저장소: __Host-admit_session, HttpOnly, Secure, SameSite. 스크립트는 읽을 수 없고, localStorage에는 아무것도 두지 않습니다.",
);
const SESSION_OF_BROWSER: Holder = Holder { who: BROWSER, credential: Credential::Session, kept: COOKIE_JAR };
const EXCHANGED: Holder = Holder {
    who: words("Your server behind the page", "페이지 뒤의 우리 서버"),
    credential: Credential::Exchanged,
    kept: words(
        "In memory, for the call that it is answering. It gets a new one with POST /session/token; no page ever sees it.",
        "지금 응답 중인 호출을 위해 메모리에만 둡니다. POST /session/token으로 새로 받으며, 페이지에는 결코 보이지 않습니다.",
    ),
};

const NO_SCRIPT_READS_IT: Reason = reason(
    "OWASP HTML5 Security Cheat Sheet, Local Storage",
    "Whatever is in localStorage, every script of the page can read and send away: one injected script takes a token with it. \
     An HttpOnly cookie it cannot read.",
    "localStorage에 있는 것은 페이지의 모든 스크립트가 읽고 밖으로 보낼 수 있습니다. 스크립트 하나만 주입되어도 토큰을 가져갑니다. HttpOnly \
     쿠키는 읽지 못합니다.",
);
const SERVER_ENDS_IT: Reason = reason(
    "OWASP ASVS 5.0 V7.4.1",
    "Logout must end the session at the server, so that the old credential is refused. With a session that is one deleted \
     row; with a token alone nothing happens until it expires.",
    "로그아웃하면 서버에서 세션이 끝나 예전 자격 증명이 거절되어야 합니다. 세션이라면 행 하나를 지우면 되지만, 토큰만 있으면 만료될 때까지 \
     아무 일도 일어나지 않습니다.",
);
const AMBIENT: Reason = reason(
    "RFC 6265 section 8.2",
    "A browser sends the cookie with requests that other sites have caused, too. That is why unsafe requests need the CSRF \
     token and the check of Fetch Metadata and Origin; admit does both by itself.",
    "브라우저는 다른 사이트가 일으킨 요청에도 쿠키를 보냅니다. 그래서 상태를 바꾸는 요청에는 CSRF 토큰과 Fetch Metadata·Origin 검사가 \
     필요하며, admit은 둘 다 스스로 합니다.",
);
const TOKENS_STAY_BEHIND: Reason = reason(
    "draft-ietf-oauth-browser-based-apps section 6.1",
    "A backend for the frontend keeps the tokens and gives the browser a cookie: malicious script can then misuse an open \
     page, and take nothing away for later.",
    "프런트엔드를 위한 백엔드(BFF)가 토큰을 보관하고 브라우저에는 쿠키만 줍니다. 악성 스크립트가 열린 페이지를 악용할 수는 있어도, 나중에 쓸 \
     것을 가져가지는 못합니다.",
);
const ONE_AUDIENCE: Reason = reason(
    "RFC 9700 section 2.3",
    "A token for an API names that API as its audience and lives minutes. A service that is broken into cannot use what it \
     received against another.",
    "API용 토큰은 그 API를 대상(aud)으로 밝히고 몇 분만 삽니다. 한 서비스가 뚫려도 받은 토큰을 다른 서비스에 쓸 수 없습니다.",
);
const EXCHANGE: Reason = reason(
    "RFC 8693 section 1",
    "To call a service in the user's name, a server exchanges what it was shown for a token that is meant for that service. \
     It does not pass on what it was shown. (POST /session/token is admit's own endpoint for this, with a session cookie in \
     place of the subject_token.)",
    "서버가 사용자 이름으로 다른 서비스를 호출할 때는, 제시받은 것을 그 서비스용 토큰으로 교환합니다. 제시받은 것을 그대로 넘기지 않습니다. \
     (POST /session/token은 이를 위한 admit 고유의 주소이며, subject_token 대신 세션 쿠키를 받습니다.)",
);
const OWN_COOKIE_EACH: Reason = reason(
    "draft-ietf-httpbis-rfc6265bis section 8.8",
    "A SameSite cookie does not travel with fetches from another site, and browsers block cookies of third parties anyway. \
     The page needs a server of its own site that keeps the session.",
    "SameSite 쿠키는 다른 사이트에서 보낸 fetch에 실리지 않으며, 브라우저는 제3자 쿠키를 어차피 막습니다. 페이지와 같은 사이트에 세션을 \
     맡을 서버가 있어야 합니다.",
);

const JWT_IN_LOCAL_STORAGE: Story = Story {
    instead: words("A JWT in localStorage", "localStorage에 둔 JWT"),
    then: words(
        "A chart library that the page loads is replaced for two hours. Its new line reads localStorage and posts the tokens of \
         everybody who opened the page to an address abroad. The library is put right the same evening; the refresh tokens go \
         on working for two weeks. Logging out helps nobody, because the server has nothing to delete.",
        "페이지가 불러오는 차트 라이브러리가 두 시간 동안 바꿔치기됩니다. 새로 들어간 한 줄이 localStorage를 읽어, 페이지를 연 모든 사람의 \
         토큰을 외국 주소로 보냅니다. 라이브러리는 그날 저녁 바로잡히지만 리프레시 토큰은 두 주 동안 계속 통합니다. 서버에 지울 것이 없으니 \
         로그아웃해도 소용이 없습니다.",
    ),
};

const BROWSER_WITH_COOKIE: Stop = Stop {
    who: BROWSER,
    has: words("the session's id, which says nothing", "아무 뜻도 없는 세션 id"),
    remembers: false,
    checks: false,
    sends: Some(words("cookie", "쿠키")),
};
const ADMIT_REMEMBERS: Stop = Stop {
    who: words("admit", "admit"),
    has: words("the session: who, since when, which roles", "세션: 누가, 언제부터, 어떤 역할로"),
    remembers: true,
    checks: false,
    sends: None,
};
const OUR_SERVER: Stop = Stop {
    who: words("Your server", "우리 서버"),
    has: words("nothing between two calls", "호출 사이에는 아무것도 없음"),
    remembers: false,
    checks: false,
    sends: Some(words("the cookie, to exchange", "교환할 쿠키")),
};
const ADMIT_EXCHANGES: Stop = Stop {
    sends: Some(words("access token, minutes, for one API", "API 하나를 위한 몇 분짜리 액세스 토큰")),
    ..ADMIT_REMEMBERS
};
const API: Stop = Stop {
    who: words("The API", "API"),
    has: words("what it needs to check", "확인에 필요한 것"),
    remembers: false,
    checks: true,
    sends: None,
};

pub(super) const RENDERED_PAGES: Pattern = Pattern {
    headline: words("A server-side session in a cookie", "쿠키에 담는 서버 쪽 세션"),
    holders: &[SESSION_OF_BROWSER],
    reasons: &[SERVER_ENDS_IT, NO_SCRIPT_READS_IT, AMBIENT],
    otherwise: Story {
        instead: words("A JWT in the cookie, checked by its signature", "쿠키에 담아 서명만으로 확인하는 JWT"),
        then: words(
            "A clerk is dismissed at ten and disabled at one minute past. The shop checks signatures and nothing else, so \
             the token that says \"clerk\" is good until it expires that night. By then the price list has been exported \
             twice. The team adds a list of revoked tokens that every request asks: that is a session, with a larger cookie.",
            "직원이 열 시에 해고되고 1분 뒤 계정이 정지됩니다. 상점은 서명만 확인하므로 \"직원\"이라고 적힌 토큰은 그날 밤 만료될 때까지 \
             통합니다. 그 사이 가격표가 두 번 빠져나갑니다. 팀은 요청마다 조회하는 폐기 목록을 덧붙입니다. 그것은 쿠키만 더 큰 세션입니다.",
        ),
    },
    missing: &[],
    promises: &[],
    flow: &[BROWSER_WITH_COOKIE, ADMIT_REMEMBERS],
    flip: Answer::Checks(Checks::OurServices),
};

pub(super) const SAME_SITE_SPA: Pattern = Pattern {
    headline: words(
        "A server-side session in a cookie, and nothing in localStorage",
        "쿠키에 담는 서버 쪽 세션. localStorage에는 아무것도 두지 않습니다",
    ),
    reasons: &[NO_SCRIPT_READS_IT, SERVER_ENDS_IT, AMBIENT],
    otherwise: JWT_IN_LOCAL_STORAGE,
    ..RENDERED_PAGES
};

pub(super) const PAGE_WITH_SERVICES: Pattern = Pattern {
    headline: words("A session outside, an exchanged token inside", "밖에서는 세션, 안에서는 교환한 토큰"),
    holders: &[SESSION_OF_BROWSER, EXCHANGED],
    reasons: &[EXCHANGE, ONE_AUDIENCE, TOKENS_STAY_BEHIND, AMBIENT],
    otherwise: Story {
        instead: words(
            "The session cookie, or one token for everything, passed from service to service",
            "서비스에서 서비스로 넘기는 세션 쿠키, 또는 모든 곳에 통하는 토큰 하나",
        ),
        then: words(
            "The least of the services, one that draws thumbnails, is broken into by a crafted picture. It receives what the \
             user's browser sent, so whoever sits in it now orders, pays and changes passwords as each user who looks at a \
             picture. With a token for the thumbnails alone they could have drawn thumbnails, for five minutes.",
            "가장 하찮은 서비스, 곧 섬네일을 그리는 서비스가 조작된 그림으로 뚫립니다. 이 서비스는 사용자의 브라우저가 보낸 것을 그대로 받으므로, \
             침입자는 그림을 보는 모든 사용자로서 주문하고 결제하고 비밀번호를 바꿉니다. 섬네일만을 위한 토큰이었다면 5분 동안 섬네일을 \
             그리는 데 그쳤을 것입니다.",
        ),
    },
    missing: &[],
    promises: &[],
    flow: &[BROWSER_WITH_COOKIE, OUR_SERVER, ADMIT_EXCHANGES, API],
    flip: Answer::Checks(Checks::Here),
};

const ONE_ADDRESS: Words = words(
    "Put the page and admit behind one address (a proxy path of the page's site will do), and set server.public_url to it. \
     Then the cookie is the page's own.",
    "페이지와 admit을 한 주소 뒤에 두고(페이지 사이트의 프록시 경로면 됩니다) server.public_url을 그 주소로 정하십시오. 그러면 쿠키는 \
     페이지 자신의 것이 됩니다.",
);
const NO_REDIRECT_LOGIN: Words = words(
    "admit is no OpenID provider yet: a server on another site cannot send people here to sign in and get them back. Each site \
     signs its people in by itself.",
    "admit은 아직 OpenID 제공자가 아닙니다. 다른 사이트의 서버가 사용자를 이곳으로 보내 로그인시키고 돌려받을 수 없습니다. 사이트마다 \
     따로 로그인합니다.",
);

pub(super) const OTHER_SITE_PAGE: Pattern = Pattern {
    headline: words(
        "A session in a cookie of the page's own site, kept by a server there",
        "페이지 자신의 사이트 쿠키에 담는 세션. 그 사이트의 서버가 맡습니다",
    ),
    reasons: &[OWN_COOKIE_EACH, TOKENS_STAY_BEHIND, NO_SCRIPT_READS_IT, AMBIENT],
    otherwise: JWT_IN_LOCAL_STORAGE,
    missing: &[NO_REDIRECT_LOGIN],
    promises: &[ONE_ADDRESS],
    flip: Answer::Client(Client::SameSiteSpa),
    ..RENDERED_PAGES
};

pub(super) const OTHER_SITE_PAGE_WITH_SERVICES: Pattern = Pattern {
    headline: words(
        "A session in a cookie of the page's own site, an exchanged token behind it",
        "페이지 자신의 사이트 쿠키에 담는 세션, 그 뒤에서는 교환한 토큰",
    ),
    reasons: &[OWN_COOKIE_EACH, EXCHANGE, TOKENS_STAY_BEHIND, ONE_AUDIENCE, AMBIENT],
    otherwise: JWT_IN_LOCAL_STORAGE,
    missing: &[NO_REDIRECT_LOGIN],
    promises: &[ONE_ADDRESS],
    flip: Answer::Client(Client::SameSiteSpa),
    ..PAGE_WITH_SERVICES
};
