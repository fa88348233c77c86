//! `admit serve`.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use admit_core::audit::EventKind;
use admit_core::csrf::{Origin, OriginError};
use admit_core::host::is_local;
use admit_core::random::{OsRandom, Random};
use admit_core::secret::ServerSecret;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

use super::stop::{Signals, ended};
use super::tasks::{follow_others, reload_policy, tend};
use super::{Ended, configuration, descriptors, print, runtime};
use crate::assemble::{self, Assembled, Setting, Site, assemble, site};
use crate::check::Checked;
use crate::cli::Common;
use crate::config::{self, Config, secret};
use crate::control;
use crate::data::installation;
use crate::data::{Claim, DataFolder};
use crate::demo;
use crate::listen::{self, Limits, Serving, serve};
use crate::log::Logging;
use crate::membership::Membership;
use crate::metrics::{self, Answers};
use crate::operation::{Cause, Operations};
use crate::proxy::TrustedProxies;
use crate::purge;
use crate::stores::{self, STARTED_WITHIN};

pub(super) fn run(common: &Common, dev: bool, demo: bool, change: bool) -> Result<(), Ended> {
    if demo && !demo::IS_HERE {
        return Err(Ended::Usage(
            "This admit was built without the demo. Leave out --demo, or build it with the cargo feature demo."
                .to_owned(),
        ));
    }
    let file = super::check::file(common);
    if !dev && file.is_none() {
        return Err(Ended::Incomplete(config::ConfigError::Missing(config::FILE.into()).to_string()));
    }
    let config = configuration(common)?;
    if dev && common.config.is_none() {
        is_for_development(&config, file.as_deref())?;
    }
    let logging = crate::log::begin(&config.log, dev).map_err(Ended::Incomplete)?;
    let ended = start(&config, file.as_deref(), (dev, demo, change), &logging);
    logging.finish();
    ended
}

/// Refuses the `admit.toml` of a production that happens to lie here: its database and its secret are not for plain http.
fn is_for_development(config: &Config, file: Option<&Path>) -> Result<(), Ended> {
    let by_file = std::env::var_os("ADMIT_SERVER__PUBLIC_URL").is_none();
    let https = |url: &str| Origin::of_site(url).is_ok_and(|url| url.is_https());
    match (file, config.server.public_url.as_deref()) {
        (Some(file), Some(url)) if by_file && https(url) => Err(Ended::Negative(format!(
            "{} is for production: server.public_url begins with https. Leave --dev out, or develop in another folder \
             (admit init --dev).",
            file.display()
        ))),
        _ => Ok(()),
    }
}

fn start(
    config: &Config,
    file: Option<&Path>,
    (dev, demo, change): (bool, bool, bool),
    logging: &Logging,
) -> Result<(), Ended> {
    let checked = super::check::before_start(config, file, dev)?;
    let files = descriptors::raise()?;
    let data = match DataFolder::claim(&config.server.data) {
        Ok(Claim::Ours(data)) => data,
        Ok(Claim::Taken) => {
            return Err(Ended::Negative(format!(
                "Another admit runs on the data folder {}. Stop it, or start this one in another folder or with --data.",
                config.server.data.display()
            )));
        }
        Err(error) => {
            return Err(Ended::Incomplete(format!(
                "The data folder {} cannot be used: {error}.",
                config.server.data.display()
            )));
        }
    };
    let secret = if dev && config.server.secret.is_none() && secret::file(config).is_none() {
        let path = data.dev_secret();
        if path.exists() { secret::read_made(&path) } else { secret::create_file(&path, &OsRandom) }
    } else {
        secret::read(config)
    };
    let secret = secret.map_err(Ended::Incomplete)?;
    let max_connections = descriptors::connections(files, config.server.max_connections);
    let starting =
        Starting { data, secret: &secret, checked: &checked, max_connections, file, dev, demo, change, logging };
    runtime()?.block_on(up(config, starting))
}

/// What is there before the server is.
struct Starting<'a> {
    data: DataFolder,
    secret: &'a ServerSecret,
    checked: &'a Checked,
    max_connections: usize,
    file: Option<&'a Path>,
    dev: bool,
    demo: bool,
    change: bool,
    logging: &'a Logging,
}

/// What somebody answers for is in the audit log of each start.
async fn record_waivers(operations: &Operations, checked: &Checked) -> Result<(), Ended> {
    for waived in &checked.waived {
        let event = Cause::server()
            .event(EventKind::FindingWaived, operations.clock.now())
            .with("finding", waived.finding.id)
            .with("about", waived.finding.about.as_str())
            .with("until", waived.until.to_string())
            .with("reason", waived.reason.as_str());
        let recorded = operations.accounts.record(event).await;
        recorded
            .map_err(|error| Ended::Incomplete(format!("A waiver could not be written to the audit log: {error}.")))?;
    }
    Ok(())
}

