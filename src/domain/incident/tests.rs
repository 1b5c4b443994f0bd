use proptest::prelude::*;
use pulldown_cmark::{Event as Markup, Options, Parser, Tag};
use rstest::rstest;

use super::*;
use crate::domain::bulk::Confirmation;
use crate::domain::finding::{Resolution, Source};
use crate::domain::key::{Key, RefusedUses, Status};
use crate::domain::key_value::{KeyKind, fingerprint, mint, recognise};
use crate::domain::present::Present;
use crate::domain::secret::Secret;
use crate::domain::time::When;
use crate::domain::values::Format;

fn at(seconds: i64) -> Time {
    When::from_wire("2026-11-27T03:02:10Z").time().unwrap() + chrono::TimeDelta::seconds(seconds)
}

fn given(fingerprint: &str) -> Given {
    Given {
        fingerprint: Some(fingerprint.to_owned()),
        masked: format!("kdk_…00{fingerprint}").into(),
        form: Format::ApiKey.name().to_owned(),
        own_form: true,
        vendor: None,
        times: 1,
        line: Some(1),
    }
}

/// An incident about keys that are known and alive.
fn incident(facts: Vec<Facts>) -> Incident {
    let mut incident = Incident::new(IncidentId("01KB".to_owned()), Opened::sample(), at(0));
    let values = (10..).take(facts.len()).map(|number| given(&number.to_string())).collect();
    let known = facts.into_iter().map(|facts| Known::Ours(Box::new(facts))).enumerate().collect();
    let mut events = vec![Event::Pasted { values, rest: Vec::new() }, Event::Seen { known }];
    for subject in 0..incident_size(&events) {
        let tried = Tried::Accepted { user: None, key: None };
        events.push(Event::Probed { subject, attempt: Attempt { at: at(1), tried } });
    }
    for event in events {
        incident.apply(Entry { at: at(1), event });
    }
    incident
}

fn incident_size(events: &[Event]) -> usize {
    match &events[0] {
        Event::Pasted { values, .. } => values.len(),
        _ => 0,
    }
}

fn facts(change: impl FnOnce(&mut Facts)) -> Facts {
    let mut facts = Facts::of(&Key { owner_id: UserId(7), ..Key::sample("k") }, None, None, UserId(1));
    change(&mut facts);
    facts
}

fn spot() -> Spot {
    Spot {
        finding: "f".into(),
        secret: "s".into(),
        workspace: "github".into(),
        source: Some(Source::GitHub),
        url: "https://github.com/acme/site".into(),
        detected: at(-3600).into(),
        occurrences: 1,
        resolution: Resolution::Active,
    }
}

fn own_form(value: &str) -> bool {
    recognise(value).is_some()
}

fn taken(pieces: &[&[u8]]) -> Taken {
    let mut intake = Intake::new(&own_form);
    for piece in pieces {
        intake.feed(piece);
    }
    intake.finish()
}

fn value() -> Secret {
    mint(KeyKind::ApiKey, getrandom::fill).unwrap()
}

#[rstest]
#[case::used_since_it_was_found(facts(|facts| { facts.spots = vec![spot()]; facts.last_used = at(-60).into(); }), Measure::Revoke, "after it was found")]
#[case::found(facts(|facts| facts.spots = vec![spot()]), Measure::Revoke, "others can read it: github")]
#[case::disabled(facts(|facts| facts.status = Status::Disabled), Measure::Revoke, "could be enabled again")]
#[case::never_used(facts(|_| ()), Measure::Revoke, "never used")]
#[case::long_idle(facts(|facts| facts.last_used = at(-9 * 86_400).into()), Measure::Revoke, "last used 9 d ago")]
#[case::in_use_by_another(facts(|facts| facts.last_used = at(-60).into()), Measure::Freeze, "can be taken back")]
#[case::ones_own_in_use(
    facts(|facts| { facts.last_used = at(-60).into(); facts.mine = true; }),
    Measure::Replace { by: at(3600) },
    "its successor first"
)]
#[case::a_collection_access_key(facts(|facts| { facts.collection = true; facts.last_used = at(-60).into(); }), Measure::Revoke, "can only be revoked")]
fn what_is_recommended_and_why(#[case] facts: Facts, #[case] measure: Measure, #[case] reason: &str) {
    let advice = incident(vec![facts]).advice(0, at(0)).unwrap();
    assert_eq!(advice.measure, measure, "{}", advice.reason);
    assert!(advice.reason.contains(reason), "{}", advice.reason);
}

