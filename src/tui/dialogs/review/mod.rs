//! The review before something is done to keys: its own frozen list, read again when it opens, and the confirmation that
//! must be typed.

use std::collections::{HashMap, HashSet};

use crate::domain::bulk::{Confirmation, Plan, Reading, Summary};
use crate::domain::changes::ChangeId;
use crate::domain::deed::{Deed, Who};
use crate::domain::finding::Finding;
use crate::domain::fresh::{Fresh, Looking};
use crate::domain::ids::KeyId;
use crate::domain::key::Key;
use crate::domain::time::Time;
use crate::domain::untrusted::Untrusted;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::confirm::Confirm;
use crate::tui::keymap::Keymap;
use crate::tui::text;
use crate::tui::text::thousands;
use crate::tui::ticket::Ticket;
use groups::Groups;

pub mod groups;
mod update;
pub mod view;

#[derive(Debug)]
pub struct Review {
    /// What will be sent: frozen, so that what was read is what is done.
    pub plan: Plan,
    /// The keys that will be sent, as a whole.
    pub sum: Summary,
    /// Why keys are left out, each reason once.
    pub left_out: Vec<Reason>,
    /// Where the values were found of keys that are to be enabled.
    pub found: Vec<String>,
    /// Whether the profile is a production one.
    pub production: bool,
    /// What is typed to confirm it.
    pub confirm: Confirm,
    /// How the list is shown by owners, where it is long.
    pub groups: Groups,
    /// The line that is pointed at, where the keys are in groups.
    pub cursor: usize,
    /// The first line of the list shown.
    pub scroll: usize,
    /// The change on disk that it goes on with; none: a new one.
    pub resumes: Option<ChangeId>,
    /// Names the reading of the keys.
    pub ticket: Ticket,
    /// How far that is.
    pub looking: Looking,
    /// Why the keys could not be read again.
    pub not_read: Option<String>,
    /// The findings that are resolved with the keys.
    pub findings: Vec<Finding>,
    /// Findings that were chosen too and lead to no key that can be revoked here.
    pub foreign: Vec<Finding>,
}

/// Columns of the window, where there are as many.
pub const WIDTH: u16 = 78;

/// The most keys that are named one by one among what is left out for one reason.
const NAMED: usize = 2;

/// What stands where in the review's window.
#[derive(Debug)]
pub struct Arrangement {
    /// What will happen, above the list.
    pub top: Vec<String>,
    /// What is left out or included, below it.
    pub below: Vec<(String, Aside)>,
    /// Whether a blank line stands above and below the list.
    pub roomy: bool,
    /// Rows of the window, border included.
    pub height: u16,
    /// Rows of the list.
    pub list: u16,
}

/// What a line below the list is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aside {
    /// How groups are opened.
    Groups,
    /// The keys are being read again.
    Looking,
    /// Where the value of a key was found that is to be enabled.
    Found,
    /// How many findings are resolved with the keys.
    Resolves,
    /// Where one of them is.
    Place,
    /// A finding that leads to another maker's key.
    Foreign,
    /// The keys could not be read again.
    NotRead,
    /// Keys that are left out.
    LeftOut,
    /// The console's own key, left out.
    OwnLeftOut,
    /// The console's own key, included.
    OwnIncluded,
}

impl Review {
    /// A review of `plan`.
    pub fn new(plan: Plan) -> Self {
        let mut review = Self {
            plan,
            sum: Summary::default(),
            left_out: Vec::new(),
            found: Vec::new(),
            production: false,
            confirm: Confirm::default(),
            groups: Groups::default(),
            cursor: 0,
            scroll: 0,
            resumes: None,
            ticket: Ticket::default(),
            looking: Looking::default(),
            not_read: None,
            findings: Vec::new(),
            foreign: Vec::new(),
        };
        review.sum_up();
        // on the first group, below the heading
        review.cursor = usize::from(review.groups.any());
        review
    }

    /// Goes through the keys once for what is shown of all of them.
    fn sum_up(&mut self) {
        let plan = &self.plan;
        self.groups.regroup(plan);
        self.sum = plan.summary();
        let meanwhile = plan.meanwhile.iter().map(|(key, what)| (key, what.words()));
        self.left_out = reasons(meanwhile.chain(plan.left_out.iter().map(|(key, barred)| (key, barred.words()))));
        self.found = if plan.deed == Deed::Enable { found(plan) } else { Vec::new() };
    }

    /// What must be typed.
    pub fn confirmation(&self) -> Confirmation {
        if self.plan.deed.is_final() {
            self.plan.confirmation()
        } else {
            self.plan.confirmation_of_reversible(self.production)
        }
    }

