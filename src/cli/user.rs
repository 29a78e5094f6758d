//! `pantheon user`: accounts.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::{Subcommand, ValueEnum};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::client::Api;
use super::{Failure, Global};

/// Accounts.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Add an account. Without a password file a password is made up and printed once.
    Add {
        /// Its e-mail address.
        email: String,
        /// Its user name, 3–100 characters; made from the address when left out.
        #[arg(long)]
        username: Option<String>,
        /// What the person is called.
        #[arg(long)]
        name: Option<String>,
        /// What the account may do in the default organisation.
        #[arg(long, value_enum, default_value_t = AccountRole::Viewer)]
        role: AccountRole,
        /// A file with the password, or `-` for standard input.
        #[arg(long, value_name = "FILE")]
        password_file: Option<String>,
    },
}

/// The roles of accounts.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum AccountRole {
    /// Administers the installation.
    Admin,
    /// Works with it.
    Developer,
    /// Looks at it, where it is a member.
    Viewer,
}

impl User {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let Self::Add {
            email,
            username,
            name,
            role,
            password_file,
        } = self;
        let role = match role {
            AccountRole::Admin => "admin",
            AccountRole::Developer => "developer",
            AccountRole::Viewer => "viewer",
        };
        let (password, made_up) = match password_file {
            Some(file) => (read(file).await?, false),
            None => (made_up(), true),
        };
        let body = json!({
            "email": email,
            "username": username,
            "full_name": name,
            "role": role,
            "password": password.expose_secret(),
        });
        let mut answer = Api::new(global)?
            .post("/api/v1/auth/register", &body)
            .await?;
        if made_up {
            answer["password"] = Value::String(password.expose_secret().to_owned());
        }
        Ok(global.output.one(&answer)?)
    }
}

/// 128 random bits.
fn made_up() -> SecretString {
    SecretString::from(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>()))
}

async fn read(file: String) -> Result<SecretString, Failure> {
    let text = match file.as_str() {
        "-" => {
            // Nobody may ever write there: the wait must not keep a signal out.
            let read = tokio::task::spawn_blocking(|| std::io::read_to_string(std::io::stdin()));
            read.await
                .map_err(|error| Failure::failed(error.to_string()))??
        }
        path => std::fs::read_to_string(path)
            .map_err(|error| Failure::usage(format!("{path} cannot be read: {error}")))?,
    };
    Ok(SecretString::from(
        text.trim_end_matches(['\r', '\n']).to_owned(),
    ))
}
