//! What single answers add to the advice, whichever row decided.

use super::lifetime;
use super::requirement::{Assurance, Client, Network, Nodes, Others, Requirements, Rights, Sites};
use super::row::{Credential, Pattern};
use super::words::{Reason, Words, reason, words};

/// Reasons, gaps and promises beside those of the row.
#[derive(Default)]
pub(super) struct Extra {
    pub(super) reasons: Vec<Reason>,
    pub(super) missing: Vec<Words>,
    pub(super) promises: Vec<Words>,
}

const ROLES_AT_MOST: Reason = reason(
    "OWASP ASVS 5.0 V8.3.2",
    "Rights that change often must not travel in tokens: admit's carry role names at most, never permissions, and a changed role \
     makes the older tokens dead where revocations are known.",
    "자주 바뀌는 권한을 토큰에 실어서는 안 됩니다. admit의 토큰에는 많아야 역할 이름만 있고 권한은 없으며, 역할이 바뀌면 폐기 사실을 아는 곳에서 \
     예전 토큰은 더는 쓸 수 없습니다.",
);
const ONE_TRUTH: Reason = reason(
    "OWASP ASVS 5.0 V7.4.1",
    "What one node has ended, every other must refuse. So the nodes share one store of sessions; a balancer that keeps people on \
     one node (sticky sessions) is no substitute, because that node can die.",
    "한 노드에서 끝난 것은 다른 모든 노드에서도 거절되어야 합니다. 그래서 노드들은 세션 저장소 하나를 함께 씁니다. 사용자를 한 노드에 붙여 \
     두는 것(sticky session)은 그 노드가 멈출 수 있으므로 대신이 되지 못합니다.",
);
const HOST_ONLY: Reason = reason(
    "draft-ietf-httpbis-rfc6265bis section 4.1.3.2",
    "A cookie whose name begins with __Host- belongs to one host, and no other can set or read it. Across sites there is no \
     shared cookie, on purpose.",
    "이름이 __Host-로 시작하는 쿠키는 호스트 하나에만 속하며, 다른 곳에서는 쓰거나 읽을 수 없습니다. 사이트 사이에 공유되는 쿠키는 일부러 \
     없습니다.",
);
const SERVER_DECIDES: Reason = reason(
    "OWASP ASVS 5.0 V8.3.1",
    "What is done without a network is decided when it is sent, by the server. The client may show what it has and queue what is to \
     be done; it decides nothing.",
    "네트워크 없이 한 일은 전송될 때 서버가 판단합니다. 클라이언트는 가진 것을 보여 주고 할 일을 쌓아 둘 수 있을 뿐, 아무것도 결정하지 \
     않습니다.",
);

const NO_SINGLE_SIGN_ON: Words = words(
    "Signing in once for all sites needs an OpenID provider, which admit is not yet: each site has a server of its own with its own \
     public_url, and people sign in at each.",
    "한 번의 로그인으로 모든 사이트를 쓰려면 OpenID 제공자가 필요한데, admit은 아직 아닙니다. 사이트마다 자기 public_url을 가진 서버가 있고, \
     사용자는 사이트마다 로그인합니다.",
);
const NO_SECOND_FACTOR: Words = words(
    "High assurance needs a second factor that resists phishing (NIST SP 800-63B-4 section 2.3.2); admit has none yet. The \
     lifetimes below meet the standard, the password alone does not.",
    "높은 보증 수준에는 피싱에 강한 두 번째 인증 수단이 필요합니다(NIST SP 800-63B-4 2.3.2절). admit에는 아직 없습니다. 아래의 수명은 \
     기준에 맞지만 비밀번호만으로는 맞지 않습니다.",
);
const NO_CONSENT: Words = words(
    "For programs of others that act in your users' names you need OAuth with consent (authorization code, PKCE), which admit \
     cannot do yet. Give them neither passwords nor a client of your own; see the advice for a third-party client.",
    "우리 사용자의 이름으로 동작하는 남의 프로그램에는 동의를 받는 OAuth(인가 코드, PKCE)가 필요한데, admit은 아직 하지 못합니다. \
     비밀번호도, 우리 앱용 클라이언트도 주지 마십시오. third-party 클라이언트의 조언을 보십시오.",
);
const DATA_STAYS: Words = words(
    "What the client has stored stays visible on the device after a logout or a ban, until it is online and removes it.",
    "클라이언트가 저장한 것은 로그아웃이나 계정 비활성화 뒤에도, 온라인이 되어 지울 때까지 기기에서 볼 수 있습니다.",
);

pub(super) fn extra(requirements: &Requirements, pattern: &Pattern) -> Extra {
    let held = |credentials: &[Credential]| pattern.holders.iter().any(|it| credentials.contains(&it.credential));
    let cookie = held(&[Credential::Session, Credential::SharedSession]);
    let person = cookie || held(&[Credential::AccessAndRefresh, Credential::Lease]);
    let mut extra = Extra::default();
    if person {
        extra.reasons.push(match requirements.assurance {
            Assurance::Usual => lifetime::USUAL,
            Assurance::High => lifetime::HIGH,
        });
    }
    if person && requirements.assurance == Assurance::High {
        extra.missing.push(NO_SECOND_FACTOR);
    }
    let tokens =
        pattern.holders.iter().any(|it| !matches!(it.credential, Credential::Session | Credential::SharedSession));
    if tokens && requirements.rights == Rights::Often {
        extra.reasons.push(ROLES_AT_MOST);
    }
    if requirements.nodes == Nodes::Several {
        extra.reasons.push(ONE_TRUTH);
    }
    if cookie && requirements.sites == Sites::Several && requirements.client != Client::OtherSiteSpa {
        extra.reasons.push(HOST_ONLY);
        extra.missing.push(NO_SINGLE_SIGN_ON);
    }
    if requirements.network == Network::Sometimes && requirements.client != Client::Kiosk {
        extra.reasons.push(SERVER_DECIDES);
        extra.promises.push(DATA_STAYS);
    }
    if requirements.others == Others::Yes && requirements.client != Client::ThirdParty {
        extra.missing.push(NO_CONSENT);
    }
    extra
}
