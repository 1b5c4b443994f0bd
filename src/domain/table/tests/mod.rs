use proptest::prelude::*;

use super::{MarkCount, States, Table};
use crate::domain::filter::Query;
use crate::domain::fold::fold;
use crate::domain::ids::KeyId;
use crate::domain::key::{Key, Status};
use crate::domain::row::Row;
use crate::domain::sort::{Column, Sort};
use crate::domain::time::{Time, When};

mod model;
mod search;

fn now() -> Time {
    When::from_wire("2026-11-21T12:00:00Z").time().unwrap()
}

fn named(id: &str, name: &str) -> Key {
    Key { name: name.into(), ..Key::sample(id) }
}

fn loaded(keys: Vec<Key>) -> Table<Key> {
    let mut table = Table::new(Sort::by(Column::Name));
    table.begin_load();
    table.add_page(keys, now());
    table.finish_load(now());
    table
}

fn filter<R: Row>(table: &mut Table<R>, text: &str) -> String {
    table.set_query(Query::parse(text).unwrap(), now());
    ids(table)
}

fn ids<R: Row>(table: &Table<R>) -> String {
    table.rows(0..usize::MAX).map(|row| row.id().to_string()).collect::<Vec<_>>().join(" ")
}

fn letters(ids: &str) -> Vec<Key> {
    ids.split(' ').map(Key::sample).collect()
}

fn id(text: &str) -> KeyId {
    KeyId::from(text)
}

#[test]
fn orders() {
    let key = |id: &str, expires: &str, used: &str, status: Status| Key {
        expires: When::from_wire(expires),
        last_used: When::from_wire(used),
        status,
        ..Key::sample(id)
    };
    let keys = vec![
        key("never", "", "", Status::Disabled),
        key("soon", "2026-12-01T00:00:00Z", "2026-11-01T00:00:00Z", Status::Enabled),
        key("late", "2027-12-01T00:00:00.5Z", "2026-11-02T00:00:00Z", Status::from_word("x")),
        key("later", "2027-12-01T00:00:00.6Z", "1026-11-02T00:00:00Z", Status::Enabled),
        key("odd", "?", "?", Status::Enabled),
        key("over", "2026-12-01T00:00:00Z", "2026-11-01T00:00:00Z", Status::Revoked),
    ];
    let mut table = loaded(keys);
    for (column, descending, order) in [
        (Column::Expires, false, "soon late later never odd over"),
        (Column::Expires, true, "over odd never later late soon"),
        (Column::LastUsed, true, "late over soon later never odd"),
        (Column::LastUsed, false, "odd never later over soon late"),
        (Column::Status, false, "later odd soon never over late"),
        (Column::Created, true, "late later never odd over soon"),
    ] {
        table.set_sort(Sort { column, descending });
        assert_eq!(ids(&table), order, "{column:?}");
    }
    let by_name = Sort::by(Column::Name);
    assert_eq!(by_name.choose(Column::Name), Sort { column: Column::Name, descending: true });
    assert_eq!(by_name.choose(Column::LastUsed), Sort { column: Column::LastUsed, descending: true });
}

#[test]
fn the_cursor_stays_on_its_id() {
    let mut table = loaded(letters("b d f h"));
    table.move_to(2);
    assert_eq!(table.current().unwrap().id, id("f"));
    table.set_sort(Sort { column: Column::Name, descending: true });
    assert_eq!((table.cursor(), table.current().unwrap().id.as_str()), (Some(1), "f"));
    table.begin_load();
    table.add_page(letters("a c e f g h b d i"), now());
    assert_eq!(table.current().unwrap().id, id("f"));
    table.finish_load(now());
    assert_eq!(table.current().unwrap().id, id("f"));
}

#[test]
fn a_hidden_cursor_shows_next_to_its_row_and_returns() {
    let mut table = loaded(letters("ax b ay c az"));
    table.move_by(3);
    assert_eq!(table.current().unwrap().id, id("b"));
    filter(&mut table, "a");
    assert_eq!(table.current().unwrap().id, id("az"));
    filter(&mut table, "nothing");
    assert_eq!((table.cursor(), table.current()), (None, None));
    table.move_by(1);
    filter(&mut table, "");
    assert_eq!(table.current().unwrap().id, id("b"));
    filter(&mut table, "a");
    table.move_by(-1);
    filter(&mut table, "");
    assert_eq!(table.current().unwrap().id, id("ay"));
}

