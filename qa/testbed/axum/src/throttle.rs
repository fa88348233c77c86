//! Wrong tries to sign in: ten for a name within a minute, whether or not there is such a user.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::site::lock;

const TRIES: u32 = 10;
const WINDOW: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub(crate) struct Throttle {
    names: Mutex<HashMap<String, Window>>,
}

#[derive(Debug)]
struct Window {
    began: Instant,
    wrong: u32,
}

impl Throttle {
    /// Counts a try as wrong before its password is looked at, so that tries at the same time cannot pass together.
    /// `Err` is the seconds until the minute is over.
    pub(crate) fn try_once(&self, name: &str) -> Result<(), u64> {
        let now = Instant::now();
        let mut names = lock(&self.names);
        names.retain(|_, window| now.duration_since(window.began) < WINDOW);
        let window = names.entry(name.to_owned()).or_insert(Window { began: now, wrong: 0 });
        if window.wrong >= TRIES {
            let left = WINDOW.saturating_sub(now.duration_since(window.began));
            return Err(left.as_secs() + 1);
        }
        window.wrong += 1;
        Ok(())
    }

    /// The try that was counted was right after all; the wrong ones before it stay.
    pub(crate) fn was_right(&self, name: &str) {
        let mut names = lock(&self.names);
        if let Some(window) = names.get_mut(name) {
            window.wrong = window.wrong.saturating_sub(1);
        }
        // The minute begins with a wrong try.
        names.retain(|_, window| window.wrong > 0);
    }
}
