//! What every set of [`Accounts`], [`Sessions`], [`Families`], [`Signals`], [`Keys`] and [`Limits`] must do, as checks that
//! anybody can run.
//!
//! A backend is conforming when each of [`ALL`] passes on fresh, empty stores opened with [`RULES`] and [`TOKENS`].
//! With tokio's macros at hand, one line makes a test of each:
//!
//! ```no_run
//! # mod example {
//! use std::sync::Arc;
//!
//! use admit_store::{MemoryLimits, Sqlite, conformance};
//!
//! fn open() -> conformance::Stores {
//!     let sqlite = Sqlite::open_with("admit.db".as_ref(), conformance::RULES, conformance::TOKENS).unwrap();
//!     conformance::Stores {
//!         accounts: sqlite.clone(),
//!         sessions: sqlite.clone(),
//!         families: sqlite.clone(),
//!         signals: sqlite.clone(),
//!         keys: sqlite,
//!         limits: Arc::new(MemoryLimits::default()),
//!         drops_by_itself: false,
//!         beside: Arc::new(()),
//!     }
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
mod assurance;
mod clocks;
mod conditional;
mod deleting;
mod events;
mod exchange;
mod families;
mod fixture;
mod following;
mod importing;
mod keys;
mod limits;
mod links;
mod parallel;
mod password_links;
mod redeeming;
mod renaming;
mod revocation;
mod rotation;
mod sessions;
mod signals;
mod standing;
mod tokens;

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use admit_core::session::SessionRules;
use admit_core::store::{Accounts, Families, Keys, Limits, Sessions, Signals};
use admit_core::token::TokenRules;

/// The rules to open the stores with: the checks count on these numbers.
pub const RULES: SessionRules = SessionRules {
    idle: Duration::from_secs(1800),
    absolute: Duration::from_secs(8 * 3600),
    limit: 3,
    touch_every: Duration::from_secs(60),
};

/// The rules for tokens to open them with. A limit of three, so that it is soon reached.
pub const TOKENS: TokenRules = TokenRules {
    access: Duration::from_secs(5 * 60),
    refresh_idle: Duration::from_secs(14 * 24 * 3600),
    refresh_absolute: Duration::from_secs(30 * 24 * 3600),
    reuse_grace: Duration::from_secs(10),
    limit: 3,
};