#[test]
fn without_the_right_it_is_recommended_that_the_key_deletes_itself() {
    let mut incident = incident(vec![facts(|_| ())]);
    incident.opened.admin = false;
    assert_eq!(incident.advice(0, at(0)).unwrap().measure, Measure::SelfDelete);
    incident.subjects[0].in_hand = false;
    assert_eq!(incident.advice(0, at(0)).unwrap().measure, Measure::Leave);
}

#[test]
fn what_must_be_typed() {
    let idle = || facts(|facts| facts.last_used = at(-9 * 86_400).into());
    let busy = || facts(|facts| facts.last_used = at(-60).into());
    let typed = |incident: &Incident, measures: &[(usize, Measure)]| incident.confirmation(measures, at(0)).typed();
    let one = incident(vec![idle()]);
    assert_eq!(typed(&one, &[(0, Measure::Revoke)]).as_deref(), Some("0010"));
    assert_eq!(one.confirmation(&[(0, Measure::Freeze)], at(0)), Confirmation::Yes);
    assert_eq!(one.confirmation(&[(0, Measure::Leave)], at(0)), Confirmation::Nothing);
    let busy = incident(vec![busy()]);
    assert_eq!(typed(&busy, &[(0, Measure::Freeze)]).as_deref(), Some("0010"), "something depends on it");
    let mut production = one.clone();
    production.opened.production = true;
    assert_eq!(typed(&production, &[(0, Measure::Freeze)]).as_deref(), Some("0010"));
    let two = incident(vec![idle(), idle()]);
    assert_eq!(typed(&two, &[(0, Measure::Revoke), (1, Measure::Revoke)]).as_deref(), Some("2"));
    assert_eq!(typed(&two, &[(0, Measure::Revoke), (1, Measure::Leave)]).as_deref(), Some("0010"));
    assert_eq!(two.confirmation(&[(0, Measure::Freeze), (1, Measure::Freeze)], at(0)), Confirmation::Yes);
}

#[test]
fn what_cannot_be_decided_is_refused_and_changes_nothing() {
    let mut incident = incident(vec![facts(|_| ()), facts(|facts| facts.collection = true)]);
    let now = Present::from(at(0));
    let decide =
        |incident: &Incident, number, measure| incident.decide(&Decision::Measures(vec![(number, measure)]), now);
    assert_eq!(decide(&incident, 7, Measure::Revoke), Err(Refused::NoSuch));
    assert_eq!(decide(&incident, 0, Measure::Replace { by: at(60) }), Err(Refused::NotYours));
    assert_eq!(decide(&incident, 1, Measure::Freeze), Err(Refused::OnlyRevocable));
    assert_eq!(incident.decide(&Decision::GiveUp(0), now), Err(Refused::NothingToDecide));
    incident.apply(Entry { at: at(2), event: Event::Sending { subjects: vec![0] } });
    assert_eq!(decide(&incident, 0, Measure::Freeze), Err(Refused::UnderWay));
    incident.apply(Entry { at: at(3), event: Event::Answered { subject: 0, answer: Answer::Disabled } });
    assert_eq!(decide(&incident, 0, Measure::Freeze), Err(Refused::Done));
    assert!(decide(&incident, 0, Measure::Revoke).is_ok(), "what is frozen may still be revoked");
}

#[test]
fn a_refusal_from_before_it_was_asserted_proves_nothing() {
    let mut incident = incident(vec![facts(|_| ())]);
    let attempt = |second| Event::Attempted { subject: 0, attempt: Attempt { at: at(second), tried: Tried::Refused } };
    incident.apply(Entry { at: at(2), event: attempt(2) });
    incident.apply(Entry { at: at(5), event: Event::Answered { subject: 0, answer: Answer::Revoked } });
    assert!(incident.subjects[0].standing(at(5)).is_asserted());
    assert_eq!(incident.subjects[0].next_attempt(at(5)), Some(at(5)), "it is tried at once");
    incident.apply(Entry { at: at(6), event: attempt(6) });
    assert_eq!(incident.subjects[0].standing(at(6)), Standing::Proven { asserted: Some(at(5)), at: at(6) });
}

