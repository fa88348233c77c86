//! All checks as a chapter for the guide, so that the guide cannot say what is not so.

use std::fmt::Write;

use admit_rules::Area;
use admit_words::{Language, Words};

/// Every check with why, how and remedy, in Markdown.
#[must_use]
pub fn guide(language: Language) -> String {
    let label = |en, ko| Words::fixed(en, ko).tell(language).to_owned();
    let mut text = String::new();
    for area in Area::ALL {
        let _ = writeln!(text, "\n## {}\n", area.words().tell(language));
        for rule in crate::check::rules().filter(|rule| rule.area == area) {
            let cwe: Vec<String> = rule.cwe.iter().map(|number| format!("CWE-{number}")).collect();
            let _ = writeln!(text, "### `{}`\n", rule.id);
            let _ = writeln!(
                text,
                "**{}.** {}, `{}`\n",
                rule.title.tell(language),
                rule.severity.words().tell(language),
                rule.tier.option()
            );
            let _ = writeln!(text, "{}\n", rule.why.tell(language));
            let _ = writeln!(text, "*{}:* {}\n", label("How it is found out", "확인 방법"), rule.how.tell(language));
            let _ = writeln!(text, "*{}:* {}\n", label("What to do", "해결책"), rule.remedy.tell(language));
            for (stack, line) in rule.stacks {
                let _ = writeln!(text, "- {}: `` {line} ``", stack.name());
            }
            if !rule.stacks.is_empty() {
                text.push('\n');
            }
            let asvs = if rule.asvs.is_empty() {
                String::new()
            } else {
                format!("OWASP ASVS 5.0.0: {}", rule.asvs.join(", "))
            };
            let sources: Vec<String> = [asvs, cwe.join(", ")].into_iter().filter(|source| !source.is_empty()).collect();
            if !sources.is_empty() {
                let _ = writeln!(text, "{}\n", sources.join(" · "));
            }
        }
    }
    text
}
