//! The command line: one file a subcommand, one place that prints.