#[test]
fn a_dropped_cursor_moves_to_the_next_row_or_the_last() {
    let mut table = loaded(letters("a b c d"));
    table.move_to(1);
    table.remove(&id("b"));
    assert_eq!(table.current().unwrap().id, id("c"));
    table.begin_load();
    table.add_page(letters("a 0 1"), now());
    table.finish_load(now());
    assert_eq!(table.current().unwrap().id, id("a"));
}

#[test]
fn while_the_first_load_runs_an_unmoved_cursor_stays_at_the_top() {
    let mut table = Table::new(Sort::by(Column::Name));
    table.begin_load();
    table.add_page(letters("m n"), now());
    table.add_page(letters("a b"), now());
    assert_eq!(table.current().unwrap().id, id("a"));
    table.move_by(1);
    table.add_page(letters("aa"), now());
    assert_eq!(table.current().unwrap().id, id("b"));
}

#[test]
fn marks_survive_and_never_name_what_is_gone() {
    let mut table = loaded(letters("a b c d"));
    table.mark_range(2, 1);
    table.toggle_mark(&id("d"));
    filter(&mut table, "c");
    assert_eq!(table.marks(), MarkCount { marked: 3, hidden: 2, gone: 0 });
    table.begin_load();
    table.add_page(letters("a b c"), now());
    table.finish_load(now());
    assert_eq!(table.marks(), MarkCount { marked: 2, hidden: 1, gone: 1 });
    assert_eq!((table.marked_shown(), table.marked_all()), (vec![id("c")], vec![id("b"), id("c")]));
    assert!(!table.is_marked(&id("d")));
    table.begin_load();
    table.add_page(letters("a b c d"), now());
    table.finish_load(now());
    assert_eq!(table.marks(), MarkCount { marked: 3, hidden: 2, gone: 0 });
    table.remove(&id("d"));
    table.unmark(&[id("d"), id("b")]);
    assert_eq!(table.marks(), MarkCount { marked: 1, hidden: 0, gone: 0 });
    table.mark_only(&[id("a"), id("d")]);
    assert_eq!(table.marked_all(), [id("a")], "what is not loaded is not marked");
}

#[test]
fn marks_that_were_cleared_or_changed_for_many_rows_come_back_and_go_again() {
    let mut table = loaded(letters("a b c d"));
    assert!(!table.bring_marks_back());
    let sweeps: [fn(&mut Table<Key>); 4] = [
        Table::clear_marks,
        |table| assert_eq!(table.mark_all_shown(), 4),
        |table| assert_eq!(table.invert_shown(), 2),
        |table| table.mark_only(&[id("d")]),
    ];
    for sweep in sweeps {
        table.mark_only(&[id("a"), id("c")]);
        sweep(&mut table);
        let swept = table.marked_all();
        table.clear_marks();
        table.clear_marks();
        let back = table.bring_marks_back();
        assert!(back, "clearing nothing loses nothing");
        assert_eq!(table.marked_all(), if swept.is_empty() { vec![id("a"), id("c")] } else { swept });
    }
    table.mark_only(&[id("a"), id("c")]);
    table.clear_marks();
    table.remove(&id("c"));
    table.bring_marks_back();
    assert_eq!(table.marks(), MarkCount { marked: 1, hidden: 0, gone: 1 });
    table.mark_only(&[id("b")]);
    table.bring_marks_back();
    assert_eq!(table.marked_all(), [id("a")]);
    table.bring_marks_back();
    assert_eq!(table.marked_all(), [id("b")]);
}

#[test]
fn only_marked_rows() {
    let mut table = loaded(letters("a b c d"));
    table.mark_range(0, 1);
    table.set_only_marked(true, now());
    assert_eq!(ids(&table), "a b");
    table.toggle_mark(&id("a"));
    assert_eq!(ids(&table), "a b");
    assert_eq!(table.invert_shown(), 1);
    table.mark_only(&[id("a")]);
    assert_eq!((ids(&table).as_str(), table.marked_all()), ("a", vec![id("a")]));
    table.clear_marks();
    assert_eq!((ids(&table).as_str(), table.only_marked()), ("a b c d", false));
}

#[test]
fn an_unknown_state_is_always_shown() {
    let odd = Key { status: Status::from_word("paused"), ..Key::sample("odd") };
    let mut table = loaded(vec![Key::sample("a"), odd]);
    table.set_states(States { enabled: false, disabled: false, revoked: false }, now());
    assert_eq!(ids(&table), "odd");
}

