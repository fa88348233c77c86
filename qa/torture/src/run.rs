//! A run: stores and nodes are started, the clients and the nemesis set loose, and what came of it is judged.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use admit_testkit::{Folder, Seeded, free};

use crate::EDITOR;
use crate::client::{Client, marks};
use crate::feed::Heardings;
use crate::history::History;
use crate::judge::{Bounds, judge};
use crate::nemesis::{Nemesis, Temper};
use crate::node::{Launch, Node, tail};
use crate::proxy::Proxy;
use crate::report::Report;
use crate::signer::Signer;
use crate::topology::{Stores, Topology};
use crate::verifier::{self, Verifier};
use crate::world::{World, locked};

/// What a run is to be.
#[derive(Clone, Debug)]
pub struct Plan {
    /// On what.
    pub topology: Topology,
    /// How many operations at least.
    pub operations: usize,
    /// How many faults.
    pub faults: usize,
    /// How many clients.
    pub clients: usize,
    /// How many subjects.
    pub people: usize,
    /// How many users there are beside them, who do nothing, in PostgreSQL.
    pub users: usize,
    /// How many nodes, where stores can be shared.
    pub nodes: usize,
    /// Nothing is killed or emptied: ways are cut and stalled, and processes stand still.
    pub spare_processes: bool,
    /// Every fault is one of a node's connections to PostgreSQL that falls silent, an early one.
    pub silent_connections: bool,
    /// Where every choice comes from.
    pub seed: u64,
    /// The program that a node is, and more of its environment.
    pub program: PathBuf,
    /// The program that a verifier is: `admit-torture`.
    pub verifier: PathBuf,
    /// More of the nodes' environment.
    pub environment: Vec<(String, String)>,
    /// Faults last longer, and times are judged too.
    pub long: bool,
    /// Says how far it is.
    pub progress: bool,
    /// A file for the whole history, for whoever looks into a violation.
    pub history: Option<PathBuf>,
}

impl Plan {
    /// A short run, for a test: `program` is `admit-torture` itself.
    #[must_use]
    pub fn short(topology: Topology, program: &str, seed: u64) -> Self {
        Self {
            topology,
            operations: 2000,
            faults: 5,
            clients: 10,
            people: 8,
            users: 0,
            nodes: 3,
            spare_processes: false,
            silent_connections: false,
            seed,
            program: program.into(),
            verifier: program.into(),
            environment: vec![(crate::NODE.to_owned(), "1".to_owned())],
            long: false,
            progress: false,
            history: None,
        }
    }

    fn temper(&self) -> Temper {
        let (longest, between, calm_every, calm) = if self.long { (2500, 1200, 10, 3000) } else { (900, 500, 4, 1500) };
        Temper {
            faults: self.faults,
            operations: self.operations,
            longest: Duration::from_millis(longest),
            between: Duration::from_millis(between),
            calm_every,
            calm: Duration::from_millis(calm),
            spare_processes: self.spare_processes,
            silent_connections: self.silent_connections,
        }
    }

    /// About how long the faults take.
    fn expected(&self) -> Duration {
        let temper = self.temper();
        let one = (temper.longest + temper.between).mul_f64(0.6) + Duration::from_millis(300);
        let calms = self.faults.div_ceil(temper.calm_every).max(1);
        one * u32::try_from(self.faults).unwrap_or(u32::MAX) + temper.calm * u32::try_from(calms).unwrap_or(u32::MAX)
    }
}

/// Runs it.
///
/// # Errors
/// A sentence, when it could not be run or brought to its end.
pub fn run(plan: &Plan) -> Result<Report, String> {
    let began = Instant::now();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| format!("No runtime could be started: {error}."))?;
    let folder = admit_testkit::folder();
    let no_proxy = |error: std::io::Error| format!("A proxy could not be started: {error}.");
    let count = plan.topology.nodes(plan.nodes);
    let stores = runtime.block_on(Stores::start(plan.topology, count)).map_err(no_proxy)?;
    let (nodes, signer) = nodes(plan, &folder, &stores, count)?;
    let ways = runtime.block_on(ways(began, &nodes)).map_err(no_proxy)?;
    let world = Arc::new(World::new(began, (nodes, signer), stores, ways, plan.people));
    begin(plan, &world)?;
    verifiers(&plan.verifier, &world)?;
    let prepared = world.done.load(Ordering::Relaxed);
    let started = Instant::now();
    let (clients, healed) = load(plan, &world, prepared);
    if !healed {
        let logs: Vec<String> = world.nodes.iter().map(|node| tail(&locked(node).launch().log())).collect();
        return Err(format!("Not every node came back when everything was mended:\n{}", logs.join("\n\n")));
    }
    let loaded = started.elapsed();
    let healed = world.now();
    let log = finish(clients, &world).ok_or("The audit log could not be read at the end.")?;
    let mut history: History = world.take();
    (history.healed, history.log) = (Some(healed), Some(log));
    if let Some(path) = &plan.history {
        let written = serde_json::to_vec(&history).map_err(|error| error.to_string());
        let written = written.and_then(|text| std::fs::write(path, text).map_err(|error| error.to_string()));
        written.map_err(|error| format!("The history {} could not be written: {error}.", path.display()))?;
    }
    let recovery = Duration::from_secs(5).as_nanos() as u64;
    let bounds = plan.long.then_some(Bounds { unavailable: 250_000_000, recovery });
    let violations = judge(&history, bounds);
    let unsent = world.unsent.load(Ordering::Relaxed);
    let mut report = Report::new(plan, &history, violations, unsent, loaded, began.elapsed());
    if !report.violations.is_empty() && plan.progress {
        report.logs = Some(folder.keep());
    }
    Ok(report)
}

