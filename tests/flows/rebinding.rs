//! Keys of one's own: what they do, and that everything that names a key names the bound one.

use std::path::Path;

use keydeck::client::error::ErrorKind;
use keydeck::config::Config;
use keydeck::domain::listing::Scope;
use keydeck::tui::Bindings;
use keydeck::tui::effect::Effect;
use keydeck::tui::event::{Event, Slot};

use crate::ui::Ui;

pub fn bind(ui: &mut Ui, keys: &str) {
    let config = Config::parse(&format!("[keys]\n{keys}"), Path::new("config.toml")).unwrap();
    let bindings = Bindings::read(&config.keys);
    assert_eq!(bindings.problems, []);
    ui.app.keymap = bindings.keymap;
}

/// Everything on a key that it is not on otherwise.
const ELSEWHERE: &str = "
revoke = ['Delete']
confirm = ['J']
include-own-key = ['I']
refresh = ['F5']
disable = ['F6']
back = ['F1']
cancel = ['F2']
quit = ['Q']
help = ['F3']
choose = ['F4']
filter = ['F7']
states = ['F8']
only-marked = ['F9']
team-keys = ['T']
themes = ['t']
close = ['F10']
stop = ['F11']
retry = ['F12']
only-shown = ['1']
all-marked = ['2']
toggle = ['Insert']
copy-value = ['C']
show-value = ['V']
write-value = ['W']
copy-id = ['p']
copy-masked = ['P']
new-key = ['N']
clear-marks = ['0']
next = ['Right']
previous = ['Left']
down = ['j', 'ctrl-n']
up = ['k', 'ctrl-p']
sort = ['o']
then-by = ['m']
";

#[test]
fn a_bound_key_does_it_and_the_old_one_does_not() {
    let mut ui = Ui::team();
    bind(&mut ui, "revoke = ['X', 'Delete']\n'x' = 'mark'");
    ui.keys("jjjx");
    assert_eq!((ui.marked().len(), ui.dialogs().len()), (1, 0));
    ui.keys("<Delete>");
    assert_eq!(ui.dialogs(), ["review"]);
}

#[test]
fn a_sequence_is_waited_for_and_what_is_left_of_it_is_heard() {
    let mut ui = Ui::team();
    bind(&mut ui, "revoke = ['x x']");
    ui.keys("jjjx");
    assert!(ui.dialogs().is_empty());
    ui.keys("j");
    assert_eq!(ui.cursor(), team_keys_in_order(4));
    ui.keys("xx");
    assert_eq!(ui.dialogs(), ["review"]);
}

fn team_keys_in_order(at: usize) -> String {
    let mut ui = Ui::team();
    ui.keys(&"j".repeat(at));
    ui.cursor()
}

#[test]
fn a_held_key_never_confirms_what_it_opened() {
    let mut ui = Ui::team();
    bind(&mut ui, "revoke = ['Delete']\nconfirm = ['J']");
    ui.keys("jjj<Delete>");
    for _ in 0..20 {
        ui.later("<Delete>");
    }
    assert_eq!(ui.dialogs(), ["review"]);
    ui.keys("003K<Enter>");
    assert_eq!(ui.dialogs(), ["running"]);
    let mut ui = Ui::team();
    bind(&mut ui, "disable = ['F6']\nconfirm = ['J']");
    ui.keys("jjj<F6>").later("<F6>y");
    assert_eq!(ui.take(), []);
    ui.keys("J");
    assert_eq!(ui.take().len(), 1);
}

#[test]
fn the_ways_out_work_where_they_were_moved_to() {
    let mut ui = Ui::team();
    bind(&mut ui, ELSEWHERE);
    ui.keys("jjj<Delete><F1>");
    assert!(ui.dialogs().is_empty(), "heard while the review is deaf");
    ui.keys("<F7>ana<F1>o<F1>");
    assert_eq!(ui.dialogs(), [""; 0]);
    ui.happen(Event::Resize(10, 3)).keys("qQ");
    assert_eq!(ui.take(), [Effect::Quit]);
    assert!(ui.screen().contains("keydeck"));
    ui.keys("<F2><F2>");
    assert_eq!(ui.take(), [Effect::Quit]);
}

/// With other keys, none of the default ones may be left in what is shown.
#[test]
fn everything_that_names_a_key_names_the_bound_one() {
    for (keys, later, shown) in [
        ("jjj<Delete>", "", "Type 003K and F4 to revoke it"),
        ("a<Delete>", "", "[I] include it"),
        ("jjj<F6>", "", "J disable it"),
        ("jjj<F6>", "<F4>", "F4 alone never does it: press J"),
        ("jjj<F6>", "", "until F6 enables it again"),
        ("o", "", "F4 turns it round"),
        ("<F8>", "", "Insert check"),
        ("t", "", "F1 as before"),
        ("<Enter>", "", "p copy the id"),
        ("<F3>", "", "F4 do it"),
        ("<F7>nothing-like-it<F4>", "", "F1 clears it"),
        ("<F7>owner", "", "owner"),
        ("<F7>owner:", "<F4>", "F1 takes it back"),
        ("a<F7>ben<F4><Delete>", "", "1 the "),
        ("jjj<Delete>", "003K<F4>", "F11 stop sending"),
        ("<F2>", "", "F2 again quits"),
        ("N", "", "F4 next field"),
    ] {
        let mut ui = Ui::team();
        bind(&mut ui, ELSEWHERE);
        ui.keys(keys);
        if !later.is_empty() {
            ui.later(later);
        }
        let screen = ui.screen();
        let joined = screen.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(joined.contains(shown), "{keys}: {shown}\n{screen}");
        for default in ["ctrl-r", "ctrl-c", "Esc", "Enter", "BackTab", "Space"] {
            assert!(keys == "<Enter>" || keys == "<F3>" || !screen.contains(default), "{keys}: {default}\n{screen}");
        }
    }
    let mut ui = Ui::team();
    bind(&mut ui, ELSEWHERE);
    ui.keys("<F5>").fail(Slot::Keys(Scope::Team), ErrorKind::Unreachable);
    assert!(ui.message().ends_with("F5 tries again"), "{}", ui.message());
}

#[test]
fn an_action_without_a_key_is_reached_by_the_help() {
    let mut ui = Ui::team();
    bind(&mut ui, "refresh = []\ndisable = []");
    ui.keys("d<ctrl-r>");
    assert_eq!((ui.take(), ui.dialogs().len()), (Vec::new(), 0));
    ui.keys("?refresh<Enter>");
    assert!(ui.take().iter().any(|effect| matches!(effect, Effect::Load(..))));
    ui.fail(Slot::Keys(Scope::Team), ErrorKind::Unreachable);
    assert!(ui.message().ends_with("? refresh tries again"), "{}", ui.message());
}
