//! Campaigns: a board of owner by state, and into each cell, key by key. It only looks.

use crate::domain::campaign::{Board, Campaign, CampaignId, Cell, Member, State};
use crate::tui::effect::Effect;
use crate::tui::event::{CampaignLook, CampaignsRead};
use crate::tui::facts::Facts;
use crate::tui::ticket::Ticket;

mod update;
pub mod view;

/// The campaigns, and where one is in them.
#[derive(Debug)]
pub struct Campaigns {
    pub ticket: Ticket,
    /// None before they were read.
    pub read: Option<CampaignsRead>,
    /// Which campaign is shown; none: the first.
    pub shown: Option<CampaignId>,
    /// The owner under the cursor, by the row: the first row is all of them.
    pub row: usize,
    /// The state under the cursor, by the column: the first column is all of them.
    pub column: usize,
    /// The keys of the cell that is looked into; none: the board.
    pub inside: Option<Inside>,
}

/// A cell that is looked into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inside {
    pub cell: Cell,
    pub cursor: usize,
}

impl Campaigns {
    /// The board, and what reads it; nothing is read before it is known who asks.
    pub fn new(facts: &Facts) -> (Self, Option<Effect>) {
        let board = Self { ticket: facts.ticket, read: None, shown: None, row: 0, column: 0, inside: None };
        let read = board.effect(facts);
        (board, read)
    }

    fn effect(&self, facts: &Facts) -> Option<Effect> {
        let me = Box::new(facts.me?.clone());
        let saved = Box::new(facts.session.saved.clone());
        Some(Effect::Campaigns(facts.ticket, me, saved, self.shown.clone()))
    }

    /// All campaigns.
    pub fn all(&self) -> &[Campaign] {
        self.read.as_ref().map_or(&[], |read| &read.campaigns)
    }

    /// The place of the campaign that is shown among all.
    pub fn at(&self) -> usize {
        let wanted = self.shown.as_ref();
        wanted.and_then(|id| self.all().iter().position(|one| one.id == *id)).unwrap_or(0)
    }

    /// The campaign that is shown.
    pub fn current(&self) -> Option<&Campaign> {
        self.all().get(self.at())
    }

    /// How far the campaign that is shown was held against the server; none where it was not.
    pub fn look(&self) -> Option<&CampaignLook> {
        let (id, look) = self.read.as_ref()?.look.as_ref()?;
        (self.current()?.id == *id).then_some(look)
    }

    /// The cell under the cursor of a board.
    fn cell(&self, board: &Board) -> Cell {
        let states: Vec<State> = board.states().collect();
        Cell {
            owner: self.row.checked_sub(1).and_then(|row| board.owners.get(row)).map(|row| row.owner_id),
            state: self.column.checked_sub(1).and_then(|column| states.get(column).copied()),
        }
    }

    /// The keys of the cell that is looked into, by their numbers in the list.
    pub fn keys(&self) -> Vec<usize> {
        match (self.current(), &self.inside) {
            (Some(campaign), Some(inside)) => campaign.within(inside.cell),
            _ => Vec::new(),
        }
    }

    /// The key under the cursor of the cell that is looked into.
    pub fn member(&self) -> Option<&Member> {
        let (inside, keys) = (self.inside.as_ref()?, self.keys());
        let number = keys.get(inside.cursor.min(keys.len().saturating_sub(1)))?;
        self.current()?.members.get(*number)
    }

    /// The command that helps where the cursor is: that of the key, or that of the campaign.
    pub fn command(&self) -> Option<String> {
        if self.inside.is_some() {
            return self.member()?.standing.run().map(str::to_owned);
        }
        let campaign = self.current().filter(|one| one.over.is_none())?;
        let verb = if campaign.stopped.is_some() { "resume" } else { "run" };
        // by its id, which no shell reads anything into
        Some(format!("keydeck --profile {} campaign {verb} {}", campaign.opened.profile, campaign.id))
    }
}

/// The mark of a state, which also says it where there are no colours.
pub fn mark(state: State) -> char {
    match state {
        State::NotBegun => '·',
        State::UnderWay => '…',
        State::Rotated => '✓',
        State::Ended => '–',
        State::Needs => '!',
    }
}
