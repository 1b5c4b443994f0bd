//! Text cut and padded to columns of the screen.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// What the console is drawn with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signs {
    /// Everything.
    #[default]
    Unicode,
    /// ASCII alone.
    Ascii,
}

/// A count as people read it: `3,000`.
pub fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// How many columns a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text cut to at most `most` columns; what is cut ends in `…`.
pub fn cut(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let wide = width(grapheme);
        if used + wide + 1 > most {
            break;
        }
        used += wide;
        out.push_str(grapheme);
    }
    if most > 0 {
        out.push('…');
    }
    out
}

/// An address in at most `most` columns: without the `https://` that is meant to be there, so that any other form is seen,
/// and where it is too long with the host, which tells whose it is, and the end, which tells where it leads.
pub fn address(text: &str, most: usize) -> String {
    let text = text.strip_prefix("https://").unwrap_or(text);
    if width(text) <= most {
        return text.to_owned();
    }
    let scheme = text.find("://").map_or(0, |at| at + 3);
    let host = text[scheme..].find('/').map_or(text.len(), |at| scheme + at);
    let (head, rest) = text.split_at(host);
    let room = most.saturating_sub(width(head) + 2);
    if room < 6 {
        return cut(text, most);
    }
    let mut tail: Vec<&str> = Vec::new();
    let mut used = 0;
    for grapheme in rest.graphemes(true).rev() {
        used += width(grapheme);
        if used > room {
            break;
        }
        tail.push(grapheme);
    }
    let tail: String = tail.into_iter().rev().collect();
    format!("{head}/…{tail}")
}

/// A masked value in at most `most` columns: its end is what tells it from others, so that is what stays.
pub fn masked(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut tail: Vec<&str> = Vec::new();
    let mut used = 1;
    for grapheme in text.graphemes(true).rev() {
        used += width(grapheme);
        if used > most {
            break;
        }
        tail.push(grapheme);
    }
    let tail: String = tail.into_iter().rev().collect();
    // a mask has a cut of its own, which one more would only double
    let tail = tail.rsplit('…').next().unwrap_or_default();
    if most > 0 { format!("…{tail}") } else { String::new() }
}

/// The text cut and padded to exactly `columns`.
pub fn fit(text: &str, columns: usize) -> String {
    let mut out = cut(text, columns);
    out.extend(std::iter::repeat_n(' ', columns.saturating_sub(width(&out))));
    out
}

/// The text broken into lines of at most `columns`, at blanks where there are any.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let mut word = word.to_owned();
        if !line.is_empty() && width(&line) + 1 + width(&word) > columns {
            lines.push(std::mem::take(&mut line));
        }
        while width(&word) > columns && columns > 0 {
            let head: String = take_columns(&word, columns);
            word = word[head.len()..].to_owned();
            lines.push(head);
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    lines.push(line);
    lines
}

fn take_columns(text: &str, columns: usize) -> String {
    let mut used = 0;
    let head: String = text
        .graphemes(true)
        .take_while(|grapheme| {
            used += width(grapheme);
            used <= columns
        })
        .collect();
    // a grapheme wider than the line is taken all the same, so that there is progress
    if head.is_empty() { text.graphemes(true).next().unwrap_or_default().to_owned() } else { head }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_its_host_and_its_end() {
        let long = "https://git.example/acme/infra/blob/main/deploy/.env#L14";
        assert_eq!(address(long, 60), "git.example/acme/infra/blob/main/deploy/.env#L14");
        assert_eq!(address(long, 26), "git.example/…ploy/.env#L14");
        assert_eq!(width(&address(long, 26)), 26);
        assert_eq!(address("http://git.example/a/very/long/path/x", 30), "http://git.example/…ong/path/x");
        assert_eq!(address("https://a-very-long-host.example.org/x/y/z", 20), "a-very-long-host.ex…");
        assert_eq!(address("not an address at all, but text", 12), "not an addr…");
        assert_eq!(address("", 5), "");
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(fit("日本語", 4), "日… ");
        assert_eq!(fit("ab", 4), "ab  ");
        assert_eq!(cut("abc", 0), "");
    }

    #[test]
    fn of_a_masked_value_the_end_stays() {
        assert_eq!(masked("kdk_…9fQ2", 9), "kdk_…9fQ2");
        assert_eq!(masked("kdk_…9fQ2", 5), "…9fQ2");
        assert_eq!(masked("kdk_…9fQ2", 7), "…9fQ2");
        assert_eq!(masked("PMAK-0123456789-abcd", 6), "…-abcd");
        assert_eq!(masked("abcd", 0), "");
    }

    #[test]
    fn lines_break_at_blanks_and_long_words_anywhere() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
        assert_eq!(wrap("日本", 1), ["日", "本", ""]);
    }
}
