//! What cannot be had, whatever the software.

use super::Impossible;
use crate::requirement::Question;
use crate::words::reason;

pub(super) const OFFLINE_WITHOUT_ITS_SERVER: Impossible = Impossible {
    between: &[Question::Client, Question::Network],
    because: reason(
        "OWASP ASVS 5.0 V8.3.1",
        "This client does its work by calling a server. Without a network there is no call, so there is nobody to \
         authenticate to and nothing to authorize; access control belongs to the server.",
        "이 클라이언트는 서버를 호출해서 일합니다. 네트워크가 없으면 호출도 없으므로 인증할 상대도, 인가할 대상도 없습니다. 접근 제어는 \
         서버의 일입니다.",
    ),
};

pub(super) const OFFLINE_DEVICE_THAT_MUST_ASK: Impossible = Impossible {
    between: &[Question::Client, Question::Checks, Question::Network],
    because: reason(
        "RFC 7662 section 2",
        "A device without a network cannot ask the server that is to check for it. Either the device checks by itself what \
         was signed before (checks = our-services: the device is one of them), or it waits for the network.",
        "네트워크가 없는 기기는 대신 확인해 줄 서버에 물어볼 수 없습니다. 미리 서명된 것을 기기가 스스로 확인하거나(checks = our-services. \
         기기도 우리 서비스 중 하나입니다), 네트워크를 기다려야 합니다.",
    ),
};

pub(super) const OFFLINE_DEVICE_THAT_MUST_HEAR: Impossible = Impossible {
    between: &[Question::Client, Question::Logout, Question::Network],
    because: reason(
        "RFC 7009 section 3",
        "A device without a network hears of no logout and no ban. What it accepts, it accepts until that ends by itself, so \
         the bound cannot be shorter than the longest time without a network; only the lifetime of the token limits it.",
        "네트워크가 없는 기기는 로그아웃도 계정 비활성화도 전해 듣지 못합니다. 한 번 받아들인 것은 스스로 만료될 때까지 유효하므로, 네트워크가 없는 \
         시간보다 빨리 막을 수는 없습니다. 기댈 것은 토큰의 수명뿐입니다.",
    ),
};

pub(super) const OTHER_SITE_AND_ONE_SITE: Impossible = Impossible {
    between: &[Question::Client, Question::Sites],
    because: reason(
        "draft-ietf-httpbis-rfc6265bis section 5.2",
        "A page on another site than its API makes two sites, and you have said that there is one. app.example.org and \
         api.example.org are one site: then choose the same-site app.",
        "페이지와 API의 사이트가 다르면 사이트가 둘인데, 하나라고 답하셨습니다. app.example.org와 api.example.org는 한 사이트입니다. \
         그렇다면 같은 사이트의 앱을 고르십시오.",
    ),
};
