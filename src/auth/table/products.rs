//! What the commands and routes of products need.

use super::Section;

pub(super) const SECTION: Section = Section {
    context: "products",
    commands: &[],
    routes: &[],
};
