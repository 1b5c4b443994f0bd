//! What is an e-mail address: for a person's contacts, on the command line and on the server, which have to agree.

use email_address::{EmailAddress, Options};

use super::untrusted::is_hostile;
use super::values::holds_value;

/// The longest address that can be sent to, in bytes. Source: RFC 5321, 4.5.3.1.3, less the brackets.
const LONGEST: usize = 254;

/// Whether mail can be sent to `text` as it stands: an address without display name, comment or quoting, at a domain of at
/// least two labels, and no key's value.
pub fn is_email(text: &str) -> bool {
    let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
    let plain = !text.contains(|c: char| c.is_whitespace() || is_hostile(c) || "<>()[],;:\\\"".contains(c));
    plain && text.len() <= LONGEST && EmailAddress::parse_with_options(text, options).is_ok() && !holds_value(text)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("a@b.example")]
    #[case("first.last+tag@sub.domain.example")]
    #[case("ünï@bücher.example")]
    #[case("o'brien@team.example")]
    #[case("x@1.2.example")]
    fn addresses_are_taken(#[case] text: &str) {
        assert!(is_email(text));
    }

    #[rstest]
    #[case("")]
    #[case("a")]
    #[case("@b.example")]
    #[case("a@")]
    #[case("a@b@c.example")]
    #[case::no_dot("ops@localhost")]
    #[case::a_space("a b@c.example")]
    #[case::quoted("\"a b\"@c.example")]
    #[case::two_lines("a@b.example\r\nBcc: x@y.example")]
    #[case::turned_around("a\u{202e}b@c.example")]
    #[case::nothing_to_see("a\u{200b}b@c.example")]
    #[case::display_name("Ann <a@b.example>")]
    #[case::two("a@b.example,c@d.example")]
    #[case::empty_label("a@b..example")]
    #[case::hyphen("a@-b.example")]
    #[case::literal("a@[127.0.0.1]")]
    #[case::a_keys_value("kdk_0123456789ABCDEFGHIJKLMNOPQRST1Ir0du@b.example")]
    fn what_is_none_is_refused(#[case] text: &str) {
        assert!(!is_email(text));
    }

    #[test]
    fn a_long_one_is_refused() {
        assert!(!is_email(&format!("a@{}.example", "b".repeat(60).repeat(5))));
    }
}
