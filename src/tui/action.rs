//! The one table of actions: what a person can ask for, its name in the config file, its keys, where it applies, and its
//! line in the help. The footer, `?`, the README's table and the tests read it.

/// Where a key press is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// A tab with a list.
    List,
    /// The Settings tab.
    Settings,
    /// The filter box.
    Filter,
    /// The help, whose search takes text.
    Help,
    /// The palette, whose line takes text.
    Palette,
    /// The calls of this session.
    Calls,
    /// The list of columns to sort by.
    Sort,
    /// The check boxes of states.
    States,
    /// The columns to choose from.
    Columns,
    /// The list of themes.
    Themes,
    /// One key in full.
    Detail,
    /// "The 9 shown or all 12?"
    Choice,
    /// "Disable it?"
    Ask,
    /// The review before a revoke.
    Review,
    /// A revoke under way or over.
    Running,
    /// The form of a new key.
    Form,
    /// A new value, until it is safe.
    Reveal,
    /// Rotations under way.
    Rotate,
    /// "Leave it for later?"
    Leave,
    /// The rotations that are open.
    Rotations,
}

impl Context {
    /// Every context.
    pub const ALL: [Self; 20] = [
        Self::List,
        Self::Settings,
        Self::Filter,
        Self::Help,
        Self::Palette,
        Self::Calls,
        Self::Sort,
        Self::States,
        Self::Columns,
        Self::Themes,
        Self::Detail,
        Self::Choice,
        Self::Ask,
        Self::Review,
        Self::Running,
        Self::Form,
        Self::Reveal,
        Self::Rotate,
        Self::Leave,
        Self::Rotations,
    ];

    /// Whether printable keys are text here, and never actions.
    pub fn takes_text(self) -> bool {
        matches!(self, Self::Filter | Self::Help | Self::Palette | Self::Form)
    }

    /// What the context is called in messages and the README.
    pub fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Settings => "settings",
            Self::Filter => "filter",
            Self::Help => "help",
            Self::Palette => "palette",
            Self::Calls => "calls",
            Self::Sort => "sort",
            Self::States => "states",
            Self::Columns => "columns",
            Self::Themes => "themes",
            Self::Detail => "detail",
            Self::Choice => "choice",
            Self::Ask => "ask",
            Self::Review => "review",
            Self::Running => "running",
            Self::Form => "form",
            Self::Reveal => "reveal",
            Self::Rotate => "rotate",
            Self::Leave => "leave",
            Self::Rotations => "rotations",
        }
    }
}

/// One row of the table.
#[derive(Debug)]
pub struct Entry {
    /// The action.
    pub action: Action,
    /// Its name, as in the config file.
    pub name: &'static str,
    /// Its default keys; a sequence is written with a space, `g g`.
    pub keys: &'static [&'static str],
    /// Where it applies.
    pub contexts: &'static [Context],
    /// Its word in the footer; none for those that everybody finds.
    pub hint: Option<&'static str>,
    /// Its line in the help.
    pub help: &'static str,
}

