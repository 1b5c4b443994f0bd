//! Somebody leaves: who, what would stop, what becomes of each key, a review, and each key's own outcome; then they are
//! deactivated.

use std::collections::HashMap;

use crate::domain::bulk::{Confirmation, Outcome};
use crate::domain::deed::Deed;
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::Key;
use crate::domain::names::Names;
use crate::domain::offboard::{Fate, Held, Offboarding, Stand, why_not};
use crate::domain::team::User;
use crate::domain::time::Time;
use crate::tui::action::Context;
use crate::tui::dialogs::confirm::Asked;
use crate::tui::dialogs::person::Person;
use crate::tui::facts::Facts;
use crate::tui::ticket::Ticket;

mod lines;
mod update;
pub mod view;

pub use lines::{Row, Tone};

/// How far it is.
#[derive(Debug)]
pub enum Stage {
    /// Who leaves is chosen.
    Who,
    /// Their keys are read.
    Reading,
    /// They could not be, and why.
    NotRead(String),
    /// What becomes of each key is chosen.
    Keys,
    /// Whom the key under the cursor goes to is chosen.
    ToWhom,
    /// What was chosen is read, and confirmed.
    Review(Asked),
    /// This is done to keys.
    Sending(Deed),
    /// The keys are as chosen.
    Deactivating,
    /// They are not active any more.
    Gone,
    /// They are still active, and why.
    Stays(String),
}

/// The dialog.
#[derive(Debug)]
pub struct Offboard {
    pub stage: Stage,
    /// Who leaves, or whom a key goes to, as it is typed.
    pub person: Person,
    /// Who leaves, once that is chosen.
    pub user: Option<User>,
    pub leaving: Offboarding,
    /// The key that is pointed at.
    pub cursor: usize,
    /// The first line of the review or of the results that is shown.
    pub scroll: usize,
    /// What became of keys.
    pub outcomes: HashMap<KeyId, Outcome>,
    /// What is still to be sent.
    left: Vec<(Deed, Vec<Key>)>,
    /// The keys that are on their way.
    sent: Vec<KeyId>,
    /// Whether no more is to be sent.
    pub stopping: bool,
    pub ticket: Ticket,
}

impl Offboard {
    /// Who leaves is asked.
    pub fn new(ticket: Ticket) -> Self {
        Self {
            stage: Stage::Who,
            person: Person::default(),
            user: None,
            leaving: Offboarding { keys: Vec::new() },
            cursor: 0,
            scroll: 0,
            outcomes: HashMap::new(),
            left: Vec::new(),
            sent: Vec::new(),
            stopping: false,
            ticket,
        }
    }

    /// Where its key presses are heard.
    pub fn context(&self) -> Context {
        match self.stage {
            Stage::Who | Stage::ToWhom => Context::Palette,
            Stage::Reading | Stage::NotRead(_) | Stage::Keys => Context::Offboard,
            Stage::Review(_) => Context::Review,
            Stage::Sending(_) | Stage::Deactivating | Stage::Gone | Stage::Stays(_) => Context::Running,
        }
    }

    /// Whether what is pressed at first was not meant for what came to be seen.
    pub fn is_deaf_at_first(&self) -> bool {
        match self.stage {
            Stage::Who | Stage::ToWhom | Stage::Reading | Stage::NotRead(_) | Stage::Keys => false,
            Stage::Review(_) | Stage::Sending(_) | Stage::Deactivating | Stage::Gone | Stage::Stays(_) => true,
        }
    }

    /// Whether something was sent that is not answered yet.
    pub fn is_sending(&self) -> bool {
        matches!(self.stage, Stage::Sending(_) | Stage::Deactivating)
    }

    /// Who can be chosen: who may leave by this hand, or who can be given the keys.
    pub fn offered<'f>(&self, facts: &Facts<'f>) -> Vec<&'f User> {
        let users = facts.users.users();
        match (&self.stage, &self.user) {
            (Stage::ToWhom, Some(from)) => crate::domain::handover::recipients(users.into_iter(), &[from]),
            _ => users.into_iter().filter(|user| facts.me.is_none_or(|me| why_not(user, me).is_none())).collect(),
        }
    }

    /// What must be typed.
    fn wanted(&self) -> Confirmation {
        match self.leaving.touched() {
            0 => Confirmation::Yes,
            count => Confirmation::Count(count),
        }
    }

    /// How many keys are not as was chosen, as far as that is known.
    fn undone(&self) -> usize {
        self.outcomes.values().filter(|outcome| !outcome.is_done()).count()
    }

    fn id(&self) -> UserId {
        self.user.as_ref().map(|user| user.id).unwrap_or_default()
    }

    /// Who leaves, by name.
    pub fn name(&self) -> String {
        self.user.as_ref().map(|user| user.name.marked().into_owned()).unwrap_or_default()
    }
}

/// What becomes of a key, in a few words.
pub fn words(fate: Fate, key: &Key, users: &Names) -> String {
    match fate {
        Fate::Stop if key.works() => "stops with them".to_owned(),
        Fate::Stop => "stays as it is".to_owned(),
        Fate::Disable => "disabled".to_owned(),
        Fate::Revoke => "revoked".to_owned(),
        Fate::HandOver(to) => {
            let name = users.name(to).map_or_else(|| format!("user {to}"), |name| name.marked().into_owned());
            format!("→ {name}")
        }
    }
}

/// How a key stands.
pub fn stand(key: &Key, now: Time) -> Stand {
    Held::stand(key, now)
}
