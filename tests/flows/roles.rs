//! Who may see what, and what a tab that may not be used does.

use keydeck::client::capabilities::{Capabilities, Capability};
use keydeck::domain;
use keydeck::domain::listing::Scope;
use keydeck::domain::team::{Me, Role};
use keydeck::tui::action::{Access, Context, Entry, TABLE};
use keydeck::tui::effect::{Effect, Write};
use keydeck::tui::event::Slot;
use keydeck::tui::session::Session;

use rstest::rstest;

use crate::ui::{Ui, collection_keys, me, my_keys, session, team_keys};

#[test]
fn a_member_sees_why_and_an_admins_lists_are_never_read() {
    let mut ui = Ui::new((80, 24));
    ui.me(me(Role::User)).load(Scope::Mine, my_keys());
    for keys in ["3<ctrl-r>", "4<ctrl-r>", "1<ctrl-r>"] {
        ui.keys(keys);
    }
    assert!(!ui.was_read(Slot::Keys(Scope::Team)) && !ui.was_read(Slot::Findings));
    ui.keys("3");
    assert!(ui.screen().contains("only an admin sees Team Keys"), "{}", ui.screen());
    ui.keys("4");
    assert!(ui.screen().contains("only an admin sees Exposed Keys"), "{}", ui.screen());
}

#[test]
fn in_a_tab_that_may_not_be_used_every_key_but_those_that_leave_says_why() {
    let mut ui = Ui::new((80, 24));
    ui.me(me(Role::User)).keys("3").take();
    for keys in ["x", "n", "<Space>", "/", "s", "f", "<Enter>", "y", "v", "a"] {
        ui.keys(keys);
        assert!(ui.message().contains("only an admin"), "{keys}: {}", ui.message());
        assert!(ui.dialogs().is_empty() && ui.take().is_empty(), "{keys}");
    }
    ui.keys("1");
    assert_eq!(ui.message(), "");
}

#[test]
fn an_admin_and_a_superadmin_see_everything() {
    for role in [Role::Admin, Role::Superadmin] {
        let mut ui = Ui::new((80, 24));
        ui.me(me(role.clone())).load(Scope::Team, team_keys());
        assert!(ui.was_read(Slot::Findings), "{role}");
        ui.keys("3");
        assert_eq!(ui.shown().len(), 8);
    }
}

#[test]
fn who_is_no_admin_any_more_acts_on_nothing_that_is_not_shown() {
    let mut ui = Ui::team();
    ui.keys("a<ctrl-r>").me(me(Role::User)).take();
    ui.keys("x").later("6<Enter>");
    assert!(ui.dialogs().is_empty());
    assert!(!ui.take().iter().any(|effect| matches!(effect, Effect::Write(_, Write::Bulk(..)))));
}

#[test]
fn what_a_backend_cannot_do_is_said_and_never_asked() {
    let capabilities = Capabilities::all()
        .without(Capability::TeamKeys, "the API lists no team keys: see the website")
        .without(Capability::Settings, "no settings in this API");
    let mut ui = Ui::on(Session { capabilities, ..session() }, (80, 24));
    ui.me(me(Role::Admin)).keys("3<ctrl-r>5<ctrl-r>");
    assert!(!ui.was_read(Slot::Keys(Scope::Team)) && !ui.was_read(Slot::Settings));
    assert!(ui.screen().contains("no settings in this API"));
    ui.keys("3");
    assert!(ui.screen().contains("see the website"));
}

/// Every action that the table calls a write, in whichever tab it is pressed, is answered on a read-only profile, and opens
/// or changes nothing.
#[test]
fn every_write_is_answered_on_a_read_only_profile() {
    let writes = TABLE.iter().filter(|entry| entry.access == Access::Writes && entry.contexts.contains(&Context::List));
    let writes: Vec<&Entry> = writes.collect();
    assert!(writes.len() >= 6, "{writes:?}");
    for tab in ["1", "2", "3", "4"] {
        // what is done to keys alone is not heard among findings
        for entry in writes.iter().filter(|entry| tab != "4" || entry.contexts.contains(&Context::Exposed)) {
            let mut ui = Ui::loaded(Session { read_only: true, ..session() }, (80, 24));
            ui.keys(tab).take();
            ui.keys(entry.keys[0]);
            assert_eq!(ui.message(), "This profile is read-only", "{} in tab {tab}", entry.name);
            assert!(ui.dialogs().is_empty() && ui.take().is_empty(), "{} in tab {tab}", entry.name);
        }
    }
}

