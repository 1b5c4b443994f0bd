//! keydeck
fn main() {}
