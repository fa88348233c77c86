//! What happened to others, each as a test here. The rows are those of the table of advisories that fit what there is so
//! far: sessions, CSRF, passwords, links, tokens.

mod cursors;
mod forged_tokens;
mod refresh;
mod requests;
mod revocation;
mod secrets;
mod sessions;
mod tenants;
mod tokens;

use std::time::Duration;

use admit_testkit::Response;

/// The answer to an attempt that has to wait for those before it: nodes that share their counts remember them over a restart.
fn in_its_turn(mut attempt: impl FnMut() -> Response) -> Response {
    loop {
        let answer = attempt();
        let Some(wait) = answer.header("retry-after").filter(|_| answer.status == 429) else { return answer };
        std::thread::sleep(Duration::from_secs(wait.parse().unwrap()));
    }
}
