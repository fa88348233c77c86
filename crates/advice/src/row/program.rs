//! What runs outside a browser: apps, services, programs of others.

use super::{Credential, Holder, Pattern, Stop, Story};
use crate::requirement::{Answer, Client, Others};
use crate::words::{Reason, reason, words};

const ADMIT: Stop = Stop {
    who: words("admit", "admit"),
    has: words("the sign-in, and what has been revoked", "로그인 기록과 폐기된 것"),
    remembers: true,
    checks: false,
    sends: Some(words("access token, minutes", "몇 분짜리 액세스 토큰")),
};
const API: Stop = Stop {
    who: words("The API", "API"),
    has: words("what it needs to check", "확인에 필요한 것"),
    remembers: false,
    checks: true,
    sends: None,
};

const SHORT: Reason = reason(
    "RFC 7009 section 3",
    "An access token that is checked by its signature works until it expires. So it lives minutes, and what can be revoked is \
     what renews it.",
    "서명으로 확인하는 액세스 토큰은 만료될 때까지 통합니다. 그래서 몇 분만 살게 하고, 그것을 갱신하는 쪽을 폐기할 수 있게 합니다.",
);

pub(super) const NATIVE_APP: Pattern = Pattern {
    headline: words(
        "A short access token and a refresh token that is replaced at each use",
        "수명이 짧은 액세스 토큰과, 쓸 때마다 바뀌는 리프레시 토큰",
    ),
    holders: &[Holder {
        who: words("The app", "앱"),
        credential: Credential::AccessAndRefresh,
        kept: words(
            "The access token in memory; the refresh token where the system keeps secrets (Keychain, Keystore, Secret \
             Service), never in a file or a preference.",
            "액세스 토큰은 메모리에, 리프레시 토큰은 시스템의 비밀 저장소(Keychain, Keystore, Secret Service)에 둡니다. 파일이나 환경 설정에는 \
             두지 않습니다.",
        ),
    }],
    reasons: &[
        reason(
            "RFC 9700 section 2.2.2",
            "A refresh token of a client that can keep no secret is rotated: the second use of one shows that two hold it, and \
             ends the sign-in for both.",
            "비밀을 지킬 수 없는 클라이언트의 리프레시 토큰은 쓸 때마다 바꿉니다. 같은 토큰이 두 번 쓰이면 두 곳에서 갖고 있다는 뜻이므로, 양쪽 \
             모두의 로그인을 끝냅니다.",
        ),
        SHORT,
        reason(
            "RFC 8252 section 8.5",
            "An app that people install can keep no secret of its own: whoever has the app has it. So it gets none, and shows \
             its user's sign-in instead.",
            "사람들이 설치하는 앱은 자기 비밀을 지킬 수 없습니다. 앱을 가진 사람은 누구나 그 비밀도 갖습니다. 그래서 비밀을 주지 않고, 사용자의 \
             로그인을 제시하게 합니다.",
        ),
        reason(
            "RFC 9700 section 2.4",
            "People type their password into this app, which only your own app may ask of them. An app of somebody else must \
             send them to the authorization server instead.",
            "사용자가 이 앱에 비밀번호를 입력합니다. 그것을 요구해도 되는 것은 우리 앱뿐입니다. 남이 만든 앱은 사용자를 인가 서버로 보내야 \
             합니다.",
        ),
    ],
    otherwise: Story {
        instead: words("One token that lives for a year", "일 년 동안 통하는 토큰 하나"),
        then: words(
            "A phone is sold with the app still on it. The former owner changes the password, as the help page says, and the \
             new one goes on reading the messages: the token was signed in spring and nobody asks whether it is still wanted. \
             The only way to stop it is to replace the signing key, which signs everybody out on a Friday evening.",
            "앱이 깔린 채로 휴대전화가 중고로 팔립니다. 전 주인은 도움말대로 비밀번호를 바꾸지만, 새 주인은 계속 메시지를 읽습니다. 토큰은 봄에 \
             서명되었고 아직 유효한지 아무도 묻지 않습니다. 막을 방법은 서명 키를 바꾸는 것뿐이고, 그러면 금요일 저녁에 모두가 로그아웃됩니다.",
        ),
    },
    missing: &[],
    promises: &[],
    flow: &[
        Stop {
            who: words("The app", "앱"),
            has: words("the refresh token, good once", "한 번만 쓸 수 있는 리프레시 토큰"),
            remembers: false,
            checks: false,
            sends: Some(words("refresh token", "리프레시 토큰")),
        },
        ADMIT,
        API,
    ],
    flip: Answer::Client(Client::SameSiteSpa),
};

