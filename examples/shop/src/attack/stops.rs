//! What became of the attacks: the requests that the gate has seen at the attacked addresses, and the product itself.
//!
//! Only the step that stopped a request is told, in the gate's own words. The others name users and sessions, and this
//! page is a stranger's.

use std::num::ParseIntError;
use std::sync::Arc;

use admit::core::time::Clock;
use admit::witness::{Seen, State as Ended, Step};
use admit::{Problem, SystemClock};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::HeaderName;
use axum::http::header::CACHE_CONTROL;
use serde::Serialize;

use super::Attack;
use crate::product::Product;

/// The product that is attacked.
const VICTIM: u32 = 1;
/// The addresses that are attacked.
const ATTACKED: [&str; 4] = ["/demo/shop/products/1", "/demo/api/products/1", "/login", "/logout"];

#[derive(Debug, Serialize)]
pub(super) struct Stops {
    /// Milliseconds since 1970: the `since` of the next attack.
    now: u64,
    product: Option<Product>,
    /// Newest first.
    requests: Vec<Stop>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Stop {
    at: u64,
    method: String,
    path: String,
    status: u16,
    site: String,
    /// The step that ended it; absent when it passed all four.
    stopped: Option<Reason>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Reason {
    step: &'static str,
    said: String,
}

/// `GET /stops?since=MILLISECONDS`: without `since` only the time and the product.
pub(super) async fn stops(
    State(attack): State<Arc<Attack>>,
    RawQuery(query): RawQuery,
) -> Result<([(HeaderName, &'static str); 1], Json<Stops>), Problem> {
    let now = SystemClock.now().millis();
    let since = since(query.as_deref().unwrap_or_default()).map_err(|_| {
        Problem::bad_request(
            "malformed-query",
            "The query cannot be read",
            "since is not a number. Send milliseconds since 1970, as \"now\" of an earlier answer.",
        )
    })?;
    let requests = match since {
        None => Vec::new(),
        Some(since) => (attack.recent)().iter().filter(|seen| seen.at.millis() >= since).filter_map(stop).collect(),
    };
    Ok(([(CACHE_CONTROL, "no-store")], Json(Stops { now, product: attack.shop.find(VICTIM), requests })))
}

fn since(query: &str) -> Result<Option<u64>, ParseIntError> {
    let since = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "since");
    since.map(|(_, text)| text.parse()).transpose()
}

fn stop(seen: &Seen) -> Option<Stop> {
    if !ATTACKED.contains(&seen.path.as_str()) {
        return None;
    }
    let steps = &seen.steps;
    let ended = |(step, ended): (&'static str, &Step)| match ended.state {
        Ended::Stopped => Some(Reason { step, said: ended.said.clone() }),
        Ended::Passed | Ended::Skipped => None,
    };
    let mut in_order = [
        ("extract", &steps.extract),
        ("csrf", &steps.csrf),
        ("authenticate", &steps.authenticate),
        ("authorize", &steps.authorize),
    ]
    .into_iter();
    Some(Stop {
        at: seen.at.millis(),
        method: seen.method.clone(),
        path: seen.path.clone(),
        status: seen.status,
        site: seen.site.clone(),
        stopped: in_order.find_map(ended),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use admit::core::time::Timestamp;
    use admit::witness::Steps;

    fn seen(path: &str) -> Seen {
        let passed = |said: &str| Step { state: Ended::Passed, said: said.to_owned() };
        Seen {
            at: Timestamp::from_millis(5),
            method: "POST".to_owned(),
            path: path.to_owned(),
            route: "/demo/shop/products/{id}".to_owned(),
            status: 403,
            took: std::time::Duration::ZERO,
            steps: Steps {
                extract: passed("A session cookie was presented."),
                csrf: Step { state: Ended::Stopped, said: "403: from another site".to_owned() },
                ..Steps::default()
            },
            site: "sec-fetch-site: same-site".to_owned(),
        }
    }

    #[test]
    fn the_first_step_that_stopped_a_request_is_told_and_nothing_of_the_others() {
        let told = serde_json::to_string(&stop(&seen("/demo/shop/products/1")).unwrap()).unwrap();
        assert!(told.contains(r#""stopped":{"step":"csrf","said":"403: from another site"}"#), "{told}");
        assert!(!told.contains("cookie was presented"), "{told}");
    }

    #[test]
    fn a_request_that_passed_every_step_is_not_called_stopped() {
        let mut passed = seen("/login");
        passed.steps.csrf.state = Ended::Passed;
        assert_eq!(stop(&passed).unwrap().stopped, None);
    }

    #[test]
    fn requests_to_other_addresses_are_not_told() {
        for path in ["/account", "/demo/shop/products/2", "/demo/shop", "/login/"] {
            assert_eq!(stop(&seen(path)), None, "{path}");
        }
    }

    #[test]
    fn since_is_a_number_or_absent() {
        assert_eq!(since("since=12").unwrap(), Some(12));
        assert_eq!(since("other=1").unwrap(), None);
        assert_eq!(since("other"), Ok(None));
        assert!(since("since=-1").is_err() && since("since=").is_err());
    }
}
