//! The report as one page that needs nothing else: no script, no font, no picture from elsewhere.

use std::fmt::Write;

use admit_rules::Area;
use admit_words::{Language, Words, say};

use super::{Answered, Report, Waived};
use crate::http::Exchange;
use crate::outcome::State;

/// The order of states: what has to be mended comes first.
const STATES: [State; 6] =
    [State::Fail, State::Warn, State::Untested, State::Manual, State::Pass, State::NotApplicable];

impl Report {
    /// As HTML.
    #[must_use]
    pub fn to_html(&self, language: Language) -> String {
        let mut page = String::new();
        let site = escaped(self.start.as_str());
        let title = Words::fixed("Sign-in audit of", "로그인 감사:");
        let title = format!("{} {site}", title.tell(language));
        let tag = language.tag();
        let style = include_str!("report.css");
        let _ = write!(
            page,
            "<!doctype html>\n<html lang=\"{tag}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
             <title>{title}</title><style>{style}</style></head><body><main><header><h1>{title}</h1>"
        );
        let at = self.begun.strftime("%Y-%m-%d %H:%M UTC").to_string();
        let requests = self.requests;
        let facts = say!("{at}, {requests} requests", "{at}, 요청 {requests}개");
        let _ = write!(page, "<p class=\"facts\">{}</p>", escaped(facts.tell(language)));
        if let Some(trouble) = &self.ended {
            let partial = Words::fixed(
                "The audit broke off, and this report is partial.",
                "감사가 중단되어 이 보고서는 일부입니다.",
            );
            let told = self.redactor.redact(trouble.words().tell(language));
            let _ = write!(
                page,
                "<p class=\"partial\" role=\"alert\"><strong>{}</strong> {}</p>",
                partial.tell(language),
                escaped(&told)
            );
        }
        for left in &self.left_behind {
            let _ = write!(page, "<p class=\"partial\" role=\"alert\">{}</p>", escaped(left.tell(language)));
        }
        self.counts(&mut page, language);
        self.findings(&mut page, language);
        page.push_str("</header>");
        for area in Area::ALL {
            self.area(&mut page, area, language);
        }
        self.footer(&mut page, language);
        page.push_str("</main></body></html>\n");
        page
    }

    fn counts(&self, page: &mut String, language: Language) {
        page.push_str("<ul class=\"counts\">");
        for state in STATES {
            let count = self.count(state);
            let words = state.words();
            let quiet = if count == 0 { " quiet" } else { "" };
            let _ = write!(page, "<li class=\"{}{quiet}\"><b>{count}</b> {}</li>", state.name(), words.tell(language));
        }
        page.push_str("</ul>");
        let note = Words::fixed(
            "Only what was seen counts as a pass. What could not be tested is not one.",
            "직접 본 것만 통과로 셉니다. 확인하지 못한 것은 통과가 아닙니다.",
        );
        let _ = write!(page, "<p class=\"facts\">{}</p>", note.tell(language));
    }

    /// What has to be mended, the gravest first, each leading to its place.
    fn findings(&self, page: &mut String, language: Language) {
        let counts = |answered: &&Answered| answered.outcome.state.is_finding() && answered.waived.is_none();
        let mut found: Vec<&Answered> = self.answers.iter().filter(counts).collect();
        if found.is_empty() {
            return;
        }
        found.sort_by_key(|answered| (answered.outcome.state, std::cmp::Reverse(answered.rule.severity)));
        page.push_str("<ol class=\"findings\">");
        for answered in found {
            let _ = write!(
                page,
                "<li class=\"{}\"><span class=\"state\">{}</span> <a href=\"#{id}\">{}</a> <span class=\"severity\">{}</span></li>",
                answered.outcome.state.name(),
                answered.outcome.state.words().tell(language),
                escaped(answered.rule.title.tell(language)),
                answered.rule.severity.words().tell(language),
                id = answered.rule.id,
            );
        }
        page.push_str("</ol>");
    }

    fn area(&self, page: &mut String, area: Area, language: Language) {
        let mut answers: Vec<&Answered> = self.answers.iter().filter(|answered| answered.rule.area == area).collect();
        if answers.is_empty() {
            return;
        }
        let place = |state: State| STATES.iter().position(|known| *known == state);
        answers.sort_by_key(|answered| (place(answered.outcome.state), std::cmp::Reverse(answered.rule.severity)));
        let _ = write!(page, "<section><h2>{}</h2>", area.words().tell(language));
        for answered in answers {
            self.answer(page, answered, language);
        }
        page.push_str("</section>");
    }