/// The way of each verifier to its node, at the port of the first node, whose address all are known by.
async fn ways(began: Instant, nodes: &[Node]) -> std::io::Result<(Heardings, Vec<Proxy>)> {
    let (heard, mut ways) = (Heardings::new(began), Vec::new());
    let port = nodes[0].launch().address.port();
    for (number, node) in nodes.iter().enumerate() {
        let heard = heard.clone();
        let at = SocketAddr::from(([127, 0, 1, 1 + number as u8], port));
        ways.push(Proxy::start_at(at, node.launch().address, move || heard.listener(number)).await?);
    }
    Ok((heard, ways))
}

/// Starts a verifier at each node.
fn verifiers(program: &Path, world: &World) -> Result<(), String> {
    let port = world.addresses[0].port();
    let all = world.nodes.iter().zip(&world.ways).map(|(node, way)| {
        let node = locked(node).launch().clone();
        let launch = verifier::Launch {
            program: program.to_owned(),
            issuer: format!("http://localhost:{port}"),
            way: way.address.ip(),
            secret: node.folder.join("admit-data/demo-shop.secret"),
            address: free(),
            log: node.folder.join("verifier.log"),
        };
        let started = Verifier::start(&launch);
        started.ok_or_else(|| format!("A verifier did not learn what was revoked:\n{}", tail(&launch.log)))
    });
    let all = all.collect::<Result<Vec<_>, _>>()?;
    drop(world.verifiers.set(all));
    Ok(())
}

fn nodes(plan: &Plan, folder: &Folder, stores: &Stores, count: usize) -> Result<(Vec<Node>, Signer), String> {
    let unwritten = |error: std::io::Error| format!("The folder of the run cannot be written: {error}.");
    let policy = folder.path().join("policy.toml");
    std::fs::write(&policy, policy_text()).map_err(unwritten)?;
    let addresses: Vec<_> = (0..count).map(|_| free()).collect();
    let issuer = format!("http://localhost:{}", addresses[0].port());
    let signer = Signer::new(&issuer)?;
    // A secret like another; nothing but this run knows it.
    let bytes: Vec<u8> = Seeded::new(plan.seed ^ u64::from(std::process::id())).bytes(32);
    let secret = admit_server_secret(&bytes);
    let launches = addresses.iter().enumerate().map(|(number, address)| {
        let folder = folder.path().join(format!("node{number}"));
        std::fs::create_dir(&folder).and_then(|()| signer.tell(&folder)).map_err(unwritten)?;
        let own = [
            ("ADMIT_SERVER__SECRET", secret.clone()),
            ("ADMIT_SERVER__PUBLIC_URL", issuer.clone()),
            ("ADMIT_SERVER__POLICY", policy.display().to_string()),
            // Nothing ends but what is ended.
            ("ADMIT_SESSIONS__LIMIT", "100000".to_owned()),
            ("ADMIT_TOKENS__ACCESS", "60m".to_owned()),
            ("ADMIT_TOKENS__HEARTBEAT", "200ms".to_owned()),
            ("ADMIT_HASHING__QUEUE", "256".to_owned()),
            // The clients say who they are, where it matters.
            ("ADMIT_SERVER__TRUSTED_PROXIES", "[\"127.0.0.1\"]".to_owned()),
            ("ADMIT_LOG__LEVEL", "warn".to_owned()),
        ];
        let mut environment: Vec<_> = own.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        environment.extend(stores.environment(number));
        environment.extend(plan.environment.iter().cloned());
        Ok(Node::new(Launch { program: plan.program.clone(), folder, address: *address, environment }))
    });
    let nodes: Result<_, String> = launches.collect();
    Ok((nodes?, signer))
}

/// 32 bytes as `admit init` would write them.
fn admit_server_secret(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (mut text, mut buffer, mut bits) = (String::new(), 0_u32, 0);
    for byte in bytes {
        (buffer, bits) = ((buffer << 8) | u32::from(*byte), bits + 8);
        while bits >= 6 {
            bits -= 6;
            text.push(char::from(LETTERS[(buffer >> bits) as usize & 63]));
        }
    }
    if bits > 0 {
        text.push(char::from(LETTERS[(buffer << (6 - bits)) as usize & 63]));
    }
    text
}

