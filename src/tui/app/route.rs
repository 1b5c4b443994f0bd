//! Who is told what: inputs go to the dialog in front, else to the screen in front; answers go to whoever asked. What is
//! asked for in return is carried out here, and nowhere else.

use super::App;
use super::facts;
use super::lists::on_list;
use super::palette::keep;
use crate::domain::deed::Deed;
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::Key;
use crate::domain::listing::Scope;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::detail::Detail;
use crate::tui::dialogs::finding::FindingDetail;
use crate::tui::dialogs::offboard::Offboard;
use crate::tui::dialogs::{Dialog, Requests};
use crate::tui::effect::Effect;
use crate::tui::facts::{Facts, NoKeys};
use crate::tui::request::{Input, ListChange, Reply, Request, RowChange};
use crate::tui::screens::list::ListScreen;
use crate::tui::session::{Message, Tone};
use crate::tui::tab::Tab;
use crate::tui::text::thousands;
use crate::tui::ticket::Ticket;

impl App {
    /// Tells the dialog in front, else the screen in front, and does what is asked for in return.
    pub(super) fn dispatch(&mut self, input: Input) -> Vec<Effect> {
        match self.dialogs.len().checked_sub(1) {
            Some(front) => self.dispatch_to_dialog(front, input),
            None => self.dispatch_to_screen(input),
        }
    }

    fn dispatch_to_screen(&mut self, input: Input) -> Vec<Effect> {
        let ticket = self.ticket();
        let settings = self.settings.settings.clone();
        if self.tab == Tab::Settings {
            // taken out for a moment, so that it may know the lists
            let mut screen = std::mem::take(&mut self.settings);
            let facts = Facts { ticket, settings: settings.as_ref(), ..self.facts() };
            let requests = screen.update(input, &facts);
            self.settings = screen;
            return self.apply(requests, None);
        }
        let facts = facts!(self, &NoKeys, settings.as_ref(), ticket);
        let requests = match self.tab {
            Tab::Mine => self.mine.update(input, &facts),
            Tab::Collections => self.collections.update(input, &facts),
            Tab::Team => self.team.update(input, &facts),
            Tab::Exposed => self.exposed.update(input, &facts),
            Tab::Settings => Vec::new(),
        };
        self.apply(requests, None)
    }

    /// Tells every dialog, from the bottom.
    pub(super) fn broadcast(&mut self, input: impl Fn() -> Input<'static>) -> Vec<Effect> {
        // from the front down, so that one that closes leaves those to come where they are
        (0..self.dialogs.len()).rev().flat_map(|at| self.dispatch_to_dialog(at, input())).collect()
    }

    /// Tells the dialog that waits for an answer with this ticket; none when there is no such dialog any more.
    pub(super) fn reply(&mut self, ticket: Ticket, reply: Reply) -> Option<Vec<Effect>> {
        let at = self.dialogs.waiting_for(ticket)?;
        Some(self.dispatch_to_dialog(at, Input::Reply(reply)))
    }

    fn dispatch_to_dialog(&mut self, at: usize, input: Input) -> Vec<Effect> {
        let ticket = self.ticket();
        let Some(mut open) = self.dialogs.take(at) else { return Vec::new() };
        let requests = open.dialog_mut().update(input, &Facts { ticket, ..self.facts() });
        self.dialogs.put_back(at, open);
        self.apply(requests, Some(at))
    }

    /// Another slice of what dialogs count.
    pub(super) fn dialogs_go_on(&mut self) {
        for at in 0..self.dialogs.len() {
            let Some(mut open) = self.dialogs.take(at) else { continue };
            open.dialog_mut().go_on(&self.facts());
            self.dialogs.put_back(at, open);
        }
    }