    fn answer(&self, page: &mut String, answered: &Answered, language: Language) {
        let (rule, outcome) = (answered.rule, &answered.outcome);
        let finding = outcome.state.is_finding();
        let open = if finding && answered.waived.is_none() { " open" } else { "" };
        let state = outcome.state.words();
        let severity = rule.severity.words();
        let told = escaped(&self.redactor.redact(outcome.told.tell(language)));
        let _ = write!(
            page,
            "<details id=\"{id}\" class=\"{class}\"{open}><summary><span class=\"state\">{}</span>\
             <span class=\"title\">{}</span>",
            state.tell(language),
            escaped(rule.title.tell(language)),
            id = rule.id,
            class = outcome.state.name(),
        );
        if finding {
            let _ = write!(page, "<span class=\"severity\">{}</span>", severity.tell(language));
        }
        let _ = write!(page, "<code class=\"id\">{}</code></summary><p class=\"told\">{told}</p>", rule.id);
        match &answered.waived {
            Some(Waived::Waiver { reason, until }) => {
                let known = Words::fixed("Waived until", "면제됨, 기한");
                let _ = write!(page, "<p class=\"waived\">{} {until}: {}</p>", known.tell(language), escaped(reason));
            }
            Some(Waived::Baseline) => {
                let known = Words::fixed("An earlier report has it too.", "이전 보고서에도 있습니다.");
                let _ = write!(page, "<p class=\"waived\">{}</p>", known.tell(language));
            }
            None => {}
        }
        let part = |page: &mut String, en, ko, text: &str| {
            let label = Words::fixed(en, ko);
            let _ = write!(page, "<h3>{}</h3><p>{}</p>", label.tell(language), escaped(text));
        };
        if finding {
            part(page, "What an attacker does with it", "공격자가 하는 일", rule.why.tell(language));
            part(page, "What to do", "해결책", rule.remedy.tell(language));
            if !rule.stacks.is_empty() {
                page.push_str("<dl>");
                for (stack, line) in rule.stacks {
                    let _ = write!(page, "<dt>{}</dt><dd><code>{}</code></dd>", stack.name(), escaped(line));
                }
                page.push_str("</dl>");
            }
        } else {
            part(page, "How it is found out", "확인 방법", rule.how.tell(language));
        }
        self.evidence(page, &outcome.evidence, language);
        let cwe: Vec<String> = rule.cwe.iter().map(|number| format!("CWE-{number}")).collect();
        let _ = write!(
            page,
            "<p class=\"facts\">OWASP ASVS 5.0.0 {} · {}</p></details>",
            rule.asvs.join(", "),
            cwe.join(", ")
        );
    }

    fn evidence(&self, page: &mut String, evidence: &[std::sync::Arc<Exchange>], language: Language) {
        if evidence.is_empty() {
            return;
        }
        let label = Words::fixed("What was seen", "확인한 요청과 응답");
        let _ = write!(page, "<h3>{}</h3>", label.tell(language));
        for exchange in evidence {
            let mut lines = format!("{}\n{} {}", exchange.request_line(), exchange.received.version, exchange.status());
            for (name, value) in exchange.telling_headers() {
                let _ = write!(lines, "\n{name}: {value}");
            }
            let lines = self.redactor.redact(&lines);
            let curl = exchange.curl(&self.redactor);
            let _ = write!(page, "<pre tabindex=\"0\">{}\n\n$ {}</pre>", escaped(&lines), escaped(&curl));
        }
    }

    fn footer(&self, page: &mut String, language: Language) {
        if !self.stale.is_empty() {
            let label = Words::fixed("Waivers that waived nothing", "쓰이지 않은 면제");
            let _ = write!(page, "<section><h2>{}</h2><ul>", label.tell(language));
            for waiver in &self.stale {
                let _ = write!(
                    page,
                    "<li><code>{}</code> ({}): {}</li>",
                    escaped(&waiver.id),
                    waiver.until,
                    escaped(&waiver.reason)
                );
            }
            page.push_str("</ul></section>");
        }
        let label = Words::fixed(
            "In the lines for curl, $SESSION, $COOKIE, $CSRF, $PASSWORD, $TOKEN and the like stand for secrets that were taken out.",
            "curl 줄의 $SESSION, $COOKIE, $CSRF, $PASSWORD, $TOKEN 등은 지운 비밀을 대신합니다.",
        );
        let version = env!("CARGO_PKG_VERSION");
        let _ = write!(
            page,
            "<footer class=\"facts\"><p>{}</p><p>admit audit {version}</p></footer>",
            label.tell(language)
        );
    }
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}
