//! `transport-hsts`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use crate::http::{Request, is_loopback};
use crate::outcome::{Answer, Outcome};
use crate::site::{Site, Visitor};

pub(crate) static RULE: Rule = Rule {
    id: "transport-hsts",
    title: Words::fixed("Browsers are told to stay on https", "브라우저에게 https만 쓰라고 알린다"),
    severity: Severity::Medium,
    tier: Tier::Safe,
    area: Area::Page,
    asvs: &["V3.4.1"],
    cwe: &[523],
    why: Words::fixed(
        "The first request that somebody types goes over plain http, and whoever is on the way answers it.",
        "주소창에 입력한 첫 요청은 평문 http로 가고, 중간의 누군가가 대신 응답할 수 있습니다.",
    ),
    how: Words::fixed(
        "Reads Strict-Transport-Security on the start page and on the login page.",
        "시작 페이지와 로그인 페이지의 Strict-Transport-Security를 읽습니다.",
    ),
    remedy: Words::fixed(
        "Send Strict-Transport-Security: max-age=31536000; includeSubDomains.",
        "Strict-Transport-Security: max-age=31536000; includeSubDomains를 보내세요.",
    ),
    stacks: &[
        (Stack::Express, "helmet()"),
        (Stack::Django, "SECURE_HSTS_SECONDS = 31536000"),
        (Stack::Rails, "config.force_ssl = true"),
        (Stack::Spring, "built in, over https"),
        (Stack::Laravel, "at the proxy: add_header Strict-Transport-Security \"max-age=31536000\" always;"),
        (Stack::Axum, "nothing to do for admit's pages"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    // Browsers keep no such promise for an address of numbers (RFC 6797, section 8.1.1), nor need it for this machine.
    let named = matches!(site.start.host(), Some(url::Host::Domain(_))) && !is_loopback(&site.start);
    if site.start.scheme() != "https" || !named {
        return Ok(Outcome::not_applicable(say!(
            "Only a named host over https can say it.",
            "이름이 있는 호스트의 https에서만 의미가 있습니다."
        )));
    }
    let exchange = site.send(Request::get(site.start.clone()), &mut Visitor::default()).await?;
    let told = exchange.header("strict-transport-security").unwrap_or_default().to_ascii_lowercase();
    let seconds =
        told.split(';').find_map(|part| part.trim().strip_prefix("max-age=")?.trim_matches('"').parse::<i64>().ok());
    let outcome = match seconds {
        None => Outcome::fail(say!("The header is missing.", "헤더가 없습니다.")),
        Some(seconds) if seconds < 15_552_000 => {
            let days = seconds / 86_400;
            let unit = if days == 1 { "day" } else { "days" };
            Outcome::warn(say!(
                "It is valid for {days} {unit}; at least half a year is usual.",
                "기간이 {days}일입니다. 보통 반년 이상으로 합니다."
            ))
        }
        Some(seconds) => {
            let days = seconds / 86_400;
            Outcome::pass(say!("Valid for {days} days.", "기간은 {days}일입니다."))
        }
    };
    Ok(outcome.seen(&exchange))
}
