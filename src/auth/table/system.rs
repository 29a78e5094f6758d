//! What the commands and routes of system need.

use super::Section;

pub(super) const SECTION: Section = Section {
    context: "system",
    commands: &[],
    routes: &[],
};
