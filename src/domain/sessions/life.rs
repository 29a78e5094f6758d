//! How long what a session gives is good for.

use chrono::TimeDelta;

/// How long a refresh token is good for.
pub const TOKEN_LIFE: TimeDelta = TimeDelta::days(7);
/// How long refresh tokens follow each other after a sign-in.
pub const FAMILY_LIFE: TimeDelta = TimeDelta::days(30);
