//! `keydeck server move` and `keydeck server restore`.

use std::path::Path;

use super::args::{Move, Restore};
use super::exit::Exit;
use super::output::Output;
use super::serve::database_of;
use crate::config::Paths;
use crate::server::{self, Progress, Proof};

/// Moves the keys, or takes that back. The head of the audit log is the result, as of a backup.
pub async fn run(args: &Move, paths: &Paths, file: Option<&Path>, output: &mut Output) -> anyhow::Result<Exit> {
    let from = database_of(args.from().await?, file, paths)?;
    let to = args.to().await?;
    let head = if args.reopen {
        let head = server::reopen(from.expose(), to.expose()).await?;
        output.say(&format!("the keys are at {from} again, and nothing serves {to}; the head of the audit log:"));
        head
    } else {
        let head = server::move_to(from.expose(), to.expose(), |step| output.say(&told(step))).await?;
        output.say(&format!("moved: the keys are at {to} now, and {from} takes no change any more"));
        output.say(&format!(
            "next: keydeck serve --database {to}, or database in server.toml; the head of the audit log:"
        ));
        head
    };
    output.line(&head.to_string());
    Ok(Exit::Done)
}

/// Puts a backup back.
pub async fn restore(args: &Restore, output: &mut Output) -> anyhow::Result<Exit> {
    let to = args.to().await?;
    let proof = match &args.expect {
        Some(head) => Proof::Head(head.clone()),
        None if args.unproven => Proof::Nothing,
        None => Proof::Unsaid,
    };
    let restored = server::restore(&args.file, to.expose(), &proof, |step| output.say(&told(step))).await?;
    if restored.unsent > 0 {
        output.say(&format!(
            "{} notices waited in it, and are not sent, since they may have been: keydeck notices --state void lists them",
            restored.unsent
        ));
    }
    output.say(&format!("restored to {to}; the head of its audit log:"));
    output.line(&restored.head.to_string());
    Ok(Exit::Done)
}

fn told(step: Progress) -> String {
    match step {
        Progress::AwaitingMessage => "a message is being sent: waiting until that is noted".to_owned(),
        Progress::Held => "nobody changes anything from now on; what is read is answered".to_owned(),
        Progress::Copied { table, rows } => format!("copied {table}: {rows}"),
        Progress::Comparing => "comparing every row, and following the audit log".to_owned(),
        Progress::LogBroken(seq) => format!(
            "warning: the audit log does not hold together at entry {seq}, and did not before: keydeck audit verify says more"
        ),
    }
}
