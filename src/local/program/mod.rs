//! Running a program without a shell, within a time, and keeping a value out of what it says.
