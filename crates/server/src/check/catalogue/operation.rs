//! People, operation, and waivers.

use admit_rules::shared::PASSWORD_SHORT;

use super::Severity::{High, Low, Medium};
use super::Weight::{Refused, RefusedUnlessWaived, Told};
use super::{DesignRule, own, shared};

pub(super) const RULES: &[DesignRule] = &[
    shared(&PASSWORD_SHORT, Medium, RefusedUnlessWaived),
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
        "waiver-about",
        Medium,
        Refused,
        ("Waivers say what they are about", "예외 승인은 대상을 밝힌다"),
        (
            "A waiver of a whole rule would excuse the next client, file or network that breaks it, unseen.",
            "규칙 전체를 예외로 두면 그 규칙을 어기는 다음 클라이언트, 파일, 네트워크도 아무도 모르게 넘어갑니다.",
        ),
    ),
    own(
        "waiver-long",
        Low,
        Refused,
        ("Waivers end within a year", "예외 승인은 1년 안에 끝난다"),
        (
            "Somebody has to decide again whether what was accepted still is.",
            "받아들인 위험을 계속 받아들일지 누군가 다시 결정해야 합니다.",
        ),
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
