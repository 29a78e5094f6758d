//! What a build has to know of its own sources.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

/// What the state of a stream follows from: the rules, the events, and how both are read and written.
const RULES: [&str; 3] = ["src/domain", "events/src", "Cargo.lock"];

fn main() -> io::Result<()> {
    // A new migration is no change of any Rust file: without this, `sqlx::migrate!` would not see it.
    println!("cargo:rerun-if-changed=migrations");
    let mut hasher = DefaultHasher::new();
    for place in RULES {
        println!("cargo:rerun-if-changed={place}");
        add(Path::new(place), &mut hasher)?;
    }
    println!("cargo:rustc-env=RULES_OF_STATES={:016x}", hasher.finish());
    Ok(())
}

/// Files by name, so that the order in which a directory lists them makes no difference.
fn add(place: &Path, hasher: &mut DefaultHasher) -> io::Result<()> {
    if place.is_file() {
        place.hash(hasher);
        fs::read(place)?.hash(hasher);
        return Ok(());
    }
    let mut inside: Vec<PathBuf> = fs::read_dir(place)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    inside.sort();
    inside.iter().try_for_each(|place| add(place, hasher))
}