/// Whoever checks tokens is told of clients that may have other tokens than when a server was started last.
async fn declare_clients(operations: &Operations) -> Result<(), Ended> {
    let Some(issuer) = &operations.issuer else { return Ok(()) };
    let rights = operations.clients.iter().map(|(id, client)| (id.clone(), client.rights(issuer.url()))).collect();
    let event = Cause::server().event(EventKind::ClientChanged, operations.clock.now());
    let declared = operations.signals.declare_clients(rights, event).await;
    let generations = declared
        .map_err(|error| Ended::Incomplete(format!("The clients could not be written to the store: {error}.")))?;
    issuer.use_generations(generations);
    Ok(())
}

/// How browsers reach this server. In development that is where it listens, unless it stands behind something else on this
/// machine (a forwarded port, a development proxy); an address for production that a configuration has means nothing there.
fn public(config: &Config, dev: bool, address: SocketAddr) -> Result<Origin, OriginError> {
    let here = || Origin::parse(&format!("http://{address}"));
    let Some(url) = &config.server.public_url else { return here() };
    let public = Origin::of_site(url)?;
    if dev && (public.is_https() || !is_local(public.host())) { here() } else { Ok(public) }
}

async fn up(config: &Config, starting: Starting<'_>) -> Result<(), Ended> {
    let Starting { data, secret, checked, max_connections, file, dev, demo, change, logging } = starting;
    let incomplete = |what: &str, error: &dyn std::fmt::Display| Ended::Incomplete(format!("{what}: {error}."));
    let listener = TcpListener::bind(config.server.listen).await.map_err(|error| {
        incomplete(&format!("Cannot listen on {} (another port: ADMIT_SERVER__LISTEN)", config.server.listen), &error)
    })?;
    let address = listener.local_addr().map_err(|error| incomplete("The listener has no address", &error))?;
    let public = public(config, dev, address).map_err(|error| incomplete("server.public_url", &error))?;
    if dev && public.port() != address.port() {
        tracing::warn!(%public, %address, "server.public_url and server.listen have different ports: links work only if something forwards the port");
    }

    let setting = Setting { workers: None, secret: Some(secret), public: &public, demo };
    let assembled = stores::patiently(config, STARTED_WITHIN, async || assemble(config, &data, setting).await);
    let assembled = assembled.await.map_err(Ended::Incomplete)?;
    // In development each node has an address and a secret of its own.
    let member = match dev {
        true => None,
        false => Membership::join(config, &data, &assembled.stores, (&public, secret), change)
            .await
            .map_err(Ended::Negative)?,
    };
    let member = member.map(Arc::new);
    let stay = member.clone().map(|member| tokio::spawn(member.stay()));
    declare_clients(&assembled.operations).await?;
    record_waivers(&assembled.operations, checked).await?;
    let (stopping, stops) = watch::channel(false);
    let serving = assemble::Serving { public: public.clone(), dev, demo, stopping: stops };
    let site = site(&assembled, config, secret, serving).map_err(Ended::Incomplete)?;
    let control =
        control::listen(&data.socket(), Arc::clone(&assembled.operations), public.clone()).map_err(|error| {
            incomplete(&format!("The control socket {} cannot be made", data.socket().display()), &error)
        })?;
    let purge = tokio::spawn(purge::run(Arc::clone(&assembled.operations), config.audit.keep));
    let remember = tokio::spawn(installation::keep(data.installation(), assembled.stores.clone()));
    let tend = tokio::spawn(tend(assembled.operations.issuer.clone()));
    let reload = tokio::spawn(reload_policy(config.clone(), dev, Arc::clone(&assembled.operations)));
    let follow = tokio::spawn(follow_others(assembled.stores.clone(), assembled.operations.issuer.clone()));
    let answers = Answers::default();
    let figures = match config.metrics.listen {
        Some(address) => {
            let listener = TcpListener::bind(address)
                .await
                .map_err(|error| incomplete(&format!("Cannot listen on {address} (metrics.listen)"), &error))?;
            let (stores, answers, logging) = (assembled.stores.clone(), answers.clone(), logging.clone());
            let hasher = assembled.operations.hasher.clone();
            let router = metrics::router(stores, hasher, answers, logging);
            Some(tokio::spawn(listen::serve_few(listener, router)))
        }
        None => None,
    };
    let attack = match &site.shop {
        Some(shop) => Some(attack(&site, shop, address, &public).await?),
        None => None,
    };
    // Before the server is announced: a signal that comes after that asks for an orderly shutdown.
    let signals = Signals::receive().map_err(|error| incomplete("Signals cannot be received", &error))?;
    if dev {
        let welcome = async || welcome(&assembled, &public, file, demo, attack.as_deref()).await;
        greet(stores::patiently(config, STARTED_WITHIN, welcome).await.map_err(Ended::Incomplete)?);
    } else {
        tracing::info!(%address, %public, "listening");
    }

    let mut run = [0_u8; 4];
    OsRandom.fill(&mut run).map_err(|error| incomplete("No randomness", &error))?;
    let serving = Serving { run: u32::from_le_bytes(run), https: public.is_https(), log_requests: config.log.requests };
    let proxies = TrustedProxies::parse(&config.server.trusted_proxies)
        .map_err(|text| incomplete("server.trusted_proxies cannot be read", &text))?;
    let limits =
        Limits { connections: max_connections, per_address: config.server.per_address(max_connections), proxies };
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(signals.obey(stopping, stop, logging.clone()));
    // A task like those that it starts, so that none of them has to wake another thread first.
    let serving = tokio::spawn(serve(listener, site.router, serving, limits, answers, async { drop(stopped.await) }));
    tokio::select! {
        served = serving => served.map_err(|error| incomplete("The listener failed", &error))?,
        cause = ended(&assembled.stores.parts) => {
            tracing::error!(%cause, "the store cannot go on in this process, so the server ends");
            return Err(Ended::Incomplete(format!(
                "The server ended, because {cause}. Start it again: what was acknowledged is on the disk."
            )));
        }
    }
    tracing::info!("drained; closing the store");
    control.abort();
    purge.abort();
    remember.abort();
    tend.abort();
    follow.abort();
    reload.abort();
    if let Some(figures) = figures {
        figures.abort();
    }
    if let (Some(stay), Some(member)) = (stay, member) {
        stay.abort();
        member.leave().await;
    }
    if let Some(mark) = &assembled.stores.mark
        && let Err(error) =
            mark().await.map_err(|error| error.to_string()).and_then(|mark| installation::note(&data, &mark))
    {
        tracing::warn!(error, "how far the audit log is was not written into the data folder");
    }
    drop(assembled);
    drop(data);
    Ok(())
}

