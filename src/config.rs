//! The settings: defaults → `pantheon.toml` → environment → flags.
//!
//! An unknown key or a value of the wrong type stops the start and names the key. Every secret
//! also has a `*_FILE` form, whose file others must not be able to read.

mod agents;
mod bounds;
mod bus;
mod kinds;
mod net;
mod nodes;
mod source;
mod value;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;

pub use kinds::{HeartbeatRecord, LogFormat, Origins, Parts, Registration, Size, Url, WsAnonymous};
pub use net::{Network, Networks};
pub use source::{
    ConfigError, Mode, Origin, Shown, Sources, keep_secret, read_secret, replace_secret,
};
pub use value::Setting;

use source::{Known, Resolver};

macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $field:ident: $kind:ty, $env:literal, $key:literal
        $(= $default:literal $(, dev = $dev:literal)?)?;)+) => {
        /// Every setting of the server.
        #[derive(Clone, Debug)]
        pub struct Config {
            $($(#[doc = $doc])+ pub $field: $kind,)+
            /// Where each value came from, for `config show --origin`.
            pub shown: Vec<Shown>,
        }

        impl Config {
            /// Reads all settings, or says which key is wrong.
            pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
                let mut resolver = Resolver::open(sources, &[$(Known {
                    key: $key,
                    env: $env,
                    file: <$kind as Setting>::FILE,
                }),+])?;
                $(let $field = resolver.take::<$kind>(
                    $key,
                    $env,
                    settings!(@default sources.mode; $($default $(, $dev)?)?),
                )?;)+
                Self { $($field,)+ shown: resolver.shown }.bounded()
            }
        }
    };
    (@default $mode:expr;) => { None };
    (@default $mode:expr; $default:literal) => { Some($default) };
    (@default $mode:expr; $default:literal, $dev:literal) => {
        Some(if $mode == Mode::Dev { $dev } else { $default })
    };
}

