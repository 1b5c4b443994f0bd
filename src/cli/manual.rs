//! `keydeck completions` and `keydeck man`, from what can be typed itself.

use clap::{Command, CommandFactory};

use super::args::{Cli, Completions, Man};
use super::exit::{Exit, Stop};
use super::output::Output;

/// Prints a completion script.
pub fn completions(args: &Completions, output: &mut Output) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "keydeck", &mut script);
    output.verbatim(&script);
    Exit::Done
}

/// Prints the main manual page, or writes every command's.
pub fn man(args: &Man, output: &mut Output) -> anyhow::Result<Exit> {
    let mut command = Cli::command();
    command.build();
    let Some(directory) = &args.directory else {
        output.verbatim(&page(&command)?);
        return Ok(Exit::Done);
    };
    let write = |pages: &mut Vec<String>| -> std::io::Result<()> {
        std::fs::create_dir_all(directory)?;
        for (name, page) in all(command)? {
            std::fs::write(directory.join(&name), page)?;
            pages.push(name);
        }
        Ok(())
    };
    let mut pages = Vec::new();
    write(&mut pages).map_err(|error| {
        Stop::failed(
            format!("the pages could not be written to {}: {error}", directory.display()),
            "name a directory that you can write to",
        )
    })?;
    output.say(&format!("{} pages in {}: man keydeck", pages.len(), directory.display()));
    Ok(Exit::Done)
}

/// The pages of a command and those below it, with their files' names.
fn all(command: Command) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut pages = Vec::new();
    let mut left = vec![command];
    while let Some(command) = left.pop() {
        left.extend(command.get_subcommands().cloned());
        let name = command.get_display_name().unwrap_or_else(|| command.get_name());
        pages.push((format!("{name}.1"), page(&command)?));
    }
    Ok(pages)
}

fn page(command: &Command) -> std::io::Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    Ok(page)
}
