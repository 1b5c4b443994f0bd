//! What a person does in a tab with a list: move, filter, sort, mark, and begin to act.

use super::App;
use crate::client::error::ErrorKind;
use crate::domain::ids::KeyId;
use crate::domain::key::Key;
use crate::domain::row::Row;
use crate::domain::table::MarkCount;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::choice::Choice;
use crate::tui::dialogs::detail::Detail;
use crate::tui::dialogs::menu::{ColumnsMenu, SortMenu, StatesMenu};
use crate::tui::dialogs::new_key::{Kind, NewKey};
use crate::tui::dialogs::{Dialog, copy};
use crate::tui::effect::Effect;
use crate::tui::event::Slot;
use crate::tui::facts::Facts;
use crate::tui::key::KeyPress;
use crate::tui::keymap::Keymap;
use crate::tui::request::Input;
use crate::tui::screens::list::ListScreen;
use crate::tui::screens::list::summary::Summed;
use crate::tui::session::Tone;
use crate::tui::tab::Tab;
use crate::tui::text::thousands;
use crate::tui::ticket::Ticket;

/// Keys that one review takes: nobody reads more, and each is held as it was.
const MOST_REVIEWED: usize = 100_000;

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

    pub(super) fn act_in_list(&mut self, action: Action) -> Vec<Effect> {
        if let Some(why) = self.why_not(action) {
            self.say(Tone::Info, why);
            return Vec::new();
        }
        let (now, body) = (self.utc(), self.layout().map_or(1, |layout| isize::from(layout.body.cast_signed())));
        let navigated = on_list!(self, list => navigate(list, action, body));
        if navigated {
            return Vec::new();
        }
        match action {
            Action::Quit => return vec![Effect::Quit],
            Action::Back => {
                let dropped = on_list!(self, list => list.anchor.take().is_some());
                if !dropped {
                    on_list!(self, list => list.clear_filter(now));
                }
            }
            Action::Filter => {
                self.forget_lookups();
                on_list!(self, list => list.edit_filter());
            }
            Action::Sort => {
                let menu = on_list!(self, list => SortMenu::new(list.columns, list.table.sort()));
                self.open(Dialog::Sort(menu));
            }
            Action::States => {
                let (states, counts) = on_list!(self, list => (list.table.states(), list.table.counts()));
                self.open(Dialog::States(StatesMenu { states, counts, cursor: 0 }));
            }
            Action::Columns => {
                let menu = on_list!(self, list => ColumnsMenu::new(&list.shown, list.columns, list.usual));
                self.open(Dialog::Columns(menu));
            }
            Action::Detail => return self.open_detail(),
            Action::CopyId | Action::CopyMasked => return self.copy(action),
            Action::NewKey => self.open_new_key(),
            Action::Edit | Action::Regenerate => self.open_change(action),
            Action::Disable => self.ask_to_disable(),
            Action::Revoke => self.ask_to_revoke(),
            Action::Rotate => self.ask_to_rotate(),
            Action::Mark
            | Action::Range
            | Action::MarkAll
            | Action::InvertMarks
            | Action::ClearMarks
            | Action::OnlyMarked => self.act_on_marks(action),
            _ => return self.act_on_tabs(action),
        }
        Vec::new()
    }

    fn act_on_marks(&mut self, action: Action) {
        let now = self.utc();
        let Some(list) = self.keys_mut() else { return };
        match action {
            Action::Mark => {
                if !list.take_range()
                    && let Some(id) = list.table.current().map(|key| key.id.clone())
                {
                    list.table.toggle_mark(&id);
                    list.table.move_by(1);
                }
            }
            Action::Range => {
                if !list.take_range() {
                    list.begin_range();
                }
            }
            Action::ClearMarks => {
                list.anchor = None;
                list.table.clear_marks();
                list.table.set_only_marked(false, now);
            }
            Action::OnlyMarked => {
                list.take_range();
                let only = !list.table.only_marked();
                list.table.set_only_marked(only, now);
            }
            _ => {
                list.take_range();
                let partial = list.is_partial();
                let changed =
                    if action == Action::MarkAll { list.table.mark_all_shown() } else { list.table.invert_shown() };
                let verb = if action == Action::MarkAll { "Marked" } else { "Inverted" };
                if partial {
                    let loaded = list.table.len();
                    self.say(
                        Tone::Info,
                        format!("{verb} {} of the {} loaded so far", thousands(changed), thousands(loaded)),
                    );
                } else {
                    self.say(Tone::Info, format!("{verb} {}", thousands(changed)));
                }
            }
        }
    }

    /// The marks of the tab in front.
    pub fn marks(&self) -> MarkCount {
        match self.tab {
            Tab::Exposed => self.exposed.table.marks(),
            _ => self.keys().map(|list| list.table.marks()).unwrap_or_default(),
        }
    }

    pub(super) fn act_in_filter(&mut self, action: Action) -> Vec<Effect> {
        let now = self.utc();
        match action {
            Action::Choose => {
                let kept = on_list!(self, list => list.keep_filter());
                if !kept {
                    let back = self.keymap.press(Action::Back, Context::Filter);
                    let words = format!("The filter is not right yet: correct what is marked, or {back} takes it back");
                    self.say(Tone::Bad, words);
                }
            }
            Action::Back => on_list!(self, list => list.restore_filter(now)),
            _ => {}
        }
        Vec::new()
    }

    /// A key that is no action edits the filter.
    pub(super) fn edit_filter(&mut self, press: KeyPress) -> Vec<Effect> {
        let changed = on_list!(self, list => list.filter.editing.as_mut().is_some_and(|field| field.press(press)));
        if changed { self.filter_changed() } else { Vec::new() }
    }

    /// A paste is text, and only for text fields: never keys, never a confirmation.
    pub(super) fn paste(&mut self, text: &str) -> Vec<Effect> {
        self.message = None;
        self.pending.clear();
        if self.layout().is_none() || self.is_deaf() {
            return Vec::new();
        }
        match self.context() {
            Context::Filter => {
                let changed =
                    on_list!(self, list => list.filter.editing.as_mut().is_some_and(|field| field.paste(text)));
                if changed { self.filter_changed() } else { Vec::new() }
            }
            Context::List => {
                let words = format!(
                    "A paste is not read as keys: press {} first to search for it",
                    self.key_for(Action::Filter)
                );
                self.say(Tone::Info, words);
                Vec::new()
            }
            _ => self.tell_front(Input::Paste(text)),
        }
    }

    pub(super) fn filter_changed(&mut self) -> Vec<Effect> {
        let now = self.utc();
        let fingerprints = on_list!(self, list => list.filter_changed(now));
        self.lookup_fingerprints(fingerprints)
    }

    /// Copies from the row under the cursor.
    fn copy(&mut self, action: Action) -> Vec<Effect> {
        let requests = match self.tab {
            Tab::Exposed => self.exposed.table.current().map(|row| copy(action, row.key_id.as_ref(), &row.obfuscated)),
            _ => {
                let key = self.keys().and_then(|list| list.table.current());
                key.map(|key| copy(action, Some(&key.id), &key.masked))
            }
        };
        self.fulfil(requests.unwrap_or_default(), None)
    }

    /// Opens the row under the cursor in full.
    fn open_detail(&mut self) -> Vec<Effect> {
        let ticket = self.ticket();
        let facts = Facts { ticket, ..self.facts() };
        let requests = match self.tab {
            Tab::Exposed => self.exposed.table.current().map(|finding| Detail::open_finding(finding, &facts)),
            _ => self.keys().and_then(|list| list.table.current()).map(|key| Detail::open_key(key, &facts)),
        };
        self.fulfil(requests.unwrap_or_default(), None)
    }

    pub(super) fn open_choice(&mut self, shown: Vec<KeyId>, all: Vec<KeyId>, rotate: bool) {
        self.open(Dialog::Choice(Choice { shown, all, rotate }));
    }

    fn open_new_key(&mut self) {
        let kind = if self.tab == Tab::Collections { Kind::CollectionKey } else { Kind::ApiKey };
        let ticket = self.ticket();
        let dialog = NewKey::new(kind, self.settings.settings.clone(), ticket);
        self.open(Dialog::NewKey(Box::new(dialog)));
    }

    /// The marked keys, else the one under the cursor. Hidden marks ask first.
    fn ask_to_revoke(&mut self) {
        let Some(list) = self.keys_mut() else { return };
        list.take_range();
        let marks = list.table.marks();
        if marks.marked > MOST_REVIEWED {
            let (marked, most) = (thousands(marks.marked), thousands(MOST_REVIEWED));
            let why =
                format!(r"{marked} keys are marked, and a review takes {most}: \ clears the marks, / narrows the list");
            return self.say(Tone::Info, why);
        }
        let shown = list.table.marked_shown();
        let current = list.table.current().map(|key| key.id.clone());
        if marks.hidden > 0 {
            let all = list.table.marked_all();
            self.open_choice(shown, all, false);
        } else if marks.marked > 0 {
            self.open_review(&shown);
        } else if marks.gone > 0 {
            self.say(
                Tone::Info,
                format!("The marked keys are gone: {} clears the marks", self.key_for(Action::ClearMarks)),
            );
        } else if let Some(id) = current {
            self.open_review(&[id]);
        }
    }

    /// What stands in the middle of a list that shows nothing: two lines, what and which key to press.
    pub fn empty_words(&self, tab: Tab) -> Option<(String, String)> {
        if let Some(why) = self.tab_denied(tab) {
            return Some((why, format!("{} goes to the next tab", self.key_for(Action::Next))));
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
        let one = || format!("{} makes one", self.key_for(Action::NewKey));
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
            ("That is not a whole key value".to_owned(), format!("paste all of it, or {}", key(Action::Back)))
        } else {
            let mut matches = "No key matches".to_owned();
            if !list.table.query().has_secret() {
                // the filter that applies, which is not what stands in the box while that does not parse
                let query = list.table.query().to_string();
                matches = format!("{matches}  {}", crate::domain::untrusted::visible(&query));
            }
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

/// Moves the cursor; false if the action is no movement.
fn navigate<R: Row>(list: &mut ListScreen<R>, action: Action, body: isize) -> bool {
    match action {
        Action::Down => list.table.move_by(1),
        Action::Up => list.table.move_by(-1),
        Action::PageDown => list.table.move_by(body),
        Action::PageUp => list.table.move_by(-body),
        Action::HalfPageDown => list.table.move_by((body / 2).max(1)),
        Action::HalfPageUp => list.table.move_by(-(body / 2).max(1)),
        Action::Top => list.table.move_to(0),
        Action::Bottom => list.table.move_to(usize::MAX),
        _ => return false,
    }
    true
}

/// The ids of rows, as a list of keys is asked for them.
pub(super) fn frozen(list: &ListScreen<Key>, ids: &[KeyId]) -> Vec<Key> {
    ids.iter().filter_map(|id| list.table.get(id).cloned()).collect()
}
