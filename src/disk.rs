//! How much room there is.

use std::path::Path;

use sysinfo::Disks;

/// How full the disk is that holds the data directory.
#[must_use]
pub fn usage(data: &Path) -> f64 {
    let at = std::path::absolute(data).unwrap_or_else(|_| data.to_path_buf());
    let Ok(disks) = Disks::new_with_refreshed_list() else {
        return 0.0;
    };
    let holding = disks
        .iter()
        .filter(|disk| at.starts_with(disk.mount_point()));
    let disk = holding.max_by_key(|disk| disk.mount_point().as_os_str().len());
    disk.map_or(0.0, |disk| {
        let total = disk.total_space();
        percent(total.saturating_sub(disk.available_space()), total)
    })
}

#[expect(clippy::cast_precision_loss, reason = "a percentage needs no 53 bits")]
pub(crate) fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 * 100.0 / whole as f64
    }
}
