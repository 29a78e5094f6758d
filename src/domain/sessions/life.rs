//! How long what a session gives is good for.

use chrono::TimeDelta;

/// How long a refresh token is good for.
pub(super) const TOKEN_LIFE: TimeDelta = TimeDelta::days(7);
