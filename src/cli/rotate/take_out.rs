//! `keydeck rotations value`: a value that a rotation keeps in escrow until it is over.

use std::path::Path;

use crate::cli::args::RotationsValue;
use crate::cli::exit::{Exit, Stop};
use crate::cli::output::Output;
use crate::cli::value;
use crate::config::{Config, Paths};
use crate::local::escrow::Escrow;
use crate::local::journal::Journal;
use crate::ops::rotate::RotateError;
use crate::ops::rotate::deliver::{Kept, kept_before, kept_new};
use crate::ops::secret_file::SecretFile;

/// Prints a value, or writes it to a file.
pub async fn run(
    args: &RotationsValue,
    paths: &Paths,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    if args.write_secret.is_none() {
        value::can_be_printed("it stays in escrow")?;
    }
    let config = Config::load(config, &paths.config_file())?;
    let journal = Journal::open(paths.state()).await?;
    let rotation = journal.load(&args.id).await?;
    let escrow = Escrow::open(paths.state(), &config.escrow)?;
    let gone = |what: &str| {
        let why = if rotation.phase.is_over() { "the rotation is over, and its escrow was wiped" } else { what };
        Stop::failed(format!("there is no such value: {why}"), format!("see: keydeck rotations show {}", rotation.id))
    };
    let found = match args.place {
        None => {
            kept_new(&escrow, &rotation).await.map_err(RotateError::from)?.ok_or_else(|| gone("it is not made yet"))?
        }
        Some(number) => {
            let Some(at) = number.checked_sub(1).filter(|at| *at < rotation.plan.sinks.len()) else {
                return Err(Stop::usage(
                    format!("the rotation has no place {number}: there are {}", rotation.plan.sinks.len()),
                    format!("keydeck rotations show {} lists them", rotation.id),
                )
                .into());
            };
            match kept_before(&escrow, &rotation, at).await.map_err(RotateError::from)? {
                Kept::Value(value) => value,
                Kept::Nothing => return Err(gone("the place held nothing").into()),
                Kept::Unreadable(why) => return Err(gone(&format!("the place could not be read: {why}")).into()),
                Kept::No => return Err(gone("nothing was done at that place yet").into()),
            }
        }
    };
    if let Some(path) = &args.write_secret {
        let mut file = SecretFile::create(path).map_err(|error| {
            let hint = "name a new file in a directory that you can write to";
            Stop::usage(format!("cannot make the file {}: {error}", path.display()), hint)
        })?;
        file.write(&found).map_err(|error| {
            Stop::failed(
                format!("the value could not be written to {}: {error}", path.display()),
                "make room, or name another file",
            )
        })?;
        file.keep();
        output.say(&format!("the value is in {}; escrow keeps it until the rotation is over", path.display()));
        return Ok(Exit::Done);
    }
    output.line(found.expose());
    if output.arrived() {
        return Ok(Exit::Done);
    }
    Err(Stop::failed("the value could not be printed: it stays in escrow", "let standard output lead somewhere").into())
}
