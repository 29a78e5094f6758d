//! Looking for texts on disks, as a thief would: in every file, byte by byte.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// None of the texts stands in any file of a folder but those in folders of the `spared` name.
pub fn nowhere(texts: &[String], folder: &Path, spared: Option<&str>) -> Result<()> {
    let mut grep = Command::new("grep");
    grep.args(["-r", "-a", "-o", "-m", "1", "-F", "-f", "-"]);
    grep.args(spared.map(|name| format!("--exclude-dir={name}")));
    let grep = grep.arg(folder).stdin(Stdio::piped());
    let mut grep = grep.stdout(Stdio::piped()).spawn()?;
    let input = grep.stdin.take().context("an input")?;
    { input }.write_all(texts.join("\n").as_bytes())?;
    let found = grep.wait_with_output()?;
    let text = String::from_utf8_lossy(&found.stdout);
    // 1 = searched, and not found.
    ensure!(
        found.status.code() == Some(1),
        "{}: {text}",
        folder.display()
    );
    Ok(())
}
