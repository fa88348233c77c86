//! The shop behind an offline gate, in a process of its own. Its issuer is named after a [`WayOut`], so that each call to
//! it is seen; calls to anybody else are seen by the lures.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use admit::Gate;
use admit_core::credential::ClientSecret;
use admit_core::policy::Policy;
use admit_shop::Shop;

use super::outside::WayOut;

/// Whom the shop's tokens are for, and what it is called at the issuer.
pub(crate) const SHOP: &str = "demo-shop";
const ISSUER: &str = "CATALOGUE_ISSUER";
const SECRET: &str = "CATALOGUE_SECRET";
const MARK: &str = "the shop is at ";

/// A running shop.
pub(crate) struct GateProcess {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl GateProcess {
    pub(crate) fn start(issuer: &WayOut, secret: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "catalogue::gate::a_shop_behind_an_offline_gate", "--nocapture"]);
        command.env(ISSUER, &issuer.url).env(SECRET, secret);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines.map_while(Result::ok).find_map(|line| line.split_once(MARK)?.1.parse().ok());
        let address = address.expect("the shop behind the gate did not start");
        Self { child, address }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for GateProcess {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The shop's routes and its policy behind an offline gate of this issuer. A test that is about other things than a stale
/// feed waits for it as long as it takes.
pub(crate) fn shop(issuer: &str, secret: &str) -> (Gate, axum::Router) {
    let routes = admit_shop::routes(Shop::default());
    let policy = include_str!("../../../../examples/shop/policy.toml");
    let policy = Arc::new(Policy::read(policy, &routes.permissions()).unwrap());
    let gate = Gate::offline(issuer, SHOP).client(SHOP, ClientSecret::parse(secret).unwrap()).policy(policy);
    let gate = gate.max_staleness(Duration::from_secs(60)).start().unwrap();
    let router = routes.mount(&gate).unwrap();
    (gate, router)
}

/// Nothing by itself: the other tests run it, in a process of its own.
#[test]
fn a_shop_behind_an_offline_gate() {
    let (Ok(issuer), Ok(secret)) = (std::env::var(ISSUER), std::env::var(SECRET)) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let (gate, router) = shop(&issuer, &secret);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        while gate.token_staleness().is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        writeln!(std::io::stdout(), "\n{MARK}{}", listener.local_addr().unwrap()).unwrap();
        // Until whoever started it is gone.
        let gone = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
        let serving = axum::serve(listener, router).with_graceful_shutdown(async { drop(gone.await) });
        serving.await.unwrap();
    });
}
