//! What is asked of the operating system, once each: a private file or folder, a file that is replaced whole, a program
//! that is run within a time, a clock that nobody sets.

pub mod clock;
pub mod file;
pub mod program;
