//! The journal of rotations: what was begun and what came of it, on disk before and after.
