//! The one table of actions: what a person can ask for, its name in the config file, its keys, where it applies, and its
//! line in the help. The footer, `?`, the README's table and the tests read it.

/// Where a key press is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// A tab with a list.
    List,
    /// The Exposed Keys tab, a list of findings.
    Exposed,
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
    /// One finding in full.
    Finding,
    /// "The 9 shown or all 12?"
    Choice,
    /// "Disable it?"
    Ask,
    /// The review of staged settings.
    Policy,
    /// What becomes of the keys of somebody who leaves.
    Offboard,
    /// The review before a revoke.
    Review,
    /// A change of many keys under way or over.
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
    /// The changes of many keys that were cut short.
    Changes,
    /// An incident: a leak that is being contained.
    Contain,
    /// The keys that have to do with a leaked one.
    Hunt,
    /// The incidents that were cut short.
    Incidents,
    /// What people are told of their keys.
    Notices,
    /// Campaigns: owner by state, and into each.
    Campaigns,
    /// A page to read: what the filter understands, or a chapter of the manual.
    Page,
    /// The filters that go by a name.
    Views,
    /// The name of a filter to be saved.
    ViewName,
    /// The profiles to go to.
    Profiles,
    /// A picture of the list: its map, its owners, what expires when.
    Picture,
}

impl Context {
    /// Every context.
    pub const ALL: [Self; 35] = [
        Self::List,
        Self::Exposed,
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
        Self::Finding,
        Self::Choice,
        Self::Ask,
        Self::Policy,
        Self::Offboard,
        Self::Review,
        Self::Running,
        Self::Form,
        Self::Reveal,
        Self::Rotate,
        Self::Leave,
        Self::Rotations,
        Self::Changes,
        Self::Contain,
        Self::Hunt,
        Self::Incidents,
        Self::Notices,
        Self::Campaigns,
        Self::Page,
        Self::Views,
        Self::ViewName,
        Self::Profiles,
        Self::Picture,
    ];

    /// Whether printable keys are text here, and never actions.
    pub fn takes_text(self) -> bool {
        matches!(self, Self::Filter | Self::Help | Self::Palette | Self::Form | Self::ViewName)
    }

    /// What the context is called in messages and the README.
    pub fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Exposed => "exposed",
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
            Self::Finding => "finding",
            Self::Choice => "choice",
            Self::Ask => "ask",
            Self::Policy => "policy",
            Self::Offboard => "offboard",
            Self::Review => "review",
            Self::Running => "running",
            Self::Form => "form",
            Self::Reveal => "reveal",
            Self::Rotate => "rotate",
            Self::Leave => "leave",
            Self::Rotations => "rotations",
            Self::Changes => "changes",
            Self::Contain => "contain",
            Self::Hunt => "hunt",
            Self::Incidents => "incidents",
            Self::Notices => "notices",
            Self::Campaigns => "campaigns",
            Self::Page => "page",
            Self::Views => "views",
            Self::ViewName => "view-name",
            Self::Profiles => "profiles",
            Self::Picture => "picture",
        }
    }
}

/// What must be typed to close the reveal of a value without having taken the value.
pub const DISCARD: &str = "discard";

/// What an action may come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It only looks, goes somewhere or chooses; whatever is changed after it asks for a permission of its own.
    Reads,
    /// It changes something at the backend or in a place, or is the step before: it needs the session's permission.
    Writes,
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
    /// Whether it may come to a change.
    pub access: Access,
    /// Where it applies.
    pub contexts: &'static [Context],
    /// Its word in the footer; none for those that everybody finds.
    pub hint: Option<&'static str>,
    /// Its line in the help.
    pub help: &'static str,
}

macro_rules! actions {
    ($($(#[doc = $help:literal])+ $action:ident $name:literal [$($key:literal),*] $access:ident in [$($context:ident),+] $(hint $hint:literal)?;)+) => {
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
                access: actions!(@access $access),
                contexts: &[$(Context::$context),+],
                hint: actions!(@hint $($hint)?),
                help: concat!($($help),+),
            },)+
        ];
    };
    (@access reads) => { Access::Reads };
    (@access writes) => { Access::Writes };
    (@hint) => { None };
    (@hint $hint:literal) => { Some($hint) };
}

