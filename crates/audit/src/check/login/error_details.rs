//! `error-details`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};
use url::Url;

use crate::check::if_known;
use crate::html::Form;
use crate::http::{Exchange, Origin, Request};
use crate::outcome::{Answer, Outcome, Stop};
use crate::site::{Site, Visitor, random_text};

pub(crate) static RULE: Rule = Rule {
    id: "error-details",
    title: Words::fixed("Errors tell nothing of the inside", "오류가 내부를 드러내지 않는다"),
    severity: Severity::Medium,
    tier: Tier::Active,
    area: Area::Login,
    asvs: &["V13.4.2", "V16.5.1"],
    cwe: &[209],
    why: Words::fixed(
        "A stack trace names libraries with their versions, paths, queries, and sometimes keys: the map for the next attack.",
        "스택 트레이스는 라이브러리와 그 버전, 경로, 쿼리, 때로는 키까지 알려 줍니다. 다음 공격의 지도가 됩니다.",
    ),
    how: Words::fixed(
        "Sends requests that cannot be read to the login and to the address for tokens, and looks in the answers for what the errors of \
         Node, Python, Java, PHP, Ruby, Rust and .NET look like. A 500 without details is a warning.",
        "로그인과 토큰 주소에 읽을 수 없는 요청을 보내고, 응답에서 Node, Python, Java, PHP, Ruby, Rust, .NET의 오류 모양을 찾습니다. \
         세부 내용이 없는 500은 주의로 봅니다.",
    ),
    remedy: Words::fixed(
        "Answer what cannot be read with 400 and a sentence of your own; write the rest into the log. Turn debugging off in production.",
        "읽을 수 없는 요청에는 400과 직접 쓴 한 문장으로 답하고, 나머지는 로그에 쓰세요. 운영 환경에서는 디버그를 끄세요.",
    ),
    stacks: &[
        (
            Stack::Express,
            "NODE_ENV=production; app.use((err, req, res, next) => res.status(err.status ?? 500).json({ title: 'Error' }))",
        ),
        (Stack::Django, "DEBUG = False"),
        (Stack::Rails, "config.consider_all_requests_local = false"),
        (Stack::Spring, "server.error.include-stacktrace=never; server.error.include-message=never"),
        (Stack::Laravel, "APP_DEBUG=false"),
        (Stack::Axum, "nothing to do: admit's refusals are problem documents with a sentence"),
    ],
};

/// What traces look like, each with the language. All of the texts of one have to be there.
const TRACES: [(&str, &[&str]); 16] = [
    ("Python", &["Traceback (most recent call last)"]),
    ("Python", &["File \"", ", line ", ", in "]),
    ("Django", &["You're seeing this error because you have <code>DEBUG = True</code>"]),
    ("Node.js", &["    at ", ".js:"]),
    ("Node.js", &["at ", "node_modules/"]),
    ("Node.js", &["at ", "(node:internal"]),
    ("Java", &["\tat ", ".java:"]),
    ("Java", &["java.lang.", "Exception"]),
    ("PHP", &["Stack trace:", "#0 "]),
    ("PHP", &["Fatal error", ".php"]),
    ("Laravel", &["Illuminate\\", ".php"]),
    ("Ruby", &[".rb:", ":in `"]),
    ("Ruby", &[".rb:", ":in '"]),
    ("Rust", &["panicked at "]),
    ("Rust", &[".cargo/registry/"]),
    (".NET", &["   at ", ".cs:line "]),
];

fn trace(exchange: &Exchange) -> Option<&'static str> {
    // In HTML the signs of a trace are written as entities.
    let body =
        exchange.body().replace("&quot;", "\"").replace("&#39;", "'").replace("&#x27;", "'").replace("&#96;", "`");
    let body = body.replace("&nbsp;", " ").replace("\\n", "\n").replace("\\t", "\t").replace("\\\"", "\"");
    TRACES.iter().find(|(_, signs)| signs.iter().all(|sign| body.contains(sign))).map(|(language, _)| *language)
}

