//! `transport-https`

use admit_words::say;

use crate::http::{Request, is_loopback};
use crate::outcome::{Answer, Outcome};
use crate::site::{Site, Visitor};

pub(crate) use admit_rules::shared::TRANSPORT_HTTPS as RULE;

pub(crate) async fn run(site: &mut Site) -> Answer {
    if is_loopback(&site.start) {
        return Ok(Outcome::not_applicable(say!("This machine's own address.", "이 컴퓨터 자신의 주소입니다.")));
    }
    let mut stranger = Visitor::default();
    if site.start.scheme() == "http" {
        let exchange = site.send(Request::get(site.start.clone()), &mut stranger).await?;
        return Ok(Outcome::fail(say!("The site answers over plain http.", "사이트가 평문 http로 응답합니다."))
            .seen(&exchange));
    }
    if site.start.port().is_some() {
        return Ok(Outcome::pass(say!("The address is https, on a port of its own.", "별도 포트의 https 주소입니다.")));
    }
    let mut plain = site.start.clone();
    let _ = plain.set_scheme("http");
    // Nobody there is as good as a redirect.
    let Ok(exchange) = site.send(Request::get(plain), &mut stranger).await else {
        return Ok(Outcome::pass(say!("Nothing answers over plain http.", "평문 http에는 아무도 응답하지 않습니다.")));
    };
    let outcome = if exchange.is_redirect() && exchange.location().is_some_and(|to| to.scheme() == "https") {
        Outcome::pass(say!("Plain http leads to https.", "평문 http는 https로 이어집니다."))
    } else {
        Outcome::fail(say!("Plain http is answered with a page.", "평문 http에 페이지로 응답합니다."))
    };
    Ok(outcome.seen(&exchange))
}
