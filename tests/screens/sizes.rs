//! Windows of every size, and what must never stand in a picture.

use std::fs;
use std::path::Path;

use keydeck::domain::values::secret_spans;
use keydeck::tui::event::Event;
use rstest::rstest;

use crate::picture;
use crate::ui::{Ui, many};

#[test]
fn a_window_that_is_too_small_says_so() {
    let mut ui = Ui::team();
    for size in [(40, 10), (39, 24), (12, 3), (1, 1)] {
        ui.happen(Event::Resize(size.0, size.1));
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "../snapshots" }, {
            insta::assert_snapshot!(format!("too_small_{}x{}", size.0, size.1), ui.screen());
        });
    }
    ui.happen(Event::Resize(80, 24)).keys("x");
    picture("large_again", &mut ui);
}

#[rstest]
fn nothing_breaks_at_any_size(
    #[values(
        "1",
        "2",
        "3",
        "4",
        "5",
        "3?",
        "3s",
        "3f",
        "3<Enter>",
        "4<Enter>",
        "3jx",
        "3axi",
        "1n",
        "2n",
        "3/owner:ana 日本",
        "3/kdk_",
        "3vjj",
        "3a/ben<Enter>x",
        "3/zzz<Enter>"
    )]
    keys: &str,
) {
    let mut ui = Ui::admin();
    ui.keys(keys);
    for width in [1, 2, 3, 5, 8, 13, 21, 39, 40, 41, 55, 79, 80, 89, 90, 100, 119, 120, 160, 200] {
        for height in [1, 2, 3, 5, 8, 11, 12, 13, 17, 23, 24, 29, 30, 36, 45, 60] {
            ui.happen(Event::Resize(width, height));
            ui.buffer();
        }
    }
}

#[test]
fn a_large_list_is_drawn_from_its_visible_rows() {
    let mut ui = Ui::team();
    ui.refresh_team(many(5000)).keys("G");
    assert!(ui.screen().contains("batch-5000"));
    ui.happen(Event::Resize(40, 12));
    assert!(ui.screen().contains("batch-5000"), "the cursor stays in sight");
    ui.keys("gg");
    assert!(ui.screen().contains("batch-001") && !ui.screen().contains("batch-5000"));
}

#[test]
fn no_secret_stands_in_any_picture() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    let mut read = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        for line in text.lines() {
            let spans = secret_spans(line);
            assert!(spans.is_empty(), "{}: {line}", path.display());
        }
        read += 1;
    }
    assert!(read > 50, "only {read} pictures");
}
