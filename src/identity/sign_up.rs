//! Making an account.

use pantheon_events::users::{AccountRole, LoginText, NameKey, NameKind, Origin, RegisterUser};
use pantheon_events::{CommandContext, UserId};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{IdentityError, belonging, installation, names};
use crate::app::App;
use crate::secrets::{PasswordHash, is_known_hash};
use crate::store::Receipt;

/// So many names like the wanted one are tried.
const SPELLINGS: u32 = 20;
/// Most characters of what somebody is called.
const LONGEST_NAME: usize = 500;
const SHORTEST_PASSWORD: usize = 8;
const LONGEST_PASSWORD: usize = 100;

/// An account that is to be made.
#[derive(Debug)]
pub struct NewAccount {
    /// How it comes to be.
    pub origin: Origin,
    /// Its e-mail address.
    pub email: String,
    /// Its user name; made from the e-mail address when left out.
    pub username: Option<String>,
    /// A name to make one from instead of the e-mail address, when `username` is left out.
    pub username_like: Option<String>,
    /// What the person is called.
    pub full_name: Option<String>,
    /// A picture.
    pub avatar_url: Option<String>,
    /// The password; accounts that sign in elsewhere have none.
    pub password: Option<SecretString>,
    /// The hash of the password, for an account that comes from elsewhere: Argon2 or bcrypt.
    pub password_hash: Option<PasswordHash>,
    /// The GitHub account.
    pub github_id: Option<i64>,
    /// The role.
    pub role: AccountRole,
}

/// Makes an account. Its names are claimed first: of two at once, one gets them.
pub async fn sign_up(
    app: &App,
    by: CommandContext,
    user_id: UserId,
    new: NewAccount,
) -> Result<Receipt, IdentityError> {
    check(&new)?;
    let email = text(app, user_id, &new.email).await?;
    if !names::claim(app, &by, user_id, NameKind::Email, &email.key).await? {
        return Err(IdentityError::NameTaken);
    }
    let username = username(app, &by, user_id, &new).await?;
    let fingerprint = fingerprint(user_id, &new, &email.key);
    let command = RegisterUser {
        origin: new.origin,
        email,
        username,
        full_name: sealed(app, user_id, new.full_name.as_deref()).await?,
        avatar_url: sealed(app, user_id, new.avatar_url.as_deref()).await?,
        credential_id: match (new.password, new.password_hash) {
            (Some(password), _) => Some(keep_password(app, password).await?),
            (None, Some(hash)) => Some(app.vault.put(installation(), &hash).await?),
            (None, None) => None,
        },
        github_id: new.github_id,
        role: new.role,
    };
    let registered = CommandContext {
        fingerprint: Some(fingerprint),
        ..by.clone()
    };
    let id = user_id.to_string();
    let receipt = app
        .commands
        .users
        .dispatch(&id, command, registered)
        .await?;
    belonging::join(app, &by, user_id).await;
    Ok(receipt)
}

/// Hashes a password and puts the hash into the vault, where it means nothing until an event names
/// it.
pub(super) async fn keep_password(
    app: &App,
    password: SecretString,
) -> Result<Uuid, IdentityError> {
    let hash = app.passwords.hash(password).await?;
    Ok(app.vault.put(installation(), &hash).await?)
}

/// Whether a password will do (NIST SP 800-63B: length, and nothing that everybody tries first).
pub(super) fn check_password(password: &SecretString) -> Result<(), IdentityError> {
    const KNOWN: &[&str] = &[
        "12345678",
        "123456789",
        "1234567890",
        "password",
        "password1",
        "qwertyui",
        "qwertyuiop",
        "iloveyou",
        "11111111",
        "00000000",
        "letmein1",
        "changeme",
        "abcdefgh",
        "baseball",
        "football",
        "sunshine",
        "superman",
        "trustno1",
        "passw0rd",
        "welcome1",
    ];
    let password = password.expose_secret();
    let length = password.chars().count();
    if !(SHORTEST_PASSWORD..=LONGEST_PASSWORD).contains(&length) {
        return Err(IdentityError::WeakPassword(
            "a password has 8 to 100 characters",
        ));
    }
    let plain = password.to_lowercase();
    if KNOWN.contains(&plain.as_str()) {
        return Err(IdentityError::WeakPassword(
            "everybody tries this password first; take another one",
        ));
    }
    Ok(())
}

fn check(new: &NewAccount) -> Result<(), IdentityError> {
    check_email(&new.email)?;
    let name = new.full_name.as_deref().unwrap_or_default();
    if name.chars().count() > LONGEST_NAME {
        return Err(IdentityError::Invalid(
            "full_name",
            "at most 500 characters",
        ));
    }
    if let Some(username) = &new.username {
        check_username(username)?;
    }
    match (&new.password, &new.password_hash) {
        (Some(password), _) => check_password(password),
        (None, Some(hash)) if !is_known_hash(hash) => Err(IdentityError::Invalid(
            "password_hash",
            "expected a hash by Argon2 (`$argon2id$…`) or bcrypt (`$2b$…`)",
        )),
        (None, _) => Ok(()),
    }
}

