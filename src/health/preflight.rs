//! Whether everything is there that work needs: the node's own parts, GitHub, and room on the disk.

use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::http::{Request, header};
use http_body_util::Full;
use secrecy::ExposeSecret;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::app::App;
use crate::disk;
use crate::http::health::{Check, Preflight};
use crate::outbound::Outbound;

/// GitHub is looked at no more often.
const FRESH: Duration = Duration::from_secs(60);
/// … and not waited for longer.
const PATIENCE: Duration = Duration::from_secs(3);
/// A disk that is fuller has little room.
const FULL: f64 = 95.0;
/// The parts that every node has and no work goes without.
const PARTS: [&str; 3] = ["database", "nats", "migrations"];

/// What is looked at beside the parts of the node.
pub(super) struct Outside {
    client: Outbound,
    last: Mutex<Option<(Instant, Preflight)>>,
}

impl Outside {
    pub(super) fn new() -> Self {
        Self {
            client: Outbound::new(),
            last: Mutex::new(None),
        }
    }

    /// Every check, the critical ones first.
    pub(super) async fn look(&self, app: &App, checks: &[Check]) -> Vec<Preflight> {
        let mut all: Vec<_> = PARTS.iter().map(|name| part(name, checks)).collect();
        let present = app.config.github_token.is_some();
        all.push(Preflight::critical(
            "github_token",
            present,
            if present {
                "set"
            } else {
                "missing; set PANTHEON_GITHUB_TOKEN"
            },
        ));
        all.push(self.github(app).await);
        all.extend(places(app));
        all
    }

    /// Whether GitHub takes the token, as it was within the last minute.
    async fn github(&self, app: &App) -> Preflight {
        let mut last = self.last.lock().await;
        if let Some((_, known)) = last.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
            return known.clone();
        }
        let (ok, message) = self.accepted(app).await;
        let looked = Preflight::critical("gh_auth", ok, message);
        if app.config.github_token.is_some() {
            *last = Some((Instant::now(), looked.clone()));
        }
        looked
    }

    async fn accepted(&self, app: &App) -> (bool, String) {
        let Some(token) = &app.config.github_token else {
            return (false, "there is no token to ask with".to_owned());
        };
        let base = app.config.github_api_url.expose().trim_end_matches('/');
        let asked = Request::get(format!("{base}/user"))
            .header(
                header::AUTHORIZATION,
                format!("Bearer {}", token.expose_secret()),
            )
            .header(header::ACCEPT, "application/vnd.github+json")
            .header(
                header::USER_AGENT,
                concat!("pantheon/", env!("CARGO_PKG_VERSION")),
            )
            .body(Full::default());
        let Ok(asked) = asked else {
            return (
                false,
                "the token or PANTHEON_GITHUB_API_URL cannot be sent".to_owned(),
            );
        };
        match self.client.send(asked, PATIENCE).await {
            Ok(answer) if answer.status().is_success() => (true, "accepted".to_owned()),
            Ok(answer) => (
                false,
                format!(
                    "GitHub answers {}; give PANTHEON_GITHUB_TOKEN another token",
                    answer.status()
                ),
            ),
            Err(_) => (false, "GitHub does not answer".to_owned()),
        }
    }
}

fn part(name: &'static str, checks: &[Check]) -> Preflight {
    match checks.iter().find(|check| check.name == name) {
        Some(check) => Preflight::critical(name, check.ok, check.message.clone()),
        None => Preflight::critical(name, false, "this node has none; see its settings"),
    }
}

fn places(app: &App) -> [Preflight; 3] {
    let data = &app.config.data_dir;
    let used = disk::usage(data);
    let logs = app.config.log_dir.clone();
    let (set, logs): (bool, PathBuf) = (logs.is_some(), logs.unwrap_or_else(|| data.clone()));
    let writable = is_writable(&logs);
    let place = logs.display();
    [
        Preflight::other("disk", used < FULL, format!("{used:.0} % used")),
        Preflight::other(
            "logs_directory",
            writable,
            match writable {
                true => "writable".to_owned(),
                false => format!("{place} cannot be written to"),
            },
        ),
        Preflight::other(
            "log_directory_env",
            set,
            if set {
                "set"
            } else {
                "PANTHEON_LOG_DIR is not set; the process log goes to standard error"
            },
        ),
    ]
}

/// Whether a file can be made there.
fn is_writable(place: &Path) -> bool {
    let file = place.join(format!(".pantheon-preflight-{}", std::process::id()));
    let made = std::fs::write(&file, []).is_ok();
    made && std::fs::remove_file(&file).is_ok()
}
