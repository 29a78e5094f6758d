use chrono::TimeDelta;
use pantheon_events::SessionId;
use uuid::Uuid;

use super::*;
use crate::auth::Grant;

const NOON: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn user() -> UserId {
    UserId::new(Uuid::from_u128(7))
}

fn session(role: Role) -> Session {
    Session {
        id: SessionId::new(Uuid::from_u128(1)),
        user: user(),
        role,
        known: Position::new(1),
    }
}

fn engines() -> TenantId {
    TenantId::of_slug("engines")
}

fn member(role: OrgRole) -> Membership {
    Membership {
        role,
        status: MemberStatus::Active,
        grants: BTreeMap::new(),
    }
}

fn with(membership: Membership) -> Members {
    let members = Members::default();
    members.change(engines(), |of| {
        of.insert(user(), membership);
    });
    members
}

#[test]
fn nobody_stands_where_they_are_no_member() {
    let members = Members::default();
    for role in [Role::Admin, Role::Developer, Role::Viewer] {
        assert_eq!(members.standing(&session(role), engines(), NOON), None);
    }
}

#[test]
fn an_accounts_role_counts_in_the_default_organisation_only() {
    let members = with(member(OrgRole::Viewer));
    let admin = session(Role::Admin);
    let there = members.standing(&admin, engines(), NOON).expect("a member");
    assert_eq!(there.role, Role::Viewer);
    let default = TenantId::default_organization();
    let here = members.standing(&admin, default, NOON).expect("an admin");
    assert_eq!(here.powers.grant("operations.manage"), Some(Grant::All));
    assert_eq!(
        members.standing(&session(Role::Viewer), default, NOON),
        None
    );
}

#[test]
fn in_the_personal_space_everything_but_the_installation_is_ones_own() {
    let own = TenantId::personal(user());
    let standing = Members::default().standing(&session(Role::Admin), own, NOON);
    let powers = standing.expect("their own").powers;
    assert_eq!(powers.grant("tasks.delete"), Some(Grant::All));
    assert_eq!(powers.grant("operations.manage"), None);
    assert_eq!(powers.grant("users.manage"), None);
}

#[test]
fn who_is_invited_or_suspended_is_a_stranger() {
    for status in [MemberStatus::Invited, MemberStatus::Suspended] {
        let members = with(Membership {
            status,
            ..member(OrgRole::Owner)
        });
        let standing = members.standing(&session(Role::Viewer), engines(), NOON);
        assert_eq!(standing, None, "{status:?}");
        assert!(members.of(user()).is_empty());
    }
}

#[test]
fn teams_and_grants_add_to_the_role() {
    let members = with(member(OrgRole::Viewer));
    let before = members.generation();
    let team = TeamId::of_slug(engines(), "core");
    members.change_team(engines(), team, |of| {
        of.insert(user(), TeamRole::Lead);
    });
    assert!(members.generation() > before);
    let viewer = session(Role::Viewer);
    let standing = members
        .standing(&viewer, engines(), NOON)
        .expect("a member");
    assert_eq!(standing.powers.grant("tasks.delete"), Some(Grant::All));
    assert_eq!(
        standing.powers.grant("teams.update"),
        None,
        "for that team only"
    );

    let soon = NOON + TimeDelta::hours(1);
    members.change(engines(), |of| {
        let member = of.get_mut(&user()).expect("a member");
        member
            .grants
            .insert("database.query".to_owned(), Some(soon));
    });
    let at = |moment| {
        let standing = members.standing(&viewer, engines(), moment);
        standing.expect("a member")
    };
    assert_eq!(at(NOON).powers.grant("database.query"), Some(Grant::All));
    assert_eq!(at(NOON).until, Some(soon));
    assert_eq!(at(soon).powers.grant("database.query"), None);
}

#[test]
fn a_team_of_another_organisation_gives_nothing_here() {
    let members = with(member(OrgRole::Viewer));
    let other = TenantId::of_slug("other");
    members.change_team(other, TeamId::of_slug(other, "core"), |of| {
        of.insert(user(), TeamRole::Lead);
    });
    let standing = members.standing(&session(Role::Viewer), engines(), NOON);
    assert_eq!(standing.expect("a member").teams, []);
}
