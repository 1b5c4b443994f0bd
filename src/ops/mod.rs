//! Use cases that the console and the command line share, over `\&dyn KeyService`.
