//! What is asked of the list in front, whatever its rows are.

use super::App;
use crate::client::capabilities::Capability;
use crate::client::error::ErrorKind;
use crate::domain::row::Row;
use crate::domain::table::MarkCount;
use crate::domain::team::Me;
use crate::domain::values::{Form, find};
use crate::tui::action::{Action, Context};
use crate::tui::effect::Effect;
use crate::tui::event::Slot;
use crate::tui::keymap::Keymap;
use crate::tui::request::Input;
use crate::tui::screens::list::ListScreen;
use crate::tui::screens::list::summary::Summed;
use crate::tui::tab::Tab;
use crate::tui::text::thousands;
use crate::tui::ticket::Ticket;

/// Does the same on whichever list is in front, whatever its rows are.
macro_rules! on_list {
    ($app:expr, $list:ident => $do:expr) => {
        match $app.tab {
            $crate::tui::tab::Tab::Mine => {
                let $list = &mut $app.mine;
                $do
            }
            $crate::tui::tab::Tab::Collections => {
                let $list = &mut $app.collections;
                $do
            }
            // Settings has no list; its keys never come here
            $crate::tui::tab::Tab::Team | $crate::tui::tab::Tab::Settings => {
                let $list = &mut $app.team;
                $do
            }
            $crate::tui::tab::Tab::Exposed => {
                let $list = &mut $app.exposed;
                $do
            }
        }
    };
}
pub(super) use on_list;

impl App {
    pub(super) fn is_editing_filter(&self) -> bool {
        match self.tab {
            Tab::Exposed => self.exposed.filter.editing.is_some(),
            _ => self.keys().is_some_and(|list| list.filter.editing.is_some()),
        }
    }

    /// What is wrong with the filter in the box, if it does not parse.
    pub fn filter_problem(&self) -> Option<&str> {
        let problem = match self.tab {
            Tab::Exposed => &self.exposed.filter.problem,
            _ => &self.keys()?.filter.problem,
        };
        problem.as_ref().map(|problem| problem.message.as_str())
    }

    /// The marks of the tab in front.
    pub fn marks(&self) -> MarkCount {
        match self.tab {
            Tab::Exposed => self.exposed.table.marks(),
            _ => self.keys().map(|list| list.table.marks()).unwrap_or_default(),
        }
    }

    /// A paste is text, and only for text fields: never keys, never a confirmation.
    pub(super) fn paste(&mut self, text: &str) -> Vec<Effect> {
        self.message = None;
        self.pending.clear();
        if self.layout().is_none() || self.is_deaf() {
            return Vec::new();
        }
        self.dispatch(Input::Paste(text))
    }

    /// What stands in the middle of a list that shows nothing: two lines, what and which key to press.
    pub fn empty_words(&self, tab: Tab) -> Option<(String, String)> {
        if let Some(why) = self.facts().tab_denied(tab) {
            let standing =
                self.me.as_ref().and_then(Me::standing).map(|words| format!("{words} · ")).unwrap_or_default();
            return Some((why, format!("{standing}{} goes to the next tab", self.key_for(Action::Next))));
        }
        // only who we are decides whether these may be read at all
        let waits = matches!(tab, Tab::Team | Tab::Exposed) && self.me.is_none();
        if waits && self.progress(tab).load == &crate::tui::progress::Load::Idle {
            if self.reading_me != Ticket::default() {
                return Some(("Loading …".to_owned(), "what you see depends on your role".to_owned()));
            }
            let why = format!("{} has not said who you are", self.session.address);
            let again = self.key_for(Action::Refresh);
            return Some((why, format!("what you see depends on your role · {again} asks again")));
        }
        if let Some(words) = self.value_words(tab) {
            return Some(words);
        }
        let needs = if tab == Tab::Collections { Capability::CreateCollectionKeys } else { Capability::CreateKeys };
        let why_none = self.session.capabilities.why_not(needs);
        let one = || why_none.map_or_else(|| format!("{} makes one", self.key_for(Action::NewKey)), str::to_owned);
        let words = match tab {
            Tab::Exposed => ("Nothing is exposed", "no finding has been reported".to_owned()),
            Tab::Settings => return None,
            Tab::Mine => ("You have no keys", one()),
            Tab::Collections => ("No collection access keys", one()),
            Tab::Team => ("The team has no keys", one()),
        };
        match tab.slot() {
            Slot::Keys(scope) => empty_words(self.list(scope), &self.keymap, words),
            _ => empty_words(&self.exposed, &self.keymap, words),
        }
    }
}

/// What is typed of a key's value that is not all of it.
fn not_whole<R: Row + Summed>(list: &ListScreen<R>) -> &'static str {
    let typed = list.filter.editing.as_ref().map_or("", |field| field.text());
    match find(typed).into_iter().find(|found| found.value().is_none()).map(|found| found.form) {
        Some(Form::ChecksumWrong) => "The checksum of that key value is wrong: a character is lost or another",
        _ => "That is not a whole key value",
    }
}

fn empty_words<R: Row + Summed>(
    list: &ListScreen<R>,
    keymap: &Keymap,
    (none, hint): (&str, String),
) -> Option<(String, String)> {
    use crate::tui::progress::Load;
    if list.table.shown() > 0 {
        return None;
    }
    let context = if list.filter.editing.is_some() { Context::Filter } else { Context::List };
    let key = |action| keymap.press(action, context);
    // named also while the filter is edited, where they are not heard
    let in_list = |action| keymap.press(action, Context::List);
    let loaded = list.table.len();
    let words = if loaded > 0 {
        let hidden = thousands(loaded);
        if list.table.query().is_empty() {
            if list.table.only_marked() {
                (
                    "Nothing is marked".to_owned(),
                    format!("{hidden} hidden · {} shows everything again", in_list(Action::OnlyMarked)),
                )
            } else {
                (
                    "No key in the states shown".to_owned(),
                    format!("{hidden} hidden · {} chooses the states", in_list(Action::States)),
                )
            }
        } else if list.table.query().incomplete_secret() {
            (not_whole(list).to_owned(), format!("paste all of it, or {}", key(Action::Back)))
        } else {
            // the filter that applies, which is not what stands in the box while that does not parse
            let query = list.table.query().to_string();
            let matches = format!("No key matches  {}", crate::domain::untrusted::visible(&query));
            let does = if context == Context::Filter { "takes it back" } else { "clears it" };
            (matches, format!("{hidden} hidden by the filter · {} {does}", key(Action::Back)))
        }
    } else {
        match &list.load {
            Load::Loading => ("Loading …".to_owned(), format!("{} stops", key(Action::Cancel))),
            Load::Idle => ("Nothing loaded yet".to_owned(), format!("{} loads", in_list(Action::Refresh))),
            Load::Ready => (none.to_owned(), hint),
            Load::Failed(error) if error.kind == ErrorKind::Denied => {
                (format!("You may not see this: {}", error.message), error.hint())
            }
            Load::Failed(error) => {
                (error.to_string(), format!("{} · {} tries again", error.hint(), in_list(Action::Refresh)))
            }
        }
    };
    Some(words)
}
