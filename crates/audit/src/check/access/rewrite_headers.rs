//! `access-rewrite-headers`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::guarded::{Guarded, guarded};
use crate::http::{Origin, Request};
use crate::outcome::{Answer, Outcome};
use crate::site::{Site, Visitor};

pub(crate) static RULE: Rule = Rule {
    id: "access-rewrite-headers",
    title: Words::fixed("No header leads a request past its guard", "헤더로 요청을 검사 너머로 보낼 수 없다"),
    severity: Severity::Critical,
    tier: Tier::Active,
    area: Area::Access,
    asvs: &["V4.1.3", "V8.3.1"],
    cwe: &[288, 436],
    why: Words::fixed(
        "Where the guard looks at the path and the router at a header like X-Original-URL, or the guard is skipped for a header \
         that means \"internal\" (CVE-2025-29927), a guarded page comes out at a public address.",
        "검사는 경로를 보고 라우터는 X-Original-URL 같은 헤더를 보거나, \"내부\"를 뜻하는 헤더가 있으면 검사를 건너뛰면\
         (CVE-2025-29927) 보호된 페이지가 공개 주소로 나옵니다.",
    ),
    how: Words::fixed(
        "As a stranger, asks for the start page with headers that name a guarded one, and for guarded pages with headers that \
         name the start page, another method or an internal call.",
        "낯선 사람으로서, 보호된 페이지를 가리키는 헤더를 붙여 시작 페이지를 요청하고, 시작 페이지나 다른 메서드나 내부 호출을 \
         뜻하는 헤더를 붙여 보호된 페이지를 요청합니다.",
    ),
    remedy: Words::fixed(
        "Take no path or method from headers, let the proxy remove them, and guard the route itself and not its address.",
        "헤더에서 경로나 메서드를 읽지 말고, 프록시가 그런 헤더를 지우게 하고, 주소가 아니라 라우트 자체를 지키세요.",
    ),
    stacks: &[
        (Stack::Express, "do not assign req.url from a header; nginx: proxy_set_header X-Original-URL \"\";"),
        (Stack::Django, "do not assign request.path_info from a header; nginx: proxy_set_header X-Original-URL \"\";"),
        (Stack::Rails, "check in the controller with before_action; nginx: proxy_set_header X-Original-URL \"\";"),
        (Stack::Spring, "server.forward-headers-strategy=none  # unless a proxy sets and cleans them"),
        (Stack::Laravel, "Symfony of 2018-08-01 or later (CVE-2018-14773): X-Original-URL is no longer read"),
        (Stack::Axum, "nothing to do: admit reads no such header, and the rule is part of the route"),
    ],
};

/// Headers from which routers have taken a path.
const PATHS: [&str; 6] =
    ["X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Uri", "X-Original-Uri", "X-Forwarded-Path", "X-Forwarded-Prefix"];

/// What is sent for one guarded address, each with how it is told.
fn attempts(site: &Site, target: &Guarded) -> Vec<(&'static str, Request)> {
    let path = target.url.path();
    let start = Request::get(site.start.clone());
    let with = |request: Request, value: &str| PATHS.iter().fold(request, |request, name| request.header(name, value));
    let middleware = ["middleware"; 5].join(":");
    let source = ["src/middleware"; 5].join(":");
    let mut attempts = vec![
        ("X-Original-URL / X-Rewrite-URL / X-Forwarded-Uri", with(start, path)),
        ("X-Original-URL / X-Rewrite-URL / X-Forwarded-Uri", with(target.request(), site.start.path())),
        ("X-Middleware-Subrequest", target.request().header("X-Middleware-Subrequest", middleware)),
        ("X-Middleware-Subrequest", target.request().header("X-Middleware-Subrequest", source)),
    ];
    let mut overridden =
        Request::new("POST", target.url.clone(), Origin::Own).body("application/x-www-form-urlencoded", "");
    for name in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
        overridden = overridden.header(name, "GET");
    }
    attempts.push(("X-HTTP-Method-Override", overridden));
    attempts
}

pub(crate) async fn run(site: &mut Site) -> Answer {
    let mut seen = Vec::new();
    for target in guarded(site).await? {
        for (told, request) in attempts(site, &target) {
            let (headers, url) = (request.headers.clone(), request.url.clone());
            let exchange = site.send(request.clone(), &mut Visitor::default()).await?;
            if !target.is_shown_by(&exchange) {
                seen.push(exchange);
                continue;
            }
            // Which of them it is.
            let mut proof = (told.to_owned(), exchange);
            for (name, value) in headers.iter().filter(|(name, _)| name != "Accept") {
                let mut alone = request.clone();
                alone.headers.retain(|(known, _)| known == "Accept");
                let alone = site.send(alone.header(name, value), &mut Visitor::default()).await?;
                if target.is_shown_by(&alone) {
                    proof = (format!("{name}: {value}"), alone);
                    break;
                }
            }
            let (header, path, at) = (&proof.0, target.url.path(), url.path());
            return Ok(Outcome::fail(say!(
                "With {header} at {at}, a stranger sees what {path} guards.",
                "{at}에 {header}을(를) 보내면 낯선 사람에게 {path}의 보호된 내용이 보입니다."
            ))
            .seen(&target.refused)
            .seen(&proof.1));
        }
    }
    let count = seen.len();
    Ok(Outcome::pass(say!(
        "{count} requests with such headers showed nothing.",
        "그런 헤더를 붙인 요청 {count}개로 보인 것이 없습니다."
    ))
    .seen_all(seen.iter().take(4)))
}
