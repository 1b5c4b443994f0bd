//! `:`: what can be done here, by its name, with completion. Never a shell: it does what the help lists and nothing else.

use crate::domain::filter::{Query, pasted_values};
use crate::domain::secret::Secret;
use crate::domain::sort::Column;
use crate::domain::values::{holds_value, secret_spans};
use crate::domain::views::View;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::help::{Help, HelpLine};
use crate::tui::field::Field;
use crate::tui::key::KeyPress;
use crate::tui::keymap::Keymap;

mod update;
pub mod view;

/// How alike a wrong name and a right one must be for the right one to be suggested, from 0 to 1.
const ALIKE: f64 = 0.7;

/// What an action can be told beside its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Argument {
    Filter,
    Column,
    Theme,
    View,
    /// For how long, and why.
    Unlock,
}

/// The actions that can be told something, by the word they go by here.
const ARGUMENTS: [(&str, Action, Argument); 5] = [
    ("filter", Action::Filter, Argument::Filter),
    ("sort", Action::Sort, Argument::Column),
    ("theme", Action::Themes, Argument::Theme),
    ("view", Action::Views, Argument::View),
    ("unlock", Action::Unlock, Argument::Unlock),
];

/// The tabs, by the short names that they have in a narrow window.
const TABS: [(&str, Action); 5] = [
    ("tab mine", Action::MineTab),
    ("tab collections", Action::CollectionsTab),
    ("tab team", Action::TeamTab),
    ("tab exposed", Action::ExposedTab),
    ("tab settings", Action::SettingsTab),
];

/// What a line comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// An action, as if its key were pressed.
    Do(Action),
    /// Filter the list.
    Filter(String),
    /// Sort the list.
    Sort(Column),
    /// Draw with a theme.
    Theme(String),
    /// Unlock a read-only profile, for so long and with this reason, which are still to be confirmed.
    Unlock(String, String),
}

/// One of the lines that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What completion writes.
    pub text: String,
    pub keys: String,
    pub help: String,
    /// Why it cannot be done now.
    pub why_not: Option<String>,
    /// What is done.
    pub command: Command,
}

#[derive(Debug)]
pub struct Palette {
    /// Where it was opened.
    pub context: Context,
    pub line: Field,
    /// The item under the cursor, among those found.
    pub cursor: usize,
    /// What is wrong with the line, after Enter.
    pub problem: Option<String>,
    all: Vec<HelpLine>,
    columns: Vec<Column>,
    themes: Vec<String>,
    views: Vec<View>,
    /// What was typed before completion wrote over it.
    stem: Option<String>,
    history: Vec<String>,
    /// Where in the history the line is; at its end: a new line.
    recalled: usize,
}

impl Palette {
    /// The palette for a context; `why_not` says why an action cannot be done now, `history` is what was done before.
    pub fn new(
        context: Context,
        keymap: &Keymap,
        why_not: impl Fn(Action) -> Option<String>,
        columns: &[Column],
        themes: &[String],
        views: &[View],
        history: &[String],
    ) -> Self {
        let mut all = Help::new(context, keymap, why_not).all;
        all.retain(|line| line.action != Action::Palette);
        Self {
            context,
            line: Field::default(),
            cursor: 0,
            problem: None,
            all,
            columns: columns.to_vec(),
            themes: themes.to_vec(),
            views: views.to_vec(),
            stem: None,
            history: history.to_vec(),
            recalled: history.len(),
        }
    }

    /// Whether the line holds what looks like a key's value.
    pub fn is_secret(&self) -> bool {
        let text = self.line.text();
        holds_value(text) || !secret_spans(text).is_empty()
    }

    /// What the line may mean, the likeliest first.
    pub fn found(&self) -> Vec<Item> {
        let typed = self.stem.as_deref().unwrap_or(self.line.text()).trim_start();
        if self.is_secret() {
            return self.value_item().into_iter().collect();
        }
        if let Some((word, rest)) = typed.split_once(' ')
            && let Some((line, argument)) = self.told(word)
        {
            return self.arguments(line, argument, word, rest.trim());
        }
        if typed.to_lowercase().starts_with("tab") {
            let tabs = TABS.into_iter().filter(|(name, _)| name.starts_with(typed.trim_end().to_lowercase().as_str()));
            let line = |action| self.all.iter().find(|line| line.action == action);
            return tabs
                .filter_map(|(name, action)| Some(Item { text: name.to_owned(), ..item(line(action)?) }))
                .collect();
        }
        let mut found: Vec<(u8, Item)> =
            self.all.iter().filter_map(|line| Some((rank(line, typed.trim())?, item(line)))).collect();
        // stable: those that match alike stay in the order of the help
        found.sort_by_key(|(rank, _)| *rank);
        found.into_iter().map(|(_, item)| item).collect()
    }

