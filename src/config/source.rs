//! Where values come from, and in which order.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Setting;

/// Variables of the environment that are not settings of the server.
const OTHERS: [&str; 6] = [
    "PANTHEON_SERVER",
    "PANTHEON_TOKEN",
    "PANTHEON_TOKEN_FILE",
    "PANTHEON_CONFIG",
    "PANTHEON_PG_BIN",
    "PANTHEON_NATS_BIN",
];

/// Which command reads the settings; some defaults differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `pantheon dev`.
    Dev,
    /// Everything else.
    Serve,
}

/// What settings are read from.
#[derive(Clone, Debug)]
pub struct Sources {
    /// Decides some defaults.
    pub mode: Mode,
    /// The settings file. `None`: `pantheon.toml` in the working directory, if it is there.
    pub file: Option<PathBuf>,
    /// The environment.
    pub env: BTreeMap<String, String>,
    /// The flags that were given, by key (`listen`, `limits.burst`).
    pub flags: BTreeMap<&'static str, String>,
}

impl Sources {
    /// The process's environment, `PANTHEON_CONFIG` or `pantheon.toml`, and these flags.
    #[must_use]
    pub fn process(mode: Mode, flags: BTreeMap<&'static str, String>) -> Self {
        let env: BTreeMap<_, _> = std::env::vars().collect();
        let file = env.get("PANTHEON_CONFIG").map(PathBuf::from);
        Self {
            mode,
            file,
            env,
            flags,
        }
    }
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// The settings file.
    File(PathBuf),
    /// A variable of the environment.
    Env(String),
    /// A file that a `*_FILE` key names.
    SecretFile(PathBuf),
    /// The command line.
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Env(name) => write!(f, "environment {name}"),
            Self::SecretFile(path) => write!(f, "secret file {}", path.display()),
            Self::Flag => f.write_str("flag"),
        }
    }
}

/// One line of `config show --origin`.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// The key in `pantheon.toml`.
    pub key: &'static str,
    /// The variable of the environment.
    pub env: &'static str,
    /// The value; secrets are not shown.
    pub value: String,
    /// Where it came from.
    pub origin: String,
    /// The file that it lies in, when a `*_FILE` key names one.
    #[serde(skip)]
    pub file: Option<PathBuf>,
}

/// Why the settings cannot be used. The text names the key and the way out.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// No such key.
    #[error("{key}: there is no such setting ({origin}); `pantheon config show` lists them all")]
    Unknown {
        /// The key.
        key: String,
        /// Where it stands.
        origin: Origin,
    },
    /// A value of the wrong type.
    #[error("{key}: expected {expected} ({origin})")]
    Wrong {
        /// The key.
        key: String,
        /// What a good value looks like.
        expected: &'static str,
        /// Where it stands.
        origin: Origin,
    },
    /// A value that no server can run with.
    #[error("{key}: expected {expected} ({origin})")]
    OutOfBounds {
        /// The key.
        key: &'static str,
        /// What a good value looks like.
        expected: &'static str,
        /// Where it stands.
        origin: String,
    },
    /// A value of the right type that cannot be used.
    #[error("{key}: {reason}")]
    Unusable {
        /// The key.
        key: &'static str,
        /// Why, and what to do.
        reason: String,
    },
    /// Both the secret and its file are named.
    #[error("{key}: set the value or its file, not both")]
    Twice {
        /// The key.
        key: String,
    },
    /// The file cannot be read.
    #[error("{}: {message}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// Others can read a secret.
    #[error("{key}: {} can be read by others; run `chmod 600` on it", path.display())]
    Exposed {
        /// The key.
        key: String,
        /// The file.
        path: PathBuf,
    },
}

/// The settings file and what stands in it, by dotted key.
type Settled = (PathBuf, BTreeMap<String, toml::Value>);

/// The names of one setting.
pub(super) struct Known {
    pub key: &'static str,
    pub env: &'static str,
    /// Whether its value may lie in a file.
    pub file: bool,
}

impl Known {
    fn is(&self, own: &str, name: &str, suffix: &str) -> bool {
        name == own || (self.file && name.strip_suffix(suffix) == Some(own))
    }
}

pub(super) struct Resolver<'s> {
    sources: &'s Sources,
    file: Option<Settled>,
    pub shown: Vec<Shown>,
}

impl<'s> Resolver<'s> {
    pub(super) fn open(sources: &'s Sources, known: &[Known]) -> Result<Self, ConfigError> {
        let file = read_file(sources)?;
        if let Some((path, values)) = &file {
            let known_key = |key: &String| known.iter().any(|one| one.is(one.key, key, "_file"));
            if let Some(key) = values.keys().find(|key| !known_key(key)) {
                return Err(ConfigError::Unknown {
                    key: key.clone(),
                    origin: Origin::File(path.clone()),
                });
            }
        }
        let ours = sources
            .env
            .keys()
            .filter(|name| name.starts_with("PANTHEON_"));
        let known_env = |name: &str| {
            OTHERS.contains(&name) || known.iter().any(|one| one.is(one.env, name, "_FILE"))
        };
        if let Some(name) = ours.into_iter().find(|name| !known_env(name)) {
            let origin = Origin::Env(name.clone());
            return Err(ConfigError::Unknown {
                key: name.clone(),
                origin,
            });
        }
        Ok(Self {
            sources,
            file,
            shown: Vec::new(),
        })
    }

