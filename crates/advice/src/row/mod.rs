//! The decision table: rows in order, and the first that fits decides.

mod browser;
mod device;
mod impossible;
mod program;

use super::requirement::{Answer, Checks, Client, Logout, Network, Others, Requirements, Sites};
use super::words::{Reason, Words};

/// What somebody holds to show who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A session: the cookie holds its id alone.
    Session,
    /// A session on a device that people share.
    SharedSession,
    /// A short access token, and a refresh token that is replaced at each use.
    AccessAndRefresh,
    /// A short access token for the program's own secret or key (client credentials).
    OwnAccess,
    /// A short access token that a server gets for the session of the user whom it serves.
    Exchanged,
    /// An access token that is checked without a network until it ends.
    Lease,
    /// An access token that a user has granted to somebody else's program (authorization code with PKCE).
    Granted,
}

/// One program of the flow, and what it holds.
#[derive(Clone, Copy, Debug)]
pub struct Holder {
    /// The program.
    pub who: Words,
    /// What it holds.
    pub credential: Credential,
    /// Where it keeps it.
    pub kept: Words,
}

/// What happens to those who choose the alternative.
#[derive(Clone, Copy, Debug)]
pub struct Story {
    /// The alternative.
    pub instead: Words,
    /// What goes wrong: an attack or an outage, told in a few sentences.
    pub then: Words,
}

/// One stop of a request on its way, for the diagram.
#[derive(Clone, Copy, Debug)]
pub struct Stop {
    /// Who it is.
    pub who: Words,
    /// What it has.
    pub has: Words,
    /// Whether the state is remembered here: who is signed in, and what has been revoked.
    pub remembers: bool,
    /// Whether the credential is checked here, away from where the state is remembered: what it has depends on how.
    pub checks: bool,
    /// What goes from here to the next stop.
    pub sends: Option<Words>,
}

/// What a row advises.
#[derive(Clone, Copy, Debug)]
pub struct Pattern {
    /// In one line.
    pub headline: Words,
    /// Who holds what, the one nearest to the user first.
    pub holders: &'static [Holder],
    /// Why.
    pub reasons: &'static [Reason],
    /// What goes wrong otherwise.
    pub otherwise: Story,
    /// What admit cannot do yet of it. Empty: all is there.
    pub missing: &'static [Words],
    /// What can be promised in this situation and what cannot, where that needs saying.
    pub promises: &'static [Words],
    /// The way of a request.
    pub flow: &'static [Stop],
    /// The one answer that would change the advice.
    pub flip: Answer,
}

/// Why a combination of answers cannot be had.
#[derive(Clone, Copy, Debug)]
pub struct Impossible {
    /// The questions whose answers contradict each other.
    pub between: &'static [super::Question],
    /// Why.
    pub because: Reason,
}

/// What follows when a row fits.
#[derive(Clone, Copy, Debug)]
pub enum Then {
    /// This is advised.
    Advise(&'static Pattern),
    /// The answers contradict each other.
    Contradict(&'static Impossible),
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Its stable name.
    pub id: &'static str,
    /// It fits when each of these lists has an answer that was given.
    pub when: &'static [&'static [Answer]],
    /// What follows.
    pub then: Then,
}

impl Row {
    /// Whether it fits.
    #[must_use]
    pub fn fits(&self, requirements: &Requirements) -> bool {
        self.when.iter().all(|any| any.iter().any(|answer| requirements.has(*answer)))
    }
}

const OFFLINE: &[Answer] = &[Answer::Network(Network::Sometimes)];
const KIOSK: &[Answer] = &[Answer::Client(Client::Kiosk)];
const OTHER_SITE: &[Answer] = &[Answer::Client(Client::OtherSiteSpa)];
const THIRD_PARTY: &[Answer] = &[Answer::Client(Client::ThirdParty)];
const PAGES: &[Answer] =
    &[Answer::Client(Client::ServerRendered), Answer::Client(Client::SameSiteSpa), Answer::Client(Client::Kiosk)];
const ELSEWHERE: &[Answer] = &[Answer::Checks(Checks::OurServices), Answer::Checks(Checks::TheirServices)];

/// The table. The last row of each kind of client has no further condition, so that one always fits.
pub const TABLE: &[Row] = &[
    // What cannot be had.
    Row {
        id: "offline-without-its-server",
        when: &[
            OFFLINE,
            &[
                Answer::Client(Client::ServerRendered),
                Answer::Client(Client::Service),
                Answer::Client(Client::ThirdParty),
            ],
        ],
        then: Then::Contradict(&impossible::OFFLINE_WITHOUT_ITS_SERVER),
    },
    Row {
        id: "offline-device-that-must-ask",
        when: &[OFFLINE, KIOSK, &[Answer::Checks(Checks::Here), Answer::Checks(Checks::TheirServices)]],
        then: Then::Contradict(&impossible::OFFLINE_DEVICE_THAT_MUST_ASK),
    },
    Row {
        id: "offline-device-that-must-hear",
        when: &[OFFLINE, KIOSK, &[Answer::Logout(Logout::NextRequest), Answer::Logout(Logout::Seconds)]],
        then: Then::Contradict(&impossible::OFFLINE_DEVICE_THAT_MUST_HEAR),
    },
    Row {
        id: "other-site-and-one-site",
        when: &[OTHER_SITE, &[Answer::Sites(Sites::One)]],
        then: Then::Contradict(&impossible::OTHER_SITE_AND_ONE_SITE),
    },
    // Programs.
    Row { id: "offline-device", when: &[OFFLINE, KIOSK], then: Then::Advise(&device::OFFLINE) },
    Row {
        id: "third-party-for-users",
        when: &[THIRD_PARTY, &[Answer::Others(Others::Yes)]],
        then: Then::Advise(&program::THIRD_PARTY_FOR_USERS),
    },
    Row { id: "third-party-for-itself", when: &[THIRD_PARTY], then: Then::Advise(&program::THIRD_PARTY_FOR_ITSELF) },
    Row { id: "service", when: &[&[Answer::Client(Client::Service)]], then: Then::Advise(&program::SERVICE) },
    Row { id: "native-app", when: &[&[Answer::Client(Client::NativeApp)]], then: Then::Advise(&program::NATIVE_APP) },
    // Browsers.
    Row {
        id: "other-site-page-with-services",
        when: &[OTHER_SITE, ELSEWHERE],
        then: Then::Advise(&browser::OTHER_SITE_PAGE_WITH_SERVICES),
    },
    Row { id: "other-site-page", when: &[OTHER_SITE], then: Then::Advise(&browser::OTHER_SITE_PAGE) },
    Row { id: "page-with-services", when: &[PAGES, ELSEWHERE], then: Then::Advise(&browser::PAGE_WITH_SERVICES) },
    Row { id: "shared-screen", when: &[KIOSK], then: Then::Advise(&device::SHARED_SCREEN) },
    Row {
        id: "same-site-spa",
        when: &[&[Answer::Client(Client::SameSiteSpa)]],
        then: Then::Advise(&browser::SAME_SITE_SPA),
    },
    Row { id: "rendered-pages", when: &[], then: Then::Advise(&browser::RENDERED_PAGES) },
];

/// The last row's, which fits whatever is left.
pub(super) const LAST: &Pattern = &browser::RENDERED_PAGES;
