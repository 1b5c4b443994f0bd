//! Pasted values: whose they are, what an empty list says of them, and going to the key.

use std::collections::HashMap;

use super::App;
use super::lists::on_list;
use crate::client::capabilities::Capability;
use crate::domain::filter::Query;
use crate::domain::key::Key;
use crate::domain::row::Row as _;
use crate::domain::table::States;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::detail::Detail;
use crate::tui::effect::Effect;
use crate::tui::facts::Facts;
use crate::tui::session::Tone;
use crate::tui::tab::Tab;
use crate::tui::text::thousands;

impl App {
    /// Asks for the keys of pasted values that no loaded row has.
    pub(super) fn lookup_pasted(&mut self) -> Vec<Effect> {
        let fingerprints: Vec<String> = match self.keys() {
            Some(list) => list.table.query().fingerprints().to_vec(),
            None => self.exposed.table.query().fingerprints().to_vec(),
        };
        self.lookup_fingerprints(fingerprints)
    }

    pub(super) fn lookup_fingerprints(&mut self, mut fingerprints: Vec<String>) -> Vec<Effect> {
        self.show_looked_up();
        fingerprints.retain(|fingerprint| !self.answered.contains(fingerprint));
        if fingerprints.is_empty() || !self.session.capabilities.has(Capability::Lookup) {
            return Vec::new();
        }
        let ticket = self.ticket();
        self.lookup = ticket;
        self.lookup_trouble = None;
        vec![Effect::Lookup(ticket, fingerprints)]
    }

    pub(super) fn looked_up(&mut self, found: Vec<(String, Option<Box<Key>>)>) {
        let fingerprints: Vec<String> = found.iter().map(|(fingerprint, _)| fingerprint.clone()).collect();
        self.answered.extend(fingerprints.iter().cloned());
        self.looked_up.extend(found);
        self.show_looked_up();
        // an empty list says it itself
        if self.value_words(self.tab).is_none() {
            let words = fingerprints.iter().rev().find_map(|fingerprint| self.words_of(fingerprint));
            if let Some(words) = words {
                self.say(Tone::Info, words);
            }
        }
    }

    /// Whose a value is that was looked up, where the list in front does not have its key.
    fn words_of(&self, fingerprint: &str) -> Option<String> {
        let Some(key) = self.looked_up.get(fingerprint)? else {
            return Some(format!("The pasted value {}", self.session.capabilities.of_nobody()));
        };
        let here = match self.keys() {
            Some(list) => list.table.get(&key.id).is_some(),
            None => self.exposed.table.iter_all().any(|finding| finding.is_of_key(&key.id)),
        };
        (!here).then(|| self.elsewhere(key))
    }

    fn elsewhere(&self, key: &Key) -> String {
        format!("The pasted value is {} of {}, {}: {}", key.name, key.owner, key.status, self.not_here(key))
    }

    /// What is pasted from now on is asked about anew, so that the answer is said again and is of today.
    pub(super) fn forget_lookups(&mut self) {
        self.answered.clear();
    }

    fn show_looked_up(&mut self) {
        let matches: HashMap<_, _> = self
            .looked_up
            .iter()
            .filter_map(|(fingerprint, id)| Some((fingerprint.clone(), id.as_ref()?.id.clone())))
            .collect();
        on_list!(self, list => list.table.set_match_ids(matches));
    }

