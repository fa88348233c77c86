//! The server to compare with: axum as its documentation shows it, answering the same bytes to anybody.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use axum::routing::{get, put};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct Body {
    subject: Subject,
    session: Session,
    csrf_token: &'static str,
}

#[derive(Serialize)]
struct Subject {
    id: &'static str,
    username: &'static str,
    roles: [&'static str; 1],
}

#[derive(Serialize)]
struct Session {
    id: &'static str,
    created_at: &'static str,
    idle_expires_at: &'static str,
    absolute_expires_at: &'static str,
    authenticated_at: &'static str,
    methods: [&'static str; 1],
}

async fn session() -> Json<Body> {
    let at = "2026-11-23T06:51:37.530Z";
    Json(Body {
        subject: Subject { id: "01a2072c-aa6f-712a-bc8c-7caac6da23a8", username: "bench", roles: ["customer"] },
        session: Session {
            id: "01a2072c-aaba-7bf9-8749-a7b9d4fa969c",
            created_at: at,
            idle_expires_at: at,
            absolute_expires_at: at,
            authenticated_at: at,
            methods: ["pwd"],
        },
        csrf_token: "SiUlWsDuQyfh8Lghl7AxavuReLJcPVsGCr6BCYtJD513bcaAeTcXLn3eH5_0-X9tlJeXGZOP9C_QvR10LHnEAA",
    })
}

#[derive(Serialize, Deserialize)]
struct Product {
    #[serde(default)]
    id: u32,
    name: String,
    price: f64,
}

async fn edit(Json(edit): Json<Product>) -> Json<Product> {
    Json(Product { id: 1, ..edit })
}

/// Serves until the process is ended.
pub(crate) fn serve() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        println!("{}", listener.local_addr().expect("an address"));
        let router = Router::new()
            .route("/session", get(session))
            .route("/check", get(|| async { "ok\n" }))
            .route("/demo/api/products/1", put(edit));
        axum::serve(listener, router).await.expect("serving");
    });
}

/// A server in a process of its own.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    /// The rest of the line with its address.
    pub(crate) said: Vec<String>,
}

impl Process {
    /// This program again, as one of its servers.
    pub(crate) fn start(this: &Path, kind: &str) -> Self {
        Self::start_with(this, kind, &[])
    }

    /// The same, with more to say to it.
    pub(crate) fn start_with(this: &Path, kind: &str, more: &[&str]) -> Self {
        let mut child = Command::new(this).arg(kind).args(more).stdout(Stdio::piped()).spawn().expect("the server");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("its address");
        let mut words = line.split_whitespace().map(str::to_owned);
        let address = words.next().and_then(|word| word.parse().ok()).expect("an address");
        Self { child, address, said: words.collect() }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
