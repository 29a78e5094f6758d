//! Password hashes: Argon2id (RFC 9106) with 19 MiB, two passes and one lane, off the runtime's
//! threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use argon2::password_hash::SaltString;
use argon2::password_hash::rand_core::OsRng;
use argon2::{Algorithm, Params};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use super::argon::Memory;
use super::elsewhere::{self, Slowest};

/// So many more may wait than work; the next one is told to come back.
const WAITING: usize = 64;

/// A password hash in PHC form, kept in the vault.
pub type PasswordHash = SecretString;

/// Too many sign-ins at once (503).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being checked at once")]
pub struct TooManyAtOnce;

/// Hashing and checking passwords. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Passwords {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// As many at once as there are processors: each takes 19 MiB and all of one.
    turns: Semaphore,
    here: AtomicUsize,
    /// What is checked when there is no account, so that it takes as long.
    nobody: PasswordHash,
    memory: Memory,
    slowest: Slowest,
}

/// Counts one who is here until dropped.
struct Here<'a>(&'a AtomicUsize);

impl Drop for Here<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Passwords {
    /// With as many turns at once as there are processors.
    #[must_use]
    pub fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let random = SaltString::generate(&mut OsRng).to_string();
        let memory = Memory::default();
        Self {
            inner: Arc::new(Inner {
                turns: Semaphore::new(processors),
                here: AtomicUsize::new(0),
                nobody: hash(&SecretString::from(random), &memory),
                memory,
                slowest: Slowest::default(),
            }),
        }
    }

    /// Hashes a password.
    ///
    /// # Errors
    /// Too many are at it.
    pub async fn hash(&self, password: SecretString) -> Result<PasswordHash, TooManyAtOnce> {
        let inner = Arc::clone(&self.inner);
        self.turn(move || hash(&password, &inner.memory)).await
    }

    /// Whether the password is the one behind the hash. Without a hash the same work is done and
    /// the answer is no; how long a no takes does not tell whether there is a hash, or which kind.
    ///
    /// # Errors
    /// Too many are at it.
    pub async fn verify(
        &self,
        password: SecretString,
        against: Option<PasswordHash>,
    ) -> Result<bool, TooManyAtOnce> {
        let known = against.is_some();
        let against = against.unwrap_or_else(|| self.inner.nobody.clone());
        let inner = Arc::clone(&self.inner);
        let work = move || {
            let begun = Instant::now();
            let right = inner.matches(&password, &against) && known;
            (right, begun.elapsed())
        };
        let (right, took) = self.turn(work).await?;
        if !right {
            tokio::time::sleep(self.inner.slowest.rest(took)).await;
        }
        Ok(right)
    }

    async fn turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, TooManyAtOnce> {
        let before = self.inner.here.fetch_add(1, Ordering::Relaxed);
        let _here = Here(&self.inner.here);
        if before >= WAITING {
            return Err(TooManyAtOnce);
        }
        let _turn = self
            .inner
            .turns
            .acquire()
            .await
            .map_err(|_| TooManyAtOnce)?;
        // The work has no way to fail but a panic of the library; then nobody gets in.
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| TooManyAtOnce)
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

fn hash(password: &SecretString, memory: &Memory) -> PasswordHash {
    // Fails only for passwords beyond 4 GiB.
    let hash = memory.hash(password.expose_secret().as_bytes());
    SecretString::from(hash.expect("a password of this length is hashed"))
}

/// Whether a text is a hash that passwords can be checked against here.
#[must_use]
pub fn is_known_hash(hash: &PasswordHash) -> bool {
    let text = hash.expose_secret();
    match elsewhere::is_bcrypt(text) {
        true => elsewhere::is_known(text),
        false => {
            let parsed = argon2::password_hash::PasswordHash::new(text);
            parsed.is_ok_and(|hash| Algorithm::try_from(hash.algorithm).is_ok())
        }
    }
}

/// Whether a hash is one that would be made otherwise today: it is made anew when the password is known.
#[must_use]
pub fn is_outdated(hash: &PasswordHash) -> bool {
    let parsed = argon2::password_hash::PasswordHash::new(hash.expose_secret()).ok();
    let today = parsed.filter(|hash| hash.algorithm == Algorithm::Argon2id.ident());
    let params = today.and_then(|hash| Params::try_from(&hash).ok());
    params.is_none_or(|params| {
        params.m_cost() < Params::DEFAULT_M_COST || params.t_cost() < Params::DEFAULT_T_COST
    })
}

impl Inner {
    fn matches(&self, password: &SecretString, against: &PasswordHash) -> bool {
        let (password, against) = (password.expose_secret(), against.expose_secret());
        if elsewhere::is_bcrypt(against) {
            return self.slowest.verify(password, against);
        }
        let checked = self.memory.verify(password.as_bytes(), against);
        checked.unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_of_today_are_kept_and_others_made_anew() {
        let of = |text: &str| SecretString::from(text.to_owned());
        let today = hash(&of("correct horse"), &Memory::default());
        assert!(is_known_hash(&today) && !is_outdated(&today));
        let bcrypt = of(&bcrypt::hash("correct horse", 4).expect("hashed"));
        assert!(is_known_hash(&bcrypt) && is_outdated(&bcrypt));
        let inner = Passwords::new().inner;
        assert!(inner.matches(&of("correct horse"), &bcrypt));
        assert!(!inner.matches(&of("battery staple"), &bcrypt));
        let weaker =
            "$argon2i$v=19$m=4096,t=3,p=1$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A";
        assert!(is_known_hash(&of(weaker)) && is_outdated(&of(weaker)));
        for none in ["", "plain", "$1$abc$def", "$2b$", "$2b$31$", "{SSHA}abc"] {
            assert!(!is_known_hash(&of(none)), "{none}");
        }
    }

    #[tokio::test]
    async fn only_the_same_password_matches() {
        let passwords = Passwords::new();
        let text = |text: &str| SecretString::from(text.to_owned());
        let hash = passwords.hash(text("correct horse")).await.expect("hashed");
        let phc = "$argon2id$v=19$m=19456,t=2,p=1$";
        assert!(hash.expose_secret().starts_with(phc));
        let right = passwords.verify(text("correct horse"), Some(hash.clone()));
        assert_eq!(right.await, Ok(true));
        let wrong = passwords.verify(text("battery staple"), Some(hash));
        assert_eq!(wrong.await, Ok(false));
        assert_eq!(passwords.verify(text("anything"), None).await, Ok(false));
    }
}
