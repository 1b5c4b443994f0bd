//! The table against a model that does everything the plain way, under random use.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::domain::filter::Query;
use crate::domain::ids::KeyId;
use crate::domain::key::{Key, Status};
use crate::domain::row::{Row, RowState};
use crate::domain::sort::{Column, Directed, Sort};
use crate::domain::table::{Counts, MarkCount, States, Table};
use crate::domain::time::{Time, When};

const NAMES: &[&str] = &["ci-deploy", "CI-Deploy", "nightly\nana", "ä Ana", "kdk_", "", "temp", "Σίσυφος"];
const MOMENTS: &[&str] = &["", "2026-11-20T00:00:00Z", "2026-11-25T00:00:00Z", "2026-01-01T00:00:00Z", "soon"];
const QUERIES: &[&str] = &[
    "",
    "a",
    "an",
    "ana",
    "-a",
    "ci",
    "CI-DEPLOY",
    "owner:a",
    "-owner:ana",
    "name:\"ä\"",
    "expires:<14d",
    "used:never a",
    "-status:enabled",
    "exposed:yes",
    "kdk_",
    "idle:>9d",
    "expires:expired",
    "id:1",
    "σίσ",
    "status:expired -id:1",
    "a OR ci",
    "(a OR ci) -ana",
    "(a OR ci) -ana id:1",
    "owner:ana,temp",
    "owner:ana OR expires:<14d temp",
    "-(a OR ci)",
    "-(a OR ci OR id:2)",
    "-(ana id:1)",
    "name:ci*",
    "name:ci-*",
    "=temp",
    "=temp OR -name:*y",
    "revoked,disabled",
    "-owner:=ci-deploy|temp",
    "age:>9d rotated:never",
];

fn now() -> Time {
    When::from_wire("2026-11-21T12:00:00Z").time().unwrap()
}

fn key() -> impl Strategy<Value = Key> {
    use prop::sample::select;
    let status = select(vec![Status::Enabled, Status::Disabled, Status::Revoked, Status::from_word("new")]);
    let texts = (select(NAMES), select(NAMES));
    let moments = (select(MOMENTS), select(MOMENTS), select(MOMENTS));
    (0_u32..30, texts, status, moments, any::<bool>()).prop_map(|(id, (name, owner), status, moments, exposed)| Key {
        name: name.into(),
        owner: owner.into(),
        status,
        expires: When::from_wire(moments.0),
        last_used: When::from_wire(moments.1),
        created: When::from_wire(moments.2),
        exposed,
        value_created: When::from_wire(moments.1),
        ..Key::sample(&format!("id-{id}"))
    })
}