macro_rules! actions {
    ($($(#[doc = $help:literal])+ $action:ident $name:literal [$($key:literal),*] in [$($context:ident),+] $(hint $hint:literal)?;)+) => {
        /// What a person can ask for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action {
            $($(#[doc = $help])+ $action,)+
        }

        /// The table, in the order of the help.
        pub const TABLE: &[Entry] = &[
            $(Entry {
                action: Action::$action,
                name: $name,
                keys: &[$($key),*],
                contexts: &[$(Context::$context),+],
                hint: actions!(@hint $($hint)?),
                help: concat!($($help),+),
            },)+
        ];
    };
    (@hint) => { None };
    (@hint $hint:literal) => { Some($hint) };
}

actions! {
    /// mark the key and move on
    Mark "mark" ["Space"] in [List] hint "mark";
    /// revoke the marked keys or this one (in My Keys: delete)
    Revoke "revoke" ["x"] in [List] hint "revoke";
    /// rotate the marked keys or this one: a new key takes over
    Rotate "rotate" ["o"] in [List] hint "rotate";
    /// make a new key
    NewKey "new-key" ["n"] in [List] hint "new";
    /// edit the name and the contacts
    Edit "edit" ["e"] in [List];
    /// disable the key, or enable it again
    Disable "disable" ["d"] in [List];
    /// regenerate: a new value for the same key
    Regenerate "regenerate" ["R"] in [List];
    /// list the rotations that are open
    Rotations "rotations" ["O"] in [List, Settings];
    /// filter the list as you type
    Filter "filter" ["/"] in [List] hint "filter";
    /// choose the column to sort by; again to reverse
    Sort "sort" ["s"] in [List] hint "sort";
    /// choose which states are shown
    States "states" ["f"] in [List] hint "states";
    /// choose the columns and their order
    Columns "columns" ["C"] in [List];
    /// show one key in full
    Detail "detail" ["Enter"] in [List] hint "detail";
    /// mark a range: move, then mark; back drops it
    Range "range" ["v"] in [List];
    /// mark all that are shown
    MarkAll "mark-all" ["a"] in [List];
    /// invert the marks of those shown
    InvertMarks "invert-marks" ["A"] in [List];
    /// clear all marks
    ClearMarks "clear-marks" ["\\"] in [List];
    /// show only what is marked, or everything again
    OnlyMarked "only-marked" ["S"] in [List];
    /// copy the id
    CopyId "copy-id" ["y"] in [List, Detail, Calls];
    /// copy the masked value
    CopyMasked "copy-masked" ["Y"] in [List, Detail];
    /// show the key that this one was rotated from
    Older "older-key" ["["] in [Detail];
    /// show the key that this one was rotated to
    Newer "newer-key" ["]"] in [Detail];
    /// load again
    Refresh "refresh" ["ctrl-r"] in [List, Settings];
    /// try another theme
    Themes "themes" ["T"] in [List, Settings];
    /// go to My Keys
    MineTab "my-keys" ["1"] in [List, Settings];
    /// go to Collection Access Keys
    CollectionsTab "collection-access-keys" ["2"] in [List, Settings];
    /// go to Team Keys
    TeamTab "team-keys" ["3"] in [List, Settings];
    /// go to Exposed Keys
    ExposedTab "exposed-keys" ["4"] in [List, Settings];
    /// go to Settings
    SettingsTab "settings" ["5"] in [List, Settings];
    /// go to the next tab, the next field, or complete
    Next "next" ["Tab"] in [List, Settings, Form, Palette];
    /// go to the tab or the field before, or complete the other way
    Previous "previous" ["BackTab"] in [List, Settings, Form, Palette];
    /// move down
    Down "down" ["Down", "j"] in [List, Settings, Help, Palette, Calls, Sort, States, Columns, Detail, Review, Running, Form, Themes, Rotate, Rotations];
    /// move up
    Up "up" ["Up", "k"] in [List, Settings, Help, Palette, Calls, Sort, States, Columns, Detail, Review, Running, Form, Themes, Rotate, Rotations];
    /// move a page down
    PageDown "page-down" ["PageDown"] in [List, Settings, Help, Calls, Detail, Review, Running, Rotate];
    /// move a page up
    PageUp "page-up" ["PageUp"] in [List, Settings, Help, Calls, Detail, Review, Running, Rotate];
    /// move half a page down
    HalfPageDown "half-page-down" ["ctrl-d"] in [List];
    /// move half a page up
    HalfPageUp "half-page-up" ["ctrl-u"] in [List];
    /// go to the first
    Top "top" ["Home", "g g"] in [List, Settings, Calls, Sort, States, Columns, Detail, Review, Running, Themes];
    /// go to the last
    Bottom "bottom" ["End", "G"] in [List, Settings, Calls, Sort, States, Columns, Detail, Review, Running, Themes];
    /// include the key that this console uses, last, or leave it out again
    IncludeOwn "include-own-key" ["i", "Tab"] in [Review];
    /// yes: disable or enable the key, agree to the plan, answer what the rotation asks
    Confirm "confirm" ["y"] in [Review, Ask, Rotate];
    /// act on the marked keys that are shown
    OnlyShown "only-shown" ["s"] in [Choice] hint "the shown";
    /// act on all marked keys, hidden ones too
    AllMarked "all-marked" ["a"] in [Choice] hint "all";
    /// send no more
    Stop "stop" ["c"] in [Running] hint "stop sending";
    /// send the failed ones again
    Retry "retry" ["r"] in [Running] hint "retry the failed";
    /// rotation: go on, or try again what did not work
    GoOn "go-on" ["r"] in [Rotate];
    /// rotation: it was done by hand, or worked all the same
    DoneByHand "done-by-hand" ["d"] in [Rotate];
    /// rotation: go on although this check fails
    Waive "waive" ["w"] in [Rotate];
    /// rotation: see now when the old key was last used
    LookNow "look-now" ["l"] in [Rotate];
    /// rotation: end the overlap now, for a reason
    EndOverlap "end-overlap" ["e"] in [Rotate];
    /// rotation: enable the old key again
    Revive "enable-old" ["v"] in [Rotate];
    /// rotation: change the plan, until the new key is made
    ChangePlan "change-plan" ["p"] in [Rotate];
    /// rotation: take everything back
    RollBack "roll-back" ["b"] in [Rotate, Leave];
    /// rotation: go on to the new key after all
    GoForward "go-forward" ["f"] in [Rotate];
    /// rotation: give it up, and leave everything as it stands
    Abandon "abandon" ["a"] in [Rotate];
    /// rotation: keep it for later
    KeepForLater "keep-for-later" ["Enter", "l"] in [Leave];
    /// choose what the cursor is on
    Choose "choose" ["Enter"] in [Filter, Help, Palette, Sort, Ask, Review, Form, Themes, Rotate, Rotations] hint "choose";
    /// check or clear the box
    Toggle "toggle" ["Space", "Enter"] in [States, Columns] hint "check";
    /// move the column to the left
    Earlier "move-left" ["K", "shift-Up"] in [Columns] hint "left";
    /// move the column to the right
    Later "move-right" ["J", "shift-Down"] in [Columns] hint "right";
    /// show the usual columns again
    UsualColumns "usual-columns" ["r"] in [Columns] hint "as usual";
    /// send the value to the clipboard
    CopySecret "copy-value" ["y"] in [Reveal] hint "copy";
    /// show the value until the next key, 10 s at most
    ShowSecret "show-value" ["Space"] in [Reveal] hint "show";
    /// write the value to a file only you can read
    WriteSecret "write-value" ["w"] in [Reveal] hint "write to a file";
    /// close the dialog; in a list: drop the range, else clear the filter
    Back "back" ["Esc"] in [List, Settings, Filter, Help, Palette, Calls, Sort, States, Columns, Detail, Choice, Review, Running, Form, Reveal, Themes, Ask, Rotate, Leave, Rotations];
    /// close
    Close "close" ["Enter"] in [Detail, Calls, Running];
    /// go back; at the top, quit
    Quit "quit" ["q"] in [List, Settings, Calls, Sort, States, Columns, Themes, Detail, Choice, Review, Running, Rotations];
    /// type what to do, by its name
    Palette "palette" [":"] in [List, Settings, Detail] hint "by name";
    /// show the HTTP calls of this session
    Calls "calls" ["@"] in [List, Settings];
    /// list what can be done here, and do it
    Help "help" ["?"] in [List, Settings, Calls, Detail] hint "all keys";
    /// cancel; twice: quit
    Cancel "cancel" ["ctrl-c"] in [List, Settings, Filter, Help, Palette, Calls, Sort, States, Columns, Detail, Choice, Review, Running, Form, Reveal, Themes, Ask, Rotate, Leave, Rotations];
    /// stop and leave the terminal to the shell; its fg comes back
    Suspend "suspend" ["ctrl-z"] in [List, Settings, Filter, Help, Palette, Calls, Sort, States, Columns, Detail, Choice, Review, Running, Form, Reveal, Themes, Ask, Rotate, Leave, Rotations];
}

impl Action {
    /// The action's row in the table.
    pub fn entry(self) -> &'static Entry {
        &TABLE[self as usize]
    }

    /// Whether it destroys, or is the step before: never on a chord, which is typed by mistake.
    pub fn destroys(self) -> bool {
        matches!(self, Self::Revoke | Self::Confirm | Self::Retry | Self::IncludeOwn | Self::AllMarked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_action_finds_its_own_row_and_names_are_unique() {
        for (row, entry) in TABLE.iter().enumerate() {
            assert_eq!(entry.action.entry().name, entry.name);
            assert!(!entry.keys.is_empty(), "{}", entry.name);
            assert!(TABLE[..row].iter().all(|other| other.name != entry.name), "{}", entry.name);
        }
    }

    #[test]
    fn nothing_that_destroys_is_on_a_chord() {
        for entry in TABLE.iter().filter(|entry| entry.action.destroys()) {
            assert!(entry.keys.iter().all(|key| !key.contains("ctrl-") && !key.contains("alt-")), "{}", entry.name);
        }
    }
}
