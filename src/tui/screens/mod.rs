//! The tabs.

#![expect(
    clippy::needless_pass_by_value,
    reason = "each update takes its input in one form, also where it keeps nothing of what an answer holds"
)]

pub mod list;
pub mod settings;
