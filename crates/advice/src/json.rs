//! The advice for programs: the names are stable, the sentences are in the language asked for.

use admit_words::Language;

use serde_json::{Value, json};

use super::label::{csrf, lives};
use super::words::Reason;
use super::{Advice, Answer, Contradiction, Flip, Story, toml};

/// The advice or the contradiction as JSON.
#[must_use]
pub fn json(outcome: &Result<Advice, Box<Contradiction>>, lang: Language) -> Value {
    match outcome {
        Ok(advice) => of_advice(advice, lang),
        Err(contradiction) => json!({
            "result": "contradiction",
            "row": contradiction.row,
            "requirements": contradiction.requirements,
            "between": contradiction.between.iter().map(|answer| answered(*answer)).collect::<Value>(),
            "because": of_reason(&contradiction.because, lang),
            "ways_out": contradiction.ways_out.iter().map(|flip| of_flip(flip, lang)).collect::<Value>(),
        }),
    }
}

fn of_advice(advice: &Advice, lang: Language) -> Value {
    let holders = advice.pattern.holders.iter().map(|holder| {
        let (needed, why) = csrf(holder.credential);
        json!({
            "who": holder.who.say(lang),
            "credential": holder.credential.name(),
            "kept": holder.kept.say(lang),
            "lives": lives(holder.credential, &advice.lifetimes, lang),
            "csrf_token": needed,
            "csrf": why.say(lang),
        })
    });
    let flow = advice.flow.iter().map(|stop| {
        json!({
            "who": stop.who.say(lang),
            "has": stop.has.say(lang),
            "remembers": stop.remembers,
            "sends": stop.sends.map(|sends| sends.say(lang)),
        })
    });
    let lifetimes = &advice.lifetimes;
    json!({
        "result": "advice",
        "row": advice.row,
        "headline": advice.pattern.headline.say(lang),
        "requirements": advice.requirements,
        "holders": holders.collect::<Value>(),
        "check": { "name": advice.check.name(), "says": advice.check.says().say(lang) },
        "lifetimes": {
            "session_idle": lifetimes.idle.short(),
            "session_absolute": lifetimes.absolute.short(),
            "access_token": lifetimes.access.short(),
            "refresh_idle": lifetimes.refresh_idle.short(),
            "refresh_absolute": lifetimes.refresh_absolute.short(),
        },
        "reasons": advice.reasons.iter().map(|reason| of_reason(reason, lang)).collect::<Value>(),
        "otherwise": advice.otherwise.iter().map(|story| of_story(story, lang)).collect::<Value>(),
        "promises": advice.promises.iter().map(|words| words.say(lang)).collect::<Value>(),
        "missing": advice.missing.iter().map(|words| words.say(lang)).collect::<Value>(),
        "flow": flow.collect::<Value>(),
        "flip": of_flip(&advice.flip, lang),
        "also": advice.also.iter().map(|flip| of_flip(flip, lang)).collect::<Value>(),
        "configuration": toml(&advice.sections),
    })
}

fn of_reason(reason: &Reason, lang: Language) -> Value {
    json!({ "says": reason.says.say(lang), "source": reason.source })
}

fn of_story(story: &Story, lang: Language) -> Value {
    json!({ "instead": story.instead.say(lang), "then": story.then.say(lang) })
}

fn answered(answer: Answer) -> Value {
    json!({ "question": answer.question().key(), "answer": answer.name() })
}

fn of_flip(flip: &Flip, lang: Language) -> Value {
    json!({
        "question": flip.answer.question().key(),
        "answer": flip.answer.name(),
        "row": flip.row,
        "headline": flip.headline.say(lang),
        "check": flip.check.name(),
    })
}
