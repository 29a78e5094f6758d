//! A new migration is no change of any Rust file: without this, `sqlx::migrate!` would not see it.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
