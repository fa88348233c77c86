//! `session-expiry`

use std::time::Duration;

use admit_words::say;

use crate::outcome::{Answer, Outcome};
use crate::site::{Site, Who};

pub(crate) use admit_rules::shared::SESSION_EXPIRY as RULE;

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
