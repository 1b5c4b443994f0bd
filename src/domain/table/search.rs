//! A query made ready to run over rows.

use std::collections::HashMap;

use memchr::memmem::Finder;

use super::bits::Bits;
use super::haystack::{BLOCK, Mask, rows};
use super::store::Store;
use crate::domain::filter::{Query, Term};
use crate::domain::ids::KeyId;
use crate::domain::key_value::hex;
use crate::domain::row::Row;
use crate::domain::time::Time;

/// One condition, made ready.
#[derive(Debug)]
struct Step {
    negated: bool,
    /// What must stand in a row's text for the condition to hold.
    word: Option<Finder<'static>>,
    /// What must hold of the row besides.
    field: Option<Term>,
    /// Keys that a look-up named for the values in `field`.
    named: Vec<KeyId>,
}

/// A query made ready to run over rows.
#[derive(Debug, Default)]
pub(super) struct Search {
    steps: Vec<Step>,
    matches_nothing: bool,
}

impl Search {
    /// Prepares `query`; `matches` are the answers of look-ups by fingerprint.
    pub fn new(query: &Query, matches: &HashMap<String, KeyId>) -> Self {
        let finder = |text: &str| Some(Finder::new(text).into_owned());
        let bare = |negated, word, field| Step { negated, word, field, named: Vec::new() };
        let mut steps = Vec::new();
        for clause in query.clauses() {
            let (negated, term) = (clause.negated, &clause.term);
            match term {
                Term::Word(word) => steps.push(bare(negated, finder(word), None)),
                // in two steps, so that the field of few rows is looked at; what is negated holds or fails as one
                Term::Text(_, text) if !negated => {
                    steps.push(bare(false, finder(text), None));
                    steps.push(bare(false, None, Some(term.clone())));
                }
                Term::Text(_, text) => steps.push(bare(true, finder(text), Some(term.clone()))),
                Term::Values(digests) => {
                    let named = digests.iter().filter_map(|digest| matches.get(&hex(digest)).cloned()).collect();
                    steps.push(Step { named, ..bare(negated, None, Some(term.clone())) });
                }
                _ => steps.push(bare(negated, None, Some(term.clone()))),
            }
        }
        // The cheapest first: sets of bits, words (long ones first, which few rows hold), moments, and last what must
        // look into the rows themselves.
        steps.sort_by_key(|step| {
            let length = step.word.as_ref().map_or(0, |word| word.needle().len());
            let cost = match (&step.word, &step.field) {
                (None, Some(Term::Status(_))) => 0,
                (Some(_), None) => 1,
                (None, Some(Term::Moment(..))) => 2,
                _ => 3,
            };
            (cost, step.negated, std::cmp::Reverse(length))
        });
        Self { steps, matches_nothing: query.incomplete_secret() }
    }

    /// The slots among `candidates` whose rows match.
    pub fn run<R: Row>(&self, store: &Store<R>, candidates: &Bits, now: Time) -> Bits {
        if self.steps.is_empty() {
            return candidates.clone();
        }
        let mut hits = Bits::default();
        if self.matches_nothing {
            return hits;
        }
        for block in 0..store.haystack().blocks() {
            let mut alive = Mask::default();
            for (at, word) in alive.iter_mut().enumerate() {
                *word = candidates.word(block * BLOCK / 64 + at);
            }
            for step in &self.steps {
                if alive == Mask::default() {
                    break;
                }
                step.narrow(store, block, &mut alive, now);
            }
            for word in alive {
                hits.push_word(word);
            }
        }
        hits
    }

    pub fn matches<R: Row>(&self, store: &Store<R>, slot: u32, now: Time) -> bool {
        !self.matches_nothing
            && self.steps.iter().all(|step| {
                let text = || store.haystack().text(slot).as_bytes();
                let written = step.word.as_ref().is_none_or(|word| word.find(text()).is_some());
                (written && step.holds(store.row(slot), now)) != step.negated
            })
    }
}

impl Step {
    fn narrow<R: Row>(&self, store: &Store<R>, block: usize, alive: &mut Mask, now: Time) {
        let mut holding = match &self.word {
            Some(word) => store.haystack().holding(block, alive, word),
            None => *alive,
        };
        if let Some(Term::Status(word)) = &self.field
            && let Some(slots) = store.with_status(*word)
        {
            for (at, holding) in holding.iter_mut().enumerate() {
                *holding &= slots.word(block * BLOCK / 64 + at);
            }
        } else if let Some(field) = &self.field {
            let asked = match field {
                Term::Moment(field, test) => Some(store.moments().ask(*field, test, now)),
                _ => None,
            };
            for row in rows(holding) {
                #[expect(clippy::cast_possible_truncation, reason = "slots are u32")]
                let slot = (block * BLOCK + row) as u32;
                let quick = asked.as_ref().and_then(|asked| asked.passes(slot));
                if !quick.unwrap_or_else(|| self.holds(store.row(slot), now)) {
                    holding[row / 64] &= !(1 << (row % 64));
                }
            }
        }
        for (alive, holding) in alive.iter_mut().zip(holding) {
            *alive &= if self.negated { !holding } else { holding };
        }
    }

    fn holds<R: Row>(&self, row: &R, now: Time) -> bool {
        self.field.as_ref().is_none_or(|field| row.field(field, now)) || self.named.iter().any(|id| row.is_of_key(id))
    }
}
