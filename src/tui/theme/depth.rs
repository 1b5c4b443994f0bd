//! How many colours the terminal shows, and the nearest it can show to a colour.

use ratatui::style::Color;

/// How many colours the terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColorDepth {
    /// None, or none wanted.
    Mono,
    /// The sixteen of the terminal's palette.
    Ansi16,
    /// The 256 of xterm.
    Indexed256,
    TrueColor,
}

/// The sixteen colours as xterm shows them; what other palettes show is not known, but is near.
pub(super) const PALETTE: [(Color, [u8; 3]); 16] = [
    (Color::Black, [0, 0, 0]),
    (Color::Red, [205, 0, 0]),
    (Color::Green, [0, 205, 0]),
    (Color::Yellow, [205, 205, 0]),
    (Color::Blue, [0, 0, 238]),
    (Color::Magenta, [205, 0, 205]),
    (Color::Cyan, [0, 205, 205]),
    (Color::Gray, [229, 229, 229]),
    (Color::DarkGray, [127, 127, 127]),
    (Color::LightRed, [255, 0, 0]),
    (Color::LightGreen, [0, 255, 0]),
    (Color::LightYellow, [255, 255, 0]),
    (Color::LightBlue, [92, 92, 255]),
    (Color::LightMagenta, [255, 0, 255]),
    (Color::LightCyan, [0, 255, 255]),
    (Color::White, [255, 255, 255]),
];

/// The steps of a channel in xterm's cube of 216 colours, which begins at 16.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

impl ColorDepth {
    /// What the environment says, through `env`, which gives a variable's value: a `NO_COLOR` that is not empty means
    /// none (no-color.org), `COLORTERM` and `TERM` tell the rest, and sixteen is what nobody denies.
    pub fn detect(env: impl Fn(&str) -> Option<String>) -> Self {
        let value = |name| env(name).unwrap_or_default().to_ascii_lowercase();
        let term = value("TERM");
        if !value("NO_COLOR").is_empty() || term == "dumb" || term.ends_with("-m") || term.ends_with("-mono") {
            Self::Mono
        } else if matches!(value("COLORTERM").as_str(), "truecolor" | "24bit") || term.ends_with("-direct") {
            Self::TrueColor
        } else if term.contains("256color") {
            Self::Indexed256
        } else {
            Self::Ansi16
        }
    }

    /// [`detect`](Self::detect) with this process's environment.
    pub fn of_environment() -> Self {
        Self::detect(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    /// The nearest to `color` that a terminal of this depth shows.
    pub fn nearest(self, color: Color) -> Color {
        match (self, color) {
            (Self::Mono, _) => Color::Reset,
            (Self::Indexed256, Color::Rgb(red, green, blue)) => Color::Indexed(nearest_index([red, green, blue])),
            (Self::Ansi16, Color::Rgb(red, green, blue)) => nearest_of_16([red, green, blue]),
            (Self::Ansi16, Color::Indexed(index)) => match PALETTE.get(usize::from(index)) {
                Some((color, _)) => *color,
                None => nearest_of_16(rgb_of(index)),
            },
            (_, color) => color,
        }
    }
}

/// The channels of one of xterm's 256 colours.
fn rgb_of(index: u8) -> [u8; 3] {
    match index {
        0..=15 => PALETTE[usize::from(index)].1,
        16..=231 => {
            let place = usize::from(index - 16);
            [CUBE[place / 36], CUBE[place / 6 % 6], CUBE[place % 6]]
        }
        232..=255 => [8 + 10 * (index - 232); 3],
    }
}

/// The nearest among those of the 256 that no palette changes.
fn nearest_index(rgb: [u8; 3]) -> u8 {
    (16..=255).min_by_key(|index| distance(rgb, rgb_of(*index))).unwrap_or(16)
}

fn nearest_of_16(rgb: [u8; 3]) -> Color {
    PALETTE.iter().min_by_key(|(_, known)| distance(rgb, *known)).map_or(Color::Reset, |(color, _)| *color)
}

fn distance(a: [u8; 3], b: [u8; 3]) -> u32 {
    a.into_iter().zip(b).map(|(x, y)| u32::from(x.abs_diff(y)).pow(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(&[], ColorDepth::Ansi16)]
    #[case(&[("TERM", "linux")], ColorDepth::Ansi16)]
    #[case(&[("TERM", "xterm-256color")], ColorDepth::Indexed256)]
    #[case(&[("TERM", "tmux-256color"), ("COLORTERM", "truecolor")], ColorDepth::TrueColor)]
    #[case(&[("TERM", "xterm-direct")], ColorDepth::TrueColor)]
    #[case(&[("TERM", "xterm-256color"), ("NO_COLOR", "1")], ColorDepth::Mono)]
    #[case(&[("TERM", "xterm-256color"), ("NO_COLOR", "")], ColorDepth::Indexed256)]
    #[case(&[("TERM", "vt100-m")], ColorDepth::Mono)]
    fn the_environment_tells(#[case] variables: &[(&str, &str)], #[case] depth: ColorDepth) {
        let env = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        assert_eq!(ColorDepth::detect(env), depth);
    }

    #[test]
    fn colours_come_down_to_the_nearest() {
        assert_eq!(ColorDepth::TrueColor.nearest(Color::Rgb(1, 2, 3)), Color::Rgb(1, 2, 3));
        assert_eq!(ColorDepth::Indexed256.nearest(Color::Rgb(255, 0, 0)), Color::Indexed(196));
        assert_eq!(ColorDepth::Indexed256.nearest(Color::Rgb(9, 8, 7)), Color::Indexed(232));
        assert_eq!(ColorDepth::Ansi16.nearest(Color::Rgb(250, 10, 10)), Color::LightRed);
        assert_eq!(ColorDepth::Ansi16.nearest(Color::Indexed(9)), Color::LightRed);
        assert_eq!(ColorDepth::Ansi16.nearest(Color::Indexed(255)), Color::Gray);
        assert_eq!(ColorDepth::Ansi16.nearest(Color::Cyan), Color::Cyan);
        assert_eq!(ColorDepth::Mono.nearest(Color::Cyan), Color::Reset);
    }

    #[test]
    fn every_colour_of_the_cube_is_its_own_nearest() {
        for index in 16..=255 {
            let [red, green, blue] = rgb_of(index);
            let found = ColorDepth::Indexed256.nearest(Color::Rgb(red, green, blue));
            assert!(matches!(found, Color::Indexed(other) if rgb_of(other) == rgb_of(index)), "{index}");
        }
    }
}
