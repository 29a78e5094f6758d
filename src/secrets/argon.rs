//! Argon2id in memory that is used again and again.
//!
//! One computation fills 19 MiB. Allocated and freed on whichever thread comes, they are kept by the
//! allocator of each: after a few sign-ins the process held hundreds of MiB. So there is one piece for
//! each turn at the work, for good.

use std::sync::{Mutex, PoisonError};

use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{Output, ParamsString, PasswordHash, SaltString};
use argon2::{Algorithm, Argon2, Block, Params, Version};

const VERSION: Version = Version::V0x13;
/// Bytes of a salt and of a hash at the most.
const LONGEST: usize = 64;

/// The pieces that nobody works in now.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<Vec<Vec<Block>>>);

impl Memory {
    fn lend<T>(&self, work: impl FnOnce(&mut Vec<Block>) -> T) -> T {
        let pieces = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut piece = pieces().pop().unwrap_or_default();
        let done = work(&mut piece);
        // A hash from elsewhere may have needed more.
        piece.truncate(Params::DEFAULT.block_count());
        piece.shrink_to_fit();
        pieces().push(piece);
        done
    }

    /// The hash of a password in PHC form.
    pub(super) fn hash(&self, password: &[u8]) -> argon2::password_hash::Result<String> {
        let salt = SaltString::generate(&mut OsRng);
        let mut made = [0; Params::DEFAULT_OUTPUT_LEN];
        let mut raw = [0; LONGEST];
        let argon2 = Argon2::new(Algorithm::Argon2id, VERSION, Params::DEFAULT);
        self.compute(&argon2, password, salt.decode_b64(&mut raw)?, &mut made)?;
        let hash = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(VERSION.into()),
            params: ParamsString::try_from(&Params::DEFAULT)?,
            salt: Some(salt.as_salt()),
            hash: Some(Output::new(&made)?),
        };
        Ok(hash.to_string())
    }

    /// Whether the password is the one behind the hash. The comparison takes the same time for all.
    pub(super) fn verify(
        &self,
        password: &[u8],
        against: &str,
    ) -> argon2::password_hash::Result<bool> {
        let known = PasswordHash::new(against)?;
        let (Some(salt), Some(expected)) = (known.salt, known.hash) else {
            return Ok(false);
        };
        let version = known.version.map_or(Ok(VERSION), Version::try_from)?;
        let algorithm = Algorithm::try_from(known.algorithm)?;
        let argon2 = Argon2::new(algorithm, version, Params::try_from(&known)?);
        let (mut made, mut raw) = ([0; LONGEST], [0; LONGEST]);
        let made = &mut made[..expected.len()];
        self.compute(&argon2, password, salt.decode_b64(&mut raw)?, made)?;
        Ok(Output::new(made)? == expected)
    }

    fn compute(
        &self,
        argon2: &Argon2<'_>,
        password: &[u8],
        salt: &[u8],
        made: &mut [u8],
    ) -> argon2::Result<()> {
        let needed = argon2.params().block_count();
        self.lend(|piece| {
            if piece.len() < needed {
                piece.resize(needed, Block::default());
            }
            argon2.hash_password_into_with_memory(password, salt, made, &mut piece[..needed])
        })
    }
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::{PasswordHasher, PasswordVerifier};

    use super::*;

    const PASSWORD: &[u8] = b"correct horse";

    #[test]
    fn it_is_the_library_s_own_hash() {
        let memory = Memory::default();
        let ours = memory.hash(PASSWORD).expect("hashed");
        let parsed = PasswordHash::new(&ours).expect("PHC form");
        let library = Argon2::default();
        assert!(library.verify_password(PASSWORD, &parsed).is_ok());
        let salt = SaltString::generate(&mut OsRng);
        let theirs = library.hash_password(PASSWORD, &salt).expect("hashed");
        assert!(memory.verify(PASSWORD, &theirs.to_string()).expect("read"));
        let wrong = memory.verify(b"battery staple", &theirs.to_string());
        assert!(!wrong.expect("read"));
    }

    #[test]
    fn one_after_the_other_they_share_one_piece() {
        let memory = Memory::default();
        let large = Params::new(Params::DEFAULT_M_COST + 1024, 1, 1, None).expect("good");
        let large = Argon2::new(Algorithm::Argon2id, VERSION, large);
        let salt = SaltString::generate(&mut OsRng);
        let large = large
            .hash_password(PASSWORD, &salt)
            .expect("hashed")
            .to_string();
        for _ in 0..2 {
            let hash = memory.hash(PASSWORD).expect("hashed");
            assert!(memory.verify(PASSWORD, &hash).expect("read"));
            assert!(memory.verify(PASSWORD, &large).expect("read"));
        }
        let pieces = memory.0.lock().expect("nobody panicked");
        let sizes: Vec<_> = pieces.iter().map(Vec::capacity).collect();
        assert_eq!(sizes, [Params::DEFAULT.block_count()]);
    }
}
