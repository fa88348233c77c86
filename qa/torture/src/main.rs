//! `admit-torture`: breaks admit, and says whether it has kept its promises.

use std::path::PathBuf;
use std::process::ExitCode;

use admit_testkit::Seeded;
use admit_torture::NODE;
use admit_torture::run::{Plan, run};
use admit_torture::topology::Topology;
use admit_torture::verifier;
use clap::Parser;

/// Many clients against real nodes, while nodes and stores are killed, stopped and cut off; then a judgement of what the
/// clients saw. Exit codes: 0 nothing is wrong, 1 a promise was broken, 2 wrong usage, 3 could not be completed.
#[derive(Debug, Parser)]
#[command(name = "admit-torture", max_term_width = 100)]
struct Arguments {
    /// On what: sqlite, memory, postgres, postgres-redis, standby, standby-redis, or all of them one after another
    #[arg(long, default_value = "all")]
    topology: String,
    /// Operations on each, at least
    #[arg(long, default_value_t = 100_000)]
    operations: usize,
    /// Faults on each
    #[arg(long, default_value_t = 100)]
    faults: usize,
    /// Clients at once
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// Users that they act as
    #[arg(long, default_value_t = 24)]
    people: usize,
    /// More users, who do nothing but be there when somebody looks for one; in PostgreSQL
    #[arg(long, default_value_t = 0)]
    users: usize,
    /// Nodes, where stores can be shared
    #[arg(long, default_value_t = 3)]
    nodes: usize,
    /// Kill and empty nothing: cut and stall ways, and let processes stand still
    #[arg(long)]
    spare_processes: bool,
    /// Break nothing but one connection at a time, which falls silent; in PostgreSQL
    #[arg(long)]
    silent_connections: bool,
    /// The seed of an earlier run [default: another each time]
    #[arg(long)]
    seed: Option<u64>,
    /// A program to drive in place of the admit that is built into this one
    #[arg(long, value_name = "PROGRAM")]
    admit: Option<PathBuf>,
    /// A file to write the whole report to, as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// A file to write the history to, as JSON: every request as its client saw it
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
    /// Short faults, and times are not judged
    #[arg(long)]
    short: bool,
}

fn main() -> ExitCode {
    if verifier::is_wanted() {
        return verifier::serve();
    }
    if std::env::var_os(NODE).is_some() {
        return node();
    }
    let arguments = Arguments::parse();
    let topologies = match arguments.topology.as_str() {
        "all" => Topology::ALL.to_vec(),
        name => match Topology::ALL.into_iter().find(|topology| topology.name() == name) {
            Some(topology) => vec![topology],
            None => {
                let names = Topology::ALL.map(Topology::name);
                eprintln!("There is no topology {name}. There are {} and all.", names.join(", "));
                return ExitCode::from(2);
            }
        },
    };
    // ADMIT_SEED is taken too, as by the tests.
    let seed = arguments.seed.unwrap_or_else(Seeded::seed);
    let own = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("admit-torture"));
    let (mut reports, mut incomplete) = (Vec::new(), false);
    for topology in topologies {
        let environment: Vec<(String, String)> =
            [(NODE, "1".to_owned())].map(|(name, value)| (name.to_owned(), value)).into();
        let seeded = std::env::var("ADMIT_SEEDED_BUG").ok().map(|bug| ("ADMIT_SEEDED_BUG".to_owned(), bug));
        let plan = Plan {
            topology,
            operations: arguments.operations,
            faults: arguments.faults,
            clients: arguments.clients.max(1),
            people: arguments.people.max(1),
            users: arguments.users,
            nodes: arguments.nodes.clamp(1, 9),
            spare_processes: arguments.spare_processes,
            silent_connections: arguments.silent_connections,
            seed,
            program: arguments.admit.clone().unwrap_or_else(|| own.clone()),
            verifier: own.clone(),
            environment: environment.into_iter().chain(seeded).collect(),
            long: !arguments.short,
            progress: true,
            history: arguments.history.clone(),
        };
        eprintln!("{}: --seed {seed}", topology.name());
        match run(&plan) {
            Ok(report) => {
                println!("{report}");
                reports.push(report);
            }
            Err(error) => {
                incomplete = true;
                eprintln!("{}: {error}", topology.name());
            }
        }
    }
    if let Some(path) = &arguments.report {
        let written = serde_json::to_vec_pretty(&reports).map_err(|error| error.to_string());
        if let Err(error) = written.and_then(|text| std::fs::write(path, text).map_err(|error| error.to_string())) {
            eprintln!("The report {} could not be written: {error}.", path.display());
            incomplete = true;
        }
    }
    match (reports.iter().all(|report| report.violations.is_empty()), incomplete) {
        (false, _) => ExitCode::from(1),
        (true, true) => ExitCode::from(3),
        (true, false) => ExitCode::SUCCESS,
    }
}

/// This program as `admit`. As a server it does not outlive whoever started it, however that ended.
fn node() -> ExitCode {
    let cli = admit_server::cli::Cli::parse();
    if matches!(cli.command, admit_server::cli::Command::Serve { .. }) {
        std::thread::spawn(|| {
            drop(std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
            std::process::exit(3);
        });
    }
    match admit_server::command::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(ended) => {
            eprintln!("admit: {}", ended.message());
            ExitCode::from(ended.code())
        }
    }
}
