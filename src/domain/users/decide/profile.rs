//! What is said about a person.

use pantheon_events::users::{UpdateProfile, UserEvent, UserProfileUpdated};

use super::super::User;

pub(in super::super) fn update_profile(user: &User, command: &UpdateProfile) -> Vec<UserEvent> {
    let updated = UserProfileUpdated {
        email: news(&user.email, &command.email),
        username: news(&user.username, &command.username),
        full_name: news(&user.full_name, &command.full_name),
        avatar_url: news(&user.avatar_url, &command.avatar_url),
    };
    if updated == UserProfileUpdated::default() {
        return vec![];
    }
    vec![updated.into()]
}

/// What was given and is not known yet.
fn news<T: Clone + PartialEq>(known: &Option<T>, given: &Option<T>) -> Option<T> {
    given
        .as_ref()
        .filter(|given| known.as_ref() != Some(*given))
        .cloned()
}

#[cfg(test)]
mod tests {
    use pantheon_events::Sealed;

    use super::super::given::{ada, asked, history, text};
    use super::*;

    #[tokio::test]
    async fn only_what_differs_is_news() {
        let name = Sealed::new("1.name".to_owned());
        let command = UpdateProfile {
            email: Some(text('a')),
            full_name: Some(name.clone()),
            ..UpdateProfile::default()
        };
        let changed = UserProfileUpdated {
            full_name: Some(name),
            ..UserProfileUpdated::default()
        };
        let first = history::<User>(ada());
        let first = first.when_async(asked(command.clone())).await;
        first.then_expect_events(vec![changed.clone().into()]);
        let mut before = ada();
        before.push(changed.into());
        let again = history::<User>(before).when_async(asked(command)).await;
        again.then_expect_events(vec![]);
    }
}
