//! The shop behind a gate on SQLite, as an axum app embeds it.

use std::sync::Arc;

use admit::{Gate, get, signed_in};
use admit_clock::SystemClock;
use admit_core::assurance::Methods;
use admit_core::audit::{Actor, Event, EventKind};
use admit_core::credential::password::PasswordHash;
use admit_core::id::SubjectId;
use admit_core::policy::Policy;
use admit_core::proved::Proved;
use admit_core::random::OsRandom;
use admit_core::secret::ServerSecret;
use admit_core::session::{Device, SessionRules};
use admit_core::store::{Accounts, Created, NewSubject};
use admit_core::subject::{RoleName, Username};
use admit_core::time::Clock;
use admit_store::Sqlite;
use axum::response::IntoResponse;

/// Serves until the process is ended; says its address, and the cookie and CSRF token of an administrator.
pub(crate) fn serve() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let folder = admit_testkit::folder();
        let store = Sqlite::open(&folder.path().join("admit.db"), SessionRules::default()).expect("a database");
        let routes =
            admit_shop::routes(admit_shop::Shop::default()).route("/check", signed_in(get(|| async { "ok\n" })));
        let text = "[roles.admin]\npermissions = [\"product:*\"]\n";
        let policy = Arc::new(Policy::read(text, &routes.permissions()).expect("a policy"));
        let secret = ServerSecret::new(&OsRandom).expect("randomness");
        let gate = Gate::builder(Arc::clone(&store) as _, policy, &secret).build();

        let now = SystemClock.now();
        let new = NewSubject {
            id: SubjectId::new(now, &OsRandom).expect("randomness"),
            username: Username::parse("ada").expect("a name"),
            password: PasswordHash::from_phc("never verified".to_owned()),
            roles: vec![RoleName::parse("admin").expect("a role")],
            created_at: now,
        };
        let event = |kind| Event::new(kind, Actor::Operator, now);
        let Created::Subject(ada) = store.create(new, event(EventKind::SubjectCreated)).await.expect("an answer")
        else {
            panic!("the store is empty")
        };
        let begun = gate
            .begin_session(
                &Proved::vouched_for(&ada, Methods::PASSWORD, now),
                Device::default(),
                None,
                event(EventKind::SessionCreated),
            )
            .await;
        let begun = begun.expect("an answer").expect("a session");
        let token = begun.csrf_token.reveal().to_owned();
        let response = (begun, "").into_response();
        let cookie =
            response.headers()["set-cookie"].to_str().expect("text").split(';').next().expect("a pair").to_owned();

        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        println!("{} {cookie} {token}", listener.local_addr().expect("an address"));
        axum::serve(listener, routes.mount(&gate).expect("routes")).await.expect("serving");
    });
}
