//! Session or token? Derived from what is required, with the reason, and with what goes wrong otherwise.
//!
//! Pure data and pure functions: [`Requirements`] go in, [`Advice`] or a [`Contradiction`] comes out. What decides are two
//! tables that are read from the top, the first row that fits: [`TABLE`] (who holds what) and that of [`Check`] (how it is
//! checked where it arrives, and how late a logout can be there). Lifetimes and configuration follow from both.
//!
//! | row | when | then |
//! |---|---|---|
//! | `offline-without-its-server` | no network; rendered pages, a service or a third party | contradiction |
//! | `offline-device-that-must-ask` | no network; a shared device; checked elsewhere | contradiction |
//! | `offline-device-that-must-hear` | no network; a shared device; logout at once or in seconds | contradiction |
//! | `other-site-and-one-site` | a page on another site; one site | contradiction |
//! | `offline-device` | no network; a shared device | an access token as a lease |
//! | `third-party-for-users` | third party; in users' names | OAuth with consent, which admit lacks |
//! | `third-party-for-itself` | third party | client credentials |
//! | `service` | a program of ours | client credentials |
//! | `native-app` | an installed app | short access and rotating refresh token |
//! | `other-site-page-with-services` | a page on another site; checked by services too | session of its own site, exchanged token |
//! | `other-site-page` | a page on another site | session of its own site |
//! | `page-with-services` | any other page; checked by services too | session outside, exchanged token inside |
//! | `shared-screen` | a shared device | session of minutes |
//! | `same-site-spa` | a page on the site of its API | session |
//! | `rendered-pages` | | session |

mod check;
mod extra;
mod json;
mod label;
mod lifetime;
mod report;
mod requirement;
mod row;
mod setting;
mod words;

pub use check::Check;
pub use json::json;
pub use label::{csrf, lives};
pub use lifetime::{Lifetimes, Span};
pub use report::report;
pub use requirement::{
    Answer, Assurance, Checks, Client, Logout, Network, Nodes, Others, Question, Requirements, Rights, Sites,
};
pub use row::{Credential, Holder, Impossible, Pattern, Row, Stop, Story, TABLE, Then};
pub use setting::{NeededFile, Section, paste, toml};
pub use words::{Reason, Words};

/// What is advised for some requirements.
#[derive(Clone, Debug)]
pub struct Advice {
    /// What it follows from.
    pub requirements: Requirements,
    /// The name of the row that decided.
    pub row: &'static str,
    /// Who holds what, and why.
    pub pattern: &'static Pattern,
    /// How it is checked where it arrives.
    pub check: Check,
    /// How long what lives.
    pub lifetimes: Lifetimes,
    /// Every reason: of the row, of the check, and of answers that matter beside them.
    pub reasons: Vec<Reason>,
    /// What goes wrong otherwise, the most important first.
    pub otherwise: Vec<Story>,
    /// What admit cannot do yet of what is advised. Empty: all is there.
    pub missing: Vec<Words>,
    /// What can be promised and what cannot, and what to do beside the configuration.
    pub promises: Vec<Words>,
    /// The way of a request, with what the one who checks needs for it.
    pub flow: Vec<Stop>,
    /// The configuration to paste.
    pub sections: Vec<Section>,
    /// The one answer that would change it most, and what it would change it to.
    pub flip: Flip,
    /// The other single answers that would change who holds what, or how it is checked.
    pub also: Vec<Flip>,
}

/// A changed answer and what follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flip {
    /// The answer in place of the one that was given.
    pub answer: Answer,
    /// The row that decides then.
    pub row: &'static str,
    /// What it advises, in one line.
    pub headline: Words,
    /// How it is checked then.
    pub check: Check,
}

/// Answers that cannot be had together.
#[derive(Clone, Debug)]
pub struct Contradiction {
    /// What was required.
    pub requirements: Requirements,
    /// The name of the row that decided.
    pub row: &'static str,
    /// The answers that contradict each other.
    pub between: Vec<Answer>,
    /// Why.
    pub because: Reason,
    /// Single changes that resolve it.
    pub ways_out: Vec<Flip>,
}

/// Derives the advice.
///
/// # Errors
/// When no software can keep all that is required.
pub fn advise(requirements: &Requirements) -> Result<Advice, Box<Contradiction>> {
    let (row, pattern) = match decide(requirements) {
        (row, Then::Advise(pattern)) => (row, pattern),
        (row, Then::Contradict(impossible)) => {
            let between = impossible.between.iter().map(|question| requirements.answer(*question)).collect();
            return Err(Box::new(Contradiction {
                requirements: *requirements,
                row,
                between,
                because: impossible.because,
                // Another kind of client is no way out for somebody who has this one.
                ways_out: flips(requirements).filter(|flip| flip.answer.question() != Question::Client).collect(),
            }));
        }
    };
    let check = Check::choose(requirements);
    let lifetimes = Lifetimes::choose(requirements);
    let extra = extra::extra(requirements, pattern);
    let mut also: Vec<Flip> = flips(requirements).filter(|flip| flip.row != row || flip.check != check).collect();
    let main = also.iter().position(|flip| flip.answer == pattern.flip).map(|at| also.remove(at));
    also.retain(|flip| flip.answer.question() != Question::Client);
    Ok(Advice {
        requirements: *requirements,
        row,
        pattern,
        check,
        lifetimes,
        reasons: pattern.reasons.iter().copied().chain([check.reason()]).chain(extra.reasons).collect(),
        otherwise: [pattern.otherwise].into_iter().chain(check.otherwise()).collect(),
        missing: pattern.missing.iter().copied().chain(extra.missing).collect(),
        promises: pattern.promises.iter().copied().chain(extra.promises).collect(),
        flow: pattern
            .flow
            .iter()
            .map(|stop| if stop.checks { Stop { has: check.needs(), ..*stop } } else { *stop })
            .collect(),
        sections: setting::sections(requirements, pattern, check, &lifetimes),
        // The table names an answer for each row that changes it; a test looks at every combination.
        flip: main.unwrap_or(Flip { answer: pattern.flip, row, headline: pattern.headline, check }),
        also,
    })
}

/// The first row that fits. The last one has no condition.
fn decide(requirements: &Requirements) -> (&'static str, Then) {
    let row = TABLE.iter().find(|row| row.fits(requirements)).or(TABLE.last());
    row.map_or(("rendered-pages", Then::Advise(row::LAST)), |row| (row.id, row.then))
}

/// Every single changed answer that leads to advice.
fn flips(requirements: &Requirements) -> impl Iterator<Item = Flip> {
    let given = *requirements;
    let other = move |answer: &Answer| !given.has(*answer);
    let answers = Answer::QUESTIONS.iter().flat_map(|question| question.answers()).filter(other);
    answers.filter_map(move |answer| {
        let changed = given.with(answer);
        match decide(&changed) {
            (row, Then::Advise(pattern)) => {
                Some(Flip { answer, row, headline: pattern.headline, check: Check::choose(&changed) })
            }
            (_, Then::Contradict(_)) => None,
        }
    })
}
