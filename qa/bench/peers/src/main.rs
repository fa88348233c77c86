//! A route behind axum-login, its sessions in the store that is named: `memory`, `sqlite`, `postgres URL`, `redis URL`.
//!
//! Says its address and the cookie of somebody who is signed in, and serves until it is ended.

use axum::Router;
use axum::routing::{get, post};
use axum_login::{AuthManagerLayerBuilder, AuthSession, AuthUser, AuthnBackend, UserId, login_required};
use tower_sessions::cookie::time::Duration;
use tower_sessions::{Expiry, MemoryStore, SessionManagerLayer, SessionStore};
use tower_sessions_redis_store::{RedisStore, fred};
use tower_sessions_sqlx_store::{PostgresStore, SqliteStore};

/// One user, in memory: what is measured is the session, not the table of users.
#[derive(Clone, Debug)]
struct Ada;

impl AuthUser for Ada {
    type Id = i64;

    fn id(&self) -> i64 {
        1
    }

    fn session_auth_hash(&self) -> &[u8] {
        b"never verified"
    }
}

#[derive(Clone)]
struct Users;

impl AuthnBackend for Users {
    type User = Ada;
    type Credentials = ();
    type Error = std::convert::Infallible;

    async fn authenticate(&self, (): ()) -> Result<Option<Ada>, Self::Error> {
        Ok(Some(Ada))
    }

    async fn get_user(&self, id: &UserId<Self>) -> Result<Option<Ada>, Self::Error> {
        Ok((*id == 1).then_some(Ada))
    }
}

async fn sign_in(mut session: AuthSession<Users>) -> &'static str {
    session.login(&Ada).await.expect("a session");
    "ok\n"
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut arguments = std::env::args().skip(1);
        let store = arguments.next().expect("a store");
        let url = arguments.next().unwrap_or_default();
        match store.as_str() {
            "memory" => serve(MemoryStore::default()).await,
            "sqlite" => {
                let folder = tempfile::tempdir().expect("a folder");
                let options = sqlx::sqlite::SqliteConnectOptions::new()
                    .filename(folder.path().join("sessions.db"))
                    .create_if_missing(true)
                    .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal);
                let pool = sqlx::SqlitePool::connect_with(options).await.expect("a database");
                let store = SqliteStore::new(pool);
                store.migrate().await.expect("a table");
                serve(store).await;
            }
            "postgres" => {
                let pool = sqlx::PgPool::connect(&url).await.expect("a database");
                let store = PostgresStore::new(pool);
                store.migrate().await.expect("a table");
                serve(store).await;
            }
            "redis" => {
                use fred::prelude::ClientLike;
                let config = fred::prelude::Config::from_url(&url).expect("a URL");
                let pool = fred::prelude::Pool::new(config, None, None, None, 6).expect("a pool");
                let _task = pool.connect();
                pool.wait_for_connect().await.expect("a connection");
                serve(RedisStore::new(pool)).await;
            }
            other => panic!("no store is called {other}"),
        }
    });
}

async fn serve<S: SessionStore + Clone>(store: S) {
    let sessions = SessionManagerLayer::new(store)
        .with_secure(false)
        .with_expiry(Expiry::OnInactivity(Duration::minutes(30)));
    let auth = AuthManagerLayerBuilder::new(Users, sessions).build();
    let router = Router::new()
        .route("/check", get(|| async { "ok\n" }))
        .route_layer(login_required!(Users))
        .route("/sign-in", post(sign_in))
        .layer(auth);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("{}", listener.local_addr().expect("an address"));
    axum::serve(listener, router).await.expect("serving");
}
