//! Whether the terminal's own ground is dark or light, which says which form of a theme can be read on it.

/// The ground that the terminal draws on where a theme has none of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ground {
    #[default]
    Dark,
    Light,
}

/// The relative luminance (WCAG 2) above which black reads better than white.
const MIDDLE: f64 = 0.179;

impl Ground {
    /// What a colour is as a ground.
    pub fn of(rgb: [u8; 3]) -> Self {
        if luminance(rgb) > MIDDLE { Self::Light } else { Self::Dark }
    }

    /// What `COLORFGBG` says, which some terminals set: the numbers of the foreground and, last, of the background among
    /// the sixteen colours. None where it says nothing.
    pub fn of_colorfgbg(value: &str) -> Option<Self> {
        let background: u8 = value.rsplit_once(';')?.1.parse().ok()?;
        match background {
            0..=6 | 8 => Some(Self::Dark),
            7 | 9..=15 => Some(Self::Light),
            16.. => None,
        }
    }

    /// What this process's environment says; dark where it says nothing.
    pub fn of_environment() -> Self {
        std::env::var("COLORFGBG").ok().and_then(|value| Self::of_colorfgbg(&value)).unwrap_or_default()
    }
}

/// Relative luminance, as WCAG 2 defines it.
pub(super) fn luminance(rgb: [u8; 3]) -> f64 {
    let [red, green, blue] = rgb.map(|channel| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_have_as_their_ground_is_told_apart() {
        for (rgb, ground) in [
            ([0, 0, 0], Ground::Dark),
            ([255, 255, 255], Ground::Light),
            // Solarized's two, and a terminal in the middle of grey
            ([0, 43, 54], Ground::Dark),
            ([253, 246, 227], Ground::Light),
            ([90, 90, 90], Ground::Dark),
            ([150, 150, 150], Ground::Light),
        ] {
            assert_eq!(Ground::of(rgb), ground, "{rgb:?}");
        }
    }

    #[test]
    fn the_variable_is_read_from_its_end() {
        for (value, ground) in [
            ("15;0", Some(Ground::Dark)),
            ("0;15", Some(Ground::Light)),
            ("0;default;15", Some(Ground::Light)),
            ("12;8", Some(Ground::Dark)),
            ("0;7", Some(Ground::Light)),
            ("15;default", None),
            ("0", None),
            ("", None),
            ("0;300", None),
        ] {
            assert_eq!(Ground::of_colorfgbg(value), ground, "{value}");
        }
    }
}