    /// Does what is asked for; `from` is the place of the dialog that asks, if one does.
    pub(super) fn apply(&mut self, requests: Requests, from: Option<usize>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for request in requests {
            let now = self.running();
            match request {
                Request::Close => from.into_iter().for_each(|at| self.dialogs.close(at, now)),
                Request::ContentChanged => from.into_iter().for_each(|at| self.dialogs.content_changed(at, now)),
                Request::Open(dialog) => self.open(dialog),
                Request::Say(tone, text) => self.say(tone, text),
                Request::Do(effect) => {
                    if let Effect::ReleaseRotations(ticket) = &effect {
                        self.releasing.wizards.push(*ticket);
                    }
                    effects.push(effect);
                }
                Request::Act(context, action) => effects.extend(self.act(context, action)),
                Request::Review(ids) => effects.extend(self.begin(|list, facts| list.review(&ids, facts))),
                Request::Rotate(ids) => effects.extend(self.begin(|list, facts| list.rotate(&ids, facts))),
                Request::ActOn(action, ids) => {
                    effects.extend(self.begin(|list, facts| list.act_on(action, &ids, facts)));
                }
                Request::ToggleMarks(ids) => self.toggle_marks(&ids),
                Request::ChooseRecipient(ids) => {
                    effects.extend(self.begin(|list, _| list.choose_recipient(&ids)));
                }
                Request::HandOver(ids, to) => {
                    let deed = Deed::HandOver(to);
                    effects.extend(self.begin(|list, facts| list.review_of(deed, &ids, facts)));
                }
                Request::MarkInTeam(ids) => self.mark_in_team(&ids),
                Request::Offboard(user) => effects.extend(self.open_offboard(Some(user))),
                Request::Toggle(ids) => effects.extend(self.begin(|list, facts| list.toggle(&ids, facts))),
                Request::OnFindings(what, ids) => effects.extend(self.on_findings(what, &ids)),
                Request::GoToKey(id, kind) => effects.extend(self.show_key(&id, kind)),
                Request::Watch => self.toggle_watch(),
                Request::Detail => effects.extend(self.open_detail()),
                Request::ForgetLookups => self.forget_lookups(),
                Request::LookUp(fingerprints) => effects.extend(self.lookup_fingerprints(fingerprints)),
                Request::List(change) => effects.extend(self.show_list(change)),
                Request::Rows(change) => self.change_rows(change),
                Request::Read(slot) => effects.extend(self.load(slot)),
                Request::Stage(settings) => self.settings.stage(settings.map(|settings| *settings)),
                Request::SwitchProfile(name) => effects.extend(self.switch_profile(name)),
                Request::Unlock(length, reason) => self.open_unlock(&length, &reason),
                Request::KeepTheme(name) => self.keep_theme(name),
                Request::KeepCommand(line) => keep(&mut self.commands, line),
                Request::KeepFilter(text) => keep(&mut self.filters, text),
            }
        }
        effects
    }

    /// Begins something with keys of the list in front.
    fn begin(&mut self, begin: impl FnOnce(&ListScreen<Key>, &Facts) -> Requests) -> Vec<Effect> {
        let ticket = self.ticket();
        let facts = Facts { ticket, ..self.facts() };
        let requests = self.keys().map(|list| begin(list, &facts));
        self.apply(requests.unwrap_or_default(), None)
    }

    /// Off-boards somebody.
    fn open_offboard(&mut self, user: Option<UserId>) -> Vec<Effect> {
        if let Some(why) = self.facts().why_no_write(Action::Offboard) {
            self.say(Tone::Info, why);
            return Vec::new();
        }
        let ticket = self.ticket();
        let requests = Offboard::open(user, &Facts { ticket, ..self.facts() });
        self.apply(requests, None)
    }

    /// Goes to Team Keys with these marked, where they are done something to after the ordinary review.
    fn mark_in_team(&mut self, ids: &[KeyId]) {
        self.go_to(Tab::Team);
        self.team.table.mark_only(ids);
        let (marked, wanted) = (self.team.table.marks().marked, ids.len());
        let missing = wanted.saturating_sub(marked);
        let keys = if marked == 1 { "1 key is".to_owned() } else { format!("{marked} keys are") };
        let more = if missing > 0 { format!("; {missing} are not loaded here") } else { String::new() };
        self.say(Tone::Info, format!("{keys} marked{more}. What is staged in Settings stays staged"));
    }

    /// Marks these keys of the list in front as well, or where all of them are marked takes their marks away.
    fn toggle_marks(&mut self, ids: &[KeyId]) {
        let Some(list) = self.keys_mut() else { return };
        let all = ids.iter().all(|id| list.table.is_marked(id));
        if all {
            list.table.mark_less(ids);
        } else {
            list.table.mark_also(ids);
        }
        let (marked, count) = (list.table.marks().marked, ids.len());
        let keys = if count == 1 { "1 key".to_owned() } else { format!("{} keys", thousands(count)) };
        let verb = if all { "Unmarked" } else { "Marked" };
        self.say(Tone::Info, format!("{verb} {keys}; {} are marked in all", thousands(marked)));
    }

    /// Opens the row under the cursor in full.
    fn open_detail(&mut self) -> Vec<Effect> {
        let ticket = self.ticket();
        let facts = Facts { ticket, ..self.facts() };
        let requests = match self.tab {
            Tab::Exposed => self.exposed.table.current().map(|finding| FindingDetail::open(finding, &facts)),
            _ => self.keys().and_then(|list| list.table.current()).map(|key| Detail::open_key(key, &facts)),
        };
        self.apply(requests.unwrap_or_default(), None)
    }

    /// Opens a dialog in front.
    pub(super) fn open(&mut self, dialog: Dialog) {
        self.dialogs.open(dialog, self.now.running);
    }

    /// Shows the list in front in another way.
    pub(super) fn show_list(&mut self, change: ListChange) -> Vec<Effect> {
        let settings = self.settings.settings.clone();
        let facts = facts!(self, &NoKeys, settings.as_ref(), Ticket::default());
        let now = facts.now.utc;
        let requests = on_list!(self, list => match change {
            ListChange::Sort(column) => {
                list.sort_by(column);
                Vec::new()
            }
            ListChange::SortThen(column) => {
                list.sort_then(column);
                Vec::new()
            }
            ListChange::States(states) => {
                list.table.set_states(states, now);
                Vec::new()
            }
            ListChange::Columns(columns) => {
                list.show_columns(columns);
                Vec::new()
            }
            ListChange::Filter(text) => list.filter_by(&text, &facts),
        });
        self.apply(requests, None)
    }