#[derive(Clone, Debug)]
enum Step {
    Begin,
    Page(Vec<Key>),
    Finish,
    Abandon,
    Insert(Key),
    Update(Key),
    UpdateAll(String, bool),
    Revoke(Vec<u32>),
    Remove(u32),
    Query(&'static str),
    Sort(Sort),
    SortInSlices(Sort),
    Slice,
    States(States),
    Only(bool),
    Move(usize),
    MoveBy(isize),
    Toggle(u32),
    Range(usize, usize),
    MarkAll,
    Invert,
    Clear,
    Unmark(Vec<u32>),
    MarkOnly(Vec<u32>),
    Back,
}

fn step() -> impl Strategy<Value = Step> {
    let page = || prop::collection::vec(key(), 0..12).prop_map(Step::Page);
    let directed = (prop::sample::select(Column::for_keys()), any::<bool>());
    let sort = (directed.clone(), prop::option::of(directed)).prop_map(|((column, descending), then)| {
        Sort::of(column, descending).then(then.map(|(column, descending)| Directed { column, descending }))
    });
    prop_oneof![
        Just(Step::Begin),
        page(),
        page(),
        page(),
        Just(Step::Finish),
        Just(Step::Finish),
        Just(Step::Abandon),
        key().prop_map(Step::Insert),
        key().prop_map(Step::Update),
        (prop::sample::select(NAMES), any::<bool>()).prop_map(|(name, exposed)| Step::UpdateAll(name.into(), exposed)),
        prop::collection::vec(0_u32..30, 0..5).prop_map(Step::Revoke),
        (0_u32..30).prop_map(Step::Remove),
        prop::sample::select(QUERIES).prop_map(Step::Query),
        prop::sample::select(QUERIES).prop_map(Step::Query),
        sort.clone().prop_map(Step::Sort),
        sort.prop_map(Step::SortInSlices),
        Just(Step::Slice),
        Just(Step::Slice),
        Just(Step::Slice),
        any::<[bool; 3]>().prop_map(|[enabled, disabled, revoked]| Step::States(States { enabled, disabled, revoked })),
        any::<bool>().prop_map(Step::Only),
        (0_usize..30).prop_map(Step::Move),
        (-5_isize..5).prop_map(Step::MoveBy),
        (0_u32..30).prop_map(Step::Toggle),
        (0_usize..30, 0_usize..30).prop_map(|(a, b)| Step::Range(a, b)),
        Just(Step::MarkAll),
        Just(Step::Invert),
        Just(Step::Clear),
        prop::collection::vec(0_u32..30, 0..4).prop_map(Step::Unmark),
        prop::collection::vec(0_u32..30, 0..4).prop_map(Step::MarkOnly),
        Just(Step::Back),
    ]
}

fn id(number: u32) -> KeyId {
    KeyId::from(format!("id-{number}"))
}

#[derive(Default)]
struct Load {
    seen: BTreeSet<KeyId>,
    kept: BTreeSet<KeyId>,
    removed: BTreeSet<KeyId>,
}

struct Model {
    rows: BTreeMap<KeyId, Key>,
    query: Query,
    sort: Sort,
    sorting: Option<Sort>,
    states: States,
    only: Option<BTreeSet<KeyId>>,
    marks: BTreeSet<KeyId>,
    gone: BTreeSet<KeyId>,
    last: BTreeSet<KeyId>,
    load: Option<Load>,
    cursor: Option<KeyId>,
}

impl Model {
    fn new(sort: Sort) -> Self {
        let (rows, query, states) = (BTreeMap::new(), Query::default(), States::ALL);
        let (marks, gone) = (BTreeSet::new(), BTreeSet::new());
        Self {
            rows,
            query,
            sort,
            sorting: None,
            states,
            only: None,
            marks,
            gone,
            last: BTreeSet::new(),
            load: None,
            cursor: None,
        }
    }

    fn order(&self) -> Vec<&Key> {
        let mut all: Vec<&Key> = self.rows.values().collect();
        all.sort_by(|a, b| {
            let first = Directed { column: self.sort.column, descending: self.sort.descending };
            [Some(first), self.sort.then].into_iter().flatten().fold(Ordering::Equal, |order, by| {
                let next = a.compare(b, by.column);
                order.then(if by.descending { next.reverse() } else { next })
            })
        });
        all
    }

    fn shows(&self, key: &Key) -> bool {
        key.matches(&self.query, now())
            && self.states.shows(key.state())
            && self.only.as_ref().is_none_or(|only| only.contains(&key.id))
    }

    fn view(&self) -> Vec<KeyId> {
        self.order().into_iter().filter(|key| self.shows(key)).map(|key| key.id.clone()).collect()
    }

    fn position(&self) -> Option<usize> {
        let view = self.view();
        let anchor = self.cursor.as_ref();
        let before = anchor
            .map_or(0, |id| self.order().iter().take_while(|key| key.id != *id).filter(|key| self.shows(key)).count());
        Some(before.min(view.len().checked_sub(1)?))
    }

    fn current(&self) -> Option<KeyId> {
        self.view().get(self.position()?).cloned()
    }

    fn put(&mut self, key: Key, local: bool) {
        let id = key.id.clone();
        if let Some(load) = &mut self.load {
            if local {
                load.removed.remove(&id);
                load.kept.insert(id.clone());
            } else if load.removed.contains(&id) {
                return;
            }
            load.seen.insert(id.clone());
            if !local && load.kept.contains(&id) {
                return;
            }
        }
        if self.gone.remove(&id) {
            self.marks.insert(id.clone());
            if let Some(only) = &mut self.only {
                only.insert(id.clone());
            }
        }
        self.rows.insert(id, key);
    }

    fn drop_rows(&mut self, dropped: &BTreeSet<KeyId>) {
        if let (Some(anchor), Some(position)) = (&self.cursor, self.position())
            && dropped.contains(anchor)
        {
            let view = self.view();
            let stays = |id: &&KeyId| !dropped.contains(*id);
            let next = view[position..].iter().find(stays);
            self.cursor = next.or_else(|| view[..position].iter().rfind(stays)).cloned();
        } else if self.cursor.as_ref().is_some_and(|anchor| dropped.contains(anchor)) {
            self.cursor = None;
        }
        for id in dropped {
            self.rows.remove(id);
            if self.marks.remove(id) {
                self.gone.insert(id.clone());
            }
            if let Some(only) = &mut self.only {
                only.remove(id);
            }
        }
    }

