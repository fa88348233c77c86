//! Measures a session check against the same axum server with no auth: CPU per request, alternated pairs, one run.
//!
//! `cargo build --release --workspace && target/release/admit-bench target/release/admit`
//!
//! `admit-bench flood` measures how fast somebody signs in while somebody else floods, `admit-bench stores` a check on each pair
//! of stores beside a peer on the same, `admit-bench scale` what sessions take and how a check fares among a million of them, `admit-bench million` lists among a
//! million users and checks beside them.

mod bare;
mod beside;
mod flood;
mod load;
mod measure;
mod million;
mod rooms;
mod scale;
mod shop;
mod stores;
mod tokens;

use admit_testkit::Server;

use crate::load::Target;
use crate::measure::{Sample, ratio};

/// Requests of one sample, and how often each pair is measured.
const REQUESTS: usize = 60_000;
const PAIRS: usize = 7;
const CONNECTIONS: usize = 16;

fn main() {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("bare") => bare::serve(),
        Some("shop") => shop::serve(),
        Some("tokens") => tokens::serve(arguments.next().and_then(|count| count.parse().ok()).unwrap_or(1)),
        Some("guarded") => stores::serve(&arguments.collect::<Vec<_>>()),
        Some("stores") => stores::compare(&arguments.collect::<Vec<_>>()),
        Some("scale") => scale::compare(arguments.next().and_then(|count| count.parse().ok()).unwrap_or(1_000_000)),
        Some("million") => million::compare(arguments.next().and_then(|count| count.parse().ok()).unwrap_or(1_000_000)),
        Some("flood") => flood::compare(&arguments.next().expect("the path of admit")),
        Some(admit) => compare(admit),
        None => {
            eprintln!(
                "usage: admit-bench PATH-OF-ADMIT | flood PATH-OF-ADMIT | stores [PAIR ..] [PATH-OF-ADMIT-BENCH-PEERS] | scale [SESSIONS] | million [USERS]"
            );
            std::process::exit(2);
        }
    }
}

fn compare(admit: &str) {
    // Servers are started in folders of their own.
    let admit = std::fs::canonicalize(admit).expect("the admit binary");
    let admit = admit.to_str().expect("a path of text");
    let this = std::env::current_exe().expect("this program's path");
    let bare = bare::Process::start(&this, "bare");
    let shop = bare::Process::start(&this, "shop");
    let server = Server::with(admit, &["serve"]).within(production_folder(admit)).start();
    server.user("bench", &["customer"]);
    let mut client = server.client();
    client.sign_in("bench", admit_testkit::PASSWORD);
    let cookie = client.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
    let [shop_cookie, shop_token] = shop.said.as_slice() else { panic!("the shop says a cookie and a token") };

    println!(
        "CPU per request in µs (user + system of the server's process), {REQUESTS} requests over {CONNECTIONS} connections"
    );
    pairs(
        "GET /session by cookie",
        &Target::get(bare.address, bare.pid(), "/session", &cookie),
        &Target::get(server.address, server.pid(), "/session", &cookie),
        REQUESTS,
    );
    pairs(
        "GET of a guarded route in an app (the check alone)",
        &Target::get(bare.address, bare.pid(), "/check", shop_cookie),
        &Target::get(shop.address, shop.pid(), "/check", shop_cookie),
        REQUESTS,
    );
    pairs(
        "PUT a product with session, CSRF token and role",
        &Target::put(bare.address, bare.pid(), shop_cookie, shop_token),
        &Target::put(shop.address, shop.pid(), shop_cookie, shop_token),
        REQUESTS,
    );
    tokens::compare(&this, &bare);
}

/// Measures a pair several times. The difference of the two means, in µs.
fn pairs(name: &str, bare: &Target, admit: &Target, requests: usize) -> f64 {
    let mut ratios = Vec::new();
    let mut samples: Vec<(Sample, Sample)> = Vec::new();
    for target in [bare, admit] {
        let _ = measure::sample(target, requests / 12, CONNECTIONS);
    }
    for _ in 0..PAIRS {
        let pair = (measure::sample(bare, requests, CONNECTIONS), measure::sample(admit, requests, CONNECTIONS));
        ratios.push(ratio(&pair));
        samples.push(pair);
    }
    ratios.sort_by(f64::total_cmp);
    let mean = |pick: fn(&(Sample, Sample)) -> f64| samples.iter().map(pick).sum::<f64>() / samples.len() as f64;
    println!(
        "{name}\n  bare {:.2} µs, {:.0} req/s   admit {:.2} µs, {:.0} req/s   bare/admit: median {:.3} (from {:.3} to {:.3})",
        mean(|pair| pair.0.cpu_us),
        mean(|pair| pair.0.per_second),
        mean(|pair| pair.1.cpu_us),
        mean(|pair| pair.1.per_second),
        ratios[ratios.len() / 2],
        ratios[0],
        ratios[ratios.len() - 1],
    );
    mean(|pair| pair.1.cpu_us) - mean(|pair| pair.0.cpu_us)
}

/// A folder with a configuration for production, as `admit init` writes it.
fn production_folder(admit: &str) -> std::sync::Arc<admit_testkit::Folder> {
    let folder = std::sync::Arc::new(admit_testkit::folder());
    let status = std::process::Command::new(std::fs::canonicalize(admit).expect("the admit binary"))
        .args(["init", "--public-url", "https://bench.example"])
        .current_dir(folder.path())
        .stdout(std::process::Stdio::null())
        .status()
        .expect("admit init");
    assert!(status.success());
    let policy = folder.path().join("policy.toml");
    let written = std::fs::read_to_string(&policy).expect("the policy");
    std::fs::write(&policy, format!("{written}\n[roles.customer]\npermissions = []\n")).expect("a role");
    folder
}
