//! The schema's steps, of both engines. A step that was ever released is never edited.
//!
//! Servers that share a database are brought up to date one after another, and the old ones go on working meanwhile. So a step
//! only adds what the version before it can do without, and what nobody needs any more goes a version later; its
//! `works_with` says which step a keydeck has to know at least to work with it.

use super::engine::{Step, Steps};

/// Every step from an empty database to the present schema.
pub const STEPS: Steps = Steps { sqlite: SQLITE, postgres: POSTGRES };

const SQLITE: &[Step] = &[
    Step::new(1, "begin", include_str!("migrations/0001_begin.sql")),
    Step::new(2, "brought forward", include_str!("migrations/0002_brought_forward.sql")),
    Step::new(3, "audit search", include_str!("migrations/0003_audit_search.sql")),
    Step::new(4, "recorded answers", include_str!("migrations/0004_recorded_answers.sql")),
    Step::new(5, "audit keys", include_str!("migrations/0005_audit_keys.sql")),
    Step::new(6, "access", include_str!("migrations/0006_access.sql")),
    Step::new(7, "refused uses", include_str!("migrations/0007_refused_uses.sql")),
    Step::new(8, "life of keys", include_str!("migrations/0008_life_of_keys.sql")),
    Step::new(9, "services", include_str!("migrations/0009_services.sql")),
    Step::new(10, "notices", include_str!("migrations/0010_notices.sql")),
    Step::new(12, "notices of more", include_str!("migrations/0012_notices_of_more.sql")),
    Step::new(13, "addresses and answers", include_str!("migrations/0013_addresses_and_answers.sql")),
    Step::new(14, "cost", include_str!("migrations/0014_cost.sql")),
    Step::new(15, "notices of very many", include_str!("migrations/0015_notices_of_very_many.sql")),
];

/// No keydeck knew PostgreSQL before the first of these.
const POSTGRES: &[Step] = &[Step::new(15, "begin", include_str!("migrations/postgres/0015_begin.sql"))];
