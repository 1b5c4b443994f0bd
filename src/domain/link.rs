//! Which text from outside may become a link that a terminal opens.

use url::Url;

use super::untrusted::Untrusted;

/// The longest address that becomes a link, in bytes.
const LONGEST: usize = 2000;

/// The address to open for `text`, if it is one that can be trusted to lead where it says: https, written in printable
/// ASCII, without a user name, which would stand where one looks for the host, and at most 2,000 bytes long.
pub fn https(text: &Untrusted) -> Option<String> {
    let text = text.as_received();
    let plain = text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    // the parser forgives what a person would read otherwise, such as a third slash or an empty user name
    let host = text.strip_prefix("https://").filter(|_| plain)?.split(['/', '?', '#']).next()?;
    if host.is_empty() || host.contains('@') {
        return None;
    }
    Url::parse(text).ok().map(String::from).filter(|url| url.len() <= LONGEST)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("https://git.example/acme/infra/blob/main/.env#L3")]
    #[case("https://git.example:8443/a?b=c&d=%20")]
    #[case("https://[::1]/")]
    fn these_are_links(#[case] text: &str) {
        assert_eq!(https(&text.into()).as_deref(), Some(text));
    }

    #[rstest]
    #[case("")]
    #[case("http://git.example/")]
    #[case("javascript:alert(1)")]
    #[case("file:///etc/passwd")]
    #[case("HTTPS:git.example")]
    #[case("https://")]
    #[case("https:///etc")]
    #[case("https://good.example@evil.example/")]
    #[case("https://good.example:x@evil.example/")]
    #[case("https://@evil.example/")]
    #[case(r"https://good.example\@evil.example/")]
    #[case("https://git.example/\u{1b}\\x")]
    #[case("https://git.example/\u{9c}x")]
    #[case("https://git.example/\u{202e}gpj.exe")]
    #[case("https://git.ex\u{430}mple/")]
    #[case("https://git.example/a b")]
    #[case("https://git.example/\n")]
    #[case(" https://git.example/")]
    #[case("https://git.example:99999/")]
    fn these_are_not(#[case] text: &str) {
        assert_eq!(https(&text.into()), None, "{text:?}");
    }

    #[test]
    fn a_very_long_one_is_none() {
        let of = |length: usize| format!("https://git.example/{}", "a".repeat(length - 20));
        assert!(https(&of(2000).as_str().into()).is_some());
        assert!(https(&of(2001).as_str().into()).is_none());
        let grows = format!("https://git.example/{}", "\"".repeat(1000));
        assert!(https(&grows.as_str().into()).is_none(), "escaped, it is longer");
    }
}
