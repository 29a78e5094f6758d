//! The administrator's token of a development node.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;

use pantheon_events::TenantId;

use crate::app::App;
use crate::audit::token_issued;
use crate::auth::Role;
use crate::cli::Failure;

const DAYS: u64 = 30;

/// Keeps a fresh token in `<data-dir>/admin.token`, readable by its owner alone.
pub(super) async fn keep(app: &App) -> Result<(), Failure> {
    let ttl = Duration::from_secs(DAYS * 24 * 3600);
    let tenant = TenantId::default_organization();
    let administrator = administrator();
    let issued = app
        .auth
        .issue_operator(&administrator, tenant, Role::Admin, ttl);
    let (trails, role) = (&app.commands.trails, Role::Admin.as_str());
    token_issued(trails, &issued, &administrator, role, tenant)
        .await
        .map_err(anyhow::Error::from)?;
    let path = app.config.data_dir.join("admin.token");
    // A new file each time: the mode of an old one is not trusted.
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)?;
    writeln!(file, "{}", issued.token)?;
    Ok(())
}

/// The administrator is the same user at every start.
fn administrator() -> String {
    pantheon_events::UserId::of_key(&["administrator"]).to_string()
}
