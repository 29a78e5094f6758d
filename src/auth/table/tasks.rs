//! What the commands and routes of tasks need.

use super::Section;

pub(super) const SECTION: Section = Section {
    context: "tasks",
    commands: &[],
    routes: &[],
};
