//! `notify_before_days` of a profile: when the console tells of one's own keys that end, where the backend names no days;
//! that it names none itself keeps the console from telling at all.

use std::ops::Range;

use toml::Spanned;

use super::error::ConfigError;

/// When keys are told of, in days before they end, unless the backend or the profile says otherwise. Source: management
/// API, `notifyBeforeDays`.
pub const NOTICE_DAYS: [u32; 4] = [30, 14, 3, 1];
/// The most days that are named, and the most of one. Source: management API, `notifyBeforeDays`.
const MOST: usize = 10;
const LONGEST: u32 = 365;

/// The days, the most first, each once, `usual` where nothing is said; `told` puts the place and the profile before what is wrong.
///
/// # Errors
/// When they are too many, or one is none.
pub(super) fn checked(
    said: Option<Spanned<Vec<i64>>>,
    usual: [u32; 4],
    told: impl FnOnce(&Range<usize>, &str) -> String,
) -> Result<Vec<u32>, ConfigError> {
    let Some(said) = said else { return Ok(usual.to_vec()) };
    let day = |days: &i64| u32::try_from(*days).ok().filter(|days| (1..=LONGEST).contains(days));
    let days: Option<Vec<u32>> = said.get_ref().iter().map(day).collect();
    let Some(mut days) = days.filter(|days| days.len() <= MOST) else {
        let what = format!("notify_before_days holds more than {MOST} numbers, or one that is not 1 to {LONGEST}");
        let hint = "write notify_before_days = [30, 14, 3, 1], or [] to be told of none";
        return Err(ConfigError::new(told(&said.span(), &what), hint));
    };
    days.sort_unstable_by(|a, b| b.cmp(a));
    days.dedup();
    Ok(days)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;

    fn of(line: &str) -> Result<Vec<u32>, ConfigError> {
        let text = format!(
            "[profiles.prod]\nbackend = \"keydeck\"\nbase_url = \"https://keys.acme.example\"\n\
             credential = {{ env = \"KEY\" }}\n{line}\n"
        );
        let config = Config::parse(&text, Path::new("/config.toml"))?;
        Ok(config.profiles["prod"].notify_before_days.clone())
    }

    #[test]
    fn days_are_sorted_and_bounded() {
        assert_eq!(of("").unwrap(), NOTICE_DAYS);
        assert_eq!(of("notify_before_days = [1, 30, 7, 7]").unwrap(), [30, 7, 1]);
        assert_eq!(of("notify_before_days = []").unwrap(), [0_u32; 0]);
        for wrong in ["[0]", "[-1]", "[366]", "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]"] {
            let error = of(&format!("notify_before_days = {wrong}")).unwrap_err();
            let said = error.to_string();
            assert!(said.contains("config.toml:5:22: profiles.prod.notify_before_days holds more than 10"), "{said}");
            assert!(error.hint().contains("[30, 14, 3, 1]"));
        }
        let said = of("notify_before_days = \"30\"").unwrap_err().to_string();
        assert!(said.contains("profiles.prod.notify_before_days"), "{said}");
    }
}
