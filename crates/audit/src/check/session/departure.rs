//! Signing out once, for all checks that look at it.

use std::sync::Arc;

use crate::http::{Exchange, Jar};
use crate::outcome::Stop;
use crate::site::{Site, Who};

/// A session that was signed out.
#[derive(Clone, Debug)]
pub(crate) struct Departure {
    /// The answers to signing out.
    pub(crate) steps: Vec<Arc<Exchange>>,
    /// The old cookie afterwards: the answer, and whether the user was still recognised.
    pub(crate) after: Arc<Exchange>,
    pub(crate) alive: bool,
    /// The cookies of before, and what the browser has now.
    pub(crate) before: Jar,
    pub(crate) now: Jar,
}

/// Signs out, the first time that it is asked for.
pub(super) async fn departure(site: &mut Site) -> Result<Departure, Stop> {
    if let Some(departure) = &site.departure {
        return Ok(departure.clone());
    }
    let mut session = site.fresh_session(Who::Ordinary).await?;
    let mut old = session.visitor.clone();
    let before = session.visitor.jar.clone();
    let steps = site.sign_out(&mut session.visitor).await?;
    let (after, alive) = site.recognised(&mut old).await?;
    let departure = Departure { steps, after, alive, before, now: session.visitor.jar };
    site.departure = Some(departure.clone());
    Ok(departure)
}
