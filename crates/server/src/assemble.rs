//! Putting the server together: store, policy, operations, gate, routes. The only place that knows all of them.

use std::sync::Arc;
use std::time::Duration;

use admit::{Cookies, Gate, SameSite, witness::Witness};
use admit_clock::SystemClock;
use admit_core::client::Audience;
use admit_core::credential::password::Cost;
use admit_core::credential::rules::PasswordRules;
use admit_core::csrf::{Origin, Origins};
use admit_core::policy::{LivePolicy, Policy};
use admit_core::random::{OsRandom, Random};
use admit_core::secret::ServerSecret;
use admit_core::store::StoreError;
use admit_core::throttle::Throttle;
use admit_core::time::Clock;
use admit_core::token::{Current, Freshness, KnownClients, Verifier};
use admit_store::{Part, Stores};
use tokio::sync::watch;

use crate::config::client::{self, Clients};
use crate::config::{Config, SameSite as ConfiguredSameSite, policy};
use crate::data::DataFolder;
use crate::demo::{self, Shop};
use crate::freshness::Confirmed;
use crate::hashing::{Hasher, PoolSize};
use crate::issuer::{Issuer, Parts};
use crate::operation::{Episodes, Operations, SharedLimits, Strangers, fits_with};
use crate::proxy::TrustedProxies;
use crate::stores;
use crate::web::flow::FlowLog;
use crate::web::revocations::Places;
use crate::web::{Pages, Shared, Web, router};

/// What runs commands: everything but HTTP.
pub struct Assembled {
    /// What can be done.
    pub operations: Arc<Operations>,
    /// Where everything is kept.
    pub stores: Stores,
}

/// What there is to serve.
pub struct Site {
    /// The routes, behind the gate.
    pub router: axum::Router,
    /// The requests of the recent past, in development mode.
    pub flow: Option<Arc<FlowLog>>,
    /// The shop, with `--demo`.
    pub shop: Option<Shop>,
}

/// What an assembly is for.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// Threads that hash passwords; `None` for as many as configured.
    pub workers: Option<usize>,
    /// The server's secret. Without it there are no tokens.
    pub secret: Option<&'a ServerSecret>,
    /// How the server is reached: its name as an issuer.
    pub public: &'a Origin,
    /// Whether the clients of the demonstration are there too.
    pub demo: bool,
}

/// Opens the store, starts the hashing pool, and takes up the signing keys.
///
/// # Errors
/// A sentence that names what is wrong and how to mend it.
pub async fn assemble(config: &Config, data: &DataFolder, setting: Setting<'_>) -> Result<Assembled, String> {
    let rules = config.sessions.rules();
    let tokens = config.tokens.rules(&rules);
    let stores = stores::open(config, data, rules, tokens).await?;
    let random: Arc<dyn Random> = Arc::new(OsRandom);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let size = PoolSize::new(setting.workers.unwrap_or(config.hashing.workers), config.hashing.queue);
    let policy = compile(config)?;
    let clients = clients(config, data, setting)?;
    fits_with(&policy, &clients).map_err(|sentence| {
        let place =
            config.server.policy.as_deref().map_or_else(|| "the policy".to_owned(), |path| path.display().to_string());
        format!("The policy cannot be used:\n{place}: {sentence}")
    })?;
    let issuer = match setting.secret {
        Some(secret) => {
            let revocations = stores.signals.revocations();
            let own = Audience::parse(setting.public.as_str()).map_err(|error| error.to_string())?;
            let confirmed = stores.shared.then(|| Confirmed::new(Arc::clone(&stores.signals)));
            let freshness: Arc<dyn Freshness> = match &confirmed {
                Some(confirmed) => Arc::clone(confirmed) as _,
                None => Arc::new(Current),
            };
            let verifier = Verifier::new(setting.public.as_str(), own, revocations, freshness);
            let verifier = Arc::new(verifier.of_clients(KnownClients::from(clients.clone())));
            let issuer = Arc::new(Issuer::new(Parts {
                url: setting.public.to_string(),
                rules: tokens,
                schedule: config.tokens.schedule(),
                secret,
                store: Arc::clone(&stores.keys),
                verifier,
                clock: Arc::clone(&clock),
                random: Arc::clone(&random),
            })?);
            if let Some(confirmed) = confirmed {
                confirmed.learns_keys_of(&issuer);
            }
            issuer.tend().await?;
            Some(issuer)
        }
        None => None,
    };
    // Without a secret nobody signs in: commands that change the stores by themselves.
    let shared_limits =
        setting.secret.zip(stores.limits.clone()).map(|(secret, limits)| Arc::new(SharedLimits::new(limits, secret)));
    let operations = Operations {
        accounts: Arc::clone(&stores.accounts),
        sessions: Arc::clone(&stores.sessions),
        families: Arc::clone(&stores.families),
        signals: Arc::clone(&stores.signals),
        keys: Arc::clone(&stores.keys),
        issuer,
        clients,
        policy: LivePolicy::from(policy),
        rules,
        passwords: PasswordRules { min_length: config.password.min_length },
        hasher: Hasher::start(size, Cost::OWASP, &random, Arc::clone(&clock))?,
        throttle: Arc::new(Throttle::default()),
        shared_limits,
        client_throttle: Arc::new(Throttle::for_clients()),
        strangers: Strangers::default(),
        episodes: Episodes::default(),
        clock,
        random,
    };
    Ok(Assembled { operations: Arc::new(operations), stores })
}

