//! The bus with a real nats-server: mirror, doors, identity.

mod admissions;
mod doors;
mod identity;
mod mirror;
mod raw;
mod relay;
mod server;
