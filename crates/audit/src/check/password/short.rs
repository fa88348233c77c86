//! `password-short`

use admit_words::Words;

use super::{Changer, strong};
use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) use admit_rules::shared::PASSWORD_SHORT as RULE;

pub(crate) async fn run(site: &mut Site) -> Answer {
    let mut changer = Changer::begin(site).await?;
    let answer = look(site, &mut changer).await;
    changer.end(site, answer).await
}

async fn look(site: &mut Site, changer: &mut Changer) -> Answer {
    site.password_works().await?;
    let (renewal, proven) = changer.takes(site, &strong(7)).await?;
    let evidence = renewal.steps.iter().take(1);
    if proven {
        return Ok(Outcome::fail(Words::fixed(
            "A password of seven characters was taken; one signs in with it.",
            "7자짜리 비밀번호가 받아들여졌고, 그것으로 로그인됩니다.",
        ))
        .seen_all(evidence));
    }
    Ok(Outcome::pass(Words::fixed("A password of seven characters was refused.", "7자짜리 비밀번호가 거부되었습니다."))
        .seen_all(evidence))
}
