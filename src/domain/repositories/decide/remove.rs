//! `remove_repository`: let go; again is fine.

use pantheon_events::repositories::{RepositoryEvent, RepositoryRemoved};

use super::super::Repository;

pub(in super::super) fn remove(repository: &Repository) -> Vec<RepositoryEvent> {
    if !repository.is_there() {
        return Vec::new();
    }
    let full_name = repository.full_name.clone();
    vec![RepositoryRemoved { full_name }.into()]
}

#[cfg(test)]
mod tests {
    use pantheon_events::repositories::RemoveRepository;

    use super::super::given::{asked, deactivated, history, registered, removed};

    #[tokio::test]
    async fn a_repository_is_let_go_once() {
        for before in [vec![registered()], vec![registered(), deactivated()]] {
            history(before)
                .when_async(asked(RemoveRepository {}))
                .await
                .then_expect_events(vec![removed()]);
        }
        history(vec![registered(), removed()])
            .when_async(asked(RemoveRepository {}))
            .await
            .then_expect_events(vec![]);
    }
}
