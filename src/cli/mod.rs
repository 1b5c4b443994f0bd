//! The command line: one file a subcommand, one place that prints.

mod args;
mod audit;
mod blind;
mod bulk;
mod campaign;
mod changes;
mod compare;
mod confirm;
mod connect;
mod console;
mod contain;
mod create;
mod demo;
mod demo_dir;
mod demo_habits;
mod demo_left;
mod demo_scratch;
mod doctor;
mod drill;
mod edit;
mod exam;
mod exit;
mod export;
mod exposed;
mod fields;
mod first_start;
mod foresee;
mod incidents;
mod input;
mod keeper;
mod keys;
mod list;
mod log;
mod login;
mod manual;
mod masked;
mod moving;
mod named;
mod note;
mod notices;
mod offboard;
mod output;
mod paste;
mod pasted;
mod people;
mod profile;
mod regenerate;
mod reporting;
mod revoke_all;
mod rotate;
mod rows;
mod scan;
mod selection;
mod serve;
mod settings;
mod show;
mod sign_in;
mod signals;
mod stats;
mod stream;
mod table;
mod track;
mod trail;
mod usage;
mod users;
mod value;
mod whereabouts;
mod wire;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use clap::error::ErrorKind;

pub use args::Cli;
use args::{Audit, AuditCommand, Backend, Command, Server};
pub use exit::{Exit, Stop};
use first_start::First;
use output::Output;

use crate::config::{ConfigError, Paths};
use crate::domain::values::find;
use crate::local::program::redacted;
use crate::tui::protect_memory;

/// How long work that was left behind (a blocked read of the terminal) may hold up the end.
const LINGER: Duration = Duration::from_millis(200);

/// Runs the program with these arguments, its own name first, and says how it ended.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    // before the first key is read; where the system refuses, keydeck still works
    let _ = protect_memory();
    let mut output = Output::standard();
    let args: Vec<OsString> = args.into_iter().collect();
    let ended = check_arguments(&args).and_then(|()| match Cli::try_parse_from(args) {
        Ok(cli) => run(cli, &mut output),
        Err(error) => Ok(refuse(&error, &mut output)),
    });
    let exit = ended.unwrap_or_else(|error| {
        // its message may repeat what was typed, so it is not logged; the client and the server log their own errors
        tracing::error!(exit = Exit::of_error(&error).code(), "the command failed");
        // what was typed is repeated only as far as it cannot be a key
        output.say(&redacted(&format!("error: {error}"), &[]));
        output.say(&redacted(&format!("hint: {}", exit::hint(&error)), &[]));
        Exit::of_error(&error)
    });
    match output.finish() {
        Ok(()) => exit.into(),
        Err(error) => {
            Output::standard().say(&format!("error: cannot write the result: {}", error.kind()));
            Output::standard().say("hint: check the disk and where the output goes");
            if exit == Exit::Done { Exit::Partly.into() } else { exit.into() }
        }
    }
}

/// Refuses a key's value in an argument of any shape, before anything repeats, writes or sends it.
fn check_arguments(args: &[OsString]) -> anyhow::Result<()> {
    for (at, arg) in args.iter().enumerate().skip(1) {
        if let Some(found) = find(arg.as_encoded_bytes()).iter().find(|found| found.is_telling()) {
            let what = if found.value().is_some() { "a key's value" } else { "a part of a key's value" };
            let what =
                format!("argument {at} holds {what} ({}), and it now stands in this shell's history", found.shown());
            let hint =
                "revoke that key; values go to standard input: keydeck show - finds their keys, --filter - takes them";
            return Err(Stop::usage(format!("{what}; nothing was sent"), hint).into());
        }
    }
    Ok(())
}

fn run(cli: Cli, output: &mut Output) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = runtime.block_on(async {
        let ended = dispatch(cli, output).await;
        keeper::settle().await;
        ended
    });
    runtime.shutdown_timeout(LINGER);
    ended
}

/// What is done on the server's own machine.
async fn on_its_machine(command: Server, config: Option<&Path>, output: &mut Output) -> anyhow::Result<Exit> {
    match command {
        Server::Init(init) => serve::init(&init, &files(output)?, config, output).await,
        Server::TestMail(test) => serve::test_mail(&test, &files(output)?, config, output).await,
        Server::Backup(backup) => serve::backup(&backup, &files(output)?, config, output).await,
        Server::Move(args) => moving::run(&args, &files(output)?, config, output).await,
        Server::Restore(args) => moving::restore(&args, output).await,
        Server::User(user) => people::run(&user, &files(output)?, config, output).await,
        Server::Recover(recover) => people::recover(&recover, &files(output)?, config, output).await,
    }
}