    /// The keys as they are now. What was typed does not count any more.
    pub fn read_again(&mut self, fresh: Fresh, who: &Who<'_>, now: Time) {
        self.plan.read_again(fresh, who, now);
        self.turn();
    }

    /// The keys could not be read again.
    pub fn not_read(&mut self, why: String) {
        self.plan.not_read();
        self.not_read = Some(why);
        self.turn();
    }

    /// Something else stands in the list.
    fn turn(&mut self) {
        self.sum_up();
        self.confirm = Confirm::default();
        self.cursor = self.cursor.min(self.lines().saturating_sub(1));
    }

    /// A character was typed.
    pub fn type_char(&mut self, c: char) {
        self.confirm.type_char(c, self.confirmation());
    }

    /// `y`: true if that confirms.
    pub fn yes(&mut self) -> bool {
        self.confirm.yes(self.confirmation())
    }

    /// Enter: true if what is wanted stands there.
    pub fn enter(&mut self) -> bool {
        self.confirm.enter(self.confirmation())
    }

    /// Includes the console's own key, or leaves it out again. What was typed does not count any more.
    pub fn toggle_own(&mut self) {
        if self.plan.own.is_some() {
            self.plan.include_own = !self.plan.include_own;
            self.turn();
        }
    }

    /// What stands where on a screen of this size.
    pub fn arrange(&self, (columns, rows): (u16, u16), keymap: &Keymap) -> Arrangement {
        let room = usize::from(columns.min(WIDTH).saturating_sub(4));
        let top = text::wrap(&sentence(self, room < 50, keymap), room);
        let wrap =
            |(words, aside): (String, Aside)| text::wrap(&words, room).into_iter().map(move |line| (line, aside));
        let mut below: Vec<(String, Aside)> = self.asides(room, keymap).into_iter().flat_map(wrap).collect();
        // on a small screen the keys come first
        let left = usize::from(rows).saturating_sub(top.len() + below.len() + 3);
        if left < LEAST.min(self.lines()) {
            below = self.brief(self.asides(room, keymap), room, keymap);
        }
        let around = u16::try_from(top.len() + below.len() + 1).unwrap_or(u16::MAX);
        let lines = u16::try_from(self.lines()).unwrap_or(u16::MAX);
        // with the border, and a blank above and below the list where there is room
        let most = rows.saturating_sub(2).max(12).min(rows);
        let height = around.saturating_add(lines).saturating_add(5).min(most);
        let inside = height.saturating_sub(2);
        let roomy = inside > around.saturating_add(lines).saturating_add(1);
        let list = inside.saturating_sub(around + 2 * u16::from(roomy));
        Arrangement { top, below, roomy, height, list }
    }

    /// What stands below the list, unwrapped.
    fn asides(&self, room: usize, keymap: &Keymap) -> Vec<(String, Aside)> {
        let plan = &self.plan;
        let mut asides: Vec<(String, Aside)> = Vec::new();
        if plan.reading == Reading::Looking && self.looking.by_page {
            let page = thousands(self.looking.read);
            asides.push((format!("This backend cannot be asked for them alone: page {page} is read"), Aside::Looking));
        } else if plan.reading == Reading::Looking && self.looking.read > 0 {
            let (read, all) = (thousands(self.looking.read), thousands(plan.count()));
            asides.push((format!("{read} of {all} are read"), Aside::Looking));
        }
        if self.groups.any() {
            let [one, all] =
                [Action::ToggleGroup, Action::ToggleGroups].map(|action| keymap.press(action, Context::Review));
            asides.push((format!("{one} opens or closes an owner's keys, {all} all of them"), Aside::Groups));
        }
        if let Some(why) = &self.not_read {
            let words = format!("They could not be read again, so nobody knows when they were last used: {why}");
            asides.push((words, Aside::NotRead));
        }
        asides.extend(self.found.iter().map(|words| (words.clone(), Aside::Found)));
        asides.extend(resolves(&self.findings));
        asides.extend(foreign(&self.foreign));
        if plan.already_revoked > 0 {
            asides.push((format!("Left out: {} already revoked", keys(plan.already_revoked)), Aside::LeftOut));
        }
        asides.extend(self.left_out.iter().map(|reason| (reason.words(room), Aside::LeftOut)));
        if let Some(own) = &plan.own {
            // a long name must not take the rows in which the keys are read
            let name = text::cut(&own.name.to_string(), room.min(40));
            let key = self.own_key_press(keymap);
            asides.push(if plan.include_own {
                let words = format!("Included, last: {name}, the key this console uses   [{key}] leave it out");
                (words, Aside::OwnIncluded)
            } else {
                let words = format!("Left out: {name}, the key this console uses   [{key}] include it");
                (words, Aside::OwnLeftOut)
            });
        }
        asides
    }

