//! The command line: one file per command. Data go to stdout, everything else to stderr.

mod agent;
mod asyncapi;
mod bus;
mod client;
mod command;
mod completions;
mod config;
mod database;
mod dev;
mod doctor;
mod events;
mod exit;
mod log;
mod migrate;
mod openapi;
mod output;
mod progress;
mod projections;
mod replay;
mod schema;
mod secrets;
mod serve;
mod signals;
mod streams;
mod token;
mod user;
mod version;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::config::Setting;
pub use exit::{Exit, Failure};
use output::Format;
use signals::interruptible;

/// How long what a command has left behind may take to end.
const LEFT_OVER: Duration = Duration::from_millis(100);

/// The event-sourced control plane for fleets of AI agents and the business around them.
#[derive(Debug, Parser)]
#[command(name = "pantheon", version, about, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command understands.
#[derive(Clone, Debug, Args)]
struct Global {
    /// How to print data.
    #[arg(
        short = 'o',
        long = "output",
        global = true,
        value_enum,
        default_value = "table"
    )]
    output: Format,
    /// The server that client commands talk to.
    #[arg(
        long,
        global = true,
        env = "PANTHEON_SERVER",
        default_value = "http://127.0.0.1:8080"
    )]
    server: String,
    /// How long the server may take for an answer, as in 30s or 2m.
    #[arg(long, global = true, value_parser = duration, default_value = "60s")]
    timeout: Duration,
    /// A file that holds the token; else PANTHEON_TOKEN or PANTHEON_TOKEN_FILE, else the token of
    /// `pantheon dev` here.
    #[arg(long, global = true, value_name = "FILE")]
    token_file: Option<std::path::PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything on this machine: private Postgres and NATS, simulated agents, the server.
    Dev(dev::Dev),
    /// Run the production server.
    Serve(serve::Serve),
    /// Check Postgres, NATS, migrations, ports, disk and clock, with the fix for each failure.
    Doctor(doctor::Doctor),
    /// Bring the database's schema up to date, or say how it stands.
    #[command(subcommand)]
    Migrate(migrate::Migrate),
    /// Read the log.
    #[command(subcommand)]
    Events(events::Events),
    /// Read one stream and its folded state.
    #[command(subcommand)]
    Streams(streams::Streams),
    /// Re-run events into a target.
    Replay(replay::Replay),
    /// Look after the read models.
    #[command(subcommand)]
    Projections(projections::Projections),
    /// Look after the fleet.
    #[command(subcommand)]
    Agent(agent::Agent),
    /// Send any command.
    #[command(name = "command")]
    Send(command::Send),
    /// Issue and revoke operators' tokens.
    #[command(subcommand)]
    Token(token::Token),
    /// Look after the keys that seal secrets.
    #[command(subcommand)]
    Secrets(secrets::Secrets),
    /// Look after accounts.
    #[command(subcommand)]
    User(user::User),
    /// Hold JetStream against the log.
    #[command(subcommand)]
    Bus(bus::Bus),
    /// Show the settings.
    #[command(subcommand)]
    Config(config::Config),
    /// Print the OpenAPI document.
    Openapi(openapi::Openapi),
    /// Print the AsyncAPI document.
    Asyncapi(asyncapi::Asyncapi),
    /// Print the schemas of the events, or hold them against the log.
    #[command(subcommand)]
    Schema(schema::Schema),
    /// Print a shell's completions.
    Completions(completions::Completions),
    /// Print the version.
    Version(version::Version),
}

/// Runs the program with the process's arguments.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.message.is_empty() {
                eprintln!("pantheon: {failure}");
            }
            ExitCode::from(failure.exit.code())
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("the runtime did not start: {error}")))?;
    let ended = runtime.block_on(cli.command.run(&cli.global));
    // A read of the standard input cannot be called off, and nobody waits for it.
    runtime.shutdown_timeout(LEFT_OVER);
    ended
}

impl Command {
    async fn run(self, global: &Global) -> Result<(), Failure> {
        match self {
            // These end in a way of their own when they are interrupted.
            Self::Dev(command) => Box::pin(command.run()).await,
            Self::Serve(command) => Box::pin(command.run()).await,
            Self::Events(command) => command.run(global).await,
            Self::Replay(command) => Box::pin(command.run(global)).await,
            Self::Agent(command) => command.run(global).await,
            Self::Doctor(command) => interruptible(command.run(global)).await,
            Self::Migrate(command) => interruptible(command.run(global)).await,
            Self::Streams(command) => interruptible(command.run(global)).await,
            Self::Projections(command) => interruptible(command.run(global)).await,
            Self::Send(command) => interruptible(command.run(global)).await,
            Self::Token(command) => interruptible(command.run(global)).await,
            Self::Bus(command) => interruptible(command.run(global)).await,
            Self::Schema(command) => interruptible(command.run(global)).await,
            Self::Secrets(command) => interruptible(command.run(global)).await,
            Self::User(command) => interruptible(command.run(global)).await,
            Self::Config(command) => command.run(global),
            Self::Openapi(command) => command.run(global),
            Self::Asyncapi(command) => command.run(global),
            Self::Completions(command) => command.run(),
            Self::Version(command) => command.run(global),
        }
    }
}

/// Starts the process log and the metrics, before anything is worth measuring.
fn start_log(settings: &crate::config::Config) -> Result<(), Failure> {
    crate::telemetry::start_log(&settings.log, settings.log_format)
        .map_err(|error| Failure::usage(error.to_string()))?;
    if let Some(handle) = crate::telemetry::metrics() {
        tokio::spawn(crate::telemetry::keep_metrics(handle));
    }
    Ok(())
}

/// A node that lost a part ends with a failure, so that whoever watches it starts it again.
fn ended(reason: &crate::lifecycle::Reason) -> Result<(), Failure> {
    match reason {
        crate::lifecycle::Reason::Asked => Ok(()),
        crate::lifecycle::Reason::Interrupted => Err(Failure::new(Exit::Interrupted, "")),
        crate::lifecycle::Reason::Lost(part) => Err(Failure::failed(format!(
            "{part} ended by itself; its log lines say why"
        ))),
    }
}

/// A time as the settings write it.
fn duration(text: &str) -> Result<Duration, &'static str> {
    Duration::parse(text).ok_or(Duration::EXPECTED)
}
