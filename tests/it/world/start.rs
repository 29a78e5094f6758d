//! Starting nodes.

use std::collections::BTreeMap;
use std::sync::Arc;

use pantheon::auth::Role;
use pantheon::config::{Config, Mode, Sources};
use pantheon::node::{BusSettings, Node};
use pantheon_events::TenantId;
use pantheon_harness::{Database, Nats, Postgres, Proxy};
use pantheon_nats::{BusKeys, ServerConfig};
use tempfile::TempDir;

use super::bus::service_user;
use super::requests::operator;
use super::{Time, World};

/// A setting and its value.
pub type Setting = (&'static str, &'static str);

/// What a node of this world starts from.
#[derive(Clone)]
pub(super) struct Base {
    settings: Vec<Setting>,
    bus: Option<BusSettings>,
    time: Time,
    /// Where the database is, when it is not reached directly.
    database: Option<String>,
    dir: Arc<TempDir>,
}

impl World {
    /// A node with the default settings and without a bus.
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// A node with these settings, without a bus.
    pub async fn with(settings: &[Setting]) -> Self {
        Self::first(settings, None).await
    }

    /// A node with these settings and a nats-server that only lets enrolled agents and one service
    /// in.
    pub async fn with_bus(settings: &[Setting]) -> Self {
        Self::with_bus_but(settings, |_| {}).await
    }

    /// The same, the node's own keys on NATS changed behind the server's back.
    pub async fn with_bus_but(settings: &[Setting], change: impl FnOnce(&mut BusKeys)) -> Self {
        let mut keys = BusKeys::generate().expect("keys");
        let (inside, service) = (keys.clone(), service_user());
        let nats = Nats::own_with(|options| {
            options.config(move |places| {
                let listen = ([127, 0, 0, 1], places.port).into();
                let config = ServerConfig::new(listen, &places.store_dir, &inside);
                let mut config = config.expect("a configuration");
                config.monitor_port = Some(places.http_port);
                config.services.push(service.clone());
                config.to_string()
            })
        });
        let nats = nats.await.expect("a nats-server");
        let url = nats.url();
        change(&mut keys);
        Self::first(settings, Some((nats, BusSettings { url, keys }))).await
    }

    /// A node that reaches its database through a proxy, which can break the link.
    pub async fn behind_proxy(settings: &[Setting]) -> (Self, Proxy) {
        let database = Postgres::shared().await.expect("a database");
        let direct = database.connect_options().expect("options").get_port();
        let proxy = Proxy::to_port(direct).await.expect("a proxy");
        let mut base = Base::new(settings, None);
        base.database = Some(proxy.url(database.url(), direct));
        (Self::on(Arc::new(database), None, base).await, proxy)
    }

    async fn first(settings: &[Setting], bus: Option<(Nats, BusSettings)>) -> Self {
        let database = Postgres::shared().await.expect("a database");
        let (nats, bus) = bus.unzip();
        let base = Base::new(settings, bus);
        Self::on(Arc::new(database), nats.map(Arc::new), base).await
    }

    async fn on(database: Arc<Database>, nats: Option<Arc<Nats>>, base: Base) -> Self {
        let node = base.node(&database).await;
        let tenant = TenantId::default_organization();
        Self {
            admin: operator(&node, tenant, Role::Admin),
            node,
            tenant,
            database,
            nats,
            time: base.time.clone(),
            base,
            client: reqwest::Client::new(),
        }
    }

    /// One more node on the same database and bus.
    pub async fn beside(&self) -> Self {
        let (database, nats) = (Arc::clone(&self.database), self.nats.clone());
        Self::on(database, nats, self.base.clone()).await
    }

    /// Stops the node and starts another one on the same data.
    pub async fn restarted(self) -> Self {
        self.restarted_with(&[]).await
    }

    /// The same with further settings.
    pub async fn restarted_with(mut self, settings: &[Setting]) -> Self {
        self.node.stop().await;
        self.base.settings.extend(settings);
        Self::on(self.database, self.nats, self.base).await
    }
}

impl Base {
    fn new(settings: &[Setting], bus: Option<BusSettings>) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        Self {
            settings: settings.to_vec(),
            bus,
            time: Time::default(),
            database: None,
            dir: Arc::new(dir),
        }
    }

    async fn node(&self, database: &Database) -> Node {
        let own = [
            ("PANTHEON_LISTEN", "127.0.0.1:0".to_owned()),
            ("PANTHEON_DATA_DIR", self.dir.path().display().to_string()),
            ("PANTHEON_LIMITS_REQUESTS_PER_MINUTE", "0".to_owned()),
            // All of a test's people come from one address.
            ("PANTHEON_LIMITS_FAILED_LOGINS_PER_MINUTE", "0".to_owned()),
            ("PANTHEON_LIMITS_LOGINS_PER_MINUTE", "0".to_owned()),
            ("PANTHEON_LIMITS_REGISTRATIONS_PER_MINUTE", "0".to_owned()),
            ("PANTHEON_LIMITS_REFRESHES_PER_MINUTE", "0".to_owned()),
        ];
        let given = self.settings.iter();
        let given = given.map(|(name, value)| (*name, (*value).to_owned()));
        let env: BTreeMap<_, _> = own
            .into_iter()
            .chain(given)
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let config = Config::load(&Sources {
            mode: Mode::Serve,
            file: None,
            env,
            flags: BTreeMap::new(),
        });
        let config = config.expect("good settings");
        let url = self.database.as_deref().unwrap_or_else(|| database.url());
        let (clock, bus) = (self.time.clock(), self.bus.clone());
        let node = Node::start_by(clock, config, url, bus).await;
        node.expect("a node")
    }
}