fn policy_text() -> String {
    let mut text = format!(
        "[roles.admin]\npermissions = [\"user:read\", \"user:update\", \"session:revoke\", \"audit:read\"]\n\
         [roles.verifier]\npermissions = [\"revocation:read\"]\n[roles.{EDITOR}]\npermissions = [\"product:update\"]\n"
    );
    marks().for_each(|name| text.push_str(&format!("[roles.{name}]\n")));
    text
}

/// Starts the nodes and makes everybody.
fn begin(plan: &Plan, world: &Arc<World>) -> Result<(), String> {
    for node in &world.nodes {
        let mut node = locked(node);
        if !node.start(Duration::from_secs(60)) {
            return Err(format!("A node did not start:\n{}", tail(&node.launch().log())));
        }
    }
    let first = locked(&world.nodes[0]).launch().clone();
    let made = first.run(&["user", "create", "boss", "--role", "admin", "--password-stdin"], "tulip lantern orbit 0\n");
    made.map_err(|error| format!("The administrator could not be made: {error}"))?;
    world.stores.pair(|pair| pair.populate(plan.users));
    let shares = 4;
    let failed: usize = std::thread::scope(|scope| {
        let making: Vec<_> = (0..shares)
            .map(|share| {
                scope.spawn(move || {
                    let mut client = Client::new(world, 1000 + share, plan.seed);
                    let mut failed = 0;
                    for person in (1..world.people.len()).filter(|person| person % shares == share) {
                        // On a busy machine an answer may come too late. Whether it was made by then shows when it is taken.
                        let made = (0..20).any(|_| client.create(person));
                        failed += usize::from(!made);
                        (0..3).for_each(|_| client.sign_in(person));
                        client.sign_in_app(person);
                    }
                    failed
                })
            })
            .collect();
        making.into_iter().map(|one| one.join().unwrap_or(1)).sum()
    });
    if failed > 0 {
        let log = tail(&first.log());
        return Err(format!("{failed} of {} users could not be made:\n{log}", world.people.len() - 1));
    }
    Ok(())
}

/// Lets the clients and the nemesis work, until both have done what they were to do.
fn load(plan: &Plan, world: &Arc<World>, prepared: usize) -> (Vec<Client>, bool) {
    let mut clients: Vec<Client> = (0..plan.clients).map(|number| Client::new(world, number, plan.seed)).collect();
    let mut nemesis = Nemesis::new(world, plan.topology, plan.temper(), plan.seed ^ 0x6E65_6D65_7369_7321);
    // What a step sends beside its first request, and what faults cost, is made up for by a quicker pace.
    let rate = 1.1 * plan.operations as f64 / plan.expected().as_secs_f64();
    let pace = Duration::from_secs_f64(plan.clients as f64 / rate);
    let healed = std::thread::scope(|scope| {
        clients.iter_mut().for_each(|client| drop(scope.spawn(move || client.work(pace))));
        let mut raging = Some(scope.spawn(|| nemesis.rage().then_some(nemesis)));
        let mut spent = None;
        let began = Instant::now();
        let mut said = Instant::now();
        let enough = || world.done.load(Ordering::Relaxed) >= prepared + plan.operations;
        while spent.is_none() || !enough() {
            std::thread::sleep(Duration::from_millis(20));
            if let Some(over) = raging.take_if(|raging| raging.is_finished()) {
                match over.join() {
                    Ok(Some(nemesis)) => spent = Some(nemesis),
                    Ok(None) => break,
                    Err(cause) => {
                        world.over.store(true, Ordering::Relaxed);
                        std::panic::resume_unwind(cause);
                    }
                }
            }
            if plan.progress && said.elapsed() > Duration::from_secs(2) {
                said = Instant::now();
                let done = world.done.load(Ordering::Relaxed) - prepared;
                let (name, faults, seconds) = (plan.topology.name(), world.faults(), began.elapsed().as_secs());
                eprintln!(
                    "{name}: {done} of {} operations, {faults} of {} faults, {seconds} s",
                    plan.operations, plan.faults
                );
            }
        }
        world.over.store(true, Ordering::Relaxed);
        spent.is_some_and(|mut nemesis| nemesis.calm())
    });
    (clients, healed)
}

/// Shows every credential on every node, and reads the audit log.
fn finish(mut clients: Vec<Client>, world: &Arc<World>) -> Option<Vec<crate::history::Logged>> {
    let shares = clients.len();
    std::thread::scope(|scope| {
        for (share, client) in clients.iter_mut().enumerate() {
            let people = (1..world.people.len()).filter(move |person| person % shares == share);
            scope.spawn(move || people.for_each(|person| client.sweep(person)));
        }
    });
    clients.first_mut()?.log()
}
