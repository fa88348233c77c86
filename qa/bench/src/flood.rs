//! How fast somebody else signs in while one customer, or one address, floods `POST /login`.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use admit_testkit::{Client, PASSWORD, Request, Server};
use serde_json::json;

/// Connections of a flood.
const CONNECTIONS: usize = 60;
/// How long a rate is measured, and how often.
const TIME: Duration = Duration::from_secs(5);
const ROUNDS: usize = 5;
/// Nothing flows from the round before into a calm one.
const REST: Duration = Duration::from_secs(2);
/// After so long somebody hangs up.
const HANGS_UP: Duration = Duration::from_millis(8);

/// What a flood does again and again, from its numbered connection.
type Flood = fn(SocketAddr, usize);

pub(crate) fn compare(admit: &str) {
    let admit = std::fs::canonicalize(admit).expect("the admit binary");
    let admit = admit.to_str().expect("a path of text");
    let server = Server::with(admit, &["serve"])
        .within(crate::production_folder(admit))
        .env("ADMIT_SERVER__TRUSTED_PROXIES", r#"["127.0.0.1"]"#)
        .start();
    for name in ["customer", "other"] {
        server.user(name, &[]);
    }
    println!(
        "Sign-ins a second of another account at another address, one after the other; median of {ROUNDS} rounds of {TIME:?}"
    );
    let floods: [(&str, Flood); 4] = [
        ("one account, right passwords, 60 connections", |address, _| {
            drop(Client::new(address).send(&from(login_request("customer", PASSWORD), FLOODER)));
        }),
        ("one account, right passwords, from the other's address", |address, _| {
            drop(Client::new(address).send(&from(login_request("customer", PASSWORD), OTHER)));
        }),
        ("one address, wrong passwords for one account, hangs up after 8 ms", |address, _| {
            hang_up(address, "customer", HANGS_UP);
        }),
        ("one address, a new name each time, hangs up after 8 ms", |address, connection| {
            static NAMES: AtomicUsize = AtomicUsize::new(0);
            let name = format!("name{connection}-{}", NAMES.fetch_add(1, Ordering::Relaxed));
            hang_up(address, &name, HANGS_UP);
        }),
    ];
    let this = std::env::current_exe().expect("this program's path");
    let bare = crate::bare::Process::start(&this, "bare");
    for (name, flood) in floods {
        let (mut ratios, mut elsewhere) = (Vec::new(), Vec::new());
        let (mut calm_rates, mut flooded_rates, mut rounds) = (Vec::new(), Vec::new(), 0);
        for _ in 0..ROUNDS {
            let calm = rate(server.address);
            let (flooded, floods) = during(server.address, server.address, flood);
            // What sending it costs, on processors that the server needs too.
            if name.contains("hangs up") {
                std::thread::sleep(REST);
                elsewhere.push(during(server.address, bare.address, flood).0 / calm);
            }
            ratios.push(flooded / calm);
            calm_rates.push(calm);
            flooded_rates.push(flooded);
            rounds += floods;
            std::thread::sleep(REST);
        }
        let each = rounds as f64 / ROUNDS as f64 / TIME.as_secs_f64();
        ratios.sort_by(f64::total_cmp);
        println!(
            "{name}\n  calm {:.1}/s, flooded {:.1}/s, ratio {:.2} (from {:.2} to {:.2}); the flood asks {each:.0} times a second",
            median(calm_rates),
            median(flooded_rates),
            ratios[ROUNDS / 2],
            ratios[0],
            ratios[ROUNDS - 1],
        );
        if !elsewhere.is_empty() {
            println!("  while a bare server is flooded the same way: ratio {:.2}", median(elsewhere));
        }
    }
}

const OTHER: &str = "203.0.113.1";
const FLOODER: &str = "198.51.100.1";

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

fn login_request(name: &str, password: &str) -> Request {
    Request::new("POST", "/login").json(&json!({ "username": name, "password": password }))
}

fn from(request: Request, address: &str) -> Request {
    request.header("x-forwarded-for", address)
}

fn hang_up(address: SocketAddr, name: &str, after: Duration) {
    let body = json!({ "username": name, "password": "wrong wrong wrong wrong" }).to_string();
    let length = body.len();
    let head = format!(
        "POST /login HTTP/1.1\r\nhost: {address}\r\nx-forwarded-for: {FLOODER}\r\ncontent-type: application/json\r\n"
    );
    // A server that sheds the flood's connections is not the failure that is measured.
    let Ok(mut stream) = TcpStream::connect(address) else { return };
    drop(stream.write_all(format!("{head}content-length: {length}\r\n\r\n{body}").as_bytes()));
    std::thread::sleep(after);
}

/// The other account's sign-ins a second.
fn rate(address: SocketAddr) -> f64 {
    let (began, mut taken) = (Instant::now(), 0);
    while began.elapsed() < TIME {
        let answer = Client::new(address).send(&from(login_request("other", PASSWORD), OTHER));
        taken += usize::from(answer.status == 200);
    }
    taken as f64 / began.elapsed().as_secs_f64()
}

/// The same during a flood of `flooded`, and how often the flood asked.
fn during(address: SocketAddr, flooded: SocketAddr, flood: Flood) -> (f64, usize) {
    let (over, rounds) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for connection in 0..CONNECTIONS {
            let (over, rounds) = (&over, &rounds);
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    flood(flooded, connection);
                    rounds.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        std::thread::sleep(Duration::from_millis(500));
        let before = rounds.load(Ordering::Relaxed);
        let rate = rate(address);
        let asked = rounds.load(Ordering::Relaxed) - before;
        over.store(true, Ordering::Relaxed);
        (rate, asked)
    })
}
