//! Deployments (CON-50 to CON-53): a whole node on a real Postgres, with the deployment agent over
//! a real nats-server where it is told something.

mod agent;
mod approval;
mod endpoints;
mod ends;
mod pipeline;
mod repeats;
mod roll_back;
mod tenants;
mod watch;
mod words;
