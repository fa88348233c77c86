//! The HTTP face: what each URL answers, for programs in JSON and for people in pages.

mod account;
mod admin_api;
mod admin_audit;
mod admin_permission;
mod admin_session;
mod admin_user;
mod admin_users;
mod asset;
mod choose;
mod context;
mod error;
mod event_query;
mod face;
pub mod flow;
mod form;
mod health;
mod home;
mod input;
pub mod language;
mod list;
mod login;
mod logout;
mod oauth;
mod problem;
mod query;
mod reply;
pub mod revocations;
pub mod router;
mod say;
mod session;
mod setup;
mod visit;

use std::sync::Arc;
use std::time::Duration;

use admit::Cookies;
use admit_core::csrf::Origin;
use tokio::sync::watch;

use crate::operation::Operations;
use crate::proxy::TrustedProxies;

pub use context::{Connection, Context};
pub use face::Pages;

/// What handlers share.
#[derive(Clone)]
pub struct Web(Arc<Shared>);

/// The parts of [`Web`].
pub struct Shared {
    /// What can be done.
    pub operations: Arc<Operations>,
    /// How browsers reach this server.
    pub public: Origin,
    /// Whose word about addresses is taken.
    pub proxies: TrustedProxies,
    /// Whether this is development mode.
    pub dev: bool,
    /// Whether the shop is mounted.
    pub demo: bool,
    /// The requests of the recent past, in development mode.
    pub flow: Option<Arc<flow::FlowLog>>,
    /// Whether the store answers.
    pub healthy: health::Probe,
    /// Most bytes of a request body.
    pub max_body: usize,
    /// The names of this deployment's cookies.
    pub cookies: Cookies,
    /// How often the feed of revocations says that nothing has happened.
    pub heartbeat: Duration,
    /// Room for verifiers that follow the feed.
    pub followers: Arc<revocations::Places>,
    /// Turns true when the server is about to stop.
    pub stopping: watch::Receiver<bool>,
}

impl Web {
    /// From its parts.
    #[must_use]
    pub fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }
}

impl std::ops::Deref for Web {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}