async fn dispatch(cli: Cli, output: &mut Output) -> anyhow::Result<Exit> {
    let Cli { profile, config, ascii, command } = cli;
    only_drawn(ascii, command.as_ref())?;
    let verify = matches!(&command, Some(Command::Audit(Audit { command: Some(AuditCommand::Verify(_)), .. })));
    let without_profile = verify
        || matches!(
            command,
            Some(
                Command::Demo(_)
                    | Command::Serve(_)
                    | Command::Server(_)
                    | Command::Keys(_)
                    | Command::Help(_)
                    | Command::Completions(_)
                    | Command::Man(_)
            )
        );
    // the keys of the keyboard are configured, but are the same for every profile; the server has a file of its own
    let drawn = matches!(&command, Some(Command::Demo(demo)) if !demo.print_url);
    let configured =
        verify || drawn || matches!(command, Some(Command::Keys(_) | Command::Serve(_) | Command::Server(_)));
    if without_profile && profile.is_some() {
        return Err(Stop::usage("this command speaks to no profile's server", "leave out --profile").into());
    }
    if without_profile && config.is_some() && !configured {
        return Err(Stop::usage("this command reads no configuration", "leave out --config").into());
    }
    let (profile, config) = (profile.as_deref(), config.as_deref());
    match command {
        None => {
            let paths = Paths::of_user()?;
            let log_trouble = begin_log(paths.state(), false);
            console::need_terminal()?;
            match first_start::run(&paths, profile, config, output).await? {
                First::Configured => console::run(&paths, profile, config, log_trouble, ascii).await,
                First::Demo => Box::pin(demo::run(&args::Demo { ascii, ..args::Demo::usual() }, config, output)).await,
            }
        }
        Some(Command::Demo(demo)) => demo::run(&demo.in_ascii(ascii), config, output).await,
        Some(Command::Serve(serve)) => serve::run(&serve, &files_of_server(output)?, config, output).await,
        Some(Command::Server(server)) => on_its_machine(server, config, output).await,
        Some(Command::Audit(args)) => of_audit(args, profile, config, output).await,
        Some(Command::Rotate(rotate)) => rotate::run(&rotate, &files(output)?, profile, config, output).await,
        Some(Command::Rotations(args)) => rotate::rotations(&args, &files(output)?, profile, config, output).await,
        Some(Command::Campaign(args)) => campaign::run(&args, &files(output)?, profile, config, output).await,
        Some(Command::Compare(args)) => compare::run(&args, &files(output)?, profile, config, output).await,
        Some(Command::Settings(args)) => settings::run(&args, &files(output)?, profile, config, output).await,
        Some(Command::Track(args)) => track::run(&args, &files(output)?, profile, config, output).await,
        Some(Command::Backend(Backend::Exam(args))) => exam::run(&args, &files(output)?, profile, config, output).await,
        Some(Command::Usage(args)) => usage::run(&args, &files(output)?, profile, config, output).await,
        Some(Command::Users(args)) => users::run(&args, &files(output)?, profile, config, output).await,
        Some(Command::Notices(args)) => notices::run(&args, &files(output)?, profile, config, output).await,
        Some(Command::Keys(args)) => keys::run(&args, &files(output)?, config, output),
        Some(Command::Scan(scan)) => scan::run(&scan, &files(output)?, profile, config, output).await,
        Some(Command::List(list)) => list::run(&list, &files(output)?, profile, config, output).await,
        Some(Command::Stats(stats)) => stats::run(&stats, &files(output)?, profile, config, output).await,
        Some(Command::Show(show)) => show::run(&show, &files(output)?, profile, config, output).await,
        Some(Command::Where(args)) => whereabouts::run(&args, &files(output)?, profile, config, output).await,
        Some(Command::Create(create)) => create::run(&create, &files(output)?, profile, config, output).await,
        Some(Command::Edit(edit)) => edit::run(&edit, &files(output)?, profile, config, output).await,
        Some(Command::Handover(args)) => bulk::hand_over(args, &files(output)?, profile, config, output).await,
        Some(Command::Offboard(args)) => offboard::run(&args, &files(output)?, profile, config, output).await,
        Some(Command::Disable(disable)) => bulk::run(&disable.into(), &files(output)?, profile, config, output).await,
        Some(Command::Enable(enable)) => bulk::run(&enable.into(), &files(output)?, profile, config, output).await,
        Some(Command::Regenerate(regenerate)) => {
            regenerate::run(&regenerate, &files(output)?, profile, config, output).await
        }
        Some(Command::Delete(delete)) => bulk::run(&delete.into(), &files(output)?, profile, config, output).await,
        Some(Command::Revoke(revoke)) if revoke.means_all() => {
            revoke_all::run(&revoke, &files(output)?, profile, config, output).await
        }
        Some(Command::Revoke(revoke)) => bulk::run(&revoke.into(), &files(output)?, profile, config, output).await,
        Some(Command::Contain(args)) => contain::run(&args, &files(output)?, profile, config, output).await,
        Some(Command::Incidents(args)) => incidents::run(&args, &files(output)?, output).await,
        Some(Command::Drill(args)) => drill::run(&args, &files(output)?, profile, config, output).await,
        Some(Command::Exposed(args)) => exposed::run(args, &files(output)?, profile, config, output).await,
        Some(Command::Changes(args)) => changes::run(&args, &files(output)?, profile, config, output).await,
        Some(Command::Doctor(args)) => doctor::run(&args, &files(output)?, profile, config, output).await,
        Some(Command::Profile(args)) => profile::run(&args, &files(output)?, profile, config, output).await,
        Some(Command::Login(args)) => login::login(&args, &files(output)?, profile, config, output).await,
        Some(Command::Logout(args)) => login::logout(&args, &files(output)?, profile, config, output).await,
        Some(Command::Help(help)) => manual::help(&help, output),
        Some(Command::Completions(completions)) => Ok(manual::completions(&completions, output)),
        Some(Command::Man(man)) => manual::man(&man, output),
    }
}

