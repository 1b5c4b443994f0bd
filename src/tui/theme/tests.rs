use std::collections::BTreeSet;

use proptest::prelude::*;
use ratatui::style::{Color, Modifier};
use toml::de::DeTable;

use super::depth::PALETTE;
use super::*;

fn theme(text: &str) -> Result<Theme, ThemeError> {
    file::read("mine", text, Ground::Dark, |parent| embedded(parent.unwrap_or(DEFAULT)))
}

#[test]
fn every_embedded_theme_styles_every_role_and_no_other() {
    let roles: BTreeSet<&str> = ROLES.iter().copied().collect();
    assert_eq!(roles.len(), ROLES.len());
    for (name, text) in EMBEDDED {
        let document = DeTable::parse(text).unwrap();
        let styled: BTreeSet<&str> = document
            .get_ref()
            .keys()
            .map(|role| role.get_ref().as_ref())
            .filter(|key| !key.starts_with("palette"))
            .collect();
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

/// The linear channels of a colour, 0 to 1, as sRGB defines them.
fn linear(color: Color) -> [f64; 3] {
    let rgb = match color {
        Color::Rgb(red, green, blue) => [red, green, blue],
        known => PALETTE.iter().find(|(name, _)| *name == known).map(|(_, rgb)| *rgb).unwrap(),
    };
    rgb.map(|channel| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    })
}

/// Relative luminance, as WCAG 2 defines it.
fn luminance(color: Color) -> f64 {
    let [red, green, blue] = linear(color);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(a: Color, b: Color) -> f64 {
    let (dark, light) = (luminance(a).min(luminance(b)), luminance(a).max(luminance(b)));
    (light + 0.05) / (dark + 0.05)
}

#[test]
fn every_theme_is_readable_on_either_ground() {
    for (name, _) in EMBEDDED {
        for (ground, terminal) in [(Ground::Dark, Color::Black), (Ground::Light, Color::White)] {
            let theme = Theme::load_on(ground, name, None, ColorDepth::TrueColor).unwrap();
            // a theme may leave the ground to the terminal
            let own = theme.text.bg.unwrap_or(terminal);
            for (role, style) in theme.styles() {
                let what = format!("{name} on {ground:?}: {role}");
                assert!(style.bg.is_none() || style.fg.is_some(), "{what}: a background needs its own foreground");
                if let Some(fg) = style.fg {
                    let on = style.bg.unwrap_or(own);
                    assert!(contrast(fg, on) >= 4.5, "{what}: {:.1}", contrast(fg, on));
                }
            }
        }
    }
}

#[test]
fn each_theme_has_a_form_for_a_light_ground_but_those_that_are_of_one() {
    for (name, _) in EMBEDDED {
        let on = |ground| Theme::load_on(ground, name, None, ColorDepth::TrueColor).unwrap();
        let same = on(Ground::Dark) == on(Ground::Light);
        assert_eq!(same, matches!(name, "dark" | "light" | MONO), "{name}");
    }
    // what a person's own theme inherits is of the same ground
    let folder = tempfile::tempdir().unwrap();
    let text = "inherits = \"colour-blind\"\naccent = { fg = \"sea\" }\n[palette]\nsea = \"#80d0ff\"\n[palette-light]\nsea = \"#104070\"\n";
    std::fs::write(folder.path().join("bay.toml"), text).unwrap();
    let on = |ground| Theme::load_on(ground, "bay", Some(folder.path()), ColorDepth::TrueColor).unwrap();
    assert_eq!(on(Ground::Light).accent.fg, Some(Color::Rgb(0x10, 0x40, 0x70)));
    assert_eq!(on(Ground::Dark).accent.fg, Some(Color::Rgb(0x80, 0xd0, 0xff)));
    let light = Theme::load_on(Ground::Light, "colour-blind", None, ColorDepth::TrueColor).unwrap();
    assert_eq!(on(Ground::Light).text, light.text);
}

/// What a person with each of the common deficiencies sees of a colour, in linear channels. Source: Machado, Oliveira
/// and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009), severity 1.0.
const DEFICIENCIES: [(&str, [[f64; 3]; 3]); 4] = [
    ("none", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "protanopia",
        [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]],
    ),
    (
        "deuteranopia",
        [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]],
    ),
    (
        "tritanopia",
        [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_900]],
    ),
];

