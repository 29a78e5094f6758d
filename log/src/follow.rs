//! The one loop of every follower.