/// Refuses the flag of the console where none is opened.
fn only_drawn(ascii: bool, command: Option<&Command>) -> Result<(), Stop> {
    match command {
        Some(Command::Demo(_)) | None => Ok(()),
        Some(_) if ascii => {
            Err(Stop::usage("this command draws nothing: --ascii is the console's", "leave out --ascii"))
        }
        Some(_) => Ok(()),
    }
}

/// What is asked of the audit log.
async fn of_audit(
    args: Audit,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let paths = files(output)?;
    match args.command {
        Some(AuditCommand::Verify(verify)) => audit::verify(&verify, &paths, config, output).await,
        Some(AuditCommand::Export(export)) => export::run(&export, &paths, profile, config, output).await,
        Some(AuditCommand::List(list)) => trail::run(&list, &paths, profile, config, output).await,
        None => trail::run(&args.list, &paths, profile, config, output).await,
    }
}

/// The user's directories, with the log begun there.
fn files(output: &mut Output) -> Result<Paths, ConfigError> {
    files_of(output, false)
}

/// The same of a server, which also says on standard error what went wrong: that is where whoever runs it looks.
fn files_of_server(output: &mut Output) -> Result<Paths, ConfigError> {
    files_of(output, true)
}

fn files_of(output: &mut Output, aloud: bool) -> Result<Paths, ConfigError> {
    let paths = Paths::of_user()?;
    if let Some(trouble) = begin_log(paths.state(), aloud) {
        output.say(&trouble);
    }
    Ok(paths)
}

/// Begins to log; what to say when that fails.
fn begin_log(directory: &Path, aloud: bool) -> Option<String> {
    let error = log::begin(directory, aloud).err()?;
    Some(format!("there is no log: {} cannot be written ({})", directory.display(), error.kind()))
}

/// Says what clap has to say: help and version as the result, anything else as an error. What was typed is repeated
/// only as far as it cannot be a key.
fn refuse(error: &clap::Error, output: &mut Output) -> Exit {
    let text = error.render().to_string();
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        output.text(&text);
        return Exit::Done;
    }
    for line in text.trim_end().lines() {
        output.say(&redacted(line, &[]));
    }
    Exit::Usage
}