/// A colour's place in CIE L*a*b*, as seen with a deficiency.
fn lab(color: Color, seen: &[[f64; 3]; 3]) -> [f64; 3] {
    let rgb = linear(color);
    let mix = |row: &[f64; 3]| row.iter().zip(rgb).map(|(share, channel)| share * channel).sum::<f64>().clamp(0.0, 1.0);
    let [red, green, blue] = [mix(&seen[0]), mix(&seen[1]), mix(&seen[2])];
    let xyz = [
        (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.950_47,
        0.2126 * red + 0.7152 * green + 0.0722 * blue,
        (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.088_83,
    ];
    let [x, y, z] = xyz.map(|t| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

#[test]
fn statuses_stay_apart_with_every_common_colour_deficiency() {
    for ((name, _), ground) in EMBEDDED.into_iter().flat_map(|theme| [(theme, Ground::Dark), (theme, Ground::Light)]) {
        let theme = Theme::load_on(ground, name, None, ColorDepth::TrueColor).unwrap();
        let statuses = [
            ("enabled", theme.status_enabled),
            ("disabled", theme.status_disabled),
            ("exposed", theme.status_exposed),
            ("revoked", theme.status_revoked),
        ];
        for (at, (one, a)) in statuses.iter().enumerate() {
            for (other, b) in &statuses[at + 1..] {
                let (Some(x), Some(y), true) = (a.fg, b.fg, a.add_modifier == b.add_modifier) else { continue };
                for (deficiency, seen) in &DEFICIENCIES {
                    let apart: f64 =
                        lab(x, seen).iter().zip(lab(y, seen)).map(|(p, q)| (p - q).powi(2)).sum::<f64>().sqrt();
                    assert!(apart >= 15.0, "{name}: {one} and {other} with {deficiency}: {apart:.1}");
                }
            }
        }
    }
}

#[test]
fn what_must_be_seen_differs_from_plain_text_in_every_theme() {
    for (name, _) in EMBEDDED {
        let theme = Theme::load(name, None, ColorDepth::TrueColor).unwrap();
        for role in
            ["production", "cursor_marker", "marked", "danger", "status_exposed", "unknown", "offline", "secret"]
        {
            let (_, style) = theme.styles().find(|(known, _)| *known == role).unwrap();
            assert_ne!(style, theme.text, "{name}: {role}");
        }
        // a live exposure is the only state that fills its cells, as nothing else in a table does
        let filled = |style: Style| style.bg.is_some() || style.add_modifier.contains(Modifier::REVERSED);
        assert!(filled(theme.status_exposed), "{name}");
        let others = [theme.status_enabled, theme.status_disabled, theme.status_expired, theme.status_revoked];
        assert!(others.iter().chain([&theme.warning, &theme.expiring_soon]).all(|style| !filled(*style)), "{name}");
        assert_ne!(theme.used_today, theme.used_long_ago, "{name}");
        // where there is no colour to make the markers stand out, or contrast is asked for, the whole row is restyled
        let whole = theme.cursor_row != Style::default();
        assert_eq!(whole, matches!(name, MONO | "high-contrast"), "{name}");
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
    assert_eq!(
        names(Some(folder.path())),
        ["colour-blind", "dark", "default", "dusk", "high-contrast", "light", "mono"]
    );
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest_and_the_list() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("dusk.toml"), "").unwrap();
    let load = |name| Theme::load(name, Some(folder.path()), ColorDepth::Ansi16).unwrap_err();
    let error = load("defualt");
    assert_eq!(error.to_string(), "there is no theme \"defualt\", did you mean \"default\"?");
    assert_eq!(error.hint(), "themes there are: colour-blind, dark, default, dusk, high-contrast, light, mono");
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
        ("[palette]\nsea = \"blu\"", "line 2, column 7: there is no colour \"blu\", did you mean \"blue\"?"),
        ("palette = 1", "line 1, column 11: palette must be a table of colours: sea = \"#1080a0\""),
        ("[palette-light]\nsea = \"blu\"", "line 2, column 7: there is no colour \"blu\", did you mean \"blue\"?"),
        ("inherits = 1", "line 1, column 12: inherits needs the name of a theme"),
        ("accent = { colour = 1 }", "line 1, column 12: there is no key \"colour\""),
        ("accent = 1", "line 1, column 10: accent must be a table: { fg = …, bg = …, modifiers = […] }"),
        ("accent = { fg = \"cyan\"", "line 1, column 23: this is not TOML"),
    ] {
        assert_eq!(theme(text).unwrap_err().to_string(), format!("theme \"mine\", {message}"));
    }
}

#[test]
fn a_theme_inherits_and_has_a_palette_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("sea.toml", "inherits = \"dark\"\naccent = { fg = \"deep\" }\n[palette]\ndeep = \"#1080a0\"\n");
    write("bay.toml", "inherits = \"sea\"\ndim = { fg = \"gray\" }\n");
    write("a.toml", "inherits = \"b\"\n");
    write("b.toml", "inherits = \"a\"\n");
    write("orphan.toml", "inherits = \"drak\"\n");
    let load = |name| Theme::load(name, Some(folder.path()), ColorDepth::TrueColor);
    let (bay, dark) = (load("bay").unwrap(), load("dark").unwrap());
    assert_eq!(bay.accent.fg, Some(Color::Rgb(0x10, 0x80, 0xa0)));
    assert_eq!((bay.dim.fg, bay.text), (Some(Color::Gray), dark.text));
    assert_eq!(load("a").unwrap_err().to_string(), "theme \"a\" inherits from itself");
    assert_eq!(load("orphan").unwrap_err().to_string(), "there is no theme \"drak\", did you mean \"dark\"?");
}

proptest! {
    #[test]
    fn no_file_panics(text in "\\PC{0,40}|(accent|dim) = \\{ (fg|bg) = [\"#a-z0-9]{0,9} \\}") {
        let _ = theme(&text);
    }
}
