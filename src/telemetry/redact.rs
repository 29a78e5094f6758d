//! Blacks out what must not stand in a log: tokens, NKey seeds, passwords in URLs.

use std::borrow::Cow;

const BLACK: &str = "***";

/// The text without secrets of a known form.
pub(super) fn redact(text: &str) -> Cow<'_, str> {
    let text = words(Cow::Borrowed(text), is_secret_word);
    passwords(text)
}

/// Replaces words (runs of the characters that tokens are made of) that are secrets.
fn words<'t>(text: Cow<'t, str>, secret: fn(&str) -> bool) -> Cow<'t, str> {
    let of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !text.split(|c| !of_word(c)).any(secret) {
        return text;
    }
    let mut clean = String::with_capacity(text.len());
    let mut rest = &*text;
    while !rest.is_empty() {
        let end = rest.find(|c| !of_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        clean.push_str(if secret(word) { BLACK } else { word });
        let skip = after.find(of_word).unwrap_or(after.len());
        clean.push_str(&after[..skip]);
        rest = &after[skip..];
    }
    Cow::Owned(clean)
}

/// A JWT, or the seed of an NKey.
fn is_secret_word(word: &str) -> bool {
    let jwt = word.starts_with("eyJ") && word.matches('.').count() >= 2;
    let seed = word.len() == 58
        && word.starts_with('S')
        && word
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    jwt || seed
}

/// `scheme://user:password@host` without the password.
fn passwords(text: Cow<'_, str>) -> Cow<'_, str> {
    let Some(at) = text.find("://") else {
        return text;
    };
    let (head, rest) = text.split_at(at + 3);
    let end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\''))
        .unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let authority = match authority
        .rsplit_once('@')
        .map(|(user, host)| (user.split_once(':'), host))
    {
        Some((Some((user, _)), host)) => format!("{user}:{BLACK}@{host}"),
        _ => authority.to_owned(),
    };
    let tail = passwords(Cow::Borrowed(tail));
    Cow::Owned(format!("{head}{authority}{tail}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_seeds_and_passwords_are_blacked_out() {
        let seed = format!("SU{}", "A".repeat(56));
        let text = format!(
            "token=eyJhbGciOi.eyJzdWIi.c2ln-_x seed {seed} at postgres://me:hunter2@db/x and \
             nats://bus:4222 for id 0192f0c0-0000-7000-8000-000000000000"
        );
        let clean = redact(&text);
        for secret in ["eyJ", "hunter2", &seed] {
            assert!(!clean.contains(secret), "{clean}");
        }
        assert!(clean.contains("postgres://me:***@db/x and nats://bus:4222 for id 0192f0c0-0000"));
    }

    #[test]
    fn a_line_without_secrets_is_not_touched() {
        assert!(matches!(
            redact("task t-1 claimed by codegen"),
            Cow::Borrowed(_)
        ));
    }
}
