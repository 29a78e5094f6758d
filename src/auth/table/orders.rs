//! What the commands and routes of orders need.

use super::Section;

pub(super) const SECTION: Section = Section {
    context: "orders",
    commands: &[],
    routes: &[],
};