/// The stores under test. Each sees the changes of the others.
#[derive(Clone)]
pub struct Stores {
    /// Where the subjects are.
    pub accounts: Arc<dyn Accounts>,
    /// Where the sessions are.
    pub sessions: Arc<dyn Sessions>,
    /// Where the families of refresh tokens are.
    pub families: Arc<dyn Families>,
    /// Where it is told what has died.
    pub signals: Arc<dyn Signals>,
    /// Where the signing keys are.
    pub keys: Arc<dyn Keys>,
    /// Where attempts are counted. Stores of one process need none, and have [`MemoryLimits`](crate::MemoryLimits).
    pub limits: Arc<dyn Limits>,
    /// Whether the store of sessions drops what has expired by itself, so that a purge finds none.
    pub drops_by_itself: bool,
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

/// One thing that stores must do.
#[derive(Clone, Copy)]
pub struct Check {
    /// The sentence.
    pub name: &'static str,
    /// Runs it on fresh, empty stores.
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
        /// The argument is an expression that gives fresh, empty [`Stores`](crate::conformance::Stores) each time it is
        /// evaluated.
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
    sessions::a_dead_session_is_not_rotated,
    sessions::a_session_is_ended_by_its_public_name_and_by_its_own_subject_only,
    sessions::the_list_is_the_live_sessions_newest_first_with_their_devices,
    sessions::purging_drops_the_dead_and_nothing_else,
    sessions::a_session_of_a_clock_that_is_far_ahead_is_live_or_refused_as_an_error,
    clocks::a_session_from_a_clock_that_was_ahead_ends_as_one_of_now_does,
    clocks::a_session_that_was_refused_as_expired_stays_so_when_the_clock_goes_back,
    clocks::a_family_from_a_clock_that_was_ahead_ends_as_one_of_now_does,
    clocks::a_secret_superseded_by_a_clock_that_was_ahead_is_not_good_when_its_time_comes,
    clocks::a_token_spent_by_a_clock_that_was_ahead_gives_its_successor_to_nobody,
    clocks::what_is_not_in_the_future_is_not_pulled_back,
    rotation::of_two_rotations_at_once_exactly_one_succeeds,
    rotation::of_many_rotations_to_one_secret_all_are_told_it_and_one_is_written_down,
    rotation::the_old_secret_is_good_for_some_seconds_with_the_new_rights,
    rotation::a_node_whose_clock_is_behind_gives_the_old_secret_its_seconds_too,
    rotation::a_session_never_has_three_secrets,
    rotation::whatever_ends_a_session_ends_both_of_its_secrets_at_once,
    rotation::a_login_with_a_secret_past_its_grace_time_ends_nobodys_session,
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
    accounts::large_values_survive_whole,
    accounts::a_search_finds_names_by_their_beginning_in_order_page_by_page,
    accounts::a_role_in_one_tenant_is_kept_as_it_is_and_is_another_than_the_role_itself,
    accounts::holders_of_roles_are_listed_by_name_whatever_their_tenant,
    accounts::holders_of_a_role_are_counted_among_the_active,
    accounts::the_last_holder_of_a_role_is_kept_even_when_two_ban_each_other_at_once,
    accounts::a_rehash_replaces_only_the_hash_that_it_was_made_from,
    accounts::known_addresses_are_remembered_by_subject_and_age,
    accounts::every_acknowledged_change_has_one_event_and_they_are_in_order,
    accounts::events_are_found_by_subject_by_kind_and_by_place,
    events::failures_that_anybody_can_repeat_are_one_event_with_a_count,
    events::events_are_found_by_address_and_by_time_each_once_page_by_page,
    events::changes_are_never_counted_together,
    events::old_events_are_deleted_in_small_steps_and_no_others,
    events::events_of_a_clock_that_was_ahead_keep_no_others_from_being_deleted,
    importing::many_subjects_are_imported_at_once_with_their_roles_status_and_events,
    importing::an_import_changes_nobody_who_is_there_and_says_what_stands_in_the_way,
    importing::an_import_that_is_not_kept_says_the_same_and_leaves_nothing,
    importing::whoever_was_imported_and_has_signed_in_since_is_there_and_whoever_changed_the_password_is_not,
    renaming::a_renamed_subject_keeps_its_id_and_sessions_and_its_old_name_is_free,
    renaming::a_name_that_another_has_is_refused_and_nothing_changes,
    renaming::of_many_who_want_one_name_at_once_one_gets_it,
    renaming::two_who_swap_their_names_at_once_wait_for_nobody,
    deleting::a_deleted_subject_can_do_nothing_is_found_nowhere_and_its_name_is_free,
    deleting::nothing_changes_a_deleted_subject_or_gives_its_id_to_anybody,
    deleting::the_events_of_a_deleted_subject_stay_without_its_names_and_addresses,
    deleting::the_last_holder_of_a_role_is_not_deleted,
    links::a_set_up_link_makes_one_administrator_and_is_used_up_with_that,
    links::a_set_up_link_expires_and_is_replaced_by_a_newer_one,
    links::of_two_uses_of_a_set_up_link_at_once_one_succeeds,
    links::a_link_takes_the_place_of_no_link_for_another_purpose_or_subject,
    links::of_many_links_made_at_once_for_the_same_the_last_is_live,
    links::a_link_used_while_another_takes_its_place_makes_one_administrator,
    password_links::a_password_link_sets_the_password_of_its_subject_once_and_ends_every_session,
    password_links::a_password_link_expires_and_ends_with_a_newer_one_and_with_all_sign_ins,
    password_links::a_password_link_makes_nobody_and_a_set_up_link_sets_no_password,
    password_links::of_many_uses_of_a_password_link_at_once_one_succeeds,
    password_links::of_a_password_link_and_what_ends_it_at_once_no_live_link_is_left,
    assurance::a_session_keeps_what_was_proved_through_checks_lists_and_new_secrets,
    assurance::a_family_keeps_what_was_proved_over_every_refresh,
    assurance::an_exchange_tells_what_was_proved_at_its_sign_in,
    assurance::a_sign_in_after_another_says_what_was_proved_for_itself_alone,
    assurance::a_proof_from_a_clock_that_was_ahead_counts_as_one_of_now,
    families::a_family_is_begun_with_what_its_subject_is_now,
    families::a_family_is_not_begun_for_the_disabled_the_unknown_or_a_stale_generation,
    families::a_family_is_not_begun_with_a_token_of_other_roles,
    families::a_family_ends_when_it_is_idle_with_nobody_purging,
    families::a_family_ends_at_its_absolute_expiry_however_busy,
    families::one_family_over_the_limit_ends_the_oldest_and_writes_that_down,
    families::expired_families_do_not_count_toward_the_limit,
    families::a_family_is_ended_by_its_own_subject_only,
    families::a_family_is_ended_by_its_own_client_only,
    families::the_list_is_the_live_families_newest_first_with_their_clients_and_devices,
    families::purging_drops_the_dead_families_and_nothing_else,
    redeeming::a_refresh_token_has_one_successor_and_that_works,
    redeeming::of_many_redemptions_at_once_each_gets_the_one_successor,
    redeeming::reuse_within_the_grace_time_gives_the_same_successor_and_ends_nothing,
    redeeming::a_retry_at_a_node_whose_clock_is_behind_is_no_theft,
    redeeming::reuse_of_a_token_whose_successor_was_used_ends_the_family_at_once,
    redeeming::a_redemption_that_saw_another_state_of_its_subject_spends_nothing,
    redeeming::reuse_after_the_grace_time_ends_the_family_and_writes_that_down,
    redeeming::a_token_older_than_the_last_one_ends_the_family_too,
    redeeming::another_clients_token_is_refused_and_nothing_changes,
    redeeming::a_ban_ends_every_family_at_once_and_lifting_it_revives_none,
    redeeming::a_password_change_ends_every_family_at_once,
    redeeming::logging_out_everywhere_ends_every_family_of_that_subject_alone,
    redeeming::a_role_change_keeps_families_and_the_next_redemption_sees_the_new_roles,
    redeeming::a_clock_that_is_set_back_revives_no_ended_family_and_no_used_token,
    exchange::a_live_session_is_exchanged_with_what_its_subject_is_now,
    exchange::a_dead_or_foreign_session_is_not_exchanged,
    exchange::a_session_is_not_exchanged_for_a_token_of_other_roles,
    exchange::a_session_that_gets_a_new_secret_at_once_can_be_exchanged_all_the_same,
    exchange::an_assertion_is_used_once_until_its_end,
    exchange::of_many_uses_of_an_assertion_at_once_one_succeeds,
    signals::the_end_of_a_family_is_told_when_it_is_acknowledged,
    signals::the_end_of_an_exchanged_session_is_told_when_it_is_acknowledged,
    signals::every_change_of_a_subject_kills_the_tokens_before_it_and_none_after,
    signals::a_token_is_revoked_by_itself,
    signals::a_client_that_may_have_other_tokens_or_is_gone_is_told_in_its_next_generation,
    signals::nothing_is_told_while_no_token_is_out,
    signals::an_end_is_told_as_long_as_a_token_could_be_taken_and_not_long_after,
    signals::a_change_is_told_as_long_as_a_token_could_be_taken_and_not_long_after,
    following::a_follower_gets_each_signal_once_and_in_order,
    following::a_follower_resumes_from_its_position_with_exactly_what_it_missed,
    following::a_position_in_another_list_or_past_the_end_of_this_one_gives_all_of_it,
    following::purging_forgets_the_signals_that_no_token_needs_and_no_number,
    following::what_is_known_as_of_a_moment_is_ready_and_no_later_moment_is_claimed,
    following::what_many_writers_end_is_one_list_without_gaps,
    keys::a_key_is_read_back_as_it_was_added,
    keys::of_many_keys_added_at_once_beside_the_same_others_one_is_added,
    keys::a_key_is_withdrawn_once_and_its_tokens_are_dead,
    keys::a_deleted_key_is_gone_and_its_revocation_is_not,
    limits::every_attempt_is_answered_as_the_rules_say,
    limits::guesses_at_many_accounts_and_from_many_addresses_are_counted_together,
    limits::of_sixty_attempts_at_once_five_begin,
    limits::the_clock_of_the_store_counts_where_no_time_is_given,
    limits::a_purge_forgets_no_count_that_still_counts,
    standing::whoever_lost_the_session_or_the_roles_changes_nothing_any_more,
    standing::whoever_lost_the_token_changes_nothing_any_more,
    standing::whoever_still_is_what_they_were_changes_what_they_may,
    standing::a_change_of_roles_does_not_stop_what_anybody_may_do_to_their_own_account,
    conditional::a_conditional_change_is_made_only_while_what_it_goes_by_is_so,
    conditional::every_other_sign_in_ends_in_one_step_each_with_its_event,
    conditional::nobody_becomes_the_first_by_a_link_after_somebody_did,
    standing::of_two_tokens_that_revoke_each_other_at_once_one_does,
    standing::no_change_comes_after_the_acknowledged_end_of_its_actor,
    parallel::what_many_writers_are_told_is_what_the_list_says,
    parallel::no_check_that_starts_after_an_acknowledged_ban_lets_anybody_in,
    parallel::no_check_that_starts_after_an_acknowledged_role_change_sees_the_old_roles,
    parallel::no_check_that_starts_after_an_acknowledged_end_takes_a_token,
}
