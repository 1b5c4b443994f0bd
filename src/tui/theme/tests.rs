use std::collections::BTreeSet;

use proptest::prelude::*;
use ratatui::style::{Color, Modifier};
use toml::de::DeTable;

use super::depth::PALETTE;
use super::*;

fn theme(text: &str) -> Result<Theme, ThemeError> {
    file::read("mine", text, embedded(DEFAULT)?)
}

#[test]
fn every_embedded_theme_styles_every_role_and_no_other() {
    let roles: BTreeSet<&str> = ROLES.iter().copied().collect();
    assert_eq!(roles.len(), ROLES.len());
    for (name, text) in EMBEDDED {
        let document = DeTable::parse(text).unwrap();
        let styled: BTreeSet<&str> = document.get_ref().keys().map(|role| role.get_ref().as_ref()).collect();
        assert_eq!(styled, roles, "{name}");
        Theme::load(name, None, ColorDepth::TrueColor).unwrap();
    }
}

#[test]
fn the_default_theme_keeps_to_the_sixteen_colours_and_mono_has_none() {
    let default = Theme::load(DEFAULT, None, ColorDepth::TrueColor).unwrap();
    assert_eq!(default, Theme::load(DEFAULT, None, ColorDepth::Ansi16).unwrap());
    let mono = Theme::load(MONO, None, ColorDepth::TrueColor).unwrap();
    assert!(mono.styles().all(|(_, style)| style.fg.is_none() && style.bg.is_none()));
    assert_eq!(Theme::load(DEFAULT, None, ColorDepth::Mono).unwrap(), mono);
}

/// Relative luminance, as WCAG 2 defines it.
fn luminance(color: Color) -> f64 {
    let rgb = PALETTE.iter().find(|(known, _)| *known == color).map(|(_, rgb)| *rgb).unwrap();
    let [red, green, blue] = rgb.map(|channel| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(a: Color, b: Color) -> f64 {
    let (dark, light) = (luminance(a).min(luminance(b)), luminance(a).max(luminance(b)));
    (light + 0.05) / (dark + 0.05)
}

#[test]
fn the_default_theme_is_readable() {
    for (role, style) in Theme::load(DEFAULT, None, ColorDepth::Ansi16).unwrap().styles() {
        assert!(style.bg.is_none() || style.fg.is_some(), "{role}: a background needs its own foreground");
        if let Some(fg) = style.fg {
            let on = style.bg.unwrap_or(Color::Black);
            assert!(contrast(fg, on) >= 4.5, "{role}: {:.1}", contrast(fg, on));
        }
    }
}

#[test]
fn what_must_be_seen_differs_from_plain_text_in_every_theme() {
    for (name, _) in EMBEDDED {
        let theme = Theme::load(name, None, ColorDepth::TrueColor).unwrap();
        for role in ["production", "cursor_row", "marked", "danger", "status_exposed", "unknown", "offline", "secret"] {
            let (_, style) = theme.styles().find(|(known, _)| *known == role).unwrap();
            assert_ne!(style, theme.text, "{name}: {role}");
        }
        assert!(theme.cursor_row.add_modifier.contains(Modifier::REVERSED), "{name}");
    }
}

#[test]
fn the_users_file_changes_what_it_names_and_leaves_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("dusk.toml"),
        "accent = { fg = \"#5f87ff\", bg = 17, modifiers = [\"bold\", \"italic\"] }\n[dim]\nfg = \"gray\"\n",
    )
    .unwrap();
    let load = |depth| Theme::load("dusk", Some(folder.path()), depth).unwrap();
    let theme = load(ColorDepth::TrueColor);
    assert_eq!(theme.accent.fg, Some(Color::Rgb(0x5f, 0x87, 0xff)));
    assert_eq!(theme.accent.bg, Some(Color::Indexed(17)));
    assert_eq!(theme.accent.add_modifier, Modifier::BOLD | Modifier::ITALIC);
    assert_eq!(theme.dim, Style::new().fg(Color::Gray));
    assert_eq!(theme.production, embedded(DEFAULT).unwrap().production);
    assert_eq!(load(ColorDepth::Indexed256).accent.fg, Some(Color::Indexed(69)));
    assert_eq!(load(ColorDepth::Ansi16).accent.fg, Some(Color::LightBlue));
    assert_eq!(load(ColorDepth::Mono), embedded(MONO).unwrap());
    assert_eq!(names(Some(folder.path())), ["default", "dusk", "mono"]);
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest_and_the_list() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("dusk.toml"), "").unwrap();
    let load = |name| Theme::load(name, Some(folder.path()), ColorDepth::Ansi16).unwrap_err();
    let error = load("defualt");
    assert_eq!(error.to_string(), "there is no theme \"defualt\", did you mean \"default\"?");
    assert_eq!(error.hint(), "themes there are: default, dusk, mono");
    assert_eq!(load("zzz").to_string(), "there is no theme \"zzz\"");
    for outside in ["../dusk", "", "/etc/passwd", "a\u{1b}b"] {
        assert!(matches!(load(outside), ThemeError::Unknown { .. }), "{outside:?}");
    }
}

#[test]
fn what_is_wrong_is_named_with_its_place_and_without_the_line() {
    for (text, message) in [
        ("acent = {}", "line 1, column 1: there is no role \"acent\", did you mean \"accent\"?"),
        (
            "dim = {}\naccent = { fg = \"cyn\" }",
            "line 2, column 17: there is no colour \"cyn\", did you mean \"cyan\"?",
        ),
        (
            "accent = { fg = \"#12345\" }",
            "line 1, column 17: accent needs a colour: a name such as \"cyan\", \"#rrggbb\" or a number 0–255",
        ),
        (
            "accent = { fg = 256 }",
            "line 1, column 17: accent needs a colour: a name such as \"cyan\", \"#rrggbb\" or a number 0–255",
        ),
        (
            "accent = { modifiers = [\"blod\"] }",
            "line 1, column 25: there is no modifier \"blod\", did you mean \"bold\"?",
        ),
        ("accent = { modifiers = 1 }", "line 1, column 24: accent.modifiers must be a list of names"),
        ("accent = { colour = 1 }", "line 1, column 12: there is no key \"colour\""),
        ("accent = 1", "line 1, column 10: accent must be a table: { fg = …, bg = …, modifiers = […] }"),
        ("accent = { fg = \"cyan\"", "line 1, column 23: this is not TOML"),
    ] {
        assert_eq!(theme(text).unwrap_err().to_string(), format!("theme \"mine\", {message}"));
    }
}

proptest! {
    #[test]
    fn no_file_panics(text in "\\PC{0,40}|(accent|dim) = \\{ (fg|bg) = [\"#a-z0-9]{0,9} \\}") {
        let _ = theme(&text);
    }
}
