//! Figures of operation, in Prometheus' text format, on a listener of their own.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use admit_store::{Lost, Stores};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use crate::hashing::Hasher;
use crate::log::Logging;

/// A store that has not answered by then is down.
const UP_WITHIN: Duration = Duration::from_secs(1);

/// What is counted while requests are answered.
#[derive(Clone, Debug)]
pub struct Answers(Arc<[Counter; 5]>);

impl Default for Answers {
    fn default() -> Self {
        Self(Arc::new(std::array::from_fn(|_| Counter::default())))
    }
}

impl Answers {
    /// Counts an answer.
    pub fn count(&self, status: StatusCode) {
        let class = usize::from(status.as_u16() / 100).wrapping_sub(1);
        if let Some(counter) = self.0.get(class) {
            counter.inc();
        }
    }
}

/// What a look at the stores has shown.
#[derive(Debug)]
struct Looked {
    pending: u64,
    hashing: (usize, usize),
    up: Vec<(&'static str, bool)>,
}

impl Collector for Looked {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let pending = ConstGauge::new(i64::try_from(self.pending).unwrap_or(i64::MAX));
        let about = "Changes committed to the accounts that are not yet in force where sessions are.";
        pending.encode(encoder.encode_descriptor("admit_outbox_pending", about, None, pending.metric_type())?)?;
        let (threads, waiting) = self.hashing;
        for (name, about, count) in [
            ("admit_hashing_threads", "Threads that hash passwords. With none nobody can sign in.", threads),
            ("admit_hashing_waiting", "Password hashes that wait for a thread.", waiting),
        ] {
            let gauge = ConstGauge::new(i64::try_from(count).unwrap_or(i64::MAX));
            gauge.encode(encoder.encode_descriptor(name, about, None, gauge.metric_type())?)?;
        }
        let about = "Whether a store takes a change.";
        let up = ConstGauge::new(0_i64).metric_type();
        let mut up = encoder.encode_descriptor("admit_store_up", about, None, up)?;
        for (name, answers) in &self.up {
            ConstGauge::new(i64::from(*answers)).encode(up.encode_family(&[("store", *name)])?)?;
        }
        Ok(())
    }
}

#[derive(Clone)]
struct Figures {
    stores: Stores,
    hasher: Hasher,
    answers: Answers,
    logging: Logging,
}

/// The router for `GET /metrics`.
pub fn router(stores: Stores, hasher: Hasher, answers: Answers, logging: Logging) -> Router {
    let figures = Figures { stores, hasher, answers, logging };
    Router::new().route("/metrics", get(metrics)).with_state(figures)
}

fn counted(count: u64) -> Counter {
    let counter = Counter::default();
    counter.inc_by(count);
    counter
}

async fn metrics(State(figures): State<Figures>) -> Response {
    let mut up = Vec::new();
    for part in &figures.stores.parts {
        let answer = tokio::time::timeout(UP_WITHIN, part.health.healthy()).await;
        up.push((part.name, matches!(answer, Ok(Ok(())))));
    }
    let mut registry = Registry::default();
    let answers = Family::<[(&'static str, &'static str); 1], Counter<u64, AtomicU64>>::default();
    for (class, counter) in ["1xx", "2xx", "3xx", "4xx", "5xx"].into_iter().zip(figures.answers.0.iter()) {
        answers.get_or_create(&[("class", class)]).inc_by(counter.get());
    }
    registry.register("admit_http_answers", "Answers by the first figure of their status", answers);
    let about = "Log lines that standard error did not take";
    registry.register("admit_log_lines_dropped", about, counted(figures.logging.lost()));
    let about = "Log lines left out because there were many of their kind; a summary has counted each";
    registry.register("admit_log_lines_limited", about, counted(figures.logging.limited()));
    if let Some(database) = &figures.stores.members {
        let Lost { changes, signals } = database.lost();
        let about = "Acknowledged changes to users and sessions that were gone when another database server took over";
        registry.register("admit_lost_changes", about, counted(changes));
        let about = "Acknowledged revocations of tokens that were gone when another database server took over";
        registry.register("admit_lost_revocations", about, counted(signals));
    }
    registry.register_collector(Box::new(Looked {
        pending: (figures.stores.pending)(),
        hashing: (figures.hasher.threads(), figures.hasher.waiting()),
        up,
    }));
    let mut text = String::new();
    match encode(&mut text, &registry) {
        Ok(()) => {
            ([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
