//! The trail of access: who came in, who was refused, who took data along (S01–S12, business.md §3).

mod access;
mod logins;