    /// Searching for the keys whose whole values stand in the line, by what is no secret of them.
    fn value_item(&self) -> Option<Item> {
        let filter = self.all.iter().find(|line| line.action == Action::Filter)?;
        let line = self.line.text();
        let (word, rest) = line.trim_start().split_once(' ').unwrap_or_default();
        let is_filter = self.told(word).is_some_and(|(_, argument)| argument == Argument::Filter);
        let query = Query::parse(if is_filter { rest } else { line }).ok().filter(|_| holds_value(line))?;
        let whose = if query.fingerprints().len() > 1 { "keys with these values" } else { "the key with this value" };
        Some(Item {
            text: whose.to_owned(),
            keys: filter.keys.clone(),
            help: "filter the list so; only the hash of a value is sent".to_owned(),
            why_not: filter.why_not.clone(),
            command: Command::Filter(query.to_string()),
        })
    }

    /// The action that goes by `word` here and can be told something.
    fn told(&self, word: &str) -> Option<(&HelpLine, Argument)> {
        let (_, action, argument) =
            ARGUMENTS.into_iter().find(|(name, action, _)| *name == word || action.entry().name == word)?;
        self.all.iter().find(|line| line.action == action).map(|line| (line, argument))
    }

    fn arguments(&self, line: &HelpLine, argument: Argument, word: &str, rest: &str) -> Vec<Item> {
        if rest.is_empty() && argument == Argument::Filter {
            return vec![item(line)];
        }
        let of = |said: &str, help: String, command: Command| Item {
            text: format!("{word} {said}"),
            keys: String::new(),
            help,
            why_not: line.why_not.clone(),
            command,
        };
        let wanted = rest.to_lowercase();
        let mut found: Vec<Item> = match argument {
            Argument::Filter => {
                vec![of(rest, "filter the list so".to_owned(), Command::Filter(rest.to_owned()))]
            }
            Argument::Unlock if rest.is_empty() => vec![item(line)],
            Argument::Unlock => {
                let (length, reason) = rest.split_once(' ').unwrap_or((rest, ""));
                let command = Command::Unlock(length.to_owned(), reason.trim().to_owned());
                vec![of(rest, "for so long, with the reason after it".to_owned(), command)]
            }
            Argument::Column => {
                let columns = self.columns.iter().filter(|column| column.title().contains(&wanted));
                columns
                    .map(|column| of(column.title(), "sort by it; again: reversed".to_owned(), Command::Sort(*column)))
                    .collect()
            }
            Argument::View => {
                let views = self.views.iter().filter(|view| view.name.to_lowercase().contains(&wanted));
                views
                    .map(|view| of(&view.name, view.origin.in_words().to_owned(), Command::Filter(view.filter.clone())))
                    .collect()
            }
            Argument::Theme => {
                let themes = self.themes.iter().filter(|theme| theme.to_lowercase().contains(&wanted));
                themes.map(|theme| of(theme, "draw with it".to_owned(), Command::Theme(theme.clone()))).collect()
            }
        };
        let start = format!("{word} {wanted}");
        found.sort_by_key(|item| !item.text.to_lowercase().starts_with(&start));
        found
    }

    /// The item that Enter does: the one under the cursor, of a line that says something.
    pub fn chosen(&self) -> Option<Item> {
        let said = !self.line.text().trim().is_empty();
        self.found().into_iter().nth(self.cursor).filter(|_| said)
    }

    /// The name of a command that is like what was typed.
    pub fn alike(&self) -> Option<&'static str> {
        let typed = self.line.text().trim().to_lowercase();
        let word = typed.split(' ').next().unwrap_or_default();
        let likeness = |line: &HelpLine| strsim::jaro_winkler(line.action.entry().name, word);
        let best = self.all.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
        (likeness(best) >= ALIKE).then(|| best.action.entry().name)
    }

    /// Writes the item under the cursor into the line; again: the next one, or the one before.
    pub fn complete(&mut self, back: bool) {
        let found = self.found();
        if found.is_empty() || self.is_secret() {
            return;
        }
        if self.stem.is_none() {
            self.stem = Some(self.line.text().to_owned());
        } else {
            let step = if back { found.len() - 1 } else { 1 };
            self.cursor = (self.cursor + step) % found.len();
        }
        self.line = Field::new(&found[self.cursor].text);
        self.problem = None;
    }

    /// Goes through what was done before in this session.
    pub fn recall(&mut self, older: bool) {
        let to = if older { self.recalled.checked_sub(1) } else { Some(self.recalled + 1) };
        let Some(to) = to.filter(|to| *to <= self.history.len()) else { return };
        self.recalled = to;
        self.line = Field::new(self.history.get(to).map_or("", String::as_str));
        self.edited();
    }

    /// An editing key.
    pub fn press(&mut self, press: KeyPress) {
        self.line.press(press);
        self.edited();
    }

    /// Pasted text.
    pub fn paste(&mut self, text: &str) {
        match pasted_values(text) {
            Some(values) => drop(self.line.insert_words(values.iter().map(Secret::expose))),
            None => drop(self.line.paste(text)),
        }
        self.edited();
    }

    fn edited(&mut self) {
        self.stem = None;
        self.cursor = 0;
        self.problem = None;
    }
}

