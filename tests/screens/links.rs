//! What becomes a link on the screen.

use keydeck::domain::finding::Finding;
use keydeck::tui::compose::view_with_links;
use keydeck::tui::event::Event;
use keydeck::tui::theme::{ColorDepth, DEFAULT, Theme};
use keydeck::tui::view::links::Link;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use rstest::rstest;

use crate::ui::{Ui, findings};

/// Exposed Keys with one finding at this address.
fn found_at(url: &str) -> Ui {
    let mut ui = Ui::admin();
    let finding = Finding { url: url.into(), ..findings().remove(0) };
    ui.keys("4<ctrl-r>").findings(vec![finding]).happen(Event::Resize(120, 36));
    ui
}

/// The links on the screen: the text of their cells and where they lead.
fn links(ui: &Ui) -> Vec<(String, String)> {
    let theme = Theme::load(DEFAULT, None, ColorDepth::Ansi16).unwrap();
    let (width, height) = ui.app.size;
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let mut links = Vec::new();
    terminal.draw(|frame| links = view_with_links(&ui.app, &theme, frame)).unwrap();
    let buffer = terminal.backend().buffer();
    let told = |Link { area, target }: Link| (area.positions().map(|at| buffer[at].symbol()).collect(), target);
    links.into_iter().map(told).collect()
}

#[test]
fn where_a_secret_was_found_is_a_link_in_brief_and_in_full() {
    let url = "https://git.example/acme/infra/blob/main/.env";
    let mut ui = found_at(url);
    // in the table without what every link begins with
    let short = "git.example/…main/.env";
    let in_table =
        links(&ui).iter().map(|(words, to)| (words.starts_with("git.example/"), to == url)).collect::<Vec<_>>();
    assert_eq!(in_table[0], (true, true), "{:?} as in {short}", links(&ui));
    assert_eq!(links(&ui)[1..], [(url.to_owned(), url.to_owned())]);
    ui.keys("<Enter>");
    assert!(links(&ui).contains(&(url.to_owned(), url.to_owned())), "{:?}", links(&ui));
    let long = format!("https://git.example/{}", "abcdefgh/".repeat(40));
    let mut ui = found_at(&long);
    ui.keys("<Enter>");
    let all = links(&ui);
    let words: String = all.iter().filter(|(_, to)| *to == long).map(|(words, _)| words.as_str()).collect();
    assert!(all.len() > 1 && words.ends_with(&long), "each line of it leads there: {all:?}");
}

#[test]
fn what_is_drawn_over_a_link_is_none() {
    let mut ui = found_at("https://git.example/a");
    ui.happen(Event::Resize(120, 30)).keys("?");
    assert_eq!(links(&ui), []);
}

#[rstest]
#[case("http://git.example/a")]
#[case("javascript:alert(1)")]
#[case("https://good.example@evil.example/")]
#[case("https://git.example/\u{1b}]8;;https://evil.example\u{1b}\\")]
#[case("https://git.example/\u{202e}a")]
fn what_cannot_be_trusted_is_text(#[case] url: &str) {
    let mut ui = found_at(url);
    assert_eq!(links(&ui), []);
    ui.keys("<Enter>");
    assert_eq!(links(&ui), []);
}