/// The page on another origin that attacks the shop: on 8081 beside 8080, and on any free port beside any other, so that
/// it never takes a port that somebody meant for something else.
async fn attack(site: &Site, shop: &demo::Shop, address: SocketAddr, target: &Origin) -> Result<String, Ended> {
    let port = if address.port() == 8080 { 8081 } else { 0 };
    let listener = match TcpListener::bind((address.ip(), port)).await {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind((address.ip(), 0))
            .await
            .map_err(|error| Ended::Incomplete(format!("The attack page cannot listen: {error}.")))?,
    };
    let at = listener.local_addr().map_err(|error| Ended::Incomplete(error.to_string()))?;
    let flow = site.flow.clone();
    let recent = Arc::new(move || flow.as_ref().map(|flow| flow.recent()).unwrap_or_default());
    let router = demo::attack(&target.to_string(), recent, shop);
    tokio::spawn(listen::serve_few(listener, router));
    Ok(format!("http://{at}"))
}

/// Prints the greeting. Nobody waits for it: whoever should read it may have stalled.
fn greet(text: String) {
    let greeting = std::thread::Builder::new().name("admit-greeting".to_owned()).spawn(move || {
        if let Err(unwritten) = print(&text) {
            tracing::warn!(error = unwritten.message(), "the greeting could not be printed");
        }
    });
    if let Err(error) = greeting {
        tracing::warn!(%error, "the greeting could not be printed; `admit admin link` prints the link");
    }
}

async fn welcome(
    assembled: &Assembled,
    public: &Origin,
    file: Option<&Path>,
    demo: bool,
    attack: Option<&str>,
) -> Result<String, String> {
    let with = file.map_or_else(|| "no configuration file".to_owned(), |file| format!("{}", file.display()));
    let mut text = format!(
        "\nadmit is up with {with}. Development mode: plain http, this machine only.\n\n  \
         Sign in         {public}/login\n  \
         Account         {public}/account\n  \
         Admin           {public}/admin\n"
    );
    if demo {
        text.push_str(&format!("  Shop            {public}/demo/shop\n"));
    }
    text.push_str(&format!("  Request flow    {public}/dev/flow\n"));
    if let Some(attack) = attack {
        text.push_str(&format!("  Attack page     {attack}/\n"));
    }
    let failed = |failure: crate::operation::Failure| failure.to_string();
    if assembled.operations.has_admin().await.map_err(failed)? {
        text.push_str("\n  There is an administrator already; sign in.\n");
    } else {
        let link = assembled.operations.issue_link(&Cause::operator()).await.map_err(failed)?;
        let link = control::setup_link(public, &link);
        text.push_str(&format!("\n  First admin     {link}\n                  (works once, for an hour; `admit admin link` prints a new one)\n"));
    }
    text.push_str("\nStop with Ctrl-C.\n");
    Ok(text)
}