#[test]
fn attempts_come_ever_more_rarely_and_end() {
    let mut incident = incident(vec![facts(|_| ())]);
    incident.apply(Entry { at: at(10), event: Event::Answered { subject: 0, answer: Answer::Revoked } });
    let mut moments = Vec::new();
    while let Some(next) = incident.subjects[0].next_attempt(at(10)) {
        moments.push((next - at(10)).num_seconds());
        let tried = Tried::Accepted { user: None, key: None };
        incident
            .apply(Entry { at: next, event: Event::Attempted { subject: 0, attempt: Attempt { at: next, tried } } });
    }
    assert_eq!(moments[..7], [0, 1, 2, 4, 6, 9, 14]);
    assert!(moments.iter().all(|moment| *moment <= PATIENCE_SECONDS) && moments.len() > 12, "{moments:?}");
    assert_eq!(incident.next(at(999)), Next::Do(Effect::Hunt));
}

#[test]
fn values_are_found_wherever_a_text_is_cut() {
    let (first, second) = (value(), value());
    let mut text = vec![b'.'; 40_000];
    text.extend_from_slice(format!("\n{}\n", first.expose()).as_bytes());
    text.extend_from_slice(&vec![b'x'; CHUNK - 20_000]);
    let broken = second.expose().split_at(17);
    text.extend_from_slice(format!("\n{}\\\n  {} {}\n", broken.0, broken.1, first.expose()).as_bytes());
    text.extend_from_slice(&vec![b' '; 50_000]);
    let whole = taken(&[&text]);
    assert_eq!(whole.values.len(), 2);
    let told = |taken: &Taken| taken.values.iter().map(|(given, _)| given.clone()).collect::<Vec<_>>();
    assert_eq!(told(&whole)[0].times, 2);
    assert_eq!(told(&whole)[0].line, Some(2));
    for size in [1000, 4096, 65_537, CHUNK - 1, CHUNK] {
        let pieces: Vec<&[u8]> = text.chunks(size).collect();
        assert_eq!(told(&taken(&pieces)), told(&whole), "{size}");
    }
}

#[test]
fn a_value_across_the_edge_of_a_piece_is_one_whole_value() {
    let value = value();
    for shift in 0..50 {
        let mut text = vec![b' '; CHUNK - shift];
        text.extend_from_slice(value.expose().as_bytes());
        text.extend_from_slice(&[b' '; 100]);
        let taken = taken(&[&text]);
        assert_eq!((taken.values.len(), taken.rest.len(), taken.values[0].0.times), (1, 0, 1), "{shift}");
    }
}

#[test]
fn windows_text_and_what_is_no_whole_value_are_told() {
    let value = value();
    let text = format!("key {} and {}, kdk_…9fQ2, glpat-0123456789abcdef\n", value.expose(), &value.expose()[..30]);
    let utf_16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for bytes in [text.as_bytes(), &utf_16, &[0xef, 0xbb, 0xbf][..]] {
        let pieces: Vec<&[u8]> = bytes.chunks(7).collect();
        let taken = taken(&pieces);
        if bytes.len() == 3 {
            assert!(taken.values.is_empty() && taken.rest.is_empty());
            continue;
        }
        assert_eq!(taken.values[0].0.fingerprint, Some(fingerprint(value.expose())));
        let told: Vec<&str> = taken.rest.iter().map(|rest| rest.what.as_str()).collect();
        let wanted = ["a part of a keydeck API Key", "a masked keydeck API Key", "begins as a key of GitLab"];
        for (told, wanted) in told.iter().zip(wanted) {
            assert!(told.contains(wanted), "{told:?}");
        }
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(!format!("{taken:?}").contains(&value.expose()[4..20]));
    }
}

#[test]
fn the_example_of_the_documentation_is_nobodys() {
    let example = ["kdk_", "0123456789ABCDEFGHIJKLMNOPQRST", "1Ir0du"].concat();
    let taken = taken(&[example.as_bytes()]);
    assert!(taken.values.is_empty());
    assert!(taken.rest[0].what.contains("which the documentation prints"), "{:?}", taken.rest);
}

/// What a Markdown reader makes of a text: its headings, lists and tables without their words, and whatever could lead
/// somewhere or run.
fn structure(markdown: &str) -> (Vec<String>, Vec<String>) {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS | Options::ENABLE_FOOTNOTES;
    let (mut shape, mut alive) = (Vec::new(), Vec::new());
    for markup in Parser::new_ext(markdown, options) {
        match markup {
            Markup::Start(
                tag @ (Tag::Link { .. } | Tag::Image { .. } | Tag::HtmlBlock | Tag::CodeBlock(_) | Tag::Strikethrough),
            ) => {
                alive.push(format!("{tag:?}"));
            }
            Markup::Html(html) | Markup::InlineHtml(html) => alive.push(html.to_string()),
            Markup::Start(tag) => shape.push(format!("{:?}", std::mem::discriminant(&tag))),
            _ => {}
        }
    }
    (shape, alive)
}