    /// The key that takes the console's own key in, or leaves it out.
    fn own_key_press(&self, keymap: &Keymap) -> String {
        match self.confirmation() {
            // letters are typed into the confirmation
            Confirmation::Characters(_) => keymap.press_beside_text(Action::IncludeOwn, Context::Review),
            _ => keymap.press(Action::IncludeOwn, Context::Review),
        }
    }

    /// What stands below the list where there are few rows: a line each, and what is left out as a number.
    fn brief(&self, asides: Vec<(String, Aside)>, room: usize, keymap: &Keymap) -> Vec<(String, Aside)> {
        let plan = &self.plan;
        let left_out = plan.already_revoked + plan.meanwhile.len() + plan.left_out.len();
        let mut told = false;
        let mut brief = Vec::new();
        for (words, aside) in asides {
            let words = match aside {
                Aside::Groups | Aside::Place => continue,
                Aside::LeftOut if std::mem::replace(&mut told, true) => continue,
                Aside::LeftOut if left_out > 1 => format!("Left out: {}", keys(left_out)),
                Aside::OwnLeftOut | Aside::OwnIncluded => {
                    let key = self.own_key_press(keymap);
                    if plan.include_own {
                        format!("Last: this console's key   [{key}] not")
                    } else {
                        format!("Left out: this console's key   [{key}]")
                    }
                }
                _ => words,
            };
            brief.push((text::cut(&words, room), aside));
        }
        brief
    }

    /// How far the list can be scrolled on a screen of this size.
    pub fn most(&self, size: (u16, u16), keymap: &Keymap) -> usize {
        let list = usize::from(self.arrange(size, keymap).list);
        if self.lines() <= list { 0 } else { (self.lines() + 1).saturating_sub(list) }
    }

    /// The lines of the list: headings, groups and keys.
    pub fn lines(&self) -> usize {
        self.groups.lines(&self.plan)
    }
}

/// The rows of the list that are seen on a screen that is large enough for anything.
const LEAST: usize = 4;

/// The most findings that are named one by one.
const FOUND: usize = 4;

/// The findings that are resolved with the keys.
fn resolves(findings: &[Finding]) -> Vec<(String, Aside)> {
    let count = match findings.len() {
        0 => return Vec::new(),
        1 => "1 finding".to_owned(),
        many => format!("{} findings", thousands(many)),
    };
    let mut lines = vec![(format!("Resolves {count}"), Aside::Resolves)];
    let shown = findings.iter().take(FOUND);
    lines.extend(shown.map(|finding| (format!("  {}: {}", finding.name(), finding.place()), Aside::Place)));
    if findings.len() > FOUND {
        lines.push((format!("  and {} more", thousands(findings.len() - FOUND)), Aside::Place));
    }
    lines
}

/// Other makers' keys, each maker once, and where those are revoked.
fn foreign(findings: &[Finding]) -> Vec<(String, Aside)> {
    let mut makers: Vec<(String, usize)> = Vec::new();
    for finding in findings {
        let words = match finding.vendor() {
            Some(vendor) => format!("of {}, revoked at {}", vendor.name, vendor.revoke_at),
            None => "no key that is known here".to_owned(),
        };
        match makers.iter_mut().find(|(maker, _)| *maker == words) {
            Some((_, count)) => *count += 1,
            None => makers.push((words, 1)),
        }
    }
    makers.into_iter().map(|(words, count)| (format!("Left out: {}, {words}", keys(count)), Aside::Foreign)).collect()
}

/// Where the values of the keys were found, a line each.
fn found(plan: &Plan) -> Vec<String> {
    let named: HashSet<&KeyId> = plan.findings.iter().filter_map(|finding| finding.key_id.as_ref()).collect();
    let keys: HashMap<&KeyId, &Key> =
        plan.keys().filter(|key| named.contains(&key.id)).map(|key| (&key.id, key)).collect();
    let of = |finding: &Finding| keys.get(finding.key_id.as_ref()?).copied();
    let mut lines: Vec<String> = plan
        .findings
        .iter()
        .filter_map(|finding| of(finding).map(|key| format!("! {} {}: {}", key.name, key.masked, finding.place())))
        .collect();
    let more = lines.len().saturating_sub(FOUND);
    lines.truncate(FOUND);
    if more > 0 {
        lines.push(format!("! and in {} more places", thousands(more)));
    }
    lines
}

/// Why some keys are left out.
#[derive(Debug)]
pub struct Reason {
    why: &'static str,
    count: usize,
    /// Name and masked value of the first of them.
    named: Vec<(Untrusted, Untrusted)>,
}

