//! Which characters the terminal shows, as far as the environment tells.

/// Whether the terminal shows UTF-8, by the locale's variables through `env`, which gives a variable's value: the first of
/// `LC_ALL`, `LC_CTYPE` and `LANG` that is not empty (POSIX, Environment Variables). Without any the locale is the
/// system's to say, and terminals of today show UTF-8; screen and tmux read the same variables and then do not.
pub fn is_utf8(env: impl Fn(&str) -> Option<String>) -> bool {
    let value = |name| env(name).filter(|value| !value.is_empty()).map(|value| value.to_ascii_lowercase());
    match ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(value) {
        Some(locale) => locale.contains("utf-8") || locale.contains("utf8"),
        None => !value("TERM").is_some_and(|term| term.starts_with("screen") || term.starts_with("tmux")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(&[("LANG", "C.UTF-8")], true)]
    #[case(&[("LANG", "en_SG.utf8")], true)]
    #[case(&[("LC_CTYPE", "UTF-8")], true)]
    #[case(&[("LANG", "C")], false)]
    #[case(&[("LANG", "de_DE.ISO-8859-1")], false)]
    #[case(&[("LANG", "C.UTF-8"), ("LC_CTYPE", "C")], false)]
    #[case(&[("LANG", "C.UTF-8"), ("LC_CTYPE", "C"), ("LC_ALL", "en_US.UTF-8")], true)]
    #[case(&[("LANG", "C.UTF-8"), ("LC_ALL", "POSIX")], false)]
    #[case(&[("LANG", "C.UTF-8"), ("LC_ALL", "")], true)]
    #[case(&[("TERM", "xterm-256color")], true)]
    #[case(&[("TERM", "screen")], false)]
    #[case(&[("TERM", "tmux-256color"), ("LANG", "C.UTF-8")], true)]
    fn the_first_variable_that_is_set_tells(#[case] variables: &[(&str, &str)], #[case] utf8: bool) {
        let env = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        assert_eq!(is_utf8(env), utf8);
    }
}