    /// Rows changed: every list that holds them, or is to hold them, shows it.
    fn change_rows(&mut self, change: RowChange) {
        match change {
            RowChange::Made(scope, key) => self.insert(scope, *key),
            RowChange::Changed(key) => self.put(&key),
            RowChange::Revoked(id) => match &mut self.gathered {
                Some(gathered) => gathered.push(id),
                None => self.mark_revoked(&[id]),
            },
            RowChange::Resolved(id, resolution) => {
                let now = self.utc();
                self.exposed.table.update(&id, now, |finding| finding.resolution = resolution);
                self.exposed.sum_up(now);
                self.flag_exposed();
            }
            RowChange::Unmarked(ids) => {
                if let Some(list) = self.keys_mut() {
                    list.table.unmark(&ids);
                }
            }
            RowChange::Marked(ids) if self.tab == Tab::Exposed => self.mark_findings(&ids),
            RowChange::Marked(ids) => {
                if let Some(list) = self.keys_mut() {
                    list.table.mark_only(&ids);
                }
            }
        }
    }

    /// A key that was made, in the lists that hold such; the cursor stands on it, if it is shown.
    fn insert(&mut self, scope: Scope, key: Key) {
        let (now, made) = (self.utc(), key.id.clone());
        if scope == Scope::Collections {
            self.collections.table.insert(key, now);
        } else {
            if let Some(from) = key.rotated_from.clone() {
                let to = Some(key.id.clone());
                for list in [&mut self.mine, &mut self.team] {
                    list.table.update(&from, now, |before| before.rotated_to.clone_from(&to));
                }
            }
            if scope == Scope::Mine {
                self.mine.table.insert(key.clone(), now);
            }
            if !self.team.table.is_empty() {
                self.team.table.insert(key, now);
            }
        }
        self.sum_up();
        if let Some(list) = self.keys_mut()
            && let Some(position) = list.table.position(&made)
        {
            list.table.move_to(position);
        }
    }

    /// The key as it is now, in every list that holds it.
    fn put(&mut self, key: &Key) {
        let now = self.utc();
        let gone = self.users.user(key.owner_id).map(|owner| !owner.active);
        for list in [&mut self.mine, &mut self.team] {
            list.table.update(&key.id, now, |row| {
                let owner_gone = gone.unwrap_or(row.owner_gone && row.owner_id == key.owner_id);
                *row = Key { exposed: row.exposed, owner_gone, ..key.clone() }
            });
        }
        self.sum_up();
    }

    /// Says something in the footer.
    pub(super) fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.message = Some(Message { tone, text: text.into() });
    }

    /// What an action comes to, where it is heard.
    pub(super) fn act(&mut self, context: Context, action: Action) -> Vec<Effect> {
        let in_screen = matches!(context, Context::List | Context::Exposed | Context::Settings);
        // a list says first what it has against an action besides
        if !matches!(context, Context::List | Context::Exposed)
            && let Some(why) = self.facts().why_no_write(action)
        {
            self.say(Tone::Info, why);
            return Vec::new();
        }
        let goes = match context {
            Context::Filter => action == Action::Choose,
            Context::List | Context::Exposed => action == Action::Detail,
            _ => false,
        };
        if goes && let Some(key) = self.found_elsewhere().cloned() {
            return self.go_to_key(&key);
        }
        match action {
            Action::Cancel => self.cancel(),
            Action::Suspend => self.suspend(),
            Action::Redraw => vec![Effect::Redraw],
            Action::Help => {
                self.open_help(context);
                Vec::new()
            }
            Action::Palette => {
                self.open_palette(context);
                Vec::new()
            }
            Action::Calls => {
                self.open(Dialog::Calls(crate::tui::dialogs::calls::CallsDialog::default()));
                Vec::new()
            }
            Action::Themes => {
                self.open_themes();
                Vec::new()
            }
            Action::Profiles => {
                self.open_profiles();
                Vec::new()
            }
            Action::Unlock => self.unlock_or_lock(),
            Action::Contain => self.open_contain(),
            Action::Incidents => self.open_incidents(),
            Action::Rotations => self.open_rotations(),
            Action::Changes => self.open_changes(),
            Action::Offboard => self.open_offboard(None),
            Action::Notices => self.open_notices(),
            Action::Campaign => self.open_campaigns(),
            Action::Quit if in_screen => self.ask_to_quit(),
            _ if in_screen && self.act_on_tabs(action) => Vec::new(),
            Action::Refresh if in_screen => self.refresh(),
            _ => self.dispatch(Input::Action(action)),
        }
    }
}
