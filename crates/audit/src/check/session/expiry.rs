//! `session-expiry`

use std::time::Duration;

use crate::outcome::{Answer, Outcome};
use crate::rule::{Area, Rule, Severity, Stack, Tier};
use crate::site::{Site, Who};
use crate::words::{Words, say};

pub(crate) static RULE: Rule = Rule {
    id: "session-expiry",
    title: Words::fixed("A session ends by itself", "세션은 스스로 끝난다"),
    severity: Severity::Medium,
    tier: Tier::Login,
    area: Area::Session,
    asvs: &["V7.3.1", "V7.3.2"],
    cwe: &[613],
    why: Words::fixed(
        "A session that never ends is found months later: on a sold laptop, in an old backup.",
        "끝나지 않는 세션은 몇 달 뒤 팔린 노트북이나 오래된 백업에서 발견됩니다.",
    ),
    how: Words::fixed(
        "With idle of [session] in the recipe it waits that long and two seconds more, and comes back. What takes hours cannot be seen in minutes: then a person has to look.",
        "레시피의 [session] idle이 있으면 그만큼에 2초를 더 기다렸다가 다시 접속합니다. 몇 시간 걸리는 일은 몇 분 만에 볼 수 없으므로 그때는 사람이 확인해야 합니다.",
    ),
    remedy: Words::fixed(
        "End sessions at the server after a time without requests, and after a time in all (NIST SP 800-63B-4, section 2.2.3: at AAL2 an hour without activity and 24 hours in all are suggested).",
        "요청 없이 일정 시간이 지나면, 그리고 전체 기한이 지나면 서버에서 세션을 끝내세요 (NIST SP 800-63B-4 2.2.3절은 AAL2에서 유휴 1시간, 전체 24시간을 권합니다).",
    ),
    stacks: &[
        (Stack::Express, "session({ rolling: true, cookie: { maxAge: 30 * 60 * 1000 } }), and a TTL in the store"),
        (Stack::Django, "SESSION_COOKIE_AGE = 1800; SESSION_SAVE_EVERY_REQUEST = True"),
        (Stack::Rails, "config.session_store …, expire_after: 30.minutes"),
        (Stack::Spring, "server.servlet.session.timeout=30m"),
        (Stack::Laravel, "SESSION_LIFETIME=30"),
        (Stack::Axum, "sessions.idle and sessions.absolute"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let Some(seconds) = site.recipe.session.idle else {
        return Ok(Outcome::manual(say!(
            "How long a session lives at the server cannot be seen from outside in minutes. Look it up, or name idle of [session] when it is short.",
            "서버에서 세션이 얼마나 사는지는 밖에서 몇 분 만에 알 수 없습니다. 설정을 확인하거나, 짧다면 [session]의 idle을 적으세요."
        )));
    };
    let mut session = site.fresh_session(Who::Ordinary).await?;
    tokio::time::sleep(Duration::from_secs(seconds + 2)).await;
    let (exchange, alive) = site.recognised(&mut session.visitor).await?;
    let outcome = if alive {
        Outcome::fail(say!(
            "A session without requests for {seconds} s and two more was still alive.",
            "{seconds}초에 2초를 더한 동안 요청이 없던 세션이 아직 살아 있었습니다."
        ))
    } else {
        Outcome::pass(say!(
            "After {seconds} s without a request the session was over.",
            "요청 없이 {seconds}초가 지나자 세션이 끝났습니다."
        ))
    };
    Ok(outcome.seen(&exchange))
}
