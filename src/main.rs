//! The program: parse, run, map an error to an exit code. See [`keydeck::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    keydeck::cli::main(std::env::args_os())
}
