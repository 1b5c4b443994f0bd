//! What a key press costs in the console: from the key to the settled frame, at 1 k, 100 k and 1 M rows; and how many
//! bytes go to the terminal. `cargo bench --bench console`.
//!
//! Each figure is to be read against `building_every_row`, the frame of a table that builds all its rows, in the same
//! run on the same machine.

#![expect(clippy::print_stdout, reason = "a benchmark's figures are for whoever runs it")]

use std::time::Duration;

use divan::Bencher;
use keydeck::client::capabilities::Capabilities;
use keydeck::domain::ids::{KeyId, UserId};
use keydeck::domain::key::{Key, Status};
use keydeck::domain::listing::Scope;
use keydeck::domain::team::{Me, Role};
use keydeck::domain::time::{Time, When};
use keydeck::domain::untrusted::Untrusted;
use keydeck::tui::app::App;
use keydeck::tui::compose::view;
use keydeck::tui::effect::Effect;
use keydeck::tui::event::{Answer, Event, Moment, Slot};
use keydeck::tui::key::KeyPress;
use keydeck::tui::screen::Screen;
use keydeck::tui::session::Session;
use keydeck::tui::theme::{ColorDepth, DEFAULT, Theme};
use keydeck::tui::ticket::Ticket;
use ratatui::layout::{Constraint, Size};
use ratatui::widgets::{Row, Table};

const ROWS: [usize; 3] = [1_000, 100_000, 1_000_000];
const NAMES: [&str; 8] =
    ["ci-deploy", "nightly-export", "webhook-relay", "billing-sync", "edge-cache", "load-test", "terraform", "backup"];
const OWNERS: [&str; 5] = ["Ana Souza", "Ben Okafor", "Chloe Bennett", "Dalia Haddad", "Emil Lindqvist"];

fn main() {
    bytes();
    divan::main();
}

fn now() -> Time {
    When::from_wire("2026-11-21T08:30:00Z").time().unwrap_or_default()
}

/// A key like those of a real team; the same for the same number.
fn key(number: usize) -> Key {
    let mix = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let days = i64::try_from(mix % 700).unwrap_or(0);
    let ago = |days: i64| When::At(now() - chrono::TimeDelta::days(days));
    Key {
        name: Untrusted::from(format!("{}-{}", NAMES[mix % 8], number % 977)),
        masked: Untrusted::from(format!("kdk_…{:04}", mix % 10_000)),
        owner: Untrusted::from(OWNERS[(mix >> 8) % 5]),
        owner_id: UserId(i64::try_from((mix >> 8) % 5).unwrap_or(0)),
        status: if mix.is_multiple_of(9) { Status::Revoked } else { Status::Enabled },
        created: ago(days + 1),
        last_used: if mix.is_multiple_of(4) { When::Never } else { ago(days / 2) },
        ..Key::sample(&format!("01{number:024}"))
    }
}

/// The console on Team Keys with this many rows, as an admin sees it.
fn console(rows: usize, size: (u16, u16)) -> App {
    let session = Session {
        profile: "bench".to_owned(),
        address: "http://127.0.0.1:7878".to_owned(),
        read_only: false,
        unlocked: None,
        switching: false,
        production: false,
        color: None,
        capabilities: Capabilities::all(),
        notice_days: vec![30, 14, 3, 1],
        saved: keydeck::domain::rotation::Defaults::default(),
    };
    let mut app = App::new(session, size, Moment::new(now(), Duration::ZERO));
    let effects = app.start();
    let me = Me {
        id: UserId(1),
        name: "Olivia Chen".into(),
        email: "olivia@acme.example".into(),
        team: "Acme".into(),
        roles: vec![Role::Admin],
        own_key: Some(KeyId::from("own")),
        own_key_expires: When::Never,
        own_access: keydeck::domain::key::Access::Full,
        roles_tell: true,
        guest: false,
        allowances: Vec::new(),
    };
    let ticket = of(&effects, Slot::Me);
    let effects = happen(&mut app, Event::Answer(Slot::Me, ticket, Answer::Me(Box::new(me))));
    let slot = Slot::Keys(Scope::Team);
    let ticket = of(&effects, slot);
    for start in (0..rows).step_by(1000) {
        let page = (start..rows.min(start + 1000)).map(key).collect();
        happen(&mut app, Event::Answer(slot, ticket, Answer::Keys(page, None)));
    }
    happen(&mut app, Event::Answer(slot, ticket, Answer::End));
    press(&mut app, "3");
    app
}

fn of(effects: &[Effect], slot: Slot) -> Ticket {
    effects
        .iter()
        .find_map(|effect| match effect {
            Effect::Load(at, ticket) if *at == slot => Some(*ticket),
            _ => None,
        })
        .unwrap_or_default()
}

fn happen(app: &mut App, what: Event) -> Vec<Effect> {
    let at = Moment::new(now(), app.now.running + Duration::from_millis(40));
    app.handle(at, what)
}

fn press(app: &mut App, keys: &str) {
    for press in KeyPress::sequence(keys).unwrap_or_default() {
        happen(app, Event::Key(press));
    }
}

fn screen((width, height): (u16, u16)) -> Option<Screen<Vec<u8>>> {
    Screen::new(Vec::new(), Size { width, height }).ok()
}

