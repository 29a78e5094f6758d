//! The log's promises (G1–G3, G9, G11) and how it reads and follows.

mod crash;
mod fence;
mod follow;
mod glance;
mod handed;
mod link;
mod node;
mod order;
mod processes;
mod race;
mod read;
mod silent;
