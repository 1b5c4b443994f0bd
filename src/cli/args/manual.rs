//! Completions and manual pages.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// `keydeck help`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck help                     the chapters
  keydeck help filter              one of them
  keydeck help rotations resume    what a command takes

The same chapters stand behind ? in the console, and in manual pages: keydeck man --help.")]
pub struct Help {
    /// A chapter, or a command
    #[arg(value_name = "CHAPTER")]
    pub words: Vec<String>,
}

/// `keydeck completions`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck completions bash > ~/.local/share/bash-completion/completions/keydeck
  keydeck completions zsh > ~/.zfunc/_keydeck         with fpath+=~/.zfunc before compinit
  keydeck completions fish > ~/.config/fish/completions/keydeck.fish")]
pub struct Completions {
    /// For which shell
    #[arg(value_name = "SHELL", required_unless_present = "words")]
    pub shell: Option<Shell>,
    /// The words of this kind instead, one a line, as the scripts ask for them
    #[arg(long, value_name = "KIND", hide = true, conflicts_with = "shell", value_parser = ["profiles"])]
    pub words: Option<String>,
}

/// `keydeck man`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck man | man -l -                                   read the main page
  keydeck man ~/.local/share/man                           install them all, with the chapters of the manual")]
pub struct Man {
    /// Write a page for each command into man1 of this directory and one for each chapter into man7, instead of the main
    /// one to standard output
    #[arg(value_name = "DIR")]
    pub directory: Option<PathBuf>,
}