    fn pin(&mut self) {
        if self.cursor.is_none() {
            self.cursor = self.current();
        }
    }

    fn apply(&mut self, step: &Step) {
        match step {
            Step::Begin => self.load = Some(Load::default()),
            Step::Page(keys) => keys.iter().for_each(|key| self.put(key.clone(), false)),
            Step::Finish => {
                if let Some(load) = self.load.take() {
                    self.drop_rows(&self.rows.keys().filter(|id| !load.seen.contains(*id)).cloned().collect());
                    self.pin();
                }
            }
            Step::Abandon => {
                if self.load.take().is_some() {
                    self.pin();
                }
            }
            Step::Insert(key) => self.put(key.clone(), true),
            Step::Update(key) => {
                if self.rows.contains_key(&key.id) {
                    self.put(key.clone(), true);
                }
            }
            Step::UpdateAll(name, exposed) => {
                for key in self.rows.values_mut().filter(|key| key.exposed != *exposed) {
                    key.name = name.as_str().into();
                    key.exposed = *exposed;
                }
            }
            Step::Revoke(numbers) => {
                for number in numbers {
                    if let Some(key) = self.rows.get(&id(*number)).cloned() {
                        self.put(Key { status: Status::Revoked, ..key }, true);
                    }
                }
            }
            Step::Remove(number) => {
                if let Some(load) = &mut self.load {
                    load.removed.insert(id(*number));
                }
                if self.rows.contains_key(&id(*number)) {
                    self.drop_rows(&BTreeSet::from([id(*number)]));
                }
            }
            Step::Query(text) => self.query = Query::parse(text).unwrap(),
            Step::Sort(sort) => (self.sort, self.sorting) = (*sort, None),
            Step::SortInSlices(sort) => self.sorting = Some(*sort),
            // the table says when it is done
            Step::Slice => {}
            Step::States(states) => self.states = *states,
            Step::Only(only) => self.only = only.then(|| self.marks.clone()),
            Step::Move(position) => {
                let view = self.view();
                if let Some(last) = view.len().checked_sub(1) {
                    self.cursor = Some(view[(*position).min(last)].clone());
                }
            }
            Step::MoveBy(delta) => {
                if let Some(position) = self.position() {
                    self.apply(&Step::Move(position.saturating_add_signed(*delta)));
                }
            }
            Step::Toggle(number) => self.toggle(&id(*number)),
            Step::Range(a, b) => {
                let marks: Vec<KeyId> = self.view().into_iter().take(a.max(b) + 1).skip(*a.min(b)).collect();
                self.marks.extend(marks);
            }
            Step::MarkAll => {
                self.keep();
                self.marks.extend(self.view());
            }
            Step::Invert => {
                self.keep();
                self.view().iter().for_each(|id| self.toggle(id));
            }
            Step::Clear => {
                self.keep();
                (self.marks, self.gone, self.only) = (BTreeSet::new(), BTreeSet::new(), None);
            }
            Step::Unmark(numbers) => {
                for number in numbers {
                    self.marks.remove(&id(*number));
                    self.gone.remove(&id(*number));
                }
                if let Some(only) = &mut self.only {
                    only.retain(|id| self.marks.contains(id));
                }
            }
            Step::MarkOnly(numbers) => {
                self.keep();
                let wanted = numbers.iter().map(|number| id(*number));
                (self.marks, self.gone) = (wanted.filter(|id| self.rows.contains_key(id)).collect(), BTreeSet::new());
                self.follow_marks();
            }
            Step::Back if self.last.is_empty() => {}
            Step::Back => {
                let last = std::mem::take(&mut self.last);
                self.keep();
                (self.marks, self.gone) = last.into_iter().partition(|id| self.rows.contains_key(id));
                self.follow_marks();
            }
        }
    }

    fn keep(&mut self) {
        let marks: BTreeSet<KeyId> = self.marks.union(&self.gone).cloned().collect();
        if !marks.is_empty() {
            self.last = marks;
        }
    }

    fn follow_marks(&mut self) {
        if self.only.is_some() {
            self.only = Some(self.marks.clone()).filter(|marks| !marks.is_empty());
        }
    }