/// The configured clients; with the demonstration an app, and a service that checks the app's tokens by itself.
fn clients(config: &Config, data: &DataFolder, setting: Setting<'_>) -> Result<Clients, String> {
    let issuer = setting.public.as_str();
    let mut clients = client::clients(&config.clients, issuer).map_err(|found| {
        found.iter().map(|finding| format!("{} {}", finding.wrong, finding.remedy)).collect::<Vec<_>>().join("\n")
    })?;
    if setting.demo {
        for client in demo::clients(issuer, data)? {
            clients.entry(client.id.clone()).or_insert(client);
        }
    }
    Ok(clients)
}

fn compile(config: &Config) -> Result<Policy, String> {
    policy::load(config.server.policy.as_deref(), &router::permissions()).map_err(|error| error.to_string())
}

async fn healthy(parts: Vec<Part>) -> Result<(), StoreError> {
    for part in parts {
        part.health.healthy().await?;
    }
    Ok(())
}

/// How a site is served.
pub struct Serving {
    /// How browsers reach it.
    pub public: Origin,
    /// In development mode.
    pub dev: bool,
    /// With the shop.
    pub demo: bool,
    /// Turns true when the server is about to stop.
    pub stopping: watch::Receiver<bool>,
}

/// What this machine is called in the address line of a browser on it, beside the name that was printed.
fn other_local_names(public: &Origin) -> Vec<Origin> {
    let port = public.authority().strip_prefix(public.host()).unwrap_or_default();
    let names = ["localhost", "127.0.0.1", "[::1]"].map(|host| Origin::parse(&format!("http://{host}{port}")));
    names.into_iter().flatten().filter(|name| name != public).collect()
}

/// Builds the gate and puts every route behind it.
///
/// # Errors
/// A sentence for each route that cannot be mounted.
pub fn site(assembled: &Assembled, config: &Config, secret: &ServerSecret, serving: Serving) -> Result<Site, String> {
    let operations = &assembled.operations;
    let Serving { public, dev, demo: with_shop, .. } = serving;
    let same_site = match config.sessions.same_site {
        ConfiguredSameSite::Lax => SameSite::Lax,
        ConfiguredSameSite::Strict => SameSite::Strict,
        // Only with a waiver that says why.
        ConfiguredSameSite::None => SameSite::None,
    };
    let cookies = match public.is_https() {
        true => Cookies::https(same_site),
        false => Cookies::danger_plain_http_on(public.port()),
    };
    let trusted = config.server.trusted_origins.iter().map(|text| Origin::parse(text)).collect::<Result<Vec<_>, _>>();
    let mut trusted = trusted.map_err(|error| error.to_string())?;
    trusted.extend(operations.clients.values().flat_map(|client| client.origins.iter().cloned()));
    let aliases = if dev { other_local_names(&public) } else { Vec::new() };
    let origins = Origins { own: Some(public.clone()), aliases, trusted };
    let proxies = TrustedProxies::parse(&config.server.trusted_proxies)
        .map_err(|text| format!("server.trusted_proxies: \"{text}\" is not an address or network."))?;
    let flow = dev.then(|| Arc::new(FlowLog::default()));
    let shop = if with_shop { demo::shop() } else { None };
    let parts = assembled.stores.parts.clone();
    let web = Web::new(Shared {
        operations: Arc::clone(operations),
        public,
        proxies,
        dev,
        demo: with_shop,
        flow: flow.clone(),
        healthy: Arc::new(move || Box::pin(healthy(parts.clone()))),
        max_body: config.server.max_body,
        cookies,
        heartbeat: config.tokens.heartbeat,
        followers: Places::new(config.tokens.max_followers),
        stopping: serving.stopping,
    });
    let mut gate = Gate::builder(Arc::clone(&operations.sessions), operations.policy.clone(), secret)
        .rules(operations.rules)
        // Whatever another node has revoked is dead at this one's next check too.
        .max_staleness(Duration::ZERO)
        .origins(origins)
        .cookies(cookies)
        .clock(Arc::clone(&operations.clock))
        .body_limit(config.server.max_body)
        .face(Arc::new(Pages(web.clone())));
    if let Some(issuer) = &operations.issuer {
        let named = operations.clients.values().filter(|client| client.admin_api).map(|client| client.id.clone());
        gate = gate.tokens(Arc::clone(issuer.verifier())).named_clients(named);
    }
    if let Some(flow) = &flow {
        gate = gate.witness(Arc::clone(flow) as Arc<dyn Witness>);
    }
    let routes = router::routes(dev).with_state(web).merge(demo::routes(shop.as_ref()));
    let mounted = routes.mount(&gate.build());
    let router = mounted.map_err(|errors| errors.to_string())?;
    Ok(Site { router, flow, shop })
}

#[cfg(test)]
mod tests;
