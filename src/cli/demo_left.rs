//! Demos that were left with a rotation under way: each stays until that is over, and the next demo offers to go on with it.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use super::demo_dir::{self, DemoDir};
use super::exit::Stop;
use super::output::Output;
use crate::domain::rotation::Rotation;
use crate::local::journal::Journal;
use crate::server::seed::Seeded;
use crate::system::file::private;

/// What a demo notes in its directory, so that it can be served again.
const NOTE: &str = "demo.json";
/// The form of the note.
const VERSION: u32 = 1;

/// What is noted of a demo. It holds no value: whoever goes on is given another key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Note {
    version: u32,
    /// Where its rotations expect the server.
    port: u16,
    /// As whom it was opened.
    email: String,
    keys: u64,
}

/// Notes where a demo is served and as whom it was opened.
pub fn note(dir: &Path, address: SocketAddr, seeded: &Seeded, keys: u64) {
    let note = Note { version: VERSION, port: address.port(), email: seeded.email.clone(), keys };
    let written = serde_json::to_vec(&note).map_err(std::io::Error::from).and_then(|text| {
        let mut file = private().write(true).create_new(true).open(dir.join(NOTE))?;
        file.write_all(&text)
    });
    if let Err(error) = written {
        tracing::warn!("what the demo is cannot be noted: {}", error.kind());
    }
}

/// A demo that was left.
pub struct Left {
    pub dir: DemoDir,
    note: Note,
    /// The names of the keys whose rotations are under way.
    names: Vec<String>,
}

/// Looks for demos that nobody has open. Those without a rotation under way are removed; of the others the first is told of.
pub async fn look(parent: &Path) -> Option<Left> {
    let mut found = None;
    for mut dir in demo_dir::sweep(parent) {
        let names = under_way(dir.path()).await;
        match read(dir.path()).filter(|_| !names.is_empty()) {
            Some(note) if found.is_none() => found = Some(Left { dir, note, names }),
            Some(_) => {}
            None => dir.discard(),
        }
    }
    found
}

/// Removes a demo's directory, or keeps it while a rotation is under way and says so.
pub async fn keep_or_remove(mut dir: DemoDir, output: &mut Output) {
    let names = under_way(dir.path()).await;
    if names.is_empty() || read(dir.path()).is_none() {
        return;
    }
    dir.keep();
    output.say(&format!("{}: the demo stays until that is over. keydeck demo goes on with it.", rotations(&names)));
}

fn read(dir: &Path) -> Option<Note> {
    let text = std::fs::read(dir.join(NOTE)).ok()?;
    serde_json::from_slice::<Note>(&text).ok().filter(|note| note.version == VERSION)
}

/// The keys whose rotations are under way in a demo's directory.
async fn under_way(dir: &Path) -> Vec<String> {
    if !Journal::is_there(dir) {
        return Vec::new();
    }
    let Ok(journal) = Journal::open(dir).await else { return Vec::new() };
    let listing = journal.open_rotations().await;
    journal.close().await;
    let name = |rotation: &Rotation| rotation.old.name.to_string();
    listing.map(|listing| listing.rotations.iter().map(name).collect()).unwrap_or_default()
}

/// `A rotation of ci-deploy is under way`.
fn rotations(names: &[String]) -> String {
    match names {
        [one] => format!("A rotation of {one} is under way"),
        many => format!("Rotations of {} are under way", many.join(", ")),
    }
}

impl Left {
    /// Asks whether to go on with it; one that is not wanted is removed.
    ///
    /// # Errors
    /// When nobody can be asked.
    pub fn is_wanted(&self, output: &mut Output) -> std::io::Result<bool> {
        let question = format!("{} in a demo that was left. Go on with it? [Y/n] ", rotations(&self.names));
        let answer = output.ask(&question)?.unwrap_or_default();
        Ok(!matches!(answer.trim(), "n" | "N" | "no" | "No"))
    }

    /// What is said in its console.
    pub fn words(&self) -> String {
        format!("{}: R lists it, and goes on", rotations(&self.names))
    }

    pub fn keys(&self) -> u64 {
        self.note.keys
    }

    pub fn email(&self) -> &str {
        &self.note.email
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.note.port))
    }

    /// Listens where its rotations expect the server.
    ///
    /// # Errors
    /// When somebody else has the port now.
    pub async fn listen(&self) -> Result<TcpListener, Stop> {
        TcpListener::bind(self.address()).await.map_err(|error| {
            Stop::failed(
                format!("the demo that was left cannot be served at {}: {}", self.address(), error.kind()),
                "end what has that port and try again, or answer n for a new demo",
            )
        })
    }
}