fn report_of(name: &str, owner: &str, url: &str) -> String {
    let mut incident = incident(vec![facts(|facts| {
        facts.name = name.into();
        facts.owner = owner.into();
        facts.owner_email = format!("{owner}@acme.example").into();
        facts.contacts = vec![format!("{name}@acme.example").into()];
        facts.last_used_from = Some(url.into());
        facts.spots = vec![Spot { url: url.into(), ..spot() }];
        facts.minted = Some(vec![Relative { id: name.into(), name: owner.into(), status: None }]);
    })]);
    incident.opened.by = owner.into();
    let mut entry = |event| incident.apply(Entry { at: at(9), event });
    entry(Event::Answered { subject: 0, answer: Answer::Denied(name.into()) });
    entry(Event::Answered { subject: 0, answer: Answer::Revoked });
    let lead = Key { name: name.into(), owner: owner.into(), ..Key::sample("lead") };
    let facts = Facts::of(&lead, None, None, UserId(1));
    entry(Event::Hunted { leads: vec![Lead::of(&lead, facts, Why::SameOwner)] });
    entry(Event::Troubled(Trouble { effect: Effect::Hunt, why: url.into() }));
    incident.report(at(10), Searched { values: 1, gone: 0 })
}

#[test]
fn questions_of_keydecks_own_are_told_from_the_attackers() {
    let told = |asking_is_use: bool, count: u64| {
        let mut incident = incident(vec![facts(|_| ())]);
        incident.opened.asking_is_use = asking_is_use;
        let mut entry = |event| incident.apply(Entry { at: at(2), event });
        entry(Event::Answered { subject: 0, answer: Answer::Revoked });
        for tried in [Tried::Accepted { user: None, key: None }, Tried::Refused] {
            entry(Event::Attempted { subject: 0, attempt: Attempt { at: at(3), tried } });
        }
        let refused_uses = RefusedUses { count, last_at: at(5).into(), last_from: Some("203.0.113.9".into()) };
        let later = Later { last_used: at(-60).into(), last_used_from: None, refused_uses };
        entry(Event::Watched { subject: 0, later });
        let timeline: Vec<String> = incident.timeline().into_iter().map(|(_, words)| words).collect();
        (incident.report(at(10), Searched { values: 1, gone: 0 }), timeline.join("\n"))
    };
    let own = "2 of these are keydeck's own questions to prove it dead";
    let (report, timeline) = told(true, 7);
    assert!(report.contains("tried 7 times after it died") && report.contains(own), "{report}");
    assert!(timeline.contains("7 uses refused since") && timeline.contains(own), "{timeline}");
    let (report, timeline) = told(true, 1);
    let all = "none of these has to be anybody else's";
    assert!(report.contains(all) && timeline.contains(all) && !report.contains(own), "{report}\n{timeline}");
    let (report, timeline) = told(false, 7);
    assert!(!report.contains(own) && !timeline.contains(own), "where asking is no use, none is its own: {report}");
}

proptest! {
    // what failed is told, and no file is left at the top of the repository
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn names_cannot_break_the_report(name in "\\PC{0,40}", owner in any::<String>(), url in "[ -~\n\t]{0,60}") {
        let (plain, _) = structure(&report_of("ci", "Ana", "there"));
        let report = report_of(&name, &owner, &url);
        let (shape, alive) = structure(&report);
        prop_assert_eq!(alive, Vec::<String>::new(), "{}", report);
        prop_assert_eq!(shape, plain, "{}", report);
    }

    #[test]
    fn known_markup_cannot_break_it_either(
        name in prop::sample::select(vec![
            "# h", "| a | b |", "[x](http://evil.example)", "<script>alert(1)</script>", "![i](x)", "```", "- - -",
            "~~~", "www.evil.example", "a@evil.example", "<http://evil.example>", "***", "> q", "1. x", "&lt;b&gt;", "[^1]", "\\",
            "`", "[ ]", "a\n\n# b", "\u{202e}x", "\r\n| x |",
        ]),
    ) {
        let (plain, _) = structure(&report_of("ci", "Ana", "there"));
        let report = report_of(name, name, name);
        let (shape, alive) = structure(&report);
        prop_assert_eq!(alive, Vec::<String>::new(), "{}", report);
        prop_assert_eq!(shape, plain, "{}", report);
    }
}