/// Requests that cannot be read.
fn broken(form: Option<&Form>, login: Option<&Url>, tokens: Option<&Url>) -> Vec<Request> {
    let post = |url: &Url, media: &str, body: &str| Request::new("POST", url.clone(), Origin::Own).body(media, body);
    let mut requests = Vec::new();
    for url in [tokens, login].into_iter().flatten() {
        for body in ["{\"username\": ", "[[[", "{\"username\": {\"$ne\": null}, \"password\": [1]}", "null"] {
            requests.push(post(url, "application/json", body).header("Accept", "application/json"));
        }
        requests.push(post(
            url,
            "application/x-www-form-urlencoded",
            "username=%ff%fe%00&password[a]=1&password[]=2&%",
        ));
        requests.push(post(url, "multipart/form-data", "--"));
        requests.push(post(url, "application/json; charset=none", "{}"));
    }
    if let Some(form) = form {
        // With the right token, so that what comes after it is reached: names that are lists, and text that is none.
        let fields = form.filled();
        let hidden = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut body = form_urlencoded::Serializer::new(String::new()).extend_pairs(hidden).finish();
        for field in &form.fields {
            let name: String = form_urlencoded::byte_serialize(field.name.as_bytes()).collect();
            if field.kind != "hidden" {
                body.push_str(&format!("&{name}=%ff%00&{name}[x]=1"));
            }
        }
        requests.push(post(&form.action, "application/x-www-form-urlencoded", &body));
    }
    requests
}

/// The login form, where there is one, and where sign-ins are sent.
async fn login(site: &mut Site, visitor: &mut Visitor) -> Result<(Option<Form>, Option<Url>), Stop> {
    if let Some((_, form)) = if_known(site.login_page(visitor).await)? {
        let form = Some(form).filter(|form| form.method == "POST" && site.is_ours(&form.action));
        let url = form.as_ref().map(|form| form.action.clone());
        return Ok((form, url));
    }
    let request = if_known(site.login_request("nobody", "nothing", visitor).await)?;
    Ok((None, request.map(|request| request.url)))
}

pub(crate) async fn run(site: &mut Site) -> Answer {
    let tokens = match site.recipe.tokens.clone() {
        Some(tokens) => Some(site.url(&tokens.url)?),
        None => None,
    };
    let mut visitor = Visitor::default();
    let (form, login) = login(site, &mut visitor).await?;
    let mut requests = broken(form.as_ref(), login.as_ref(), tokens.as_ref());
    requests.push(Request::get(site.url(&format!("/{}", random_text(9)))?));
    let (mut traces, mut failures, mut seen) = (Vec::new(), Vec::new(), Vec::new());
    for request in requests {
        let exchange = site.send(request, &mut visitor).await?;
        if let Some(language) = trace(&exchange) {
            traces.push((language, exchange));
        } else if exchange.status() == 500 {
            failures.push(exchange);
        } else {
            seen.push(exchange);
        }
    }
    if let Some((language, exchange)) = traces.first() {
        let (path, status) = (exchange.request.url.path(), exchange.status());
        return Ok(Outcome::fail(say!(
            "{path} answers {status} with what looks like an error of {language} to a request that it cannot read.",
            "{path}이(가) 읽을 수 없는 요청에 {language} 오류로 보이는 내용을 담아 {status}(으)로 응답합니다."
        ))
        .seen_all(traces.iter().map(|(_, exchange)| exchange).take(3)));
    }
    if let Some(exchange) = failures.first() {
        let path = exchange.request.url.path();
        return Ok(Outcome::warn(say!(
            "{path} answers 500 to a request that it cannot read; it tells no details.",
            "{path}이(가) 읽을 수 없는 요청에 500으로 응답합니다. 세부 내용은 드러나지 않습니다."
        ))
        .seen_all(failures.iter().take(3)));
    }
    let count = seen.len();
    Ok(Outcome::pass(say!(
        "{count} requests that cannot be read were answered without details.",
        "읽을 수 없는 요청 {count}개에 세부 내용 없이 응답했습니다."
    ))
    .seen_all(seen.iter().take(3)))
}
