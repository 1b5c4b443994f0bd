//! `'`: filters that go by a name.

use keydeck::domain::views::{Origin, View};
use keydeck::tui::effect::Effect;
use keydeck::tui::event::Event;

use crate::ui::{Ui, value};

fn saved(ui: &mut Ui) -> Vec<View> {
    let effects = ui.take();
    effects
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::SaveView(view) => Some(view),
            _ => None,
        })
        .collect()
}

#[test]
fn a_view_filters_the_list_in_front() {
    let mut ui = Ui::team();
    ui.keys("'");
    assert_eq!(ui.dialogs(), ["views"]);
    assert!(ui.screen().contains("never used") && ui.screen().contains("owners gone"), "{}", ui.screen());
    ui.keys("j<Enter>");
    assert!(ui.dialogs().is_empty());
    assert_eq!(ui.app.team.filter.kept, "status:enabled used:never");
    assert_eq!(ui.shown(), ["k6"]);
    ui.keys("4'jjj<Enter>");
    assert_eq!(ui.app.exposed.table.shown(), 2, "the findings on an enabled key");
}

#[test]
fn the_present_filter_is_saved_under_a_name_and_taken_away() {
    let mut ui = Ui::team();
    ui.keys("'w");
    assert!(ui.message().contains("no filter to save"), "{}", ui.message());
    ui.keys("<Esc>/owner:ana -revoked<Enter>'w");
    assert_eq!(ui.dialogs(), ["view-name"]);
    ui.keys("<Enter>");
    assert!(ui.screen().contains("needs a name"), "{}", ui.screen());
    ui.keys("ana's jq<Enter>");
    let view = View::new("ana's jq", "owner:ana -revoked", Origin::Saved);
    assert_eq!(saved(&mut ui), std::slice::from_ref(&view));
    ui.happen(Event::ViewsKept(Ok(("The view ana's jq is saved".into(), vec![view]))));
    assert_eq!(ui.message(), "The view ana's jq is saved");
    ui.keys("<Esc>'G<Enter>");
    assert_eq!(ui.app.team.filter.kept, "owner:ana -revoked");
    ui.keys("'d");
    assert!(ui.message().contains("built in"), "{}", ui.message());
    ui.keys("Gd");
    assert!(ui.take().contains(&Effect::RemoveView("ana's jq".into())));
    ui.happen(Event::ViewsKept(Err("Nothing was changed: the disk is full".into())));
    assert!(ui.message().contains("disk is full"));
    assert_eq!(ui.app.views.all().len(), 7, "it is there as long as it is not known to be gone");
    ui.happen(Event::ViewsKept(Ok(("gone".into(), Vec::new()))));
    assert_eq!(ui.app.views.all().len(), 6);
}

#[test]
fn a_key_value_is_never_saved() {
    let mut ui = Ui::team();
    let value = value();
    ui.keys("/").paste(value.expose());
    ui.keys("<Enter>'wx<Enter>");
    assert!(ui.screen().contains("no file is to hold"), "{}", ui.screen());
    assert_eq!(saved(&mut ui), []);
    let mut ui = Ui::team();
    ui.keys("/a<Enter>'w").paste(value.expose());
    assert!(!ui.screen().contains(&value.expose()[4..]));
    ui.keys("<Enter>");
    assert_eq!(saved(&mut ui), [], "nor as a name");
}

#[test]
fn a_view_that_is_not_right_is_told_and_costs_nothing() {
    let mut ui = Ui::team();
    ui.app.views = ui.app.views.with_saved([View::new("bad", "a or b", Origin::Saved)]);
    ui.keys("/ana<Enter>'G");
    assert!(ui.screen().contains("not right"), "{}", ui.screen());
    ui.keys("<Enter>");
    assert!(ui.message().contains("bad (saved) is not right"), "{}", ui.message());
    assert_eq!(ui.app.team.filter.kept, "ana");
}
