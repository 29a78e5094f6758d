//! What the commands and routes of organisations and teams need. What is below one organisation is asked
//! of its members: the path selects the tenant.

use super::super::{Need, by_command, permission};
use super::{CommandRow, Section, delete, get, patch, post, put, row};

/// Any member has it.
const MEMBER: Need = permission("organization.read");
const MEMBERS: Need = permission("organization.members.read");
const MANAGE: Need = permission("organization.members.manage");
const TEAMS: Need = permission("teams.read");

const fn organization(command: &'static str, need: Need) -> CommandRow {
    row("organization", command, need)
}

const fn team(command: &'static str, need: Need) -> CommandRow {
    row("team", command, need)
}

pub(super) const SECTION: Section = Section {
    context: "organizations",
    commands: &[
        organization("create_organization", Need::SignedIn),
        organization("update_organization", permission("organization.update")),
        organization("delete_organization", permission("organization.delete")),
        organization("set_features", permission("operations.manage")),
        organization("invite_member", MANAGE),
        // The invited answer for themselves; the rule holds them to that.
        organization("accept_invitation", Need::SignedIn),
        organization("decline_invitation", Need::SignedIn),
        organization("change_member_role", MANAGE),
        organization("transfer_ownership", MANAGE),
        organization("suspend_member", MANAGE),
        organization("reinstate_member", MANAGE),
        organization("remove_member", MANAGE),
        organization("grant_permission", MANAGE),
        organization("revoke_permission", MANAGE),
        team("create_team", permission("teams.create")),
        team("update_team", permission("teams.update")),
        team("delete_team", permission("teams.delete")),
        team("add_team_member", permission("teams.update")),
        team("change_team_role", permission("teams.update")),
        team("remove_team_member", permission("teams.update")),
    ],
    routes: &[
        get("/api/v1/permissions", Need::SignedIn),
        get("/api/v1/roles", Need::SignedIn),
        get("/api/v1/organizations", Need::SignedIn),
        // A new one has nothing to do with the one that the caller acts in, nor with its being gone.
        post("/api/v1/organizations", Need::SignedIn),
        get("/api/v1/organizations/{org_id}", MEMBER),
        patch(
            "/api/v1/organizations/{org_id}",
            by_command("organization", "update_organization"),
        ),
        delete(
            "/api/v1/organizations/{org_id}",
            by_command("organization", "delete_organization"),
        ),
        get("/api/v1/organizations/{org_id}/me", MEMBER),
        put(
            "/api/v1/organizations/{org_id}/features",
            by_command("organization", "set_features"),
        ),
        get("/api/v1/organizations/{org_id}/members", MEMBERS),
        post(
            "/api/v1/organizations/{org_id}/members",
            by_command("organization", "invite_member"),
        ),
        post(
            "/api/v1/organizations/{org_id}/members/accept",
            Need::SignedIn,
        ),
        post(
            "/api/v1/organizations/{org_id}/members/decline",
            Need::SignedIn,
        ),
        patch(
            "/api/v1/organizations/{org_id}/members/{user_id}",
            by_command("organization", "change_member_role"),
        ),
        // Everybody may leave; the handler asks for more when it is somebody else.
        delete("/api/v1/organizations/{org_id}/members/{user_id}", MEMBER),
        get(
            "/api/v1/organizations/{org_id}/members/{user_id}/permissions",
            MANAGE,
        ),
        post(
            "/api/v1/organizations/{org_id}/members/{user_id}/permissions",
            by_command("organization", "grant_permission"),
        ),
        delete(
            "/api/v1/organizations/{org_id}/members/{user_id}/permissions/{code}",
            by_command("organization", "revoke_permission"),
        ),
        get("/api/v1/organizations/{org_id}/teams", TEAMS),
        post(
            "/api/v1/organizations/{org_id}/teams",
            by_command("team", "create_team"),
        ),
        get("/api/v1/organizations/{org_id}/teams/{team_id}", TEAMS),
        // A team's lead may change it too; the handler asks.
        patch("/api/v1/organizations/{org_id}/teams/{team_id}", TEAMS),
        delete(
            "/api/v1/organizations/{org_id}/teams/{team_id}",
            by_command("team", "delete_team"),
        ),
        get(
            "/api/v1/organizations/{org_id}/teams/{team_id}/members",
            TEAMS,
        ),
        post(
            "/api/v1/organizations/{org_id}/teams/{team_id}/members",
            TEAMS,
        ),
        delete(
            "/api/v1/organizations/{org_id}/teams/{team_id}/members/{user_id}",
            TEAMS,
        ),
    ],
};
