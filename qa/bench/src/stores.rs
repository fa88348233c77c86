//! The check of a guarded route on each pair of stores, beside bare axum and beside axum-login on the same store.

use std::sync::Arc;
use std::time::Duration;

use admit::{Gate, Router, get, signed_in};
use admit_clock::SystemClock;
use admit_core::assurance::Methods;
use admit_core::audit::{Actor, Event, EventKind};
use admit_core::credential::password::PasswordHash;
use admit_core::id::SubjectId;
use admit_core::policy::{Policy, PolicySource};
use admit_core::proved::Proved;
use admit_core::random::OsRandom;
use admit_core::secret::ServerSecret;
use admit_core::session::{Device, SessionRules};
use admit_core::store::{Created, NewSubject};
use admit_core::subject::Username;
use admit_core::time::Clock;
use axum::response::IntoResponse;

use crate::bare::Process;
use crate::load::Target;
use crate::rooms::{Kind, Room, open};

const REQUESTS: usize = 30_000;

/// Serves `/check`, strictly, and `/loose`, where an answer may be a second old. Says its address and a cookie.
pub(crate) fn serve(arguments: &[String]) {
    let [kind, accounts, sessions] = arguments else { panic!("a pair of stores and where they are") };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let stores = open(Kind::named(kind), accounts, sessions, SessionRules::default()).await;
        let routes = Router::new()
            .route("/check", signed_in(get(|| async { "ok\n" })))
            .route("/loose", signed_in(get(|| async { "ok\n" })).max_staleness(Duration::from_secs(1)));
        let policy = Arc::new(Policy::compile(&PolicySource::default(), &[]).expect("a policy"));
        let secret = ServerSecret::new(&OsRandom).expect("randomness");
        let gate = Gate::builder(Arc::clone(&stores.sessions), policy, &secret).build();
        let now = SystemClock.now();
        let new = NewSubject {
            id: SubjectId::new(now, &OsRandom).expect("randomness"),
            username: Username::parse("ada").expect("a name"),
            password: PasswordHash::from_phc("never verified".to_owned()),
            roles: Vec::new(),
            created_at: now,
        };
        let event = |kind| Event::new(kind, Actor::Operator, now);
        let Created::Subject(ada) = stores.accounts.create(new, event(EventKind::SubjectCreated)).await.expect("made")
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
        let response = (begun.expect("an answer").expect("a session"), "").into_response();
        let cookie =
            response.headers()["set-cookie"].to_str().expect("text").split(';').next().expect("a pair").to_owned();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        println!("{} {cookie}", listener.local_addr().expect("an address"));
        axum::serve(listener, routes.mount(&gate).expect("routes")).await.expect("serving");
    });
}

/// Of each pair, or of those that are named; beside the peers when their program is.
pub(crate) fn compare(arguments: &[String]) {
    let named = |kind: &Kind| arguments.iter().any(|argument| argument == kind.name());
    let asked = Kind::ALL.into_iter().filter(named).collect::<Vec<_>>();
    let kinds = if asked.is_empty() { Kind::ALL.to_vec() } else { asked };
    let peers = arguments.iter().find(|argument| Kind::ALL.iter().all(|kind| kind.name() != argument.as_str()));
    let this = std::env::current_exe().expect("this program's path");
    let bare = Process::start(&this, "bare");
    println!(
        "CPU per request in µs of the app's own process (user + system), {REQUESTS} requests over {} connections",
        crate::CONNECTIONS
    );
    for kind in kinds {
        let room = Room::new(kind);
        let admit = Process::start_with(&this, "guarded", &[kind.name(), &room.accounts, &room.sessions]);
        let [cookie] = admit.said.as_slice() else { panic!("a cookie") };
        let target = |path| Target::get(admit.address, admit.pid(), path, cookie);
        let plain = || Target::get(bare.address, bare.pid(), "/check", cookie);
        crate::pairs(&format!("{}: admit, bound 0", kind.name()), &plain(), &target("/check"), REQUESTS);
        if matches!(kind, Kind::Postgres | Kind::PostgresRedis) {
            crate::pairs(&format!("{}: admit, bound 1 s", kind.name()), &plain(), &target("/loose"), REQUESTS);
        }
        let Some(peers) = peers else { continue };
        let url = match kind {
            Kind::Memory | Kind::Sqlite => String::new(),
            Kind::Postgres => room.postgres.as_ref().map(|server| server.create_database("peer")).unwrap_or_default(),
            Kind::PostgresRedis => room.sessions.clone(),
        };
        let peer = Process::start_with(std::path::Path::new(peers), kind.name(), &[&url]);
        let cookie = peer_cookie(&peer);
        let target = Target::get(peer.address, peer.pid(), "/check", &cookie);
        let plain = Target::get(bare.address, bare.pid(), "/check", &cookie);
        crate::pairs(&format!("{}: axum-login", kind.name()), &plain, &target, REQUESTS / 3);
    }
}

/// Signs in at the peer.
fn peer_cookie(peer: &Process) -> String {
    let request =
        format!("POST /sign-in HTTP/1.1\r\nhost: {}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n", peer.address);
    let answer = admit_testkit::raw(peer.address, request.as_bytes()).expect("an answer");
    let cookie = answer.header("set-cookie").expect("a cookie");
    cookie.split(';').next().expect("a pair").to_owned()
}
