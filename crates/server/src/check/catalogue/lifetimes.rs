//! How long things live.

use admit_rules::shared::{JWT_LIFETIME, SESSION_EXPIRY};

use super::Severity::{High, Low, Medium};
use super::Weight::{Refused, RefusedUnlessWaived, Told};
use super::{DesignRule, own, shared};

pub(super) const RULES: &[DesignRule] = &[
    own(
        "session-never",
        High,
        Refused,
        ("A session lives for some time", "세션이 얼마간은 산다"),
        ("Nobody could stay signed in.", "아무도 로그인 상태를 유지할 수 없습니다."),
    ),
    shared(&SESSION_EXPIRY, Medium, RefusedUnlessWaived),
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
    shared(&JWT_LIFETIME, High, Refused),
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
];