    /// The value of one setting, from the last source that has it.
    pub(super) fn take<T: Setting>(
        &mut self,
        key: &'static str,
        env: &'static str,
        default: Option<&str>,
    ) -> Result<T, ConfigError> {
        let found = match self.find::<T>(key, env)? {
            Some(found) => Some(found),
            None => default.map(|text| (text.to_owned(), Origin::Default)),
        };
        let (text, origin) = found.unwrap_or((String::new(), Origin::Default));
        let value = if text.is_empty() && default.is_none() {
            T::unset()
        } else {
            T::parse(&text)
        };
        let Some(value) = value else {
            return Err(ConfigError::Wrong {
                key: key.to_owned(),
                expected: T::EXPECTED,
                origin,
            });
        };
        let value_shown = if text.is_empty() {
            text
        } else {
            T::show(&text)
        };
        self.shown.push(Shown {
            key,
            env,
            value: value_shown,
            origin: origin.to_string(),
            file: match origin {
                Origin::SecretFile(path) => Some(path),
                _ => None,
            },
        });
        Ok(value)
    }

    fn find<T: Setting>(
        &self,
        key: &'static str,
        env: &'static str,
    ) -> Result<Option<(String, Origin)>, ConfigError> {
        if let Some(text) = self.sources.flags.get(key) {
            return Ok(Some((text.clone(), Origin::Flag)));
        }
        let text = self.sources.env.get(env);
        let named = self
            .sources
            .env
            .get(&format!("{env}_FILE"))
            .filter(|_| T::FILE);
        match (text, named) {
            (Some(_), Some(_)) => {
                return Err(ConfigError::Twice {
                    key: env.to_owned(),
                });
            }
            (Some(text), None) => return Ok(Some((text.clone(), Origin::Env(env.to_owned())))),
            (None, Some(path)) => return secret_file(env, Path::new(path)).map(Some),
            (None, None) => {}
        }
        self.in_file::<T>(key)
    }

    fn in_file<T: Setting>(
        &self,
        key: &'static str,
    ) -> Result<Option<(String, Origin)>, ConfigError> {
        let Some((path, values)) = &self.file else {
            return Ok(None);
        };
        let named = values.get(&format!("{key}_file")).filter(|_| T::FILE);
        match (values.get(key), named) {
            (Some(_), Some(_)) => Err(ConfigError::Twice {
                key: key.to_owned(),
            }),
            (Some(value), None) => {
                let origin = Origin::File(path.clone());
                match T::text(value) {
                    Some(text) => Ok(Some((text, origin))),
                    None => Err(ConfigError::Wrong {
                        key: key.to_owned(),
                        expected: T::EXPECTED,
                        origin,
                    }),
                }
            }
            (None, Some(toml::Value::String(path))) => secret_file(key, Path::new(path)).map(Some),
            (None, Some(_)) => Err(ConfigError::Wrong {
                key: format!("{key}_file"),
                expected: "a path",
                origin: Origin::File(path.clone()),
            }),
            (None, None) => Ok(None),
        }
    }
}

fn read_file(sources: &Sources) -> Result<Option<Settled>, ConfigError> {
    let path = match &sources.file {
        Some(path) => path.clone(),
        None if Path::new("pantheon.toml").exists() => PathBuf::from("pantheon.toml"),
        None => return Ok(None),
    };
    let fault = |message: String| ConfigError::File {
        path: path.clone(),
        message,
    };
    let text = std::fs::read_to_string(&path).map_err(|error| fault(error.to_string()))?;
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| fault(error.message().to_owned()))?;
    let mut values = BTreeMap::new();
    flatten("", table, &mut values);
    Ok(Some((path, values)))
}

fn flatten(prefix: &str, table: toml::Table, into: &mut BTreeMap<String, toml::Value>) {
    for (name, value) in table {
        let key = if prefix.is_empty() {
            name
        } else {
            format!("{prefix}.{name}")
        };
        match value {
            toml::Value::Table(table) => flatten(&key, table, into),
            value => {
                into.insert(key, value);
            }
        }
    }
}

fn secret_file(key: &str, path: &Path) -> Result<(String, Origin), ConfigError> {
    let text = read_secret(key, path)?;
    Ok((
        text.trim_end().to_owned(),
        Origin::SecretFile(path.to_owned()),
    ))
}

/// Reads a file that holds a secret; refuses one that others can read.
pub fn read_secret(key: &str, path: &Path) -> Result<String, ConfigError> {
    use std::os::unix::fs::PermissionsExt;

    let fault = |error: std::io::Error| ConfigError::File {
        path: path.to_owned(),
        message: format!("{error} (named by {key})"),
    };
    let mode = std::fs::metadata(path).map_err(fault)?.permissions().mode();
    if mode & 0o007 != 0 {
        return Err(ConfigError::Exposed {
            key: key.to_owned(),
            path: path.to_owned(),
        });
    }
    std::fs::read_to_string(path).map_err(fault)
}

/// Keeps a new secret in a file that only its owner can read. A file that is there stays.
pub fn keep_secret(path: &Path, text: &str) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;

    if let Some(folder) = path.parent() {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    write_new(path, text)
}

/// Puts another secret into a file that is there, all of it or nothing; owner and rights stay. Who comes
/// second meanwhile is refused.
pub fn replace_secret(path: &Path, text: &str) -> std::io::Result<()> {
    use std::os::unix::fs::{MetadataExt, chown};

    let before = std::fs::metadata(path)?;
    let mut next = path.as_os_str().to_owned();
    next.push(".new");
    let next = PathBuf::from(next);
    write_new(&next, text)?;
    let moved = chown(&next, Some(before.uid()), Some(before.gid()))
        .and_then(|()| std::fs::set_permissions(&next, before.permissions()))
        .and_then(|()| std::fs::rename(&next, path));
    if moved.is_err() {
        // Without effect it would be in the way of the next attempt.
        std::fs::remove_file(&next)?;
    }
    moved?;
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => std::fs::File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;

    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
