//! `pantheon config`: the settings.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Failure, Global};
use crate::config::{Config as Settings, Mode, Sources};

/// The settings.
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Every setting and its value; secrets are not shown.
    Show {
        /// Also where each value came from.
        #[arg(long)]
        origin: bool,
        /// As `pantheon dev` reads them: some defaults are other ones.
        #[arg(long)]
        dev: bool,
    },
}

impl Config {
    pub(super) fn run(self, global: &Global) -> Result<(), Failure> {
        let Self::Show { origin, dev } = self;
        let mode = if dev { Mode::Dev } else { Mode::Serve };
        let settings = Settings::load(&Sources::process(mode, Default::default()))?;
        let items: Vec<Value> = settings
            .shown
            .iter()
            .map(|shown| {
                let mut item = json!({ "key": shown.key, "env": shown.env, "value": shown.value });
                if origin {
                    item["origin"] = json!(shown.origin);
                }
                item
            })
            .collect();
        let columns: &[&str] = if origin {
            &["key", "env", "value", "origin"]
        } else {
            &["key", "env", "value"]
        };
        Ok(global.output.list(&items, columns)?)
    }
}