pub(super) const SERVICE: Pattern = Pattern {
    headline: words(
        "Client credentials: a short access token for the program's own secret",
        "클라이언트 자격 증명: 프로그램 자신의 비밀로 받는 짧은 액세스 토큰",
    ),
    holders: &[Holder {
        who: words("The service", "서비스"),
        credential: Credential::OwnAccess,
        kept: words(
            "The access token in memory. Its secret or private key where your platform keeps secrets, readable by it alone, \
             out of git and out of images.",
            "액세스 토큰은 메모리에 둡니다. 비밀이나 개인 키는 플랫폼의 비밀 저장소에 두어 그 서비스만 읽게 하고, git과 이미지에는 넣지 \
             않습니다.",
        ),
    }],
    reasons: &[
        reason(
            "RFC 6749 section 4.4.3",
            "A program with a secret of its own needs no refresh token: it asks again. What is not there cannot be stolen.",
            "자기 비밀이 있는 프로그램에는 리프레시 토큰이 필요 없습니다. 다시 요청하면 됩니다. 없는 것은 훔칠 수 없습니다.",
        ),
        SHORT,
        reason(
            "RFC 9700 section 2.5",
            "Where you can, let it sign its requests (private_key_jwt) instead of sending a shared secret: then nothing that \
             travels or is logged lets anybody else be it.",
            "가능하면 공유 비밀을 보내는 대신 요청에 서명하게 하십시오(private_key_jwt). 그러면 전송되거나 로그에 남은 것으로는 아무도 그 \
             서비스 행세를 할 수 없습니다.",
        ),
    ],
    otherwise: Story {
        instead: words(
            "A user account for the service, with its password in a script",
            "스크립트에 비밀번호를 적은 서비스용 사용자 계정",
        ),
        then: words(
            "The nightly job signs in as \"batch\". Its password is in three repositories, and batch has been an administrator \
             since somebody was in a hurry. When the password turns up in a build log nobody dares to change it, because nobody \
             knows what would stop. The audit log says that batch did it, whoever it was.",
            "야간 작업이 \"batch\"라는 사용자로 로그인합니다. 비밀번호는 저장소 세 곳에 있고, batch는 누군가 급했던 날부터 관리자입니다. \
             빌드 로그에서 비밀번호가 발견되어도 무엇이 멈출지 몰라 아무도 바꾸지 못합니다. 감사 로그에는 누가 했든 batch가 했다고만 \
             남습니다.",
        ),
    },
    missing: &[],
    promises: &[],
    flow: &[
        Stop {
            who: words("The service", "서비스"),
            has: words("its own secret or key", "자신의 비밀 또는 키"),
            remembers: false,
            checks: false,
            sends: Some(words("who it is", "자신이 누구인지")),
        },
        ADMIT,
        API,
    ],
    flip: Answer::Client(Client::NativeApp),
};

pub(super) const THIRD_PARTY_FOR_ITSELF: Pattern = Pattern {
    headline: words(
        "OAuth client credentials, one client for each company",
        "OAuth 클라이언트 자격 증명, 회사마다 클라이언트 하나",
    ),
    holders: &[Holder {
        who: words("The partner's program", "협력사의 프로그램"),
        credential: Credential::OwnAccess,
        kept: words(
            "In the partner's hands: you cannot see how. So it gets few roles, one audience, and a secret that you can withdraw \
             without touching anybody else's.",
            "협력사가 보관하며 우리는 그 방법을 볼 수 없습니다. 그래서 역할은 적게, 대상은 하나만 주고, 다른 회사에 영향 없이 거둘 수 있는 비밀을 \
             줍니다.",
        ),
    }],
    reasons: &[
        reason(
            "RFC 6749 section 4.4",
            "A company that acts for itself is a client with a secret of its own, and asks for tokens in its own name. No user's \
             credential is part of it.",
            "자기 이름으로 동작하는 회사는 자기 비밀을 가진 클라이언트이며, 자기 이름으로 토큰을 받습니다. 사용자의 자격 증명은 쓰이지 않습니다.",
        ),
        SHORT,
        reason(
            "RFC 9700 section 2.3",
            "The token names one API as its audience and carries as few roles as the work needs, so that what leaks at the \
             partner opens as little as possible here.",
            "토큰은 API 하나를 대상으로 하고 일에 필요한 역할만 담습니다. 협력사에서 새더라도 이쪽에서 열리는 것이 가장 적게 됩니다.",
        ),
    ],
    otherwise: Story {
        instead: words("One API key for all partners", "모든 협력사가 함께 쓰는 API 키 하나"),
        then: words(
            "One of eleven partners puts the key into a public notebook. To withdraw it is to cut off eleven companies at once, so \
             it stays in force over a weekend of phone calls, and the log cannot say which of the eleven has downloaded the \
             catalogue four thousand times.",
            "열한 곳의 협력사 중 한 곳이 키를 공개 노트북에 올립니다. 키를 거두면 열한 곳이 한꺼번에 끊기므로, 주말 내내 전화를 돌리는 동안 키는 \
             그대로 살아 있습니다. 카탈로그를 사천 번 내려받은 것이 열한 곳 중 어디인지 로그로는 알 수 없습니다.",
        ),
    },
    missing: &[],
    promises: &[],
    flow: &[
        Stop {
            who: words("The partner", "협력사"),
            has: words("its own secret or key", "자신의 비밀 또는 키"),
            remembers: false,
            checks: false,
            sends: Some(words("who it is", "자신이 누구인지")),
        },
        ADMIT,
        API,
    ],
    flip: Answer::Others(Others::Yes),
};