/// One `@` with something on both sides, without spaces: only a mail tells whether it is one.
pub(super) fn check_email(email: &str) -> Result<(), IdentityError> {
    let sides = email.trim().split_once('@');
    let good = sides.is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.contains('.')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && !domain.contains('@')
    });
    let bad = |c: char| c.is_whitespace() || is_hidden(c);
    if good && email.len() <= 254 && !email.trim().contains(bad) {
        return Ok(());
    }
    Err(IdentityError::Invalid(
        "email",
        "expected an e-mail address",
    ))
}

/// What nobody sees: control characters, marks of no width, and those that turn the direction of what
/// follows. A name with them looks like another name.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
                | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

pub(super) fn check_username(username: &str) -> Result<(), IdentityError> {
    let length = username.trim().chars().count();
    // An `@` would make it look like somebody's address at the sign-in.
    let bad = |c: char| c.is_whitespace() || is_hidden(c) || c == '@';
    if (3..=100).contains(&length) && !username.trim().contains(bad) {
        return Ok(());
    }
    Err(IdentityError::Invalid(
        "username",
        "expected 3 to 100 characters without spaces and @",
    ))
}

/// The wanted user name, or one like the e-mail address's local part that is free.
async fn username(
    app: &App,
    by: &CommandContext,
    user_id: UserId,
    new: &NewAccount,
) -> Result<LoginText, IdentityError> {
    if let Some(wanted) = &new.username {
        let name = text(app, user_id, wanted).await?;
        return match names::claim(app, by, user_id, NameKind::Username, &name.key).await? {
            true => Ok(name),
            false => Err(IdentityError::NameTaken),
        };
    }
    for candidate in candidates(new.username_like.as_deref().unwrap_or(&new.email)) {
        let name = text(app, user_id, &candidate).await?;
        if names::claim(app, by, user_id, NameKind::Username, &name.key).await? {
            return Ok(name);
        }
    }
    Err(IdentityError::NameTaken)
}

/// Names like an e-mail address's local part, or like another name.
fn candidates(like: &str) -> impl Iterator<Item = String> {
    let local = like.trim().split('@').next().unwrap_or_default();
    let mut base: String = local.chars().take(90).collect();
    while base.chars().count() < 3 {
        base.push('_');
    }
    (1..=SPELLINGS).map(move |n| match n {
        1 => base.clone(),
        n => format!("{base}{n}"),
    })
}

pub(super) async fn text(
    app: &App,
    user_id: UserId,
    name: &str,
) -> Result<LoginText, IdentityError> {
    let name = name.trim();
    Ok(LoginText {
        key: app.personal.name_key(name).await?,
        sealed: app.personal.seal(user_id.as_uuid(), name).await?,
    })
}

pub(super) async fn sealed(
    app: &App,
    user_id: UserId,
    text: Option<&str>,
) -> Result<Option<pantheon_events::Sealed>, IdentityError> {
    match text {
        Some(text) => Ok(Some(app.personal.seal(user_id.as_uuid(), text).await?)),
        None => Ok(None),
    }
}

/// What tells two requests under one id apart. A password's place in the vault is another one each
/// time, and the password itself is hashed slowly or not at all.
fn fingerprint(user_id: UserId, new: &NewAccount, email: &NameKey) -> [u8; 32] {
    let mut hash = Sha256::new();
    let parts = [
        "register_user",
        &user_id.to_string(),
        email.as_str(),
        new.username.as_deref().unwrap_or_default(),
        new.full_name.as_deref().unwrap_or_default(),
        new.role.as_str(),
    ];
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_name_is_made_from_the_address() {
        let made: Vec<_> = candidates("ada@example.org").take(3).collect();
        assert_eq!(made, ["ada", "ada2", "ada3"]);
        assert_eq!(candidates("x@example.org").next().as_deref(), Some("x__"));
    }

    #[test]
    fn an_address_has_two_sides() {
        for good in ["ada@example.org", " a.b+c@x.co "] {
            assert!(check_email(good).is_ok(), "{good}");
        }
        for bad in [
            "", "ada", "@x.co", "a@", "a@x", "a@.co", "a@x.", "a b@x.co", "a@b@x.co",
        ] {
            assert!(check_email(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_password_is_long_enough_and_not_everybodys() {
        let check = |text: &str| check_password(&SecretString::from(text.to_owned()));
        assert!(check("correct horse").is_ok());
        assert!(check("short").is_err());
        assert!(check("Password1").is_err());
        assert!(check(&"x".repeat(101)).is_err());
    }
}
