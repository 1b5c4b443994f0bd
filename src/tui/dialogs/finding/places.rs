//! The places where a secret stands, as far as they are read, and how its finding was resolved.

use super::LinkedLine;
use crate::domain::finding::Resolution;
use crate::domain::ids::UserId;
use crate::domain::location::{Location, Locations, Resolved};
use crate::domain::names::Names;
use crate::domain::time::When;
use crate::tui::dialogs::detail::DetailLine;
use crate::tui::text::thousands;

/// How far the places are read.
#[derive(Debug, Default, PartialEq)]
pub enum Places {
    /// Asked for; nothing is here yet.
    #[default]
    Loading,
    /// Not to be had from this backend; why.
    None(String),
    /// They could not be read; why.
    Failed(String),
    Here(Read),
}

/// What is read of the places.
#[derive(Debug, Default, PartialEq)]
pub struct Read {
    places: Vec<Location>,
    total: Option<u64>,
    /// Where the next page is; none at the end.
    pub next: Option<String>,
    history: Vec<Resolved>,
    /// Why the next page could not be read.
    trouble: Option<String>,
}

impl Places {
    /// A page came.
    pub fn add(&mut self, page: Locations) {
        let mut read = match std::mem::take(self) {
            Self::Here(read) => read,
            Self::Loading | Self::None(_) | Self::Failed(_) => Read::default(),
        };
        read.places.extend(page.places);
        read.total = page.total.or(read.total);
        // a server that gives the same cursor again has no more to tell
        read.next = page.next.filter(|next| read.next.as_ref() != Some(next));
        // each page tells what was said in its workspace
        let new: Vec<Resolved> = page.history.into_iter().filter(|one| !read.history.contains(one)).collect();
        read.history.extend(new);
        read.trouble = None;
        *self = Self::Here(read);
    }

    /// A page could not be read; what came stays.
    pub fn fail(&mut self, why: String) {
        match self {
            Self::Here(read) => read.trouble = Some(why),
            Self::Loading | Self::None(_) | Self::Failed(_) => *self = Self::Failed(why),
        }
    }

    /// Where the next page is, if there is one.
    pub fn next(&self) -> Option<&String> {
        match self {
            Self::Here(read) => read.next.as_ref(),
            Self::Loading | Self::None(_) | Self::Failed(_) => None,
        }
    }

    /// The lines: the places, then how the finding was resolved. `accepted` is whether the key still is.
    pub fn lines(&self, accepted: bool, users: &Names) -> Vec<LinkedLine> {
        let one = |words: String| vec![LinkedLine::plain(DetailLine::new("Places", words))];
        match self {
            Self::Loading => one("loading …".to_owned()),
            Self::None(why) => one(format!("not told by this backend: {why}")),
            Self::Failed(why) => one(format!("not here: {why}")),
            Self::Here(read) => read.lines(accepted, users),
        }
    }
}

impl Read {
    fn lines(&self, accepted: bool, users: &Names) -> Vec<LinkedLine> {
        let here = self.places.len();
        let all = self.total.and_then(|total| usize::try_from(total).ok()).filter(|total| *total > here);
        let head = match (here, all) {
            (0, _) => "the server names none".to_owned(),
            (here, Some(all)) => format!("{} of {}", thousands(here), thousands(all)),
            (1, None) => "one".to_owned(),
            (here, None) => thousands(here),
        };
        let mut lines = vec![LinkedLine::plain(DetailLine::new("Places", head))];
        lines.extend(self.places.iter().flat_map(|place| of_place(place, accepted, users)));
        let trouble = self.trouble.as_ref().map(|why| format!("more could not be read: {why}"));
        lines.extend(trouble.map(|words| LinkedLine::plain(DetailLine::below(words))));
        let history: Vec<LinkedLine> = self.history.iter().map(|one| resolved(one, users)).collect();
        if !history.is_empty() {
            lines.push(LinkedLine::plain(DetailLine::new("", String::new())));
            lines.push(LinkedLine::plain(DetailLine::new("Resolved", String::new())));
            lines.extend(history);
        }
        lines
    }
}