#[rstest]
#[case("1", "x", Capability::DeleteKeys)]
#[case("2", "x", Capability::DeleteCollectionKeys)]
#[case("3", "x", Capability::RevokeTeamKeys)]
#[case("1", "n", Capability::CreateKeys)]
#[case("2", "n", Capability::CreateCollectionKeys)]
#[case("1", "o", Capability::CreateKeys)]
#[case("1", "d", Capability::Disable)]
#[case("1", "R", Capability::Regenerate)]
fn an_action_that_a_backend_lacks_says_why_and_opens_nothing(
    #[case] tab: &str,
    #[case] key: &str,
    #[case] capability: Capability,
) {
    let opens = |capabilities| {
        let mut ui = Ui::on(Session { capabilities, ..session() }, (80, 24));
        ui.me(me(Role::Admin)).load(Scope::Mine, my_keys()).load(Scope::Team, team_keys());
        ui.load(Scope::Collections, collection_keys()).keys(tab).take();
        ui.keys(key);
        (!ui.dialogs().is_empty(), ui.message().to_owned())
    };
    assert!(opens(Capabilities::all()).0);
    let (opened, message) = opens(Capabilities::all().without(capability, "do it on the page of the team"));
    assert!(!opened);
    assert_eq!(message, "do it on the page of the team");
}

#[test]
fn a_key_is_edited_where_its_name_its_contacts_or_its_access_can_be() {
    let opens = |missing: &[Capability]| {
        let capabilities =
            missing.iter().fold(Capabilities::all(), |all, missing| all.without(*missing, "it is fixed"));
        let mut ui = Ui::on(Session { capabilities, ..session() }, (80, 24));
        ui.me(me(Role::Admin)).load(Scope::Mine, my_keys()).keys("1e");
        !ui.dialogs().is_empty()
    };
    let all = [Capability::Rename, Capability::Contacts, Capability::Access];
    for has in all {
        let missing: Vec<Capability> = all.into_iter().filter(|capability| *capability != has).collect();
        assert!(opens(&missing), "{has:?} alone");
    }
    assert!(!opens(&all));
}

#[test]
fn with_a_key_that_only_reads_what_changes_something_says_why() {
    let mut ui = Ui::admin();
    let reads = Me { own_access: domain::key::Access::Read, ..me(Role::Admin) };
    ui.keys("1<ctrl-r>").me(reads).take();
    for action in TABLE.iter().filter(|entry| entry.contexts.contains(&Context::List)) {
        let why = ui.app.why_not(action.action).unwrap_or_default();
        let changes = action.access == Access::Writes;
        assert!(!changes || !why.is_empty(), "{}: {why}", action.name);
    }
    for keys in ["x", "n", "e", "d", "R", "o"] {
        ui.keys(keys);
        assert!(ui.message().contains("access read"), "{keys}: {}", ui.message());
        assert!(ui.dialogs().is_empty() && ui.take().is_empty(), "{keys}");
    }
    ui.keys("<Enter>");
    assert_eq!(ui.dialogs(), ["detail"], "looking is as ever");
}

#[test]
fn with_a_key_without_access_no_tab_is_read_and_each_says_why() {
    let mut ui = Ui::new((80, 24));
    ui.me(Me { own_access: domain::key::Access::None, ..me(Role::Superadmin) }).take();
    for tab in ["1", "2", "3", "4", "5"] {
        ui.keys(tab).keys("<ctrl-r>");
        let screen = ui.screen().replace(['│', '\n'], " ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(screen.contains("access none"), "{tab}: {}", ui.screen());
        let lists =
            |effect: &Effect| matches!(effect, Effect::Load(Slot::Keys(_) | Slot::Findings | Slot::Settings, _));
        let reads = ui.take().iter().any(lists);
        assert!(!reads, "{tab}");
    }
}