    /// What an empty list says of the values that are looked for: two lines, whose they are and which key to press. None
    /// where rows are shown or no value is looked for.
    pub(super) fn value_words(&self, tab: Tab) -> Option<(String, String)> {
        let (query, shown, context) = self.filter_of(tab)?;
        let fingerprints = query.fingerprints();
        if shown > 0 || fingerprints.is_empty() {
            return None;
        }
        let press = |action| self.keymap.press(action, context);
        let does = if context == Context::Filter { "takes it back" } else { "clears it" };
        let back = format!("{} {does}", press(Action::Back));
        if let Some(why) = self.session.capabilities.why_not(Capability::Lookup) {
            let words = "Whose this value is cannot be told here";
            return Some((words.to_owned(), format!("{why} · {back}")));
        }
        let known: Vec<Option<&Key>> =
            fingerprints.iter().filter_map(|print| Some(self.looked_up.get(print)?.as_deref())).collect();
        if known.len() < fingerprints.len() {
            let words = self.lookup_trouble.clone().unwrap_or_else(|| "Looking up whose it is …".to_owned());
            return Some((words, back));
        }
        let words = match known.as_slice() {
            [None] => format!("The pasted value {}", self.session.capabilities.of_nobody()),
            [Some(key)] => {
                let goes = if context == Context::Filter { Action::Choose } else { Action::Detail };
                return Some((self.elsewhere(key), format!("{} goes there · {back}", press(goes))));
            }
            several => {
                let nobodys = several.iter().filter(|key| key.is_none()).count();
                let all = thousands(several.len());
                format!(
                    "Of {all} pasted values {} belong to keys that are not in this tab, {} to none that you may see",
                    thousands(several.len() - nobodys),
                    thousands(nobodys)
                )
            }
        };
        Some((words, back))
    }

    /// Why a key is not shown.
    fn not_here(&self, key: &Key) -> &'static str {
        match self.tab {
            Tab::Exposed => "no finding here names it",
            _ if self.keys().is_some_and(|list| list.table.get(&key.id).is_some()) => {
                "hidden by what else is asked for"
            }
            _ => "not in this tab",
        }
    }

    fn filter_of(&self, tab: Tab) -> Option<(&Query, usize, Context)> {
        let context = |editing: bool| if editing { Context::Filter } else { Context::List };
        let (table, editing) = match tab {
            Tab::Settings => return None,
            Tab::Exposed => {
                let table = &self.exposed.table;
                return Some((table.query(), table.shown(), context(self.exposed.filter.editing.is_some())));
            }
            Tab::Mine => (&self.mine.table, &self.mine.filter.editing),
            Tab::Collections => (&self.collections.table, &self.collections.filter.editing),
            Tab::Team => (&self.team.table, &self.team.filter.editing),
        };
        Some((table.query(), table.shown(), context(editing.is_some())))
    }

    /// The key of the one value that is looked for, where the list in front does not show it.
    pub(super) fn found_elsewhere(&self) -> Option<&Key> {
        let (query, shown, _) = self.filter_of(self.tab)?;
        let [fingerprint] = query.fingerprints() else { return None };
        self.looked_up.get(fingerprint)?.as_deref().filter(|_| shown == 0)
    }

    /// Goes to the list that holds a key and shows it alone; in full where no list has it. The filter of the list in front
    /// is as it was before the value.
    pub(super) fn go_to_key(&mut self, key: &Key) -> Vec<Effect> {
        let now = self.utc();
        let fingerprints =
            self.filter_of(self.tab).map(|(query, ..)| query.fingerprints().to_vec()).unwrap_or_default();
        on_list!(self, list => {
            if list.filter.editing.is_some() {
                list.restore_filter(now);
            } else {
                list.clear_filter(now);
            }
        });
        let lists = [(Tab::Mine, &self.mine), (Tab::Team, &self.team), (Tab::Collections, &self.collections)];
        let holds = lists.into_iter().find(|(_, list)| list.table.get(&key.id).is_some());
        let Some((tab, _)) = holds else {
            let ticket = self.ticket();
            let facts = Facts { ticket, ..self.facts() };
            let requests = Detail::open_key(key, &facts);
            return self.apply(requests, None);
        };
        self.go_to(tab);
        if let Some(list) = self.keys_mut() {
            list.table.set_states(States::ALL, now);
            if list.table.only_marked() {
                list.table.set_only_marked(false, now);
            }
        }
        let query: Vec<String> = fingerprints.iter().map(|print| format!("key:sha256:{print}")).collect();
        self.show_list(crate::tui::request::ListChange::Filter(query.join(" ")))
    }
}
