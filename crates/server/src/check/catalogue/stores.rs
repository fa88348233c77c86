//! Where accounts and sessions are.

use super::Severity::{High, Medium};
use super::Weight::{Refused, RefusedUnlessWaived, Told};
use super::{DesignRule, own};

pub(super) const RULES: &[DesignRule] = &[
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
];
