//! What the commands and routes of deployments need.

use super::Section;

pub(super) const SECTION: Section = Section {
    context: "deployments",
    commands: &[],
    routes: &[],
};
