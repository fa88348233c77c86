//! What a set-up is checked for. Where `admit audit` asks the same of a live site, the id, the title and the reason are its
//! own, so that both read alike.

use admit_audit::{Language, Severity, Words};

/// What becomes of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// The server does not start, and nothing can excuse it: it could not work, or anybody would be let in.
    Refused,
    /// The server does not start unless a waiver answers for it.
    RefusedUnlessWaived,
    /// It is told at each start.
    Told,
}

/// One thing that a set-up is checked for.
#[derive(Clone, Copy, Debug)]
pub struct DesignRule {
    /// Its stable name.
    pub id: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// What becomes of it.
    pub weight: Weight,
    title: Saying,
    why: Saying,
}

/// Two languages, or what the auditor says under the same id.
#[derive(Clone, Copy, Debug)]
enum Saying {
    Own(&'static str, &'static str),
    Shared,
}

impl DesignRule {
    /// What a sound set-up keeps to.
    #[must_use]
    pub fn title(&self, language: Language) -> String {
        self.tell(self.title, language, |rule| &rule.title)
    }

    /// What goes wrong otherwise.
    #[must_use]
    pub fn why(&self, language: Language) -> String {
        self.tell(self.why, language, |rule| &rule.why)
    }

    /// The auditor's rule of the same name, when there is one.
    #[must_use]
    pub fn live(&self) -> Option<&'static admit_audit::Rule> {
        admit_audit::rules().find(|rule| rule.id == self.id)
    }

    fn tell(&self, words: Saying, language: Language, of: fn(&admit_audit::Rule) -> &Words) -> String {
        match words {
            Saying::Own(en, ko) => Words::fixed(en, ko).tell(language).to_owned(),
            Saying::Shared => self.live().map(|rule| of(rule).tell(language).to_owned()).unwrap_or_default(),
        }
    }
}

/// The rule of a name.
#[must_use]
pub fn rule(id: &str) -> Option<&'static DesignRule> {
    RULES.iter().find(|rule| rule.id == id)
}

const fn own(
    id: &'static str,
    severity: Severity,
    weight: Weight,
    title: (&'static str, &'static str),
    why: (&'static str, &'static str),
) -> DesignRule {
    DesignRule { id, severity, weight, title: Saying::Own(title.0, title.1), why: Saying::Own(why.0, why.1) }
}

/// One that the auditor has too.
const fn shared(id: &'static str, severity: Severity, weight: Weight) -> DesignRule {
    DesignRule { id, severity, weight, title: Saying::Shared, why: Saying::Shared }
}

use Severity::{Critical, High, Low, Medium};
use Weight::{Refused, RefusedUnlessWaived, Told};

