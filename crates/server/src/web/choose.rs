//! `/docs/choose`: session or token, from the answers in the query. A page for people, JSON for programs.

use admit::{CsrfToken, Problem, Viewer};
use admit_advice::{Answer, Question, Requirements, advise, json};
use admit_words::Language;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

use super::error::Error;
use super::reply::Page;
use super::{Context, Web};
use crate::cli::Advise;
use crate::page::text::Lang;
use crate::page::view::{Choose, ChooseQuestion, ChosenAdvice, ChosenContradiction};

/// The answers of a query: absent or empty is none, and a name that is no answer is an error.
struct Given([Option<Answer>; Answer::QUESTIONS.len()]);

impl Given {
    fn read(context: &Context) -> Result<Self, Question> {
        let mut given = [None; Answer::QUESTIONS.len()];
        for (place, question) in given.iter_mut().zip(Answer::QUESTIONS) {
            *place = match context.query(question.key()).filter(|name| !name.is_empty()) {
                Some(name) => Some(question.parse(&name).ok_or(*question)?),
                None => None,
            };
        }
        Ok(Self(given))
    }

    /// What is required, once the client is known.
    fn requirements(&self) -> Option<Requirements> {
        let client = self.0.iter().find_map(|answer| match answer {
            Some(Answer::Client(client)) => Some(*client),
            _ => None,
        })?;
        Some(self.0.iter().flatten().fold(Requirements::usual(client), |it, answer| it.with(*answer)))
    }
}

pub(super) async fn show(
    State(web): State<Web>,
    context: Context,
    Viewer(principal): Viewer,
    csrf_token: CsrfToken,
) -> Result<Response, Error> {
    let lang = in_advice(context.lang);
    let given = Given::read(&context);
    if !context.wants_page {
        let requirements = given.map_err(unknown)?.requirements();
        let answer = requirements.map_or_else(|| questions(lang), |requirements| json(&advise(&requirements), lang));
        return Ok(Json(answer).into_response());
    }
    let page = Page::begin(&web, &context)?;
    let unknown = given.is_err();
    let given = given.unwrap_or(Given([None; Answer::QUESTIONS.len()]));
    let mut questions =
        Answer::QUESTIONS.iter().zip(given.0).map(|(question, answer)| ChooseQuestion::new(*question, answer, lang));
    let client = questions.next().unwrap_or_else(|| ChooseQuestion::new(Question::Client, None, lang));
    let outcome = given.requirements().map(|requirements| advise(&requirements));
    let view = Choose {
        chrome: page.chrome(context.lang.text().choose.title, principal.as_deref(), Some(&csrf_token)),
        client,
        more: questions.collect(),
        advice: outcome
            .as_ref()
            .and_then(|it| it.as_ref().ok())
            .map(|advice| ChosenAdvice::new(advice, Advise::line(&advice.requirements), lang)),
        contradiction: outcome.as_ref().and_then(|it| it.as_ref().err()).map(|it| ChosenContradiction::new(it, lang)),
        unknown,
    };
    Ok(page.finish(if unknown { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, &view))
}

const fn in_advice(lang: Lang) -> Language {
    match lang {
        Lang::En => Language::En,
        Lang::Ko => Language::Ko,
    }
}

fn unknown(question: Question) -> Problem {
    let names: Vec<&str> = question.answers().into_iter().map(Answer::name).collect();
    Problem::field(question.key(), format!("This is no answer. There are: {}.", names.join(", ")))
}

/// What may be asked, for programs that have not asked yet.
fn questions(lang: Language) -> Value {
    let question = |question: &Question| {
        let answers = question.answers().into_iter();
        json!({
            "name": question.key(),
            "asks": question.asks().say(lang),
            "answers": answers.map(|it| json!({ "name": it.name(), "says": it.says().say(lang) })).collect::<Value>(),
        })
    };
    json!({ "result": "questions", "questions": Answer::QUESTIONS.iter().map(question).collect::<Value>() })
}
