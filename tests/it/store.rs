//! Loading streams: snapshots change how much is read, and nothing else.

mod snapshots;
