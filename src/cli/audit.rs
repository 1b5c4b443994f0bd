//! `keydeck audit verify`.

use std::path::Path;

use serde::Serialize;

use super::args::AuditVerify;
use super::exit::Exit;
use super::output::Output;
use super::serve::database;
use super::wire::Document;
use crate::config::Paths;
use crate::server;
use crate::server::store::audit::{Break, Chain, Head};

/// What following the chain came to.
#[derive(Serialize)]
struct Verified {
    /// `whole`, or how the first entry that does not fit does not.
    outcome: &'static str,
    /// The last entry of a whole chain, else the first that does not fit.
    seq: i64,
    /// SEQ:HASH, of a whole chain.
    head: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Serialize)]
struct Meta {
    /// The head that the log was held to.
    expected: Option<String>,
}

/// Follows the chain, says what is wrong with it, and prints its head when nothing is.
pub async fn verify(
    args: &AuditVerify,
    paths: &Paths,
    file: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let database = database(&args.place, file, paths).await?;
    match server::verify_audit(database.expose(), args.expect.as_ref()).await? {
        Chain::Whole { seq, hash } => {
            output.say(&format!("the log is whole: {seq} entries, each following from the one before"));
            output.say(match &args.expect {
                Some(_) => "it holds the head that was kept",
                None => {
                    "a cut tail, or a log made anew, shows only against a head that was kept: keep this one elsewhere \
                     and pass it to --expect"
                }
            });
            let head = Head { seq, hash }.to_string();
            if args.json {
                output.json(&document(args, Verified { outcome: "whole", seq, head: Some(head), reason: None }));
            } else {
                output.line(&head);
            }
            Ok(Exit::Done)
        }
        Chain::Broken { seq, why } => {
            if args.json {
                let reason = Some(broken(seq, why));
                output.json(&document(args, Verified { outcome: word(why), seq, head: None, reason }));
            }
            output.say(&format!("error: {}", broken(seq, why)));
            output.say("hint: compare with a backup (keydeck audit verify --database sqlite:COPY); keep this database");
            if args.expect.is_none() {
                output.say("without --expect, a tail that was cut together with its head does not show");
            }
            Ok(Exit::Partly)
        }
    }
}

fn document(args: &AuditVerify, verified: Verified) -> Document<Verified, Meta> {
    Document { data: vec![verified], meta: Meta { expected: args.expect.as_ref().map(ToString::to_string) } }
}

fn word(why: Break) -> &'static str {
    match why {
        Break::Altered => "altered",
        Break::Missing => "missing",
        Break::Inserted => "inserted",
        Break::Rewritten => "rewritten",
    }
}

fn broken(seq: i64, why: Break) -> String {
    match why {
        Break::Altered => format!("entry {seq} was altered: it does not follow from the one before it"),
        Break::Missing => format!("entry {seq} was removed"),
        Break::Inserted => format!("entry {seq} was inserted: it stands outside the chain"),
        Break::Rewritten => format!(
            "entry {seq} has another hash than the head that was kept: an entry up to it was altered, removed or \
             inserted, and the hashes were made anew"
        ),
    }
}
