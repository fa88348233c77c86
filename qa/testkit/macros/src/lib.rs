//! `#[everywhere]`: makes one function a test on each pair of stores.
//!
//! The function is compiled once, whatever the number of pairs.

use proc_macro::{TokenStream, TokenTree};

/// The pairs of stores, by the names of the tests and of `admit_testkit::Pair`.
const PAIRS: &[(&str, &str)] = &[
    ("on_sqlite", "Sqlite"),
    ("on_memory", "SqliteMemory"),
    ("on_postgres", "Postgres"),
    ("on_postgres_redis", "PostgresRedis"),
];

/// Makes a test of this function on each pair of stores: `name::on_sqlite`, `name::on_memory` and so on.
///
/// `#[everywhere(lasting)]` leaves out the pair whose sessions do not outlive the server.
#[proc_macro_attribute]
pub fn everywhere(argument: TokenStream, function: TokenStream) -> TokenStream {
    let lasting = match argument.to_string().as_str() {
        "" => false,
        "lasting" => true,
        other => return error(&format!("everywhere takes no argument or `lasting`, not {other}")),
    };
    let Some(name) = name(function.clone()) else { return error("everywhere goes on a function") };
    let tests: String = PAIRS
        .iter()
        .filter(|(_, pair)| !(lasting && *pair == "SqliteMemory"))
        .map(|(test, pair)| {
            format!("#[test] fn {test}() {{ ::admit_testkit::Pair::{pair}.choose(); let () = super::{name}(); }}")
        })
        .collect();
    let tests = format!("#[cfg(test)] mod {name} {{ {tests} }}").parse::<TokenStream>();
    match tests {
        Ok(tests) => [function, tests].into_iter().collect(),
        Err(wrong) => error(&wrong.to_string()),
    }
}

/// The word after `fn`.
fn name(function: TokenStream) -> Option<String> {
    let mut tokens = function.into_iter();
    tokens.find(|token| matches!(token, TokenTree::Ident(word) if word.to_string() == "fn"))?;
    tokens.next().map(|name| name.to_string())
}

fn error(sentence: &str) -> TokenStream {
    format!("compile_error!({sentence:?});").parse().unwrap_or_default()
}