/// All, by what they are about.
pub const RULES: &[DesignRule] = &[
    // How browsers reach the server.
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
    shared("transport-https", High, Refused),
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
            "With 0.0.0.0/0 any client writes its own address into X-Forwarded-For, and guesses passwords as a thousand visitors.",
            "0.0.0.0/0이면 아무 클라이언트나 X-Forwarded-For에 주소를 지어내 천 명의 방문자처럼 비밀번호를 추측합니다.",
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
    shared("cors-credentials", High, Refused),
    shared("cookie-samesite", Medium, RefusedUnlessWaived),
    // Secrets and files.
    own(
        "secret-unusable",
        Critical,
        Refused,
        ("The server's secret is there and cannot be guessed", "서버의 비밀이 있고 추측할 수 없다"),
        (
            "Whoever knows it makes form tokens and reads what is sealed with it.",
            "그것을 아는 사람은 양식 토큰을 만들고, 그것으로 봉인한 것을 읽습니다.",
        ),
    ),
    own(
        "secret-readable",
        High,
        RefusedUnlessWaived,
        ("Only its owner reads the server's secret", "서버의 비밀은 소유자만 읽는다"),
        (
            "Any other account of the machine, a backup or a web server with a wrong root has it.",
            "같은 기계의 다른 계정, 백업, 루트를 잘못 잡은 웹 서버가 그것을 갖게 됩니다.",
        ),
    ),
    own(
        "secret-in-git",
        Critical,
        RefusedUnlessWaived,
        ("No secret is under version control", "비밀이 버전 관리에 들어 있지 않다"),
        (
            "Everybody with the repository has it, and history keeps it after it was removed.",
            "저장소를 가진 모두가 갖게 되고, 지워도 이력에 남습니다.",
        ),
    ),
    own(
        "secret-in-config",
        High,
        Refused,
        ("No secret stands in the configuration", "설정 파일에 비밀이 없다"),
        (
            "A configuration is copied, shown and put under version control.",
            "설정 파일은 복사되고 공유되고 버전 관리에 들어갑니다.",
        ),
    ),
    own(
        "data-readable",
        High,
        RefusedUnlessWaived,
        ("Only its owner reads the data folder", "데이터 폴더는 소유자만 읽는다"),
        ("It holds password hashes, sessions and signing keys.", "비밀번호 해시, 세션, 서명 키가 들어 있습니다."),
    ),
    own(
        "config-writable",
        High,
        RefusedUnlessWaived,
        ("Only its owner changes configuration and policy", "설정과 정책은 소유자만 바꾼다"),
        (
            "Whoever can write the policy gives themselves any right at the next reload.",
            "정책을 쓸 수 있는 사람은 다음 다시 읽기 때 스스로에게 아무 권한이나 줍니다.",
        ),
    ),
    // Stores.
    own(
        "store-url-twice",
        Medium,
        Refused,
        ("Each store is named once", "저장소는 한 번만 지정한다"),
        ("One of two addresses is not what you think.", "두 주소 가운데 하나는 생각과 다릅니다."),
    ),
    own(
        "store-url-unknown",
        Medium,
        Refused,
        ("Stores are of a known kind", "저장소의 종류가 알려진 것이다"),
        ("Nothing could be kept there.", "아무것도 보관할 수 없습니다."),
    ),
    own(
        "store-url-malformed",
        Medium,
        Refused,
        ("Addresses of stores can be read", "저장소 주소를 읽을 수 있다"),
        ("Nothing could be kept there.", "아무것도 보관할 수 없습니다."),
    ),
    own(
        "store-url-unreadable",
        Medium,
        Refused,
        ("The file with a store's address can be read", "저장소 주소 파일을 읽을 수 있다"),
        ("Nothing could be kept there.", "아무것도 보관할 수 없습니다."),
    ),
    own(
        "store-url-readable",
        High,
        RefusedUnlessWaived,
        ("Only its owner reads the file with a store's address", "저장소 주소 파일은 소유자만 읽는다"),
        ("It has the password of the database.", "데이터베이스 비밀번호가 들어 있습니다."),
    ),
    own(
        "store-password-readable",
        High,
        RefusedUnlessWaived,
        ("Only its owner reads the file with a store's password", "저장소 비밀번호 파일은 소유자만 읽는다"),
        ("It has the password of the database.", "데이터베이스 비밀번호가 들어 있습니다."),
    ),
    own(
        "postgres-plain",
        High,
        Refused,
        ("PostgreSQL beyond this machine is reached over TLS", "다른 기계의 PostgreSQL에는 TLS로 접속한다"),
        (
            "Password hashes and sessions would cross the network in the clear.",
            "비밀번호 해시와 세션이 네트워크를 평문으로 지나갑니다.",
        ),
    ),
    own(
        "redis-plain",
        High,
        Refused,
        ("Redis beyond this machine is reached over TLS", "다른 기계의 Redis에는 TLS로 접속한다"),
        ("Sessions would cross the network in the clear.", "세션이 네트워크를 평문으로 지나갑니다."),
    ),
    own(
        "stores-postgres-memory",
        High,
        Refused,
        ("Sessions in memory belong to one node", "메모리 세션은 노드 하나의 것이다"),
        (
            "With accounts in PostgreSQL several nodes can run, and a logout at one would not reach the others.",
            "계정이 PostgreSQL에 있으면 노드가 여럿일 수 있고, 한 노드의 로그아웃이 다른 노드에 닿지 않습니다.",
        ),
    ),
    own(
        "stores-sqlite-redis",
        Medium,
        Refused,
        ("Sessions in Redis need accounts in PostgreSQL", "Redis 세션에는 PostgreSQL 계정이 필요하다"),
        (
            "A file on one machine cannot be the truth for several.",
            "한 기계의 파일은 여러 기계의 진실이 될 수 없습니다.",
        ),
    ),
    own(
        "store-unreachable",
        High,
        Told,
        ("The stores can be reached", "저장소에 접속할 수 있다"),
        ("Without them every guarded route answers 503.", "접속할 수 없으면 보호된 모든 경로가 503으로 응답합니다."),
    ),
    own(
        "clock-skew",
        High,
        Told,
        ("This machine's clock agrees with the database's", "이 기계의 시계가 데이터베이스와 맞는다"),
        (
            "Sessions and tokens end by the clock: a node that is behind keeps them alive.",
            "세션과 토큰은 시계로 끝납니다. 뒤처진 노드는 그것들을 살려 둡니다.",
        ),
    ),
    // Lifetimes.
    own(
        "session-never",
        High,
        Refused,
        ("A session lives for some time", "세션이 얼마간은 산다"),
        ("Nobody could stay signed in.", "아무도 로그인 상태를 유지할 수 없습니다."),
    ),
    shared("session-expiry", Medium, RefusedUnlessWaived),
    own(
        "session-idle-over-absolute",
        Low,
        Refused,
        ("The idle time is below the absolute one", "유휴 기한이 절대 기한보다 짧다"),
        (
            "A limit that never takes effect is one that somebody relies on.",
            "효과가 없는 기한을 누군가는 믿고 있습니다.",
        ),
    ),
    shared("jwt-lifetime", High, Refused),
    own(
        "token-too-short",
        Medium,
        Refused,
        ("Tokens live long enough to be used", "토큰이 쓰일 만큼은 산다"),
        ("Apps would renew them without end.", "앱이 끝없이 갱신하게 됩니다."),
    ),
    own(
        "refresh-too-long",
        Medium,
        RefusedUnlessWaived,
        ("Refresh tokens end within 30 days", "리프레시 토큰은 30일 안에 끝난다"),
        ("A phone that was sold stays signed in.", "팔린 휴대폰이 계속 로그인 상태입니다."),
    ),
    own(
        "refresh-idle-over-absolute",
        Low,
        Refused,
        ("The idle time of refresh tokens is below the absolute one", "리프레시 토큰의 유휴 기한이 절대 기한보다 짧다"),
        (
            "A limit that never takes effect is one that somebody relies on.",
            "효과가 없는 기한을 누군가는 믿고 있습니다.",
        ),
    ),
    own(
        "key-rotation",
        Medium,
        Refused,
        ("Signing keys are published before they sign", "서명 키는 서명하기 전에 공개된다"),
        (
            "Verifiers would refuse tokens of a key that they have not seen.",
            "검증자가 본 적 없는 키의 토큰을 거부하게 됩니다.",
        ),
    ),
    own(
        "heartbeat",
        Medium,
        Refused,
        ("The feed of revocations is heard from in time", "취소 소식이 제때 들린다"),
        (
            "A verifier that hears nothing answers 503 at its bound.",
            "소식이 없으면 검증자는 기한에 503으로 응답합니다.",
        ),
    ),
    own(
        "staleness-long",
        Medium,
        Told,
        ("No decision is more than a minute old", "어떤 판단도 1분보다 오래되지 않는다"),
        (
            "A rule's max_staleness is how long a ban, a logout or a lost role may go unnoticed.",
            "규칙의 max_staleness는 차단, 로그아웃, 역할 회수가 알려지지 않을 수 있는 시간입니다.",
        ),
    ),
    // Clients.
    shared("token-storage", High, Refused),
    own(
        "client-secret-in-app",
        High,
        Refused,
        ("An app that people install has no secret", "설치하는 앱에는 비밀이 없다"),
        (
            "Whoever has the app has the secret (RFC 8252, section 8.5).",
            "앱을 가진 사람은 비밀도 갖습니다 (RFC 8252 8.5절).",
        ),
    ),
    own(
        "client-unproved",
        High,
        Refused,
        ("A service shows that it is itself", "서비스는 자신임을 증명한다"),
        ("Anybody who knows its name would get its tokens.", "이름만 아는 누구나 그 서비스의 토큰을 받게 됩니다."),
    ),
    own(
        "client-roles",
        Medium,
        Refused,
        ("Only services have roles of their own", "서비스만 자기 역할을 갖는다"),
        ("What runs at its user acts as its user.", "사용자 쪽에서 도는 것은 사용자로서 행동합니다."),
    ),
    own(
        "client-two-proofs",
        Medium,
        Refused,
        ("A client has one proof", "클라이언트의 증명은 하나다"),
        ("The weaker of two is enough for an attacker.", "둘 가운데 약한 것이면 공격자에게 충분합니다."),
    ),
    own(
        "client-name",
        Low,
        Refused,
        ("Clients have names that can be written", "클라이언트 이름을 쓸 수 있다"),
        ("Their names stand in tokens and logs.", "이름이 토큰과 기록에 들어갑니다."),
    ),
    own(
        "client-audience",
        Medium,
        Refused,
        ("Audiences can be read", "대상을 읽을 수 있다"),
        (
            "A token is for whom it names, and for nobody else.",
            "토큰은 적힌 대상을 위한 것이고 다른 누구의 것도 아닙니다.",
        ),
    ),
    own(
        "client-key",
        High,
        Refused,
        ("A service's public key can be read", "서비스의 공개 키를 읽을 수 있다"),
        ("Its requests could not be verified.", "그 요청을 검증할 수 없습니다."),
    ),
    own(
        "client-unreadable",
        Medium,
        Refused,
        ("Files of clients can be read", "클라이언트의 파일을 읽을 수 있다"),
        ("The client could not be known.", "클라이언트를 알아볼 수 없습니다."),
    ),
    own(
        "client-secret-readable",
        High,
        RefusedUnlessWaived,
        ("Only its owner reads a client's secret", "클라이언트의 비밀은 소유자만 읽는다"),
        ("Whoever has it is that service.", "그것을 가진 사람은 그 서비스가 됩니다."),
    ),
    own(
        "client-secret-weak",
        Critical,
        Refused,
        ("A client's secret cannot be guessed", "클라이언트의 비밀은 추측할 수 없다"),
        ("Whoever guesses it is that service.", "추측한 사람은 그 서비스가 됩니다."),
    ),
    // People.
    shared("password-short", Medium, RefusedUnlessWaived),
    own(
        "admin-second-factor",
        Medium,
        Told,
        ("Administrators need more than a password", "관리자에게는 비밀번호 말고도 필요하다"),
        (
            "One phished password is the whole deployment. admit has no second factor yet.",
            "피싱당한 비밀번호 하나가 시스템 전체입니다. admit에는 아직 두 번째 인증 요소가 없습니다.",
        ),
    ),
    own(
        "role-unheld",
        Low,
        Told,
        ("Somebody holds each role", "역할마다 가진 사람이 있다"),
        (
            "A role that nobody holds is a right that nobody looks at, or a name that was mistyped when it was assigned.",
            "아무도 없는 역할은 아무도 살피지 않는 권한이거나, 부여할 때 잘못 적은 이름입니다.",
        ),
    ),
    // Operation.
    own(
        "metrics-exposed",
        Medium,
        Told,
        ("Metrics are for Prometheus alone", "지표는 Prometheus만 본다"),
        (
            "They have no login, and tell how many sign in, fail and are refused.",
            "로그인이 없고, 몇 명이 로그인하고 실패하고 거부되는지 알려 줍니다.",
        ),
    ),
    own(
        "log-verbose",
        Low,
        Told,
        ("The log is not at debug in production", "운영 환경의 로그는 debug가 아니다"),
        (
            "It grows with every request, and says more about users than it has to.",
            "요청마다 커지고, 필요 이상으로 사용자에 대해 말합니다.",
        ),
    ),
    own(
        "body-large",
        Low,
        Told,
        ("Request bodies are small", "요청 본문이 작다"),
        (
            "Nothing here needs more than some kilobytes; large ones are memory that strangers take.",
            "여기에는 몇 킬로바이트면 충분합니다. 큰 본문은 낯선 사람이 차지하는 메모리입니다.",
        ),
    ),
    own(
        "runs-as-root",
        Low,
        Told,
        ("The server does not run as root", "서버가 root로 돌지 않는다"),
        ("Whatever gets hold of the process has the machine.", "프로세스를 장악하면 기계 전체를 갖게 됩니다."),
    ),
    // Waivers themselves.
    own(
        "waiver-unknown",
        Medium,
        Refused,
        ("Waivers name rules that there are", "면제는 있는 규칙을 가리킨다"),
        (
            "It excuses nothing, and somebody believes that it does.",
            "아무것도 면제하지 않는데 누군가는 그렇다고 믿습니다.",
        ),
    ),
    own(
        "waiver-impossible",
        High,
        Refused,
        ("Waivers excuse what can be excused", "면제는 면제할 수 있는 것만 면제한다"),
        (
            "Some things would make the server useless or open, whoever answers for them.",
            "누가 책임지든 서버를 쓸모없게 하거나 열어 두는 일이 있습니다.",
        ),
    ),
    own(
        "waiver-reason",
        Low,
        Refused,
        ("Waivers say why", "면제에는 이유가 있다"),
        ("The next reader has to be able to judge.", "다음에 읽는 사람이 판단할 수 있어야 합니다."),
    ),
    own(
        "waiver-over",
        Low,
        Told,
        ("No waiver is over", "기한이 지난 면제가 없다"),
        ("What it excused counts again.", "면제하던 것이 다시 지적됩니다."),
    ),
    own(
        "waiver-idle",
        Low,
        Told,
        ("Every waiver excuses something", "면제마다 면제하는 것이 있다"),
        ("It would excuse the next mistake without anybody noticing.", "다음 실수를 아무도 모르게 면제하게 됩니다."),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_name_of_its_own_a_title_and_a_reason_in_both_languages() {
        for (at, rule) in RULES.iter().enumerate() {
            assert!(RULES.iter().skip(at + 1).all(|other| other.id != rule.id), "{}", rule.id);
            for language in [Language::En, Language::Ko] {
                assert!(rule.title(language).chars().count() > 8, "{}", rule.id);
                assert!(rule.why(language).chars().count() > 8, "{}", rule.id);
            }
        }
    }
}
