//! How browsers reach the server.

use admit_rules::shared::{COOKIE_SAMESITE, CORS_CREDENTIALS, TRANSPORT_HTTPS};

use super::Severity::{Critical, High, Low, Medium};
use super::Weight::{Refused, RefusedUnlessWaived, Told};
use super::{DesignRule, own, shared};

pub(super) const RULES: &[DesignRule] = &[
    own(
        "public-url-missing",
        High,
        Refused,
        ("The server knows how browsers reach it", "서버가 브라우저의 접속 주소를 안다"),
        ("Cookies and the check of origins are made from it.", "쿠키와 출처 검사가 이 주소에서 만들어집니다."),
    ),
    own(
        "public-url-malformed",
        High,
        Refused,
        ("The public address is an origin", "공개 주소가 출처 형식이다"),
        ("Cookies and the check of origins are made from it.", "쿠키와 출처 검사가 이 주소에서 만들어집니다."),
    ),
    shared(&TRANSPORT_HTTPS, High, Refused),
    own(
        "dev-exposed",
        Critical,
        Refused,
        ("Development mode stays on this machine", "개발 모드는 이 컴퓨터 안에만 있다"),
        (
            "It has known accounts, plain http and a page that shows every request.",
            "개발 모드에는 알려진 계정, 평문 http, 모든 요청을 보여 주는 페이지가 있습니다.",
        ),
    ),
    own(
        "proxy-malformed",
        Medium,
        Refused,
        ("Trusted proxies are addresses or networks", "신뢰하는 프록시는 주소나 네트워크다"),
        (
            "A word that cannot be read trusts somebody else than was meant.",
            "읽을 수 없는 값은 의도와 다른 상대를 신뢰하게 됩니다.",
        ),
    ),
    own(
        "proxy-everybody",
        High,
        Refused,
        ("Not everybody's word about addresses is taken", "아무나 주장하는 주소를 믿지 않는다"),
        (
            "With 0.0.0.0/0, in one piece or several, any client writes its own address into X-Forwarded-For, and guesses passwords as a \
             thousand visitors.",
            "0.0.0.0/0을 (나누어서라도) 신뢰하면 아무 클라이언트나 X-Forwarded-For에 주소를 지어내 천 명의 방문자처럼 비밀번호를 추측합니다.",
        ),
    ),
    own(
        "proxy-wide",
        Medium,
        Told,
        ("Trusted networks are as small as the proxies' own", "신뢰하는 네트워크가 프록시의 것만큼 작다"),
        (
            "Every machine in a large network can claim any client's address.",
            "큰 네트워크 안의 모든 기계가 아무 클라이언트 주소나 주장할 수 있습니다.",
        ),
    ),
    own(
        "proxy-untrusted",
        Low,
        Told,
        ("The proxy that ends TLS is named", "TLS를 끝내는 프록시가 지정되어 있다"),
        (
            "Without it every visitor has the proxy's address: one who guesses passwords slows everybody down, and the audit log knows nobody's address.",
            "지정하지 않으면 모든 방문자가 프록시의 주소를 갖습니다. 한 명의 비밀번호 추측이 모두를 느리게 하고, 감사 기록은 누구의 주소도 알지 못합니다.",
        ),
    ),
    own(
        "origin-malformed",
        High,
        Refused,
        ("Origins are scheme, host and port", "출처는 스킴, 호스트, 포트다"),
        ("What is compared as a whole has to be written as a whole.", "통째로 비교하는 값은 통째로 적어야 합니다."),
    ),
    own(
        "origin-plain-http",
        High,
        RefusedUnlessWaived,
        ("Origins that may change things are https", "변경할 수 있는 출처는 https다"),
        (
            "Whoever is on the way to a page over plain http writes that page, and with it requests in the user's name.",
            "평문 http 페이지로 가는 길목의 누군가가 그 페이지를 고쳐, 사용자 이름으로 요청을 보낼 수 있습니다.",
        ),
    ),
    shared(&CORS_CREDENTIALS, High, Refused),
    shared(&COOKIE_SAMESITE, Medium, RefusedUnlessWaived),
];
