//! Conditions joined by AND and OR, always in one form, so that two texts which say the same in the same order are equal.

use super::{Clause, Term};

/// The clauses, each once, with what need not be a group taken out of it; values of one sign join into one clause.
pub(super) fn all(clauses: impl IntoIterator<Item = Clause>) -> Vec<Clause> {
    let mut conjunction = Vec::new();
    for clause in clauses {
        join(&mut conjunction, clause);
    }
    conjunction
}

fn join(conjunction: &mut Vec<Clause>, clause: Clause) {
    match clause {
        Clause { negated: false, term: Term::Any(mut alternatives) } if alternatives.len() == 1 => {
            for clause in alternatives.remove(0) {
                join(conjunction, clause);
            }
        }
        Clause { negated: true, term: Term::Any(alternatives) } if is_single(&alternatives) => {
            for Clause { negated, term } in alternatives.into_iter().flatten() {
                join(conjunction, Clause { negated: !negated, term });
            }
        }
        Clause { negated, term: Term::Values(new) } => {
            let same = conjunction.iter_mut().find_map(|other| match &mut other.term {
                Term::Values(values) if other.negated == negated => Some(values),
                _ => None,
            });
            match same {
                Some(values) => unite(values, new),
                None => conjunction.push(Clause { negated, term: Term::Values(new) }),
            }
        }
        clause if conjunction.contains(&clause) => {}
        clause => conjunction.push(clause),
    }
}

/// One clause that holds when all of one of the alternatives holds.
pub(super) fn any(alternatives: impl IntoIterator<Item = Vec<Clause>>) -> Clause {
    let mut found: Vec<Vec<Clause>> = Vec::new();
    for alternative in alternatives {
        choose(&mut found, alternative);
    }
    Clause { negated: false, term: Term::Any(found) }
}

fn choose(found: &mut Vec<Vec<Clause>>, mut alternative: Vec<Clause>) {
    if found.contains(&alternative) {
        return;
    }
    match alternative.as_mut_slice() {
        [Clause { negated: false, term: Term::Any(inner) }] => {
            for alternative in std::mem::take(inner) {
                choose(found, alternative);
            }
        }
        [Clause { negated: false, term: Term::Values(new) }] => {
            let same = found.iter_mut().find_map(|other| match other.as_mut_slice() {
                [Clause { negated: false, term: Term::Values(values) }] => Some(values),
                _ => None,
            });
            match same {
                Some(values) => unite(values, std::mem::take(new)),
                None => found.push(alternative),
            }
        }
        _ => found.push(alternative),
    }
}

fn is_single(alternatives: &[Vec<Clause>]) -> bool {
    matches!(alternatives, [alternative] if alternative.len() == 1)
}

fn unite<T: PartialEq>(values: &mut Vec<T>, new: Vec<T>) {
    for value in new {
        if !values.contains(&value) {
            values.push(value);
        }
    }
}

/// Whether some term says so, in whatever group.
pub(super) fn has(clauses: &[Clause], says: &dyn Fn(&Term) -> bool) -> bool {
    clauses.iter().any(|clause| match &clause.term {
        Term::Any(alternatives) => alternatives.iter().any(|alternative| has(alternative, says)),
        term => says(term),
    })
}

/// Goes through all terms, in whatever group.
pub(super) fn each<'c>(clauses: &'c [Clause], look: &mut dyn FnMut(&'c Term)) {
    for clause in clauses {
        match &clause.term {
            Term::Any(alternatives) => alternatives.iter().for_each(|alternative| each(alternative, look)),
            term => look(term),
        }
    }
}

/// The same to change them.
pub(super) fn each_mut(clauses: &mut [Clause], change: &mut dyn FnMut(&mut Term)) {
    for clause in clauses {
        match &mut clause.term {
            Term::Any(alternatives) => alternatives.iter_mut().for_each(|alternative| each_mut(alternative, change)),
            term => change(term),
        }
    }
}

/// How deep groups are looked into to find that one thing follows from another. Where this ends, it just is not found.
const DEPTH: usize = 6;

/// Whether `clause` holds wherever all of `conjunction` does, as far as that is plain.
pub(super) fn follows(conjunction: &[Clause], clause: &Clause) -> bool {
    follows_within(conjunction, clause.negated, &clause.term, DEPTH)
}

fn follows_within(conjunction: &[Clause], negated: bool, term: &Term, depth: usize) -> bool {
    if conjunction.iter().any(|known| known.negated == negated && implies(&known.term, term, negated)) {
        return true;
    }
    let Some(depth) = depth.checked_sub(1) else { return false };
    let by_parts = match term {
        // one of the alternatives holds, clause by clause
        Term::Any(alternatives) if !negated => alternatives.iter().any(|alternative| {
            alternative.iter().all(|part| follows_within(conjunction, part.negated, &part.term, depth))
        }),
        // each of the alternatives fails, in one of its clauses
        Term::Any(alternatives) => alternatives.iter().all(|alternative| {
            alternative.iter().any(|part| follows_within(conjunction, !part.negated, &part.term, depth))
        }),
        _ => false,
    };
    by_parts
        || conjunction.iter().any(|known| match &known.term {
            // whichever of the alternatives holds
            Term::Any(alternatives) if !known.negated => {
                alternatives.iter().all(|alternative| follows_within(alternative, negated, term, depth))
            }
            // one that fails for its only clause
            Term::Any(alternatives) => alternatives.iter().any(|alternative| match alternative.as_slice() {
                [Clause { negated: was, term: failed }] => {
                    let fails = Clause { negated: !was, term: failed.clone() };
                    follows_within(std::slice::from_ref(&fails), negated, term, depth)
                }
                _ => false,
            }),
            _ => false,
        })
}

/// Whether `term` holds where `known` does; of two that are negated, whether it fails where `known` fails.
fn implies(known: &Term, term: &Term, negated: bool) -> bool {
    let (narrow, wide) = if negated { (term, known) } else { (known, term) };
    match (narrow, wide) {
        (Term::Word(narrow), Term::Word(wide)) => narrow.implies(wide),
        (Term::Text(field, narrow), Term::Text(same, wide)) => field == same && narrow.implies(wide),
        (Term::Values(few), Term::Values(many)) => few.iter().all(|value| many.contains(value)),
        (narrow, wide) => narrow == wide,
    }
}