fn day(when: &When) -> String {
    match when {
        When::At(at) => at.format("%Y-%m-%d").to_string(),
        When::Never | When::Unreadable(_) => String::new(),
    }
}

fn somebody(id: UserId, users: &Names) -> String {
    users.name(id).map_or_else(|| format!("user {id}"), ToString::to_string)
}

fn of_place(place: &Location, accepted: bool, users: &Names) -> Vec<LinkedLine> {
    let address = if place.url.is_empty() { &place.within } else { &place.url };
    let mut first = LinkedLine::address("", address);
    first.line.name = day(&place.detected).into();
    let mut more: Vec<String> = Vec::new();
    if place.within != place.url && !place.within.is_empty() && !place.url.is_empty() {
        more.push(format!("in {}", place.within));
    }
    if !place.resource.is_empty() {
        more.push(place.resource.to_string());
    }
    match place.occurrences {
        None | Some(0 | 1) => {}
        Some(many) => more.push(format!("{many} times")),
    }
    more.extend(place.leaked_by.map(|who| format!("put there by {}", somebody(who, users))));
    let mut lines = vec![first];
    if !more.is_empty() {
        lines.push(LinkedLine::plain(DetailLine::below(more.join(" · "))));
    }
    if place.gone {
        let words = if accepted {
            "gone from there, but not dead: the key is still accepted, and whoever read it can use it"
        } else {
            "gone from there, which says nothing of the key: whoever read it has it"
        };
        lines.push(LinkedLine::plain(DetailLine::new("", words.to_owned())));
    }
    lines
}

/// `2026-11-20  14:02:11 UTC  a false positive, by Ana Souza`.
fn resolved(resolved: &Resolved, users: &Names) -> LinkedLine {
    let time = match &resolved.at {
        When::At(at) => at.format("%H:%M:%S UTC  ").to_string(),
        When::Never | When::Unreadable(_) => String::new(),
    };
    let by = resolved.by.map_or_else(|| "by the server itself".to_owned(), |by| format!("by {}", somebody(by, users)));
    let what = match &resolved.resolution {
        Resolution::Active => "opened again".to_owned(),
        other => other.in_words(),
    };
    LinkedLine::plain(DetailLine::new(day(&resolved.at), format!("{time}{what}, {by}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(url: &str) -> Location {
        Location { url: url.into(), detected: When::from_wire("2026-11-20T08:00:00Z"), ..Location::default() }
    }

    fn page(places: &[&str], next: Option<&str>) -> Locations {
        Locations {
            places: places.iter().map(|url| place(url)).collect(),
            total: Some(3),
            next: next.map(str::to_owned),
            history: Vec::new(),
        }
    }

    fn words(places: &Places) -> Vec<String> {
        places.lines(true, &Names::default()).into_iter().map(|line| line.line.text).collect()
    }

    #[test]
    fn pages_are_put_one_behind_the_other_and_a_failure_costs_nothing_that_came() {
        let mut places = Places::Loading;
        places.add(page(&["https://a.example/1"], Some("c")));
        assert_eq!((words(&places)[0].as_str(), places.next().map(String::as_str)), ("1 of 3", Some("c")));
        places.fail("503".to_owned());
        assert!(words(&places).iter().any(|words| words.ends_with("503")) && places.next().is_some());
        places.add(page(&["https://a.example/2", "https://a.example/3"], Some("c")));
        assert_eq!(words(&places), ["3", "https://a.example/1", "https://a.example/2", "https://a.example/3"]);
        assert_eq!(places.next(), None, "the same cursor again leads nowhere");
        let mut failed = Places::Loading;
        failed.fail("denied".to_owned());
        assert_eq!(words(&failed), ["not here: denied"]);
    }

    #[test]
    fn a_text_that_is_gone_is_no_dead_key() {
        let gone = Location { gone: true, ..place("http://a.example/1") };
        let line = |accepted| of_place(&gone, accepted, &Names::default());
        assert!(line(true)[1].line.text.contains("still accepted"));
        assert!(!line(false)[1].line.text.contains("still accepted"));
        assert_eq!(line(true)[0].link, None, "only https is followed");
        assert!(of_place(&place("https://a.example/1"), true, &Names::default())[0].link.is_some());
    }
}
