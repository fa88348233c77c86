//! The advice, for every combination of answers, and in the words that people read.

#![cfg(test)]

mod classic;
mod every;
mod golden;

use admit_advice::{Advice, Answer, Client, Contradiction, Requirements, advise};

/// The advice for a kind of client with what is usual for it, but for these answers.
fn advice(client: Client, answers: &[Answer]) -> Result<Advice, Box<Contradiction>> {
    advise(&requirements(client, answers))
}

fn requirements(client: Client, answers: &[Answer]) -> Requirements {
    answers.iter().fold(Requirements::usual(client), |requirements, answer| requirements.with(*answer))
}