    fn toggle(&mut self, id: &KeyId) {
        if !self.marks.remove(id) && !self.gone.remove(id) && self.rows.contains_key(id) {
            self.marks.insert(id.clone());
        }
    }
}

fn apply(table: &mut Table<Key>, step: Step) {
    match step {
        Step::Begin => table.begin_load(),
        Step::Page(keys) => table.add_page(keys, now()),
        Step::Finish => table.finish_load(now()),
        Step::Abandon => table.abandon_load(),
        Step::Insert(key) => table.insert(key, now()),
        Step::Update(new) => table.update(&new.id.clone(), now(), |key| *key = new),
        Step::UpdateAll(name, exposed) => table.update_all(now(), |key| {
            let changed = key.exposed != exposed;
            if changed {
                key.name = name.as_str().into();
                key.exposed = exposed;
            }
            changed
        }),
        Step::Revoke(numbers) => {
            let ids: Vec<KeyId> = numbers.into_iter().map(id).collect();
            table
                .update_many(&ids, now(), |key| std::mem::replace(&mut key.status, Status::Revoked) != Status::Revoked);
        }
        Step::Remove(number) => table.remove(&id(number)),
        Step::Query(text) => table.set_query(Query::parse(text).unwrap(), now()),
        Step::Sort(sort) => table.set_sort(sort),
        Step::SortInSlices(sort) => table.sort_in_slices(sort),
        Step::Slice => table.sort_slice(3, 5),
        Step::States(states) => table.set_states(states, now()),
        Step::Only(only) => table.set_only_marked(only, now()),
        Step::Move(position) => table.move_to(position),
        Step::MoveBy(delta) => table.move_by(delta),
        Step::Toggle(number) => table.toggle_mark(&id(number)),
        Step::Range(a, b) => table.mark_range(a, b),
        Step::MarkAll => assert_eq!(table.mark_all_shown(), table.shown()),
        Step::Invert => assert_eq!(table.invert_shown(), table.marked_shown().len()),
        Step::Clear => table.clear_marks(),
        Step::Unmark(numbers) => table.unmark(&numbers.into_iter().map(id).collect::<Vec<_>>()),
        Step::MarkOnly(numbers) => table.mark_only(&numbers.into_iter().map(id).collect::<Vec<_>>()),
        Step::Back => drop(table.bring_marks_back()),
    }
}

fn check(table: &Table<Key>, model: &Model) -> Result<(), TestCaseError> {
    let view = model.view();
    let order: Vec<KeyId> = model.order().into_iter().map(|key| key.id.clone()).collect();
    let marked = |ids: &[KeyId]| ids.iter().filter(|id| model.marks.contains(*id)).cloned().collect::<Vec<_>>();
    prop_assert_eq!(table.rows(0..usize::MAX).map(|key| key.id.clone()).collect::<Vec<_>>(), view.clone());
    prop_assert_eq!(table.shown(), view.len());
    prop_assert_eq!(table.cursor(), model.position());
    prop_assert_eq!(table.current().map(|key| key.id.clone()), model.current());
    prop_assert_eq!(table.marked_shown(), marked(&view));
    prop_assert_eq!(table.marked_all(), marked(&order));
    let hidden = model.marks.len() - marked(&view).len();
    prop_assert_eq!(table.marks(), MarkCount { marked: model.marks.len(), hidden, gone: model.gone.len() });
    let count = |state| model.rows.values().filter(|key| key.state() == state).count();
    let counts = Counts {
        enabled: count(RowState::Enabled),
        disabled: count(RowState::Disabled),
        revoked: count(RowState::Revoked),
        other: count(RowState::Other),
        exposed_open: model.rows.values().filter(|key| key.is_open_danger()).count(),
    };
    prop_assert_eq!(table.counts(), counts);
    prop_assert_eq!(table.len(), model.rows.len());
    prop_assert_eq!(table.iter_all().count(), model.rows.len());
    prop_assert_eq!(table.wanted_sort(), model.sorting.unwrap_or(model.sort));
    for (id, key) in &model.rows {
        prop_assert_eq!(table.get(id), Some(key));
        prop_assert_eq!(table.is_marked(id), model.marks.contains(id));
    }
    prop_assert_eq!((table.is_loading(), table.only_marked()), (model.load.is_some(), model.only.is_some()));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn behaves_as_the_model(steps in prop::collection::vec(step(), 1..60)) {
        let sort = Sort::by(Column::Name);
        let (mut table, mut model) = (Table::new(sort), Model::new(sort));
        for step in steps {
            model.apply(&step);
            apply(&mut table, step);
            if !table.is_sorting()
                && let Some(sort) = model.sorting.take()
            {
                model.sort = sort;
            }
            check(&table, &model)?;
        }
    }
}
