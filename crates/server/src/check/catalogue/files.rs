//! Secrets, and files that decide.

use super::Severity::{Critical, High};
use super::Weight::{Refused, RefusedUnlessWaived};
use super::{DesignRule, own};

pub(super) const RULES: &[DesignRule] = &[
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
        "file-foreign",
        High,
        RefusedUnlessWaived,
        ("Data and secrets belong to the server's user", "데이터와 비밀은 서버를 실행하는 사용자의 것이다"),
        (
            "The owner of a file can read and replace it. Somebody who made the secret can forge everything that the server signs.",
            "파일의 소유자는 그것을 읽고 바꿀 수 있습니다. 다른 사람이 만든 비밀로는 서버가 서명하는 모든 것을 위조할 수 있습니다.",
        ),
    ),
    own(
        "policy-unusable",
        High,
        Refused,
        ("The policy can be used", "정책을 사용할 수 있다"),
        (
            "Without a usable policy nobody would be permitted anything, or no administrator could manage users.",
            "사용할 수 있는 정책이 없으면 아무것도 허용되지 않거나, 관리자가 사용자를 관리할 수 없습니다.",
        ),
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
];
