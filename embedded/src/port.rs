//! Free loopback ports.

use std::fs::File;
use std::io::Read;
use std::net::TcpListener;

use anyhow::{Context, Result, bail};

/// Below the range from which systems take source ports, so that a server which is killed and
/// started again finds its port free.
const FIRST: u16 = 15_000;
const COUNT: u16 = 17_000;

/// A loopback TCP port on which nothing listens now. Somebody else may take it before its user
/// does: servers started on it are tried again on another.
///
/// # Errors
/// When fifty random ports are all taken, or the system gives no randomness.
pub fn free_port() -> Result<u16> {
    for _ in 0..50 {
        let port = FIRST + u16::from_le_bytes(random::<2>()?) % COUNT;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!(
        "no free port on 127.0.0.1 between {FIRST} and {}: stop some servers",
        FIRST + COUNT - 1
    )
}

/// Random bytes from the system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .context("cannot read /dev/urandom")?;
    Ok(bytes)
}

/// A secret of 48 hexadecimal digits (192 bits).
pub(crate) fn secret() -> Result<String> {
    use std::fmt::Write;
    Ok(random::<24>()?
        .iter()
        .fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").expect("writing to a String cannot fail");
            text
        }))
}