pub(super) const THIRD_PARTY_FOR_USERS: Pattern = Pattern {
    headline: words(
        "OAuth: the authorization code flow with PKCE and the user's consent",
        "OAuth: PKCE를 쓰는 인가 코드 흐름과 사용자의 동의",
    ),
    holders: &[Holder {
        who: words("The other company's program", "다른 회사의 프로그램"),
        credential: Credential::Granted,
        kept: words(
            "On its own server; it never sees a password or a session of your users.",
            "그 회사의 서버에 둡니다. 우리 사용자의 비밀번호나 세션은 결코 보지 못합니다.",
        ),
    }],
    reasons: &[
        reason(
            "RFC 6749 section 1",
            "A third party that is given a user's password can do everything the user can, for as long as the password lives, \
             and cannot be shut out alone. OAuth exists to end that.",
            "사용자의 비밀번호를 받은 제3자는 비밀번호가 살아 있는 동안 사용자가 할 수 있는 모든 일을 할 수 있고, 그 제3자만 따로 막을 수도 \
             없습니다. OAuth는 이를 없애려고 생겼습니다.",
        ),
        reason(
            "RFC 9700 section 2.1.1",
            "The code goes back to a registered address and is good only together with the PKCE verifier of whoever began: a code \
             that is seen on the way is worth nothing.",
            "코드는 등록된 주소로만 돌아가고, 시작한 쪽의 PKCE 검증값과 함께일 때만 통합니다. 도중에 들킨 코드는 아무 값어치가 없습니다.",
        ),
        reason(
            "RFC 9700 section 2.3",
            "The user grants this program only what it asks for, for one API, and can take that back without changing anything \
             else.",
            "사용자는 이 프로그램이 요청한 것만, API 하나에 대해서만 허락하며, 다른 것은 바꾸지 않고 거둘 수 있습니다.",
        ),
    ],
    otherwise: Story {
        instead: words(
            "People type their password into the other company's app",
            "다른 회사의 앱에 비밀번호를 입력하게 하는 것",
        ),
        then: words(
            "A budgeting app asks for the bank's password and stores it, because it must sign in again each night. Two years \
             later its database is for sale. The bank cannot tell the app's sign-ins from its customers' own, and the customers \
             were taught by the bank itself to type the password into other people's apps.",
            "가계부 앱이 은행 비밀번호를 요구하고, 매일 밤 다시 로그인해야 하므로 저장해 둡니다. 두 해 뒤 그 데이터베이스가 매물로 나옵니다. \
             은행은 앱의 로그인과 고객의 로그인을 구별할 수 없고, 남의 앱에 비밀번호를 입력하라고 고객에게 가르친 것은 은행 자신입니다.",
        ),
    },
    missing: &[
        words(
            "admit cannot do this yet: it has no authorization endpoint (RFC 6749 section 3.1), no consent page, no \
             registration of other companies' redirect addresses, no PKCE (RFC 7636) and no scopes that a user grants.",
            "admit은 아직 이것을 하지 못합니다. 인가 주소(RFC 6749 3.1절), 동의 화면, 다른 회사의 리디렉션 주소 등록, PKCE(RFC 7636), \
             사용자가 허락하는 범위(scope)가 없습니다.",
        ),
        words(
            "Until it can, put an authorization server that does in front of that API. Do not take a password, a session or a \
             native client of your own as a stopgap: they grant everything.",
            "그때까지는 이를 지원하는 인가 서버를 그 API 앞에 두십시오. 비밀번호, 세션, 우리 앱용 클라이언트로 임시 대응하지 마십시오. 그것들은 \
             모든 것을 허락합니다.",
        ),
    ],
    promises: &[],
    flow: &[
        Stop {
            who: words("The user's browser", "사용자의 브라우저"),
            has: words("the user's own session", "사용자 자신의 세션"),
            remembers: false,
            checks: false,
            sends: Some(words("consent", "동의")),
        },
        Stop {
            who: words("An OAuth server", "인가 서버"),
            has: words("who has granted what to whom", "누가 누구에게 무엇을 허락했는지"),
            remembers: true,
            checks: false,
            sends: Some(words("code, then a token", "코드, 그다음 토큰")),
        },
        Stop {
            who: words("The other company", "다른 회사"),
            has: words("a token for what was granted", "허락된 것만을 위한 토큰"),
            remembers: false,
            checks: false,
            sends: Some(words("access token", "액세스 토큰")),
        },
        API,
    ],
    flip: Answer::Others(Others::No),
};
