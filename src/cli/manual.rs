//! `keydeck help`, `keydeck completions` and `keydeck man`: the chapters of the manual, and what can be typed.

use clap::{Command, CommandFactory};
use clap_complete::Shell;

use super::args::{Cli, Completions, Help, Man};
use super::exit::{Exit, Stop};
use super::output::Output;
use crate::config::{Config, Paths};
use crate::domain::nearest::nearest;
use crate::domain::untrusted::visible;
use crate::manual::{CHAPTERS, Chapter};

/// The columns that text is wrapped at, where the terminal is not narrower.
const WIDTH: usize = 100;

/// Prints a chapter of the manual or a command's help; without words, what there is to read.
pub fn help(args: &Help, output: &mut Output) -> anyhow::Result<Exit> {
    let Some(first) = args.words.first() else {
        output.line("The manual has these chapters:");
        output.line("");
        for chapter in CHAPTERS {
            output.line(&format!("  keydeck help {:<12} {}", chapter.name, chapter.title));
        }
        output.line("");
        output.line("keydeck help COMMAND says what a command takes; keydeck --help lists them.");
        return Ok(Exit::Done);
    };
    if let (Some(chapter), 1) = (Chapter::named(first), args.words.len()) {
        for line in chapter.lines(Output::width().unwrap_or(WIDTH).min(WIDTH)) {
            output.line(&line.text);
        }
        return Ok(Exit::Done);
    }
    let mut command = &Cli::command();
    for word in &args.words {
        let known = || command.get_subcommands().map(Command::get_name);
        let Some(found) = command.find_subcommand(word) else {
            let near = nearest(word, known().chain(CHAPTERS.iter().map(|chapter| chapter.name)));
            let hint = match near {
                Some(near) => format!("did you mean {near}?"),
                None => "keydeck help lists the chapters".to_owned(),
            };
            return Err(Stop::usage(format!("there is no chapter or command {}", visible(word)), hint).into());
        };
        command = found;
    }
    let asked = args.words.iter().map(String::as_str);
    let told = Cli::command().try_get_matches_from(["keydeck"].into_iter().chain(asked).chain(["--help"]));
    output.text(&told.err().map(|help| help.render().to_string()).unwrap_or_default());
    Ok(Exit::Done)
}

/// Prints a completion script.
pub fn completions(args: &Completions, output: &mut Output) -> Exit {
    let mut script = Vec::new();
    let Some(shell) = args.shell else {
        for name in profiles() {
            output.line(&name);
        }
        return Exit::Done;
    };
    clap_complete::generate(shell, &mut Cli::command(), "keydeck", &mut script);
    if shell == Shell::Bash {
        script = bash(&String::from_utf8_lossy(&script)).into_bytes();
    }
    output.verbatim(&script);
    Exit::Done
}

/// Makes the generated script take words whole, and complete the profiles that there are.
fn bash(script: &str) -> String {
    let files = "--profile)\n                    COMPREPLY=($(compgen -f \"${cur}\"))";
    let words = "--profile)\n                    COMPREPLY=($(compgen -W \"$(\"$1\" completions --words profiles \
                 2> /dev/null)\" -- \"${cur}\"))";
    let script = script.replace(files, words).replace("complete -F _keydeck ", "complete -F _keydeck_whole ");
    let (functions, registered) = script.rsplit_once("\nif [[").unwrap_or((&script, ""));
    format!("{functions}\n{}if [[{registered}", include_str!("whole_words.bash"))
}

/// The profiles' names, as far as they can be words of a shell.
fn profiles() -> Vec<String> {
    let config = Paths::of_user().and_then(|paths| Config::load(None, &paths.config_file()));
    let names = config.map(|config| config.profiles.into_keys().collect::<Vec<_>>()).unwrap_or_default();
    let is_word = |name: &String| name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    names.into_iter().filter(is_word).collect()
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
        for (name, page) in all(command)? {
            let path = directory.join(&name);
            path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            std::fs::write(path, page)?;
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

/// The pages of a command and those below it, and those of the chapters, with their files' names.
fn all(command: Command) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut pages = Vec::new();
    let mut left = vec![command];
    while let Some(command) = left.pop() {
        left.extend(command.get_subcommands().cloned());
        let name = command.get_display_name().unwrap_or_else(|| command.get_name());
        pages.push((format!("man1/{name}.1"), page(&command)?));
    }
    pages.extend(
        CHAPTERS.iter().map(|chapter| (format!("man7/keydeck-{}.7", chapter.name), chapter.page().into_bytes())),
    );
    Ok(pages)
}

fn page(command: &Command) -> std::io::Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    Ok(page)
}
