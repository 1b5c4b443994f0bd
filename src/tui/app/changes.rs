//! Changes of many keys that were cut short: offered once it is known who asks, and when asked for.

use super::App;
use crate::domain::changes::{Change, ChangeId};
use crate::tui::dialogs::Dialog;
use crate::tui::dialogs::changes::Changes;
use crate::tui::effect::Effect;
use crate::tui::open_changes::OpenChange;
use crate::tui::session::Tone;
use crate::tui::ticket::Ticket;

impl App {
    /// Asks the journal again, and shows what it says.
    pub(super) fn open_changes(&mut self) -> Vec<Effect> {
        self.changes.wanted = true;
        vec![Effect::ListChanges]
    }

    /// The journal's answer.
    pub(super) fn changes_listed(&mut self, listed: Result<(Vec<OpenChange>, Vec<String>), String>) -> Vec<Effect> {
        match listed {
            Ok((list, unreadable)) => {
                self.changes.list = Some(list);
                self.changes.unreadable = unreadable;
                self.offer_changes()
            }
            Err(why) => {
                self.changes.wanted = false;
                self.say(Tone::Bad, why);
                Vec::new()
            }
        }
    }

    /// Offers what was cut short, once at the start and when a person asks. Whose it is decides who we are, so that nobody
    /// is offered what another began.
    pub(super) fn offer_changes(&mut self) -> Vec<Effect> {
        let Some(me) = &self.me else {
            if std::mem::take(&mut self.changes.wanted) {
                let said = self.facts().not_yet();
                self.say(Tone::Info, said);
            }
            return Vec::new();
        };
        if self.changes.list.is_none() {
            return Vec::new();
        }
        let first = !std::mem::replace(&mut self.changes.offered, true);
        let wanted = std::mem::take(&mut self.changes.wanted);
        if !first && !wanted {
            return Vec::new();
        }
        let cut: Vec<Change> = self.changes.cut_short(&self.session.address, me.id).cloned().collect();
        if cut.is_empty() && self.changes.unreadable.is_empty() {
            if wanted {
                let at_it = self.changes.list.iter().flatten().find_map(|open| open.at_it.clone());
                self.say(
                    Tone::Info,
                    match at_it {
                        Some(who) => format!("Nothing was cut short; a change is under way in another keydeck: {who}"),
                        None => "Nothing was cut short".to_owned(),
                    },
                );
            }
            return Vec::new();
        }
        let told: Vec<String> =
            cut.iter().map(|change| format!("{}: {}", change.words(), change.stand_in_words())).collect();
        if !wanted && (self.is_editing_filter() || !matches!(self.dialogs.last(), None | Some(Dialog::Rotations(_)))) {
            let key = self.key_for(crate::tui::action::Action::Changes);
            self.say(Tone::Info, format!("Cut short: {}; {key} shows it", told.join("; ")));
            return Vec::new();
        }
        self.say(Tone::Info, "Nothing of it goes on before you say so");
        self.show_changes(cut)
    }

    fn show_changes(&mut self, cut: Vec<Change>) -> Vec<Effect> {
        let own = self.me.as_ref().and_then(|me| me.own_key.clone());
        let with_tickets: Vec<(Change, Ticket)> = cut.into_iter().map(|change| (change, self.ticket())).collect();
        let looks = with_tickets.iter().map(|(change, ticket)| (change.id.clone(), *ticket));
        let effects: Vec<Effect> = looks.map(|(id, ticket)| Effect::ReadBack(ticket, id, own.clone())).collect();
        let unreadable = self.changes.unreadable.clone();
        self.open(Dialog::Changes(Changes::new(with_tickets, unreadable)));
        effects
    }

    /// A change is offered no more, or could not be noted to be.
    pub(super) fn change_forgotten(&mut self, id: &ChangeId, result: Result<(), String>) {
        match result {
            Ok(()) => {
                if let Some(list) = &mut self.changes.list {
                    list.retain(|open| open.change.id != *id);
                }
                self.say(Tone::Info, "Forgotten: its keys stay as they are");
            }
            Err(why) => self.say(Tone::Bad, why),
        }
    }
}