fn item(line: &HelpLine) -> Item {
    let name = ARGUMENTS.iter().find(|(_, action, _)| *action == line.action).map(|(name, ..)| format!("{name} "));
    Item {
        text: name.unwrap_or_else(|| line.action.entry().name.to_owned()),
        keys: line.keys.clone(),
        help: line.help.to_owned(),
        why_not: line.why_not.clone(),
        command: Command::Do(line.action),
    }
}

/// How well a line of the help answers what was typed, 0 best; none: not at all.
fn rank(line: &HelpLine, typed: &str) -> Option<u8> {
    let typed = typed.to_lowercase();
    let name = line.action.entry().name;
    let dashed = typed.replace(' ', "-");
    let mut letters = name.chars();
    match () {
        () if name == dashed => Some(0),
        () if name.starts_with(&dashed) => Some(1),
        () if name.contains(&dashed) => Some(2),
        () if typed.split_whitespace().all(|word| line.help.to_lowercase().contains(word)) => Some(3),
        () if dashed.chars().all(|c| letters.any(|letter| letter == c)) => Some(4),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn palette(typed: &str) -> Palette {
        let themes = ["dark".to_owned(), "default".to_owned(), "light".to_owned()];
        let history = ["mark-all".to_owned(), "sort owner".to_owned()];
        let (keymap, columns) = (Keymap::default(), Column::for_keys());
        let mut palette = Palette::new(
            Context::List,
            &keymap,
            |_| None,
            columns,
            &themes,
            crate::domain::views::Views::new([], []).all(),
            &history,
        );
        palette.paste(typed);
        palette
    }

    fn found(typed: &str) -> Vec<String> {
        palette(typed).found().into_iter().map(|item| item.text).collect()
    }

    #[test]
    fn the_likeliest_comes_first() {
        for (typed, first) in [
            ("mark", "mark"),
            ("mark a", "mark-all"),
            ("rev", "revoke"),
            ("keys", "my-keys"),
            ("rvk", "revoke"),
            ("load again", "refresh"),
            ("them", "theme "),
            ("SORT", "sort "),
            ("tab", "tab mine"),
            ("tab te", "tab team"),
            ("Tab S", "tab settings"),
        ] {
            assert_eq!(found(typed)[0], first, "{typed}");
        }
        assert_eq!(found("zzz"), [""; 0]);
        assert_eq!(found("tab x"), [""; 0]);
        assert!(!found("").iter().any(|name| name == "palette"));
    }

    #[test]
    fn arguments_are_listed_where_an_action_has_them() {
        assert_eq!(found("sort ex"), ["sort expires"]);
        assert_eq!(
            found("sort e"),
            [
                "sort expires",
                "sort name",
                "sort key",
                "sort owner",
                "sort last used",
                "sort created",
                "sort access",
                "sort tried"
            ]
        );
        assert_eq!(found("theme d"), ["theme dark", "theme default"]);
        assert_eq!(found("themes li"), ["themes light"]);
        assert_eq!(found("view nev"), ["view never used"]);
        assert_eq!(palette("view stale").chosen().unwrap().command, Command::Filter("status:enabled idle:>90d".into()));
        assert_eq!(palette("filter owner:ana").chosen().unwrap().command, Command::Filter("owner:ana".into()));
        assert_eq!(palette("filter ").chosen().unwrap().command, Command::Do(Action::Filter));
        assert_eq!(palette("").chosen(), None);
    }

    #[test]
    fn completion_goes_round_and_typing_goes_on_from_it() {
        let mut palette = palette("theme d");
        let mut lines = Vec::new();
        for back in [false, false, false, true] {
            palette.complete(back);
            lines.push(palette.line.text().to_owned());
        }
        assert_eq!(lines, ["theme dark", "theme default", "theme dark", "theme default"]);
        palette.press("Backspace".parse().unwrap());
        assert_eq!(palette.found().len(), 1);
    }

    #[test]
    fn what_was_done_before_is_recalled() {
        let mut palette = palette("");
        let mut lines = Vec::new();
        for older in [true, true, true, false, false, false] {
            palette.recall(older);
            lines.push(palette.line.text().to_owned());
        }
        assert_eq!(lines, ["sort owner", "mark-all", "mark-all", "sort owner", "", ""]);
    }

    #[test]
    fn a_wrong_name_is_told_the_right_one() {
        assert_eq!(palette("revokee").alike(), Some("revoke"));
        assert_eq!(palette("qqq").alike(), None);
    }
}