actions! {
    /// mark the key and move on
    Mark "mark" ["Space"] reads in [List, Exposed, Hunt] hint "mark";
    /// revoke the marked keys or this one (in My Keys: delete; in Exposed Keys: the keys behind the findings)
    Revoke "revoke" ["x"] writes in [List, Exposed, Finding, Picture] hint "revoke";
    /// rotate the marked keys or this one: a new key takes over
    Rotate "rotate" ["o"] writes in [List, Exposed, Picture] hint "rotate";
    /// make a new key; where the backend lists none, write one down
    NewKey "new-key" ["n"] writes in [List, Exposed] hint "new";
    /// edit the name and the contacts, or what is written down of the key
    Edit "edit" ["e"] writes in [List, Exposed];
    /// disable the key, or enable it again (in Exposed Keys: disable the keys behind the findings)
    Disable "disable" ["d"] writes in [List, Exposed, Finding, Picture];
    /// hand the marked keys or this one over: another owner, the same value
    HandOver "hand-over" ["h"] writes in [List];
    /// off-board somebody: see what stops, choose what becomes of each key, then deactivate them
    Offboard "offboard" ["B"] writes in [List, Exposed, Settings];
    /// regenerate: a new value for the same key
    Regenerate "regenerate" ["R"] writes in [List, Exposed];
    /// forget a key that is written down here; it is not revoked
    StopTracking "stop-tracking" ["D"] writes in [List];
    /// ask whether the value of a key that is written down here is accepted
    Probe "probe" ["P"] reads in [List];
    /// resolve the marked findings or this one as false positives
    FalsePositive "false-positive" ["p"] writes in [Exposed, Finding] hint "false positive";
    /// accept the risk of the marked findings or of this one
    AcceptRisk "accept-risk" ["c"] writes in [Exposed, Finding] hint "accept";
    /// watch: look every 30 s, and ring the bell on a new finding
    Watch "watch" ["w"] reads in [Exposed] hint "watch";
    /// go to the row's key in Team Keys, and back
    GoToKey "go-to-key" ["L"] reads in [List, Exposed, Finding];
    /// read more of the places where the secret stands
    MorePlaces "more-places" ["m"] reads in [Finding];
    /// contain a leak: paste what leaked, see whose it is, end it, and have it proven dead
    Contain "contain" ["!"] reads in [List, Exposed, Settings];
    /// list the incidents that were cut short
    Incidents "incidents" ["I"] reads in [List, Exposed, Settings];
    /// list the rotations that are open
    Rotations "rotations" ["O"] reads in [List, Exposed, Settings];
    /// list the changes of many keys that were cut short
    Changes "changes" ["U"] reads in [List, Exposed, Settings];
    /// list what people are told of their keys, and whether it was sent
    Notices "notices" ["N"] reads in [List, Exposed, Settings];
    /// show the campaigns: which keys are rotated by when, owner by state
    Campaign "campaign" ["K"] reads in [List, Exposed, Settings];
    /// campaign: the state before
    StateBefore "state-before" ["Left", "h"] reads in [Campaigns];
    /// campaign: the next state
    StateAfter "state-after" ["Right", "l"] reads in [Campaigns];
    /// campaign: copy the command that helps the key under the cursor
    CopyCommand "copy-command" ["c"] reads in [Campaigns];
    /// edit the setting under the cursor: what is entered is staged
    EditSetting "edit-setting" ["Enter"] reads in [Settings] hint "edit";
    /// take back what is staged of the setting under the cursor
    Unstage "unstage" ["u"] reads in [Settings];
    /// review what is staged, and save it
    ReviewSettings "review-settings" ["ctrl-s"] writes in [Settings] hint "review";
    /// explain the setting under the cursor
    ExplainSetting "explain-setting" ["F1"] reads in [Settings] hint "explain";
    /// revoke every key there is, once the name of who has them is typed
    RevokeAll "revoke-all" ["X"] writes in [Settings];
    /// list the keys that a change of the settings hits
    ListHit "list-hit" ["l"] reads in [Policy];
    /// spread what would end on one day over some days, more, or not
    Spread "spread" ["s"] reads in [Policy];
    /// revoke the keys that are exposed now, with the change
    RevokeExposed "revoke-exposed" ["r"] reads in [Policy];
    /// leave the keys that are exposed now as they are
    LeaveExposed "leave-exposed" ["e"] reads in [Policy];
    /// off-boarding: the key goes on working, with another owner
    FateHandOver "give-to-another" ["h"] reads in [Offboard];
    /// off-boarding: the key is disabled, also should its owner come back
    FateDisable "end-by-disabling" ["d"] reads in [Offboard];
    /// off-boarding: the key is revoked, for ever
    FateRevoke "end-by-revoking" ["x"] reads in [Offboard];
    /// off-boarding: the key stops with its owner, and works again should they come back
    FateStop "stop-with-owner" ["s"] reads in [Offboard];
    /// off-boarding: every key as the one under the cursor
    AllAlike "all-alike" ["a"] reads in [Offboard];
    /// disable the key for 10 minutes: does anything break?
    ForAWhile "for-10-minutes" ["m"] writes in [Ask];
    /// filter the list as you type
    Filter "filter" ["/"] reads in [List, Exposed] hint "filter";
    /// filter by a view, or save this filter as one
    Views "views" ["'"] reads in [List, Exposed];
    /// explain what the filter understands (also ? in its empty box)
    Language "filter-language" ["F1"] reads in [List, Exposed, Filter];
    /// choose the column to sort by; again to reverse
    Sort "sort" ["s"] reads in [List, Exposed] hint "sort";
    /// choose which states are shown
    States "states" ["f"] reads in [List, Exposed, Notices] hint "states";
    /// choose the columns and their order
    Columns "columns" ["C"] reads in [List, Exposed];
    /// map of the keys: the age of their values by their last use; each cell is a filter
    Map "map" ["m"] reads in [List, Picture];
    /// group the keys by owner; again: by something else
    Group "group" ["b"] reads in [List, Picture];
    /// see what expires when, and what of it is still used
    Expiry "expiry" ["t"] reads in [List, Picture];
    /// mark the keys of a cell or a line, or take their marks away
    MarkCell "mark-cell" ["a", "Space"] reads in [Picture];
    /// move to the left, or group by the one before
    Left "left" ["Left", "h"] reads in [Picture];
    /// move to the right, or group by the next
    Right "right" ["Right", "l"] reads in [Picture];
    /// show one key in full
    Detail "detail" ["Enter"] reads in [List, Exposed] hint "detail";
    /// mark a range: move, then mark; back drops it
    Range "range" ["v"] reads in [List, Exposed];
    /// mark all that are shown
    MarkAll "mark-all" ["a"] reads in [List, Exposed, Hunt];
    /// invert the marks of those shown
    InvertMarks "invert-marks" ["A"] reads in [List, Exposed];
    /// clear all marks
    ClearMarks "clear-marks" ["\\"] reads in [List, Exposed];
    /// bring the last marks back
    LastMarks "last-marks" ["u"] reads in [List, Exposed];
    /// show only what is marked, or everything again
    OnlyMarked "only-marked" ["S"] reads in [List, Exposed];
    /// copy the id
    CopyId "copy-id" ["y"] reads in [List, Exposed, Detail, Finding, Calls, Notices, Campaigns];
    /// copy the masked value
    CopyMasked "copy-masked" ["Y"] reads in [List, Exposed, Detail, Finding];
    /// show the key that this one was rotated from
    Older "older-key" ["["] reads in [Detail];
    /// show the key that this one was rotated to
    Newer "newer-key" ["]"] reads in [Detail];
    /// load again
    Refresh "refresh" ["ctrl-r"] reads in [List, Exposed, Settings, Notices, Campaigns];
    /// try another theme
    Themes "themes" ["T"] reads in [List, Exposed, Settings];
    /// go to My Keys
    MineTab "my-keys" ["1"] reads in [List, Exposed, Settings];
    /// go to Collection Access Keys
    CollectionsTab "collection-access-keys" ["2"] reads in [List, Exposed, Settings];
    /// go to Team Keys
    TeamTab "team-keys" ["3"] reads in [List, Exposed, Settings];
    /// go to Exposed Keys
    ExposedTab "exposed-keys" ["4"] reads in [List, Exposed, Settings];
    /// go to Settings
    SettingsTab "settings" ["5"] reads in [List, Exposed, Settings];
    /// go to the next tab, the next field, the next campaign, or complete
    Next "next" ["Tab"] reads in [List, Exposed, Settings, Form, Palette, Filter, Campaigns];
    /// go to the tab, the field or the campaign before, or complete the other way
    Previous "previous" ["BackTab"] reads in [List, Exposed, Settings, Form, Palette, Filter, Campaigns];
    /// move down
    Down "down" ["Down", "j"] reads in [List, Exposed, Settings, Help, Palette, Calls, Sort, States, Columns, Detail, Finding, Review, Running, Form, Themes, Rotate, Rotations, Changes, Contain, Hunt, Incidents, Notices, Filter, Page, Views, Policy, Profiles, Offboard, Picture, Campaigns];
    /// move up
    Up "up" ["Up", "k"] reads in [List, Exposed, Settings, Help, Palette, Calls, Sort, States, Columns, Detail, Finding, Review, Running, Form, Themes, Rotate, Rotations, Changes, Contain, Hunt, Incidents, Notices, Filter, Page, Views, Policy, Profiles, Offboard, Picture, Campaigns];
    /// move a page down
    PageDown "page-down" ["PageDown"] reads in [List, Exposed, Settings, Help, Calls, Detail, Finding, Review, Running, Rotate, Contain, Notices, Hunt, Page, Policy, Profiles, Offboard, Picture, Campaigns];
    /// move a page up
    PageUp "page-up" ["PageUp"] reads in [List, Exposed, Settings, Help, Calls, Detail, Finding, Review, Running, Rotate, Contain, Notices, Hunt, Page, Policy, Profiles, Offboard, Picture, Campaigns];
    /// move half a page down
    HalfPageDown "half-page-down" ["ctrl-d"] reads in [List, Exposed];
    /// move half a page up
    HalfPageUp "half-page-up" ["ctrl-u"] reads in [List, Exposed];
    /// go to the first
    Top "top" ["Home", "g g"] reads in [List, Exposed, Settings, Calls, Sort, States, Columns, Detail, Finding, Review, Running, Contain, Notices, Hunt, Themes, Page, Views, Policy, Profiles, Offboard, Picture, Campaigns];
    /// go to the last
    Bottom "bottom" ["End", "G"] reads in [List, Exposed, Settings, Calls, Sort, States, Columns, Detail, Finding, Review, Running, Contain, Notices, Hunt, Themes, Page, Views, Policy, Profiles, Offboard, Picture, Campaigns];
    /// include the key that this console uses, last, or leave it out again
    IncludeOwn "include-own-key" ["i", "Tab"] reads in [Review];
    /// in a review of many keys: open the owner's group, or close it
    ToggleGroup "toggle-group" ["Space"] reads in [Review];
    /// in a review of many keys: open all groups, or close them
    ToggleGroups "toggle-groups" ["a"] reads in [Review];
    /// yes: disable or enable the key, agree to the plan, answer what the rotation asks
    Confirm "confirm" ["y"] writes in [Review, Ask, Rotate, Policy];
    /// act on the marked keys that are shown
    OnlyShown "only-shown" ["s"] reads in [Choice] hint "the shown";
    /// act on all marked keys, hidden ones too
    AllMarked "all-marked" ["a"] reads in [Choice] hint "all";
    /// send no more
    Stop "stop" ["c"] reads in [Running] hint "stop sending";
    /// save what became of each in files only you can read
    SaveResults "save-results" ["w"] reads in [Running] hint "save";
    /// send the failed ones again
    Retry "retry" ["r"] writes in [Running] hint "retry the failed";
    /// contain: revoke the leaked key now, for ever
    RevokeNow "revoke-now" ["x"] writes in [Contain, Hunt];
    /// contain: replace your own key; the server ends this one at a deadline
    ReplaceThenRevoke "replace-then-revoke" ["w"] writes in [Contain];
    /// contain: freeze the key: disable it, which can be taken back
    Freeze "freeze" ["d"] writes in [Contain, Hunt];
    /// contain: let the pasted key delete itself, where your own right does not reach it
    DeleteItself "delete-itself" ["s"] writes in [Contain];
    /// contain: leave the key as it is
    LeaveIt "leave-it" ["l"] reads in [Contain];
    /// contain: stop trying whether it is refused
    StopProving "stop-proving" ["c"] reads in [Contain];
    /// contain: write the evidence as it stands, to be taken up again
    WriteDown "write-down" ["e"] reads in [Contain];
    /// leave the change as it is, and offer it no more
    Forget "forget" ["f"] reads in [Changes];
    /// go on with the rotation or the containing, or try again what did not work
    GoOn "go-on" ["r"] writes in [Rotate, Contain];
    /// rotation: it was done by hand, or worked all the same
    DoneByHand "done-by-hand" ["d"] writes in [Rotate];
    /// rotation: go on although this check fails
    Waive "waive" ["w"] writes in [Rotate];
    /// rotation: paste the value that is asked for, masked: the new key's, or the old one's
    GiveValue "give-value" ["n"] writes in [Rotate];
    /// rotation: see now when the old key was last used
    LookNow "look-now" ["l"] writes in [Rotate];
    /// rotation: end the overlap now, for a reason
    EndOverlap "end-overlap" ["e"] writes in [Rotate];
    /// rotation: enable the old key again
    Revive "enable-old" ["v"] writes in [Rotate];
    /// rotation: change the plan, until the new key is made
    ChangePlan "change-plan" ["p"] writes in [Rotate];
    /// rotation: take everything back
    RollBack "roll-back" ["b"] writes in [Rotate, Leave];
    /// rotation: go on to the new key after all
    GoForward "go-forward" ["f"] writes in [Rotate];
    /// rotation: give it up, and leave everything as it stands
    Abandon "abandon" ["a"] writes in [Rotate];
    /// rotation: keep it for later
    KeepForLater "keep-for-later" ["Enter", "l"] reads in [Leave];
    /// choose what the cursor is on
    Choose "choose" ["Enter"] reads in [Filter, Help, Palette, Sort, Ask, Review, Form, Themes, Rotate, Rotations, Changes, Contain, Hunt, Incidents, Views, ViewName, Policy, Profiles, Offboard, Picture, Campaigns] hint "choose";
    /// check or clear the box
    Toggle "toggle" ["Space", "Enter"] reads in [States, Columns] hint "check";
    /// then by this column, for rows alike in the first; again: the other way, then not
    ThenBy "then-by" ["Space"] reads in [Sort] hint "then by";
    /// move the column to the left
    Earlier "move-left" ["K", "shift-Up"] reads in [Columns] hint "left";
    /// move the column to the right
    Later "move-right" ["J", "shift-Down"] reads in [Columns] hint "right";
    /// show the usual columns again
    UsualColumns "usual-columns" ["r"] reads in [Columns] hint "as usual";
    /// save the present filter under a name
    SaveView "save-view" ["w"] reads in [Views] hint "save";
    /// take a saved view away
    RemoveView "remove-view" ["d"] reads in [Views] hint "take away";
    /// send the value to the clipboard
    CopySecret "copy-value" ["y"] reads in [Reveal] hint "copy";
    /// show the value until the next key, 10 s at most
    ShowSecret "show-value" ["Space"] reads in [Reveal] hint "show";
    /// write the value to a file only you can read
    WriteSecret "write-value" ["w"] reads in [Reveal] hint "write to a file";
    /// close the dialog; in a list: drop the range, else clear the filter
    Back "back" ["Esc"] reads in [List, Exposed, Settings, Filter, Help, Palette, Calls, Sort, States, Columns, Detail, Finding, Choice, Review, Running, Form, Reveal, Themes, Ask, Rotate, Leave, Rotations, Changes, Contain, Hunt, Incidents, Notices, Page, Views, ViewName, Policy, Profiles, Offboard, Picture, Campaigns];
    /// close
    Close "close" ["Enter"] reads in [Detail, Finding, Calls, Running, Page, Notices];
    /// go back; at the top, quit
    Quit "quit" ["q"] reads in [List, Exposed, Settings, Calls, Sort, States, Columns, Themes, Detail, Finding, Choice, Review, Running, Rotations, Changes, Contain, Hunt, Incidents, Notices, Page, Views, Profiles, Offboard, Picture, Campaigns];
    /// type what to do, by its name
    Palette "palette" [":"] reads in [List, Exposed, Settings, Detail, Finding] hint "by name";
    /// go to another profile: the dialogs and marks of this one go
    Profiles "profiles" ["ctrl-p"] reads in [List, Exposed, Settings, Calls, Detail, Finding, Review, Running, Form, Rotate, Rotations, Changes, Contain, Incidents, Page, Policy, Picture, Campaigns];
    /// unlock a read-only profile for a time, with a reason; or lock it again
    Unlock "unlock" ["W"] reads in [List, Exposed, Settings];
    /// show the HTTP calls of this session
    Calls "calls" ["@"] reads in [List, Exposed, Settings];
    /// list what can be done here, and do it
    Help "help" ["?"] reads in [List, Exposed, Settings, Calls, Detail, Finding, Picture] hint "all keys";
    /// cancel; twice: quit
    Cancel "cancel" ["ctrl-c"] reads in [List, Exposed, Settings, Filter, Help, Palette, Calls, Sort, States, Columns, Detail, Finding, Choice, Review, Running, Form, Reveal, Themes, Ask, Rotate, Leave, Rotations, Changes, Contain, Hunt, Incidents, Notices, Page, Views, ViewName, Policy, Profiles, Offboard, Picture, Campaigns];
    /// draw the screen anew, where something else wrote on it
    Redraw "redraw" ["ctrl-l"] reads in [List, Exposed, Settings, Filter, Help, Palette, Calls, Sort, States, Columns, Detail, Finding, Choice, Review, Running, Form, Reveal, Themes, Ask, Rotate, Leave, Rotations, Changes, Contain, Hunt, Incidents, Notices, Page, Views, ViewName, Policy, Profiles, Offboard, Picture, Campaigns];
    /// stop and leave the terminal to the shell; its fg comes back
    Suspend "suspend" ["ctrl-z"] reads in [List, Exposed, Settings, Filter, Help, Palette, Calls, Sort, States, Columns, Detail, Finding, Choice, Review, Running, Form, Reveal, Themes, Ask, Rotate, Leave, Rotations, Changes, Contain, Hunt, Incidents, Notices, Page, Views, ViewName, Policy, Profiles, Offboard, Picture, Campaigns];
}

impl Action {
    /// The action's row in the table.
    pub fn entry(self) -> &'static Entry {
        &TABLE[self as usize]
    }

    /// Whether it destroys, or is the step before: never on a chord, which is typed by mistake.
    pub fn destroys(self) -> bool {
        matches!(
            self,
            Self::Revoke | Self::RevokeAll | Self::Confirm | Self::Retry | Self::IncludeOwn | Self::AllMarked
        )
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