/// Each reason once.
fn reasons<'a>(keys_with_why: impl Iterator<Item = (&'a Key, &'static str)>) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Vec::new();
    for (key, why) in keys_with_why {
        let at = reasons.iter().position(|reason| reason.why == why).unwrap_or_else(|| {
            reasons.push(Reason { why, count: 0, named: Vec::new() });
            reasons.len() - 1
        });
        let reason = &mut reasons[at];
        reason.count += 1;
        if reason.count <= NAMED {
            reason.named.push((key.name.clone(), key.masked.clone()));
        }
    }
    reasons
}

impl Reason {
    /// A few keys by their names, many by their number.
    fn words(&self, room: usize) -> String {
        let Self { why, count, named } = self;
        if *count > NAMED {
            return format!("Left out: {}, {why}", keys(*count));
        }
        let name = |(name, masked): &(Untrusted, Untrusted)| {
            format!("{} {masked}", text::cut(&name.to_string(), room.min(40) / 2))
        };
        let names: Vec<String> = named.iter().map(name).collect();
        format!("Left out: {}, {why}", names.join(" and "))
    }
}

/// What is done: collection access keys are deleted.
fn deed(review: &Review) -> Deed {
    let Summary { api_keys, collection_keys, .. } = review.sum;
    let collection = api_keys == 0 && collection_keys > 0;
    if review.plan.deed.is_final() && collection { Deed::Delete } else { review.plan.deed }
}

fn keys(count: usize) -> String {
    if count == 1 { "1 key".to_owned() } else { format!("{} keys", thousands(count)) }
}

/// What will happen; in a narrow window the rows are needed for the keys.
fn sentence(review: &Review, narrow: bool, keymap: &Keymap) -> String {
    let plan = &review.plan;
    if review.confirmation() == Confirmation::Nothing {
        return "There is no key left that it could be done to.".to_owned();
    }
    let back = keymap.press(Action::Disable, Context::List);
    let first = match plan.deed {
        Deed::Revoke | Deed::Delete => "This cannot be undone.".to_owned(),
        Deed::Disable => format!("{back} enables them again."),
        Deed::Enable if review.sum.exposed => "Whoever found an exposed value can use it again.".to_owned(),
        Deed::Enable => format!("{back} disables them again."),
        Deed::HandOver(_) => "Their values go on working.".to_owned(),
    };
    let told = if plan.deed == Deed::Enable {
        " What uses them works again at once."
    } else if plan.deed.recipient().is_some() {
        " Only who answers for them is another."
    } else if review.sum.collection_keys == 0 {
        " What uses them stops working at once."
    } else {
        " Who reads these collections with them is locked out at once."
    };
    let words = if narrow { first } else { format!("{first}{told}") };
    if plan.count() <= 1 { words.replace("them", "it").replace("these collections", "this collection") } else { words }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::key::Key;

    fn review(keys: &[&str]) -> Review {
        let keys = keys.iter().map(|id| Key { masked: "kdk_…9fQ2".into(), ..Key::sample(id) });
        let plan = Plan::new(keys, Some(&"own".into()), crate::domain::time::Time::default());
        Review::new(plan)
    }

    #[test]
    fn one_key_takes_its_last_four_and_never_y_or_enter_alone() {
        let mut one = review(&["a"]);
        assert!(!one.enter() && !one.yes());
        "9fQ".chars().for_each(|c| one.type_char(c));
        assert!(!one.enter());
        "9fq2".chars().for_each(|c| one.type_char(c));
        assert!(!one.enter(), "in the case of the value");
        "9fQ2".chars().for_each(|c| one.type_char(c));
        assert!(!one.yes());
        assert!(one.enter());
    }

    #[test]
    fn several_take_their_number_and_never_y() {
        let mut three = review(&["a", "b", "c"]);
        assert!(!three.yes());
        assert!(!three.enter());
        three.type_char('2');
        assert!(!three.enter());
        assert_eq!(three.confirm.typed, "");
        three.type_char('3');
        assert!(three.enter());
    }

    #[test]
    fn including_the_own_key_voids_what_was_typed() {
        let mut review = review(&["a", "own", "b"]);
        review.type_char('2');
        review.toggle_own();
        assert!(!review.enter());
        review.type_char('3');
        assert!(review.enter());
    }

    #[test]
    fn the_own_key_alone_is_left_out_until_asked_for() {
        let mut review = review(&["own"]);
        assert_eq!(review.plan.count(), 0);
        assert!(!review.yes() && !review.enter());
        review.toggle_own();
        assert_eq!(review.confirmation().typed().as_deref(), Some("9fQ2"));
    }
}
