//! A query made ready to run over rows.

use std::collections::HashMap;
use std::ops::Range;

use memchr::memmem::Finder;

use super::bits::Bits;
use super::haystack::{BLOCK, Mask, rows};
use super::store::Store;
use crate::domain::filter::{Clause, Pattern, Query, Term};
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
    /// The lines of the row's text that alone decide it: those of `field`.
    lines: Option<Range<usize>>,
    /// Keys that a look-up named for the values in `field`.
    named: Vec<KeyId>,
    /// All steps of one of these must hold, where there are any.
    alternatives: Vec<Vec<Step>>,
}

/// A query made ready to run over rows.
#[derive(Debug, Default)]
pub(super) struct Search {
    steps: Vec<Step>,
    matches_nothing: bool,
}

impl Search {
    /// Prepares `query`; `matches` are the answers of look-ups by fingerprint.
    pub fn new<R: Row>(query: &Query, matches: &HashMap<String, KeyId>) -> Self {
        Self { steps: prepare::<R>(query.clauses(), matches), matches_nothing: query.matches_nothing() }
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
            narrow_by_all(&self.steps, store, block, &mut alive, now);
            for word in alive {
                hits.push_word(word);
            }
        }
        hits
    }

    pub fn matches<R: Row>(&self, store: &Store<R>, slot: u32, now: Time) -> bool {
        !self.matches_nothing && self.steps.iter().all(|step| step.passes(store, slot, now))
    }
}

fn prepare<R: Row>(clauses: &[Clause], matches: &HashMap<String, KeyId>) -> Vec<Step> {
    let finder = |pattern: &Pattern| {
        let needle = pattern.needle();
        (!needle.is_empty()).then(|| Finder::new(needle).into_owned())
    };
    let bare = |negated, word: Option<_>, field| {
        let lines = match &field {
            Some(Term::Text(text, _)) if word.is_some() => R::lines(*text),
            _ => None,
        };
        Step { negated, word, field, lines, named: Vec::new(), alternatives: Vec::new() }
    };
    let mut steps = Vec::new();
    for clause in clauses {
        let (negated, term) = (clause.negated, &clause.term);
        match term {
            Term::Any(alternatives) => {
                let alternatives = alternatives.iter().map(|clauses| prepare::<R>(clauses, matches)).collect();
                steps.push(Step { alternatives, ..bare(negated, None, None) });
            }
            Term::Word(word @ Pattern::Part(_)) => steps.push(bare(negated, finder(word), None)),
            Term::Word(pattern @ Pattern::Whole(_)) => steps.push(bare(negated, finder(pattern), Some(term.clone()))),
            // in two steps where the rows themselves are looked into, so that few are; what is negated holds or fails as one
            Term::Text(field, text) if !negated && (R::lines(*field).is_none() || text.needle().is_empty()) => {
                steps.push(bare(false, finder(text), None));
                steps.push(bare(false, None, Some(term.clone())));
            }
            Term::Text(_, text) => steps.push(bare(negated, finder(text), Some(term.clone()))),
            Term::Values(digests) => {
                let named = digests.iter().filter_map(|digest| matches.get(&hex(digest)).cloned()).collect();
                steps.push(Step { named, ..bare(negated, None, Some(term.clone())) });
            }
            _ => steps.push(bare(negated, None, Some(term.clone()))),
        }
    }
    steps.retain(|step| step.word.is_some() || step.field.is_some() || !step.alternatives.is_empty());
    // The cheapest first: sets of bits, words (long ones first, which few rows hold), moments, and last what must
    // look into the rows themselves.
    steps.sort_by_key(|step| {
        let length = step.word.as_ref().map_or(0, |word| word.needle().len());
        (step.cost(), step.negated, std::cmp::Reverse(length))
    });
    steps
}

/// Keeps the rows of a block that pass all steps.
fn narrow_by_all<R: Row>(steps: &[Step], store: &Store<R>, block: usize, alive: &mut Mask, now: Time) {
    for step in steps {
        if *alive == Mask::default() {
            break;
        }
        step.narrow(store, block, alive, now);
    }
}

impl Step {
    fn cost(&self) -> u8 {
        match (&self.word, &self.field) {
            (None, Some(Term::Status(_))) => 0,
            (Some(_), None) => 1,
            (Some(_), Some(_)) if self.lines.is_some() => 1,
            (None, Some(Term::Moment(..))) => 2,
            (None, None) => self.alternatives.iter().flatten().map(Self::cost).max().unwrap_or(0).max(1),
            _ => 3,
        }
    }

    fn narrow<R: Row>(&self, store: &Store<R>, block: usize, alive: &mut Mask, now: Time) {
        let mut holding = match &self.word {
            Some(word) if let (Some(lines), Some(Term::Text(_, pattern))) = (&self.lines, &self.field) => {
                let whole = matches!(pattern, Pattern::Whole(_)).then_some(pattern);
                store.haystack().holding_in(block, alive, word, lines, whole)
            }
            Some(word) => store.haystack().holding(block, alive, word),
            None if self.alternatives.is_empty() => *alive,
            None => self.holding_one(store, block, alive, now),
        };
        if let Some(Term::Status(word)) = &self.field
            && let Some(slots) = store.with_status(*word)
        {
            for (at, holding) in holding.iter_mut().enumerate() {
                *holding &= slots.word(block * BLOCK / 64 + at);
            }
        } else if let Some(field) = self.field.as_ref().filter(|_| self.lines.is_none()) {
            let asked = match field {
                Term::Moment(field, test) => Some(store.moments().ask(*field, test, now)),
                _ => None,
            };
            for row in rows(holding) {
                #[expect(clippy::cast_possible_truncation, reason = "slots are u32")]
                let slot = (block * BLOCK + row) as u32;
                let quick = asked.as_ref().and_then(|asked| asked.passes(slot));
                if !quick.unwrap_or_else(|| self.holds(store, slot, now)) {
                    holding[row / 64] &= !(1 << (row % 64));
                }
            }
        }
        for (alive, holding) in alive.iter_mut().zip(holding) {
            *alive &= if self.negated { !holding } else { holding };
        }
    }

    /// The rows of `alive` that pass one of the alternatives; each is tried on those that passed none yet.
    fn holding_one<R: Row>(&self, store: &Store<R>, block: usize, alive: &Mask, now: Time) -> Mask {
        let mut left = *alive;
        for steps in &self.alternatives {
            let mut passing = left;
            narrow_by_all(steps, store, block, &mut passing, now);
            for (left, passing) in left.iter_mut().zip(passing) {
                *left &= !passing;
            }
        }
        let mut holding = *alive;
        for (holding, left) in holding.iter_mut().zip(left) {
            *holding &= !left;
        }
        holding
    }

    /// Whether one row passes.
    fn passes<R: Row>(&self, store: &Store<R>, slot: u32, now: Time) -> bool {
        let text = || store.haystack().text(slot).as_bytes();
        let holds = if self.alternatives.is_empty() {
            self.word.as_ref().is_none_or(|word| word.find(text()).is_some()) && self.holds(store, slot, now)
        } else {
            self.alternatives.iter().any(|steps| steps.iter().all(|step| step.passes(store, slot, now)))
        };
        holds != self.negated
    }

    fn holds<R: Row>(&self, store: &Store<R>, slot: u32, now: Time) -> bool {
        let row = store.row(slot);
        let holds = |field: &Term| match field {
            Term::Word(pattern) => pattern.fits_a_line(store.haystack().text(slot)),
            field => row.field(field, now),
        };
        self.field.as_ref().is_none_or(holds) || self.named.iter().any(|id| row.is_of_key(id))
    }
}
