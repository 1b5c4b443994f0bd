//! What a leak is read from: the terminal, standard input, a file, in pieces and however long.

use std::fs::File;
use std::io::{self, IsTerminal, Read};

use zeroize::{Zeroize, Zeroizing};

use super::Source;
use crate::cli::args::Contain as Args;
use crate::cli::blind;
use crate::cli::exit::Stop;
use crate::cli::output::Output;
use crate::cli::paste;
use crate::client::KeyService;
use crate::domain::incident::{CHUNK, Intake, Taken};

/// What the arguments say that it is read from; none where an incident is only gone on with.
pub(super) fn source(args: &Args) -> Result<Option<Source>, Stop> {
    if let Some(file) = &args.from_file {
        return Ok(Some(Source::File(file.clone())));
    }
    if args.input.is_some() {
        return Ok(Some(if io::stdin().is_terminal() { Source::Terminal } else { Source::Input }));
    }
    if args.resume.is_some() {
        return Ok(None);
    }
    if io::stdin().is_terminal() && blind::terminal().is_some() {
        return Ok(Some(Source::Terminal));
    }
    Err(Stop::usage(
        "there is nothing to read",
        "pipe it: keydeck contain - < FILE, or keydeck contain --from-file FILE",
    ))
}

impl Source {
    /// Takes the values out of it; the text is wiped.
    pub(super) fn take(self, service: &dyn KeyService, output: &mut Output) -> Result<Taken, Stop> {
        let own_form = |value: &str| service.kind_of(value).is_some();
        let mut intake = Intake::new(&own_form);
        match self {
            Self::Terminal => {
                let asked = "Paste the key, the log line, the URL, the diff. Nothing of it is shown; Enter ends it.";
                let otherwise = "pipe it: keydeck contain - < FILE; or use --from-file FILE";
                intake.feed(paste::read(otherwise, || output.say(asked))?.as_slice());
            }
            Self::Input => feed(&mut intake, io::stdin().lock()).map_err(|error| unread("standard input", &error))?,
            Self::File(path) => {
                let name = path.display().to_string();
                let file = File::open(&path).map_err(|error| unread(&name, &error))?;
                feed(&mut intake, file).map_err(|error| unread(&name, &error))?;
            }
        }
        Ok(intake.finish())
    }
}

fn feed(intake: &mut Intake<'_>, mut from: impl Read) -> io::Result<()> {
    let mut piece = Zeroizing::new(vec![0; CHUNK]);
    loop {
        match from.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(read) => {
                intake.feed(&piece[..read]);
                piece[..read].zeroize();
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn unread(what: &str, error: &io::Error) -> Stop {
    Stop::usage(
        format!("{what} cannot be read: {error}"),
        "pipe a text into keydeck contain -, or name a file with --from-file",
    )
}