#[test]
fn a_page_read_earlier_does_not_undo_what_was_done_since() {
    let mut table = loaded(letters("a b"));
    table.begin_load();
    table.update(&id("a"), now(), |key| key.status = Status::Revoked);
    table.remove(&id("b"));
    table.insert(Key::sample("new"), now());
    table.add_page(letters("a b"), now());
    table.finish_load(now());
    assert_eq!(ids(&table), "a new");
    assert_eq!(table.get(&id("a")).unwrap().status, Status::Revoked);
    table.begin_load();
    table.add_page(letters("a b"), now());
    table.finish_load(now());
    assert_eq!((ids(&table).as_str(), table.counts().enabled), ("a b", 2));
}

#[test]
fn a_slot_used_again_during_a_load_is_nobodys_past() {
    let mut table = loaded(letters("a b"));
    table.mark_all_shown();
    table.begin_load();
    table.update(&id("a"), now(), |key| key.status = Status::Revoked);
    table.remove(&id("a"));
    table.add_page(letters("c"), now());
    table.add_page(vec![Key { status: Status::Disabled, ..Key::sample("c") }], now());
    assert_eq!(table.get(&id("c")).unwrap().status, Status::Disabled);
    assert!(!table.is_marked(&id("c")));
}

#[test]
fn an_abandoned_load_keeps_old_and_new() {
    let mut table = loaded(letters("a b"));
    table.begin_load();
    table.add_page(letters("c"), now());
    assert!(table.is_loading());
    table.abandon_load();
    table.finish_load(now());
    assert_eq!((ids(&table).as_str(), table.is_loading()), ("a b c", false));
}

#[test]
fn time_passes() {
    let mut table = loaded(vec![Key { expires: When::from_wire("2026-11-21T12:30:00Z"), ..Key::sample("a") }]);
    assert_eq!(filter(&mut table, "expires:<1h"), "a");
    table.refresh_time(now() + chrono::TimeDelta::hours(1));
    assert_eq!(ids(&table), "");
    table.set_query(Query::parse("expires:<1h a").unwrap(), now());
    assert_eq!(ids(&table), "a");
}

#[test]
fn a_large_table_that_empties_gives_slots_back_and_keeps_its_wits() {
    let mut table = loaded((0..5000).map(|n| Key::sample(&format!("{n:04}"))).collect());
    table.mark_range(0, 4999);
    filter(&mut table, "99");
    table.move_to(usize::MAX);
    table.begin_load();
    table.add_page((0..5000).step_by(100).map(|n| Key::sample(&format!("{:04}", n + 99))).collect(), now());
    table.finish_load(now());
    assert_eq!(table.marks(), MarkCount { marked: 50, hidden: 0, gone: 4950 });
    assert_eq!(table.current().unwrap().id, id("4999"));
    assert_eq!(filter(&mut table, "-99"), "");
    assert_eq!(filter(&mut table, "id:299"), "0299 1299 2299 2999 3299 4299");
    table.insert(Key::sample("x299"), now());
    assert_eq!(ids(&table), "0299 1299 2299 2999 3299 4299 x299");
    assert_eq!(table.marked_all().len(), 50);
}

proptest! {
    // Each case is a whole load.
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn pages_add_up_to_one_load(
        names in prop::collection::vec("[a-c]{0,2}", 0..1500),
        cuts in prop::collection::vec(1_usize..900, 1..20),
        query in prop::sample::select(vec!["", "a", "-b", "name:c"]),
    ) {
        let keys: Vec<Key> = names.iter().enumerate().map(|(n, name)| named(&format!("k{n}"), name)).collect();
        let mut whole = loaded(keys.clone());
        let mut paged = Table::new(whole.sort());
        filter(&mut paged, query);
        paged.begin_load();
        let mut rest = keys.as_slice();
        for cut in cuts.into_iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (page, more) = rest.split_at(cut.min(rest.len()));
            paged.add_page(page.to_vec(), now());
            rest = more;
        }
        paged.finish_load(now());
        prop_assert_eq!(ids(&paged), filter(&mut whole, query));
        let matching = keys.iter().filter(|key| key.matches(whole.query(), now())).count();
        prop_assert_eq!(whole.shown(), matching);
        let sorted: Vec<_> = whole.rows(0..usize::MAX).map(|key| (fold(key.name.as_received()), key.id.clone())).collect();
        prop_assert!(sorted.is_sorted());
    }
}
