//! Completions and manual pages.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// `keydeck completions`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck completions bash > ~/.local/share/bash-completion/completions/keydeck
  keydeck completions zsh > ~/.zfunc/_keydeck         with fpath+=~/.zfunc before compinit
  keydeck completions fish > ~/.config/fish/completions/keydeck.fish")]
pub struct Completions {
    /// For which shell
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// `keydeck man`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck man | man -l -                                   read the main page
  keydeck man ~/.local/share/man/man1                      install them all")]
pub struct Man {
    /// Write one page a command into this directory, instead of the main one to standard output
    #[arg(value_name = "DIR")]
    pub directory: Option<PathBuf>,
}
