//! Where a partner says that a secret stands, as a finding keeps it.

use url::Url;

use crate::domain::finding::Source;
use crate::domain::untrusted::visible;
use crate::domain::values::masked;

/// The longest link, in characters.
const LONGEST: usize = 2048;

/// The address without user, password and any key's value in it; what is no web address is kept as text that can be
/// shown, and nothing at all as the source's name.
pub fn place(told: &str, source: &Source) -> String {
    let told = told.trim();
    let address = Url::parse(told).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let address = address.map(|mut url| {
        // neither can fail for a web address
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.to_string()
    });
    let kept = address.as_deref().unwrap_or(told);
    let kept = visible(&masked(kept)).into_owned();
    let kept: String = kept.chars().take(LONGEST).collect();
    if kept.is_empty() { source.word().to_owned() } else { kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_without_what_must_not_be() {
        let value = ["kdk_", "0123456789ABCDEFGHIJKLMNOPQRST", "1Ir0du"].concat();
        let link = "https://github.example/acme/infra/blob/main/.env#L3";
        for (told, kept) in [
            (link, link),
            (" https://github.example/a b ", "https://github.example/a%20b"),
            ("https://ana:hunter2@github.example/x", "https://github.example/x"),
            ("javascript:alert(1)", "javascript:alert(1)"),
            ("line\nend\u{202e}", "line\\nend\\u{202e}"),
            ("", "github"),
            (" ", "github"),
        ] {
            assert_eq!(place(told, &Source::GitHub), kept);
        }
        let kept = place(&format!("https://github.example/?q={value}&r=1"), &Source::GitHub);
        assert!(!kept.contains("0123456789") && kept.starts_with("https://github.example/?q=kdk_"), "{kept}");
        assert_eq!(place(&format!("https://a.example/{}", "x".repeat(5000)), &Source::GitHub).len(), LONGEST);
    }
}
