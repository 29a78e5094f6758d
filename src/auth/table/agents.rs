//! What the commands and routes of agents need.

use super::Section;

pub(super) const SECTION: Section = Section {
    context: "agents",
    commands: &[],
    routes: &[],
};