fn theme() -> Theme {
    Theme::load(DEFAULT, None, ColorDepth::Ansi16).unwrap_or_default()
}

fn draw(app: &App, theme: &Theme, screen: &mut Screen<Vec<u8>>) -> u64 {
    let before = screen.written();
    let _ = screen.draw(|frame| view(app, theme, frame));
    screen.output_mut().clear();
    screen.written() - before
}

/// Prints what each step writes to the terminal.
fn bytes() {
    let theme = theme();
    println!("bytes to the terminal            80×24    120×36");
    let steps = [
        ("first frame", ""),
        ("cursor down", "j"),
        ("scroll by one row", "j"),
        ("page down", "<PageDown>"),
        ("nothing", ""),
    ];
    let sizes = [(80, 24), (120, 36)];
    let mut consoles: Vec<_> = sizes.into_iter().map(|size| (console(10_000, size), screen(size))).collect();
    for (name, keys) in steps {
        print!("{name:<28}");
        for (app, screen) in &mut consoles {
            if name == "scroll by one row" {
                // to the last row of the screen first, so that one more scrolls
                while app.team.offset == 0 {
                    press(app, "j");
                }
                screen.as_mut().map(|screen| draw(app, &theme, screen));
            }
            press(app, keys);
            let written = screen.as_mut().map_or(0, |screen| draw(app, &theme, screen));
            print!("{written:>9} ");
        }
        println!();
    }
    print!("{:<28}", "fifty queued downs");
    for (app, screen) in &mut consoles {
        press(app, &"j".repeat(50));
        let written = screen.as_mut().map_or(0, |screen| draw(app, &theme, screen));
        print!("{written:>9} ");
    }
    println!("\n");
}

/// A cursor move and its frame.
#[divan::bench(args = ROWS)]
fn move_and_frame(bencher: Bencher, rows: usize) {
    let theme = theme();
    let (mut app, Some(mut screen)) = (console(rows, (120, 36)), screen((120, 36))) else { return };
    bencher.bench_local(|| {
        press(&mut app, "j");
        draw(&app, &theme, &mut screen)
    });
}

/// A character typed into the filter, and its frame; every second one takes it away again.
#[divan::bench(args = ROWS)]
fn filter_key_and_frame(bencher: Bencher, rows: usize) {
    let theme = theme();
    let (mut app, Some(mut screen)) = (console(rows, (120, 36)), screen((120, 36))) else { return };
    press(&mut app, "/ci-");
    let mut typed = false;
    bencher.bench_local(|| {
        press(&mut app, if typed { "<Backspace>" } else { "d" });
        typed = !typed;
        draw(&app, &theme, &mut screen)
    });
}

/// Marking all that is shown, and its frame; every second one clears the marks.
#[divan::bench(args = ROWS)]
fn mark_all_and_frame(bencher: Bencher, rows: usize) {
    let theme = theme();
    let (mut app, Some(mut screen)) = (console(rows, (120, 36)), screen((120, 36))) else { return };
    let mut marked = false;
    bencher.bench_local(|| {
        press(&mut app, if marked { "\\" } else { "a" });
        marked = !marked;
        draw(&app, &theme, &mut screen)
    });
}

/// A key press in a review of all keys, and its frame.
#[divan::bench(args = [1_000, 100_000])]
fn review_key_and_frame(bencher: Bencher, rows: usize) {
    let theme = theme();
    let (mut app, Some(mut screen)) = (console(rows, (120, 36)), screen((120, 36))) else { return };
    press(&mut app, "ax");
    bencher.bench_local(|| {
        press(&mut app, "j");
        draw(&app, &theme, &mut screen)
    });
}

/// Opening that review, and closing it.
#[divan::bench(args = [1_000, 100_000], sample_count = 10, sample_size = 1)]
fn review_opens(bencher: Bencher, rows: usize) {
    let theme = theme();
    let (mut app, Some(mut screen)) = (console(rows, (120, 36)), screen((120, 36))) else { return };
    press(&mut app, "a");
    bencher.bench_local(|| {
        press(&mut app, "x");
        draw(&app, &theme, &mut screen);
        press(&mut app, "<Esc>");
    });
}

/// A frame alone, everything drawn anew.
#[divan::bench(args = ROWS)]
fn frame(bencher: Bencher, rows: usize) {
    let theme = theme();
    let (app, Some(mut screen)) = (console(rows, (120, 36)), screen((120, 36))) else { return };
    bencher.bench_local(|| {
        screen.forget();
        draw(&app, &theme, &mut screen)
    });
}

/// What to read the others against: the same frame of a table widget that is given all of its rows.
#[divan::bench(args = [1_000, 100_000], sample_count = 10, sample_size = 1)]
fn building_every_row(bencher: Bencher, rows: usize) {
    let (keys, Some(mut screen)) = ((0..rows).map(key).collect::<Vec<_>>(), screen((120, 36))) else { return };
    bencher.bench_local(|| {
        screen.forget();
        let _ = screen.draw(|frame| {
            let rows = keys.iter().map(|key| {
                Row::new([key.name.to_string(), key.masked.to_string(), key.owner.to_string(), key.status.to_string()])
            });
            frame.render_widget(Table::new(rows, [Constraint::Fill(1); 4]), frame.area());
        });
        screen.output_mut().clear();
    });
}
