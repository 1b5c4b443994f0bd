//! Text from outside in Markdown that keydeck writes: it stays text, whatever it holds.

use super::untrusted::visible;

/// Text as it is in Markdown, in a cell of a table too: whatever it holds is neither markup nor HTML nor a link, and what a
/// terminal would obey is an escape.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let shown = visible(text);
    // what begins a list where a line begins with it: a dash, a plus, a number before a dot or a bracket
    let digits = shown.bytes().take_while(u8::is_ascii_digit).count();
    let begins_a_list = match shown.as_bytes().get(digits) {
        Some(b'-' | b'+') if digits == 0 => true,
        Some(b'.' | b')') => digits > 0,
        _ => false,
    };
    for (at, c) in shown.char_indices() {
        if begins_a_list && at == digits {
            out.push('\\');
        }
        // the colon and the at sign are what makes a link of a bare address
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '#' | '!' | '@' | ':' | '$') {
            // a colon alone is none of that, and stands in every path and time
            let is_link = c != ':' || text.contains("://");
            if is_link {
                out.push('\\');
            }
        }
        out.push(c);
    }
    // a bare address is taken for a link by these three letters too
    out.replace("www.", "www\\.")
}

/// Text as code in Markdown, in a cell of a table too, between more backticks than it has itself.
pub fn code(text: &str) -> String {
    let shown = visible(text).replace('|', "\\|");
    let longest = shown.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let pad = if shown.starts_with('`') || shown.ends_with('`') || shown.is_empty() { " " } else { "" };
    format!("{fence}{pad}{shown}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_markup() {
        for (text, shown) in [
            ("ci", "ci"),
            ("deploy-eu_1", "deploy-eu\\_1"),
            ("a|b", "a\\|b"),
            ("[x](http://evil.example)", "\\[x\\](http\\://evil.example)"),
            ("<img src=x>", "\\<img src=x\\>"),
            ("**now**", "\\*\\*now\\*\\*"),
            ("back\\slash `code`", "back\\\\slash \\`code\\`"),
            ("www.evil.example", "www\\.evil.example"),
            ("mail ana@acme.example", "mail ana\\@acme.example"),
            ("a\nb\u{1b}[2J\u{202e}", "a\\\\nb\\\\x1b\\[2J\\\\u{202e}"),
            ("at 08:30", "at 08:30"),
            ("- - -", "\\- - -"),
            ("+ x", "\\+ x"),
            ("12. x", "12\\. x"),
            ("2026-11-27", "2026-11-27"),
        ] {
            assert_eq!(plain(text), shown, "{text}");
        }
        for (text, shown) in [
            ("/srv/app_1/.env", "`/srv/app_1/.env`"),
            ("a`b``c", "```a`b``c```"),
            ("`a", "`` `a ``"),
            ("a|b\n", "`a\\|b\\n`"),
            ("", "`  `"),
        ] {
            assert_eq!(code(text), shown, "{text}");
        }
    }
}
