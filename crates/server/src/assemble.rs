//! Putting the server together: store, policy, operations, gate, routes. The only place that knows all of them.

use std::sync::Arc;

use admit::{Cookies, Gate, Router, SameSite, witness::Witness};
use admit_core::credential::password::Cost;
use admit_core::credential::rules::PasswordRules;
use admit_core::csrf::{Origin, Origins};
use admit_core::policy::Policy;
use admit_core::random::{OsRandom, Random};
use admit_core::secret::ServerSecret;
use admit_core::store::{Accounts, Sessions};
use admit_core::throttle::Throttle;
use admit_core::time::SystemClock;
use admit_shop::Shop;
use admit_store::{MemorySessions, OpenError, Sqlite};

use crate::config::{Config, Keep, SameSite as ConfiguredSameSite, policy};
use crate::data::DataFolder;
use crate::hashing::{Hasher, PoolSize};
use crate::operation::Operations;
use crate::proxy::TrustedProxies;
use crate::web::flow::FlowLog;
use crate::web::{Pages, Shared, Web, router};

/// What runs commands: everything but HTTP.
pub struct Assembled {
    /// What can be done.
    pub operations: Arc<Operations>,
    /// The database.
    pub store: Arc<Sqlite>,
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

/// Every route with its rule.
fn routes(dev: bool, shop: Option<&Shop>) -> (Router<Web>, Router<()>) {
    (router::routes(dev), shop.map_or_else(Router::new, |shop| admit_shop::routes(shop.clone())))
}

/// Opens the store and starts the hashing pool.
///
/// # Errors
/// A sentence that names what is wrong and how to mend it.
pub fn assemble(config: &Config, data: &DataFolder, workers: Option<usize>) -> Result<Assembled, String> {
    let rules = config.session.rules();
    let (store, sessions): (Arc<Sqlite>, Arc<dyn Sessions>) = match config.session.store {
        Keep::Accounts => {
            let store = Sqlite::open(&data.database(), rules).map_err(|error| unusable(data, &error))?;
            (Arc::clone(&store), store)
        }
        Keep::Memory => {
            let sessions = MemorySessions::open(&data.database(), rules).map_err(|error| unusable(data, &error))?;
            (Arc::clone(sessions.accounts()), sessions)
        }
    };
    let random: Arc<dyn Random> = Arc::new(OsRandom);
    let size = PoolSize::new(workers.unwrap_or(config.hashing.workers), config.hashing.queue);
    let operations = Operations {
        accounts: Arc::clone(&store) as Arc<dyn Accounts>,
        sessions,
        policy: Arc::new(compile(config, &Shop::default())?),
        rules,
        passwords: PasswordRules { min_length: config.password.min_length },
        hasher: Hasher::start(size, Cost::OWASP, Arc::clone(&random))?,
        throttle: Throttle::default(),
        clock: Arc::new(SystemClock),
        random,
    };
    Ok(Assembled { operations: Arc::new(operations), store })
}

fn unusable(data: &DataFolder, error: &OpenError) -> String {
    format!(
        "The database {} cannot be used: {error}. Nothing in it was changed. Put back a backup, or begin anew in another \
         folder (server.data, --data).",
        data.database().display()
    )
}

fn compile(config: &Config, shop: &Shop) -> Result<Policy, String> {
    let (own, demo) = routes(true, Some(shop));
    let mut used = own.permissions();
    used.extend(demo.permissions());
    policy::load(config.server.policy.as_deref(), &used).map_err(|error| error.to_string())
}

/// Builds the gate and puts every route behind it.
///
/// # Errors
/// A sentence for each route that cannot be mounted.
pub fn site(
    assembled: &Assembled,
    config: &Config,
    secret: &ServerSecret,
    public: Origin,
    dev: bool,
    demo: bool,
) -> Result<Site, String> {
    let operations = &assembled.operations;
    let same_site = match config.session.same_site {
        ConfiguredSameSite::Lax => SameSite::Lax,
        ConfiguredSameSite::Strict => SameSite::Strict,
    };
    let cookies = if public.is_https() { Cookies::https(same_site) } else { Cookies::danger_plain_http() };
    let trusted = config.server.trusted_origins.iter().map(|text| Origin::parse(text)).collect::<Result<_, _>>();
    let origins = Origins { own: Some(public.clone()), trusted: trusted.map_err(|error| error.to_string())? };
    let proxies = TrustedProxies::parse(&config.server.trusted_proxies)
        .map_err(|text| format!("server.trusted_proxies: \"{text}\" is not an address or network."))?;
    let flow = dev.then(|| Arc::new(FlowLog::default()));
    let shop = demo.then(Shop::default);
    let store = Arc::clone(&assembled.store);
    let web = Web::new(Shared {
        operations: Arc::clone(operations),
        public,
        proxies,
        dev,
        demo,
        flow: flow.clone(),
        healthy: Arc::new(move || Box::pin(store.healthy())),
        max_body: config.server.max_body,
    });
    let mut gate = Gate::builder(Arc::clone(&operations.sessions), Arc::clone(&operations.policy), secret)
        .rules(operations.rules)
        .origins(origins)
        .cookies(cookies)
        .clock(Arc::clone(&operations.clock))
        .form_limit(config.server.max_body)
        .face(Arc::new(Pages(web.clone())));
    if let Some(flow) = &flow {
        gate = gate.witness(Arc::clone(flow) as Arc<dyn Witness>);
    }
    let (own, demo) = routes(dev, shop.as_ref());
    let mounted = own.with_state(web).merge(demo).mount(&gate.build());
    let router = mounted.map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    Ok(Site { router, flow, shop })
}
