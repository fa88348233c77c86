//! The programs that people and services use.

use admit_rules::shared::TOKEN_STORAGE;

use super::Severity::{Critical, High, Low, Medium};
use super::Weight::{Refused, RefusedUnlessWaived};
use super::{DesignRule, own, shared};

pub(super) const RULES: &[DesignRule] = &[
    shared(&TOKEN_STORAGE, High, Refused),
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
        "client-role-unknown",
        Medium,
        Refused,
        ("The policy defines the roles of clients", "정책에 클라이언트의 역할이 정의되어 있다"),
        (
            "The client would be denied everything, or would get whatever a role of that name is given later.",
            "클라이언트의 모든 요청이 거부되거나, 나중에 그 이름의 역할에 부여되는 권한을 그대로 갖게 됩니다.",
        ),
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
];
