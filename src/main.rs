//! keydeck

use std::process::ExitCode;

fn main() -> ExitCode {
    keydeck::cli::main(std::env::args_os())
}
