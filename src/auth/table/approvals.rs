//! What the commands and routes of approvals need.

use super::Section;

pub(super) const SECTION: Section = Section {
    context: "approvals",
    commands: &[],
    routes: &[],
};
