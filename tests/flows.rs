//! The rules of the console, at the level of what is asked for and what stands in the state: keys and answers in,
//! effects out.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests; clippy knows only the test functions themselves"
)]

#[path = "support/answers.rs"]
mod answers;
#[path = "support/campaigns.rs"]
mod campaigns;
#[path = "support/incidents.rs"]
mod incidents;
#[path = "support/notices.rs"]
mod notices;
#[path = "support/rotations.rs"]
mod rotations;
#[path = "support/tracked.rs"]
mod tracked;
#[path = "support/ui.rs"]
mod ui;

#[path = "flows/calls.rs"]
mod calls;
#[path = "flows/campaigns.rs"]
mod campaign_board;
#[path = "flows/change.rs"]
mod change;
#[path = "flows/changes.rs"]
mod changes;
#[path = "flows/columns.rs"]
mod columns;
#[path = "flows/confirming.rs"]
mod confirming;
#[path = "flows/contain.rs"]
mod contain;
#[path = "flows/detail.rs"]
mod detail;
#[path = "flows/exposed.rs"]
mod exposed;
#[path = "flows/filter.rs"]
mod filter;
#[path = "flows/fresh.rs"]
mod fresh;
#[path = "flows/hand_over.rs"]
mod hand_over;
#[path = "flows/help.rs"]
mod help;
#[path = "flows/line.rs"]
mod line;
#[path = "flows/list.rs"]
mod list;
#[path = "flows/lookup.rs"]
mod lookup;
#[path = "flows/marks.rs"]
mod marks;
#[path = "flows/memory.rs"]
mod memory;
#[path = "flows/mouse.rs"]
mod mouse;
#[path = "flows/new_key.rs"]
mod new_key;
#[path = "flows/noise.rs"]
mod noise;
#[path = "flows/notices.rs"]
mod notice_list;
#[path = "flows/offboard.rs"]
mod offboard;
#[path = "flows/palette.rs"]
mod palette;
#[path = "flows/pauses.rs"]
mod pauses;
#[path = "flows/pictures.rs"]
mod pictures;
#[path = "flows/pointer.rs"]
mod pointer;
#[path = "flows/profiles.rs"]
mod profiles;
#[path = "flows/reads.rs"]
mod reads;
#[path = "flows/rebinding.rs"]
mod rebinding;
#[path = "flows/resolve.rs"]
mod resolve;
#[path = "flows/reveal.rs"]
mod reveal;
#[path = "flows/review.rs"]
mod review;
#[path = "flows/roles.rs"]
mod roles;
#[path = "flows/rotation.rs"]
mod rotation;
#[path = "flows/rotations.rs"]
mod rotation_kept;
#[path = "flows/running.rs"]
mod running;
#[path = "flows/scale.rs"]
mod scale;
#[path = "flows/settings.rs"]
mod settings;
#[path = "flows/storms.rs"]
mod storms;
#[path = "flows/suspend.rs"]
mod suspend;
#[path = "flows/themes.rs"]
mod themes;
#[path = "flows/tour.rs"]
mod tour;
#[path = "flows/tracked.rs"]
mod tracked_keys;
#[path = "flows/views.rs"]
mod views;
