//! The management server: the real one, for `keydeck serve` and for the demo.