settings! {
    /// Where the log is. `dev` runs a private Postgres without it.
    database_url: Option<Url>, "DATABASE_URL", "database_url";
    /// Most connections of the pool.
    database_connections: u32, "PANTHEON_DATABASE_CONNECTIONS", "database_connections" = "16";
    /// Where JetStream is. `dev` runs a private nats-server without it.
    nats_url: Option<Url>, "NATS_URL", "nats_url";
    /// How long JetStream keeps events; 0 = for ever. The log keeps all of them.
    bus_max_age: Duration, "PANTHEON_BUS_MAX_AGE", "bus.max_age" = "7 d";
    /// How many bytes of events JetStream keeps; 0 = no limit.
    bus_max_bytes: Size, "PANTHEON_BUS_MAX_BYTES", "bus.max_bytes" = "8 GiB";
    /// Copies of the stream in a NATS cluster.
    bus_replicas: u32, "PANTHEON_BUS_REPLICAS", "bus.replicas" = "1";
    /// The address to serve on; port 0 picks a free one.
    listen: SocketAddr, "PANTHEON_LISTEN", "listen" = "127.0.0.1:8080";
    /// Where keys, the admin token and the embedded servers' data lie.
    data_dir: PathBuf, "PANTHEON_DATA_DIR", "data_dir" = ".pantheon";
    /// Which parts this node runs: `api`, `projector`, `relay`, `live`.
    parts: Parts, "PANTHEON_ROLE", "role" = "api,projector,relay,live";
    /// The environment's name, as `/system/status` shows it.
    env: String, "PANTHEON_ENV", "env" = "production", dev = "development";
    /// What the process log holds (a `tracing` filter).
    log: String, "PANTHEON_LOG", "log" = "info,async_nats=warn";
    /// How the process log is written.
    log_format: LogFormat, "PANTHEON_LOG_FORMAT", "log_format" = "text";
    /// Where traces go; unset = nowhere.
    otlp_endpoint: Option<Url>, "OTEL_EXPORTER_OTLP_ENDPOINT", "otlp_endpoint";
    /// Which heartbeats become events.
    heartbeat_record: HeartbeatRecord, "PANTHEON_HEARTBEAT_RECORD", "heartbeat_record" = "all";
    /// Silence after which an agent is degraded.
    health_degraded_after: Duration, "PANTHEON_HEALTH_DEGRADED_AFTER", "health_degraded_after"
        = "60 s";
    /// Silence after which an agent is unhealthy.
    health_unhealthy_after: Duration, "PANTHEON_HEALTH_UNHEALTHY_AFTER", "health_unhealthy_after"
        = "300 s";
    /// How often a node samples its machine.
    system_sample: Duration, "PANTHEON_SYSTEM_SAMPLE", "system_sample" = "10 s";
    /// Docker, as its own tools name it: `unix:///var/run/docker.sock` or `tcp://host:2375`; unset =
    /// containers are not looked at.
    docker_host: Option<Url>, "DOCKER_HOST", "docker_host";
    /// The repository whose worktrees, commits and tags are observed; unset = none (`dev` makes an
    /// empty one).
    git_dir: Option<PathBuf>, "PANTHEON_GIT_DIR", "git.dir";
    /// Where worktrees are made; unset = `worktrees` in the data directory.
    worktrees: Option<PathBuf>, "PANTHEON_WORKTREES", "git.worktrees";
    /// What a query by hand may cost, as the planner counts.
    query_max_cost: u32, "PANTHEON_QUERY_MAX_COST", "query.max_cost" = "1000000";
    /// How long the entries of logs are listed; the log itself keeps them.
    logs_keep: Duration, "PANTHEON_LOGS_KEEP", "logs.keep" = "30 d";
    /// Where deployments may go.
    environments: Vec<String>, "PANTHEON_ENVIRONMENTS", "environments"
        = "development,staging,production";
    /// How long an order may stay unpaid; 0 = for ever.
    order_ttl: Duration, "PANTHEON_ORDER_TTL", "order_ttl" = "24 h";
    /// The browsers' origins that may call; `*` = all.
    cors_origins: Origins, "PANTHEON_CORS_ORIGINS", "cors_origins" = "*";
    /// Who may open the console's socket without signing in.
    ws_anonymous: WsAnonymous, "PANTHEON_WS_ANONYMOUS", "ws_anonymous"
        = "off", dev = "loopback";
    /// The proxies whose `Forwarded` and `X-Forwarded-For` are believed.
    trusted_proxies: Networks, "PANTHEON_TRUSTED_PROXIES", "trusted_proxies" = "";
    /// The address people reach this server by.
    public_url: Option<Url>, "PANTHEON_PUBLIC_URL", "public_url";
    /// The address of the console, when it is not this server.
    frontend_url: Option<Url>, "PANTHEON_FRONTEND_URL", "frontend_url";
    /// The Ed25519 key (PKCS#8 PEM) that signs tokens, then those that still verify; unset = made and kept
    /// in the data directory.
    token_key: Option<SecretString>, "PANTHEON_TOKEN_KEY", "token_key";
    /// 32 random bytes in base64 that seal the vault and personal data; unset = made and kept in the
    /// data directory. All nodes of a log need the same.
    secret_key: Option<SecretString>, "PANTHEON_SECRET_KEY", "secret_key";
    /// Who may register: `open`, `invite` or `closed`.
    registration: Registration, "PANTHEON_REGISTRATION", "registration" = "closed", dev = "open";
    /// The slug of the organisation that new accounts join as viewers; unset = none.
    registration_organization: Option<String>, "PANTHEON_REGISTRATION_ORGANIZATION",
        "registration_organization";
    /// The id of the OAuth app on GitHub; unset = nobody signs in with GitHub.
    github_client_id: Option<String>, "PANTHEON_GITHUB_CLIENT_ID", "github.client_id";
    /// Its secret.
    github_client_secret: Option<SecretString>, "PANTHEON_GITHUB_CLIENT_SECRET",
        "github.client_secret";
    /// Where GitHub sends browsers back to: this server's `/api/v1/auth/github/callback`.
    github_callback_url: Option<Url>, "PANTHEON_GITHUB_CALLBACK_URL", "github.callback_url";
    /// GitHub's pages.
    github_web_url: Url, "PANTHEON_GITHUB_WEB_URL", "github.web_url" = "https://github.com";
    /// GitHub's API.
    github_api_url: Url, "PANTHEON_GITHUB_API_URL", "github.api_url" = "https://api.github.com";
    /// The token that GitHub's issues are read with; unset = they are not read.
    github_token: Option<SecretString>, "PANTHEON_GITHUB_TOKEN", "github.token";
    /// Where a supervisor keeps the process log, for `/preflight` to look at; unset = nowhere.
    log_dir: Option<PathBuf>, "PANTHEON_LOG_DIR", "log_dir";
    /// Requests per minute and token; 0 = no limit.
    limit_requests: u32, "PANTHEON_LIMITS_REQUESTS_PER_MINUTE", "limits.requests_per_minute"
        = "60000", dev = "0";
    /// Requests at once within that.
    limit_burst: u32, "PANTHEON_LIMITS_BURST", "limits.burst" = "2000";
    /// Requests per minute and address without a valid token; 0 = no limit.
    limit_anonymous: u32, "PANTHEON_LIMITS_ANONYMOUS_PER_MINUTE", "limits.anonymous_per_minute"
        = "600", dev = "0";
    /// Sign-ins that fail, per minute and address; 0 = no limit.
    limit_failed_logins: u32, "PANTHEON_LIMITS_FAILED_LOGINS_PER_MINUTE",
        "limits.failed_logins_per_minute" = "10", dev = "0";
    /// Sign-ins per minute and address; 0 = no limit.
    limit_logins: u32, "PANTHEON_LIMITS_LOGINS_PER_MINUTE", "limits.logins_per_minute"
        = "60", dev = "0";
    /// Registrations per minute and address; 0 = no limit.
    limit_registrations: u32, "PANTHEON_LIMITS_REGISTRATIONS_PER_MINUTE",
        "limits.registrations_per_minute" = "20", dev = "0";
    /// Refreshed sessions per minute and address; 0 = no limit.
    limit_refreshes: u32, "PANTHEON_LIMITS_REFRESHES_PER_MINUTE", "limits.refreshes_per_minute"
        = "100", dev = "0";
    /// Open connections.
    limit_connections: u32, "PANTHEON_LIMITS_CONNECTIONS", "limits.connections" = "4096";
    /// Commands that may wait to be written; further ones are refused with 503.
    limit_queue: u32, "PANTHEON_LIMITS_QUEUE", "limits.queue" = "8192";
    /// Open connections of one address other than loopback.
    limit_connections_per_address: u32, "PANTHEON_LIMITS_CONNECTIONS_PER_ADDRESS",
        "limits.connections_per_address" = "512";
}

impl Config {
    /// The file that a secret was read from, when its `*_FILE` form named one.
    #[must_use]
    pub fn secret_file(&self, key: &str) -> Option<&Path> {
        let shown = self.shown.iter().find(|shown| shown.key == key)?;
        shown.file.as_deref()
    }

    /// Where worktrees are made.
    #[must_use]
    pub fn worktrees_dir(&self) -> PathBuf {
        let own = || self.data_dir.join("worktrees");
        self.worktrees.clone().unwrap_or_else(own)
    }

    /// The file with Pantheon's own keys on NATS.
    #[must_use]
    pub fn bus_keys(&self) -> PathBuf {
        self.data_dir.join("keys").join("nats.json")
    }
}

#[cfg(test)]
mod tests;
