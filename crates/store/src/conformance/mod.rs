//! What every pair of [`Accounts`] and [`Sessions`] must do, as checks that anybody can run.
//!
//! A backend is conforming when each of [`ALL`] passes on a fresh, empty pair opened with [`RULES`]. With tokio's macros
//! at hand, one line makes a test of each:
//!
//! ```no_run
//! # mod example {
//! use admit_store::{Sqlite, conformance};
//!
//! fn open() -> conformance::Stores {
//!     let sqlite = Sqlite::open("admit.db".as_ref(), conformance::RULES).unwrap();
//!     conformance::Stores { accounts: sqlite.clone(), sessions: sqlite, beside: std::sync::Arc::new(()) }
//! }
//!
//! admit_store::conformance_tests!(open());
//! # }
//! ```
//!
//! The checks step the clock by argument and never purge unless that is what they check, so they show that expiry is
//! decided at the check and not by whoever cleans up. Some of them spawn tasks: run them in a tokio runtime, best with
//! several threads.

mod accounts;
mod fixture;
mod links;
mod parallel;
mod revocation;
mod sessions;

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use admit_core::session::SessionRules;
use admit_core::store::{Accounts, Sessions};

/// The rules to open the stores with: the checks count on these numbers.
pub const RULES: SessionRules = SessionRules {
    idle: Duration::from_secs(1800),
    absolute: Duration::from_secs(8 * 3600),
    limit: 3,
    touch_every: Duration::from_secs(60),
};

/// A pair under test. Both halves see one another's changes.
#[derive(Clone)]
pub struct Stores {
    /// Where the subjects are.
    pub accounts: Arc<dyn Accounts>,
    /// Where the sessions are.
    pub sessions: Arc<dyn Sessions>,
    /// What has to live as long as they do: a temporary folder, a server started for the check.
    pub beside: Arc<dyn Any + Send + Sync>,
}

/// What a check found wrong.
#[derive(Clone, Debug)]
pub struct Fault(String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Any error is a fault: stores under test are within reach.
impl<E: std::error::Error> From<E> for Fault {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// The outcome of a check.
pub type Outcome<T = ()> = Result<T, Fault>;

/// One thing that a pair of stores must do.
#[derive(Clone, Copy)]
pub struct Check {
    /// The sentence.
    pub name: &'static str,
    /// Runs it on a fresh, empty pair.
    pub run: fn(Stores) -> Pin<Box<dyn Future<Output = Outcome> + Send>>,
}

/// Asks for a condition, and says in words what was the case instead.
macro_rules! ensure {
    ($condition:expr, $($words:tt)+) => {
        if !$condition {
            return Err($crate::conformance::fault(format!($($words)+)));
        }
    };
}
use ensure;

fn fault(words: String) -> Fault {
    Fault(words)
}

/// Lists each check once: for [`ALL`], and for the tests that [`conformance_tests!`](crate::conformance_tests) makes.
macro_rules! checks {
    ($dollar:tt $($module:ident :: $name:ident,)+) => {
        /// Every check.
        pub const ALL: &[Check] =
            &[$(Check { name: stringify!($name), run: |stores| Box::pin($module::$name(stores)) }),+];

        /// Makes a `#[tokio::test]` of every check of [`conformance`](crate::conformance).
        ///
        /// The argument is an expression that gives a fresh, empty pair of
        /// [`Stores`](crate::conformance::Stores) each time it is evaluated.
        #[macro_export]
        macro_rules! conformance_tests {
            ($dollar stores:expr) => {
                $(
                    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                    async fn $name() {
                        let check = $crate::conformance::ALL.iter().find(|check| check.name == stringify!($name));
                        if let Err(fault) = (check.unwrap().run)($dollar stores).await {
                            panic!("{fault}");
                        }
                    }
                )+
            };
        }
    };
}

checks! { $
    sessions::a_session_ends_when_it_is_idle_with_nobody_purging,
    sessions::a_session_ends_at_its_absolute_expiry_however_busy,
    sessions::use_is_noted_at_most_once_a_minute,
    sessions::an_unknown_digest_is_nobody,
    sessions::a_session_is_opened_with_what_its_subject_is_now,
    sessions::a_session_is_not_opened_for_the_disabled_the_unknown_or_a_stale_generation,
    sessions::one_session_over_the_limit_ends_the_oldest_and_writes_that_down,
    sessions::expired_sessions_do_not_count_toward_the_limit,
    sessions::a_session_that_replaces_another_ends_it,
    sessions::of_two_rotations_at_once_exactly_one_succeeds_and_the_old_secret_is_dead,
    sessions::a_dead_session_is_not_rotated,
    sessions::a_session_is_ended_by_its_public_name_and_by_its_own_subject_only,
    sessions::the_list_is_the_live_sessions_newest_first_with_their_devices,
    sessions::purging_drops_the_dead_and_nothing_else,
    revocation::a_role_change_keeps_sessions_and_is_seen_by_the_next_check,
    revocation::a_rotation_takes_up_the_present_roles_version,
    revocation::a_ban_ends_every_session_at_once_and_lifting_it_revives_none,
    revocation::a_password_change_ends_every_session_at_once,
    revocation::logging_out_everywhere_ends_every_session_of_that_subject_alone,
    revocation::a_change_to_what_is_already_so_is_no_event_and_ends_nothing,
    revocation::a_clock_that_is_set_back_revives_no_ended_session,
    accounts::a_subject_is_read_back_by_name_and_by_id,
    accounts::spellings_of_one_name_are_one_subject,
    accounts::names_and_devices_in_any_script_survive,
    accounts::a_search_finds_parts_of_names_in_order_page_by_page,
    accounts::holders_of_a_role_are_counted_among_the_active,
    accounts::the_last_holder_of_a_role_is_kept_even_when_two_ban_each_other_at_once,
    accounts::a_rehash_replaces_only_the_hash_that_it_was_made_from,
    accounts::known_addresses_are_remembered_by_subject_and_age,
    accounts::every_acknowledged_change_has_one_event_and_they_are_in_order,
    accounts::events_are_found_by_subject_by_kind_and_by_place,
    links::a_set_up_link_makes_one_administrator_and_is_used_up_with_that,
    links::a_set_up_link_expires_and_is_replaced_by_a_newer_one,
    links::of_two_uses_of_a_set_up_link_at_once_one_succeeds,
    parallel::what_many_writers_are_told_is_what_the_list_says,
    parallel::no_check_that_starts_after_an_acknowledged_ban_lets_anybody_in,
    parallel::no_check_that_starts_after_an_acknowledged_role_change_sees_the_old_roles,
}
