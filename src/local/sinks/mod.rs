//! The places a new value is delivered to.
