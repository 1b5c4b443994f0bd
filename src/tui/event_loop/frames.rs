//! When the next frame is drawn: what somebody waits for at once, the pages of a long load and what happens beside about thirty
//! times a second.

use std::time::{Duration, Instant};

use crate::tui::effect::Effect;
use crate::tui::event::{Answer, Event};

/// The least time between two frames of which nobody waits for one.
pub(super) const FRAME: Duration = Duration::from_millis(33);

/// How soon something that happened is to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Haste {
    /// With the next frame, a while after the last one: what happens beside.
    Beside,
    /// At once, but a while after the last page: one of what may be many pages.
    Page,
    /// At once: a key was pressed, or an answer is there.
    Now,
}

impl Haste {
    /// How soon `event` is to be seen.
    pub(super) fn of(event: &Event) -> Self {
        match event {
            Event::Answer(_, _, answer) => match answer {
                Answer::Keys(..) | Answer::Findings(..) | Answer::Notices(..) | Answer::Looking(_) => Self::Page,
                Answer::Me(_)
                | Answer::Users(_)
                | Answer::Settings(_)
                | Answer::Impact(_)
                | Answer::Lookup(_)
                | Answer::Trail(..)
                | Answer::Tried(_)
                | Answer::Key(_)
                | Answer::Locations(_)
                | Answer::Campaigns(_)
                | Answer::Watched(_)
                | Answer::Fresh(_)
                | Answer::End
                | Answer::Failed(_) => Self::Now,
            },
            Event::Rate(_)
            | Event::Calling(_)
            | Event::Called(_)
            | Event::Bulk(..)
            | Event::Act(..)
            | Event::Seeding(_)
            | Event::Wake => Self::Beside,
            // work that goes on is seen when it is done: see `after`
            Event::Continue
            | Event::Key(_)
            | Event::Paste(_)
            | Event::Mouse(_)
            | Event::Resize(..)
            | Event::Noise
            | Event::StopAsked
            | Event::Returned(..)
            | Event::NotStopped
            | Event::Unlocked(..)
            | Event::LoginNeeded(_)
            | Event::PasswordSent(..)
            | Event::LoggedIn(..)
            | Event::NotSwitched(_)
            | Event::Themed(_)
            | Event::Paused(_)
            | Event::BulkEnded(_)
            | Event::Minted(..)
            | Event::Created(..)
            | Event::Changed(..)
            | Event::Resolved(..)
            | Event::UnresolvedListed(..)
            | Event::UnresolvedRetried(_)
            | Event::SettingsSaved(..)
            | Event::RevokedAll(..)
            | Event::UserChanged(..)
            | Event::Copied(..)
            | Event::Written(..)
            | Event::NotRemembered(_)
            | Event::Tracked(..)
            | Event::ViewsKept(_)
            | Event::ChangesListed(_)
            | Event::ChangeReadBack(..)
            | Event::ChangeForgotten(..)
            | Event::Saved(..)
            | Event::IncidentsListed(_)
            | Event::Incident(..)
            | Event::IncidentRefused(..)
            | Event::IncidentReleased(_)
            | Event::RotationsListed(_)
            | Event::PlacesLookedAt(..)
            | Event::FolderListed(..)
            | Event::RotationsPlanned(..)
            | Event::Rotating(..)
            | Event::RotationRefused(..)
            | Event::RotationSummarised(..)
            | Event::RotationsReleased(_)
            | Event::HandOver(..) => Self::Now,
        }
    }

    /// The same once it is known what comes of the event: a slice of long work that is not the last shows nothing new.
    pub(super) fn after(self, event_was_slice: bool, effects: &[Effect]) -> Self {
        let goes_on = effects.iter().any(|effect| matches!(effect, Effect::Continue));
        if event_was_slice && goes_on { Self::Beside } else { self }
    }
}

/// What is owed to the screen, and when it was drawn.
#[derive(Debug, Default)]
pub(super) struct Frames {
    last: Option<Instant>,
    /// When one was drawn last that showed a page.
    last_page: Option<Instant>,
    owed: Option<Haste>,
}

impl Frames {
    /// Something happened that is to be seen.
    pub(super) fn owe(&mut self, haste: Haste) {
        self.owed = self.owed.max(Some(haste));
    }

    /// Whether a frame is owed.
    pub(super) fn is_owed(&self) -> bool {
        self.owed.is_some()
    }

    /// Whether somebody waits for the next frame, so that nothing more is taken in before it.
    pub(super) fn is_awaited(&self) -> bool {
        self.owed == Some(Haste::Now)
    }

    /// When the next frame is due; none while none is owed. It may have passed.
    pub(super) fn due(&self) -> Option<Instant> {
        let after = |drawn: Option<Instant>, now: Instant| drawn.map_or(now, |drawn| drawn + FRAME);
        let last = self.last?;
        Some(match self.owed? {
            Haste::Now => last,
            Haste::Page => after(self.last_page, last),
            Haste::Beside => after(self.last, last),
        })
    }

    /// Whether the next frame is to be drawn at `now`.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.owed.is_some() && self.due().is_none_or(|due| due <= now)
    }

    /// Everything is to be drawn anew at once.
    pub(super) fn forget(&mut self) {
        *self = Self { owed: Some(Haste::Now), ..Self::default() };
    }

    /// A frame was drawn at `now`.
    pub(super) fn drawn(&mut self, now: Instant) {
        if self.owed == Some(Haste::Page) {
            self.last_page = Some(now);
        }
        self.last = Some(now);
        self.owed = None;
    }

    /// Whether so much time has passed at `now` since the last frame that another may be owed to who watches.
    pub(super) fn is_long_ago(&self, now: Instant) -> bool {
        self.last.is_none_or(|last| now - last > FRAME)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::listing::Scope;
    use crate::tui::event::Slot;
    use crate::tui::ticket::Ticket;

    const SOON: Duration = Duration::from_millis(2);

    fn answer(answer: Answer) -> Haste {
        Haste::of(&Event::Answer(Slot::Keys(Scope::Team), Ticket::default(), answer))
    }

    #[test]
    fn an_answer_somebody_waits_for_is_drawn_at_once_however_fresh_the_last_frame_is() {
        let (mut frames, start) = (Frames::default(), Instant::now());
        frames.owe(Haste::Now);
        assert!(frames.is_due(start), "the first of all");
        frames.drawn(start);
        assert!(!frames.is_due(start + FRAME * 9), "nothing is owed");
        // the call that brings it is seen later, unless it is there before
        frames.owe(Haste::of(&Event::Wake));
        assert!(!frames.is_due(start + SOON));
        frames.owe(answer(Answer::End));
        assert!(frames.is_awaited() && frames.is_due(start + SOON));
        frames.drawn(start + SOON);
        frames.owe(Haste::Now);
        assert!(frames.is_due(start + SOON), "and each key");
    }

    #[test]
    fn the_first_page_is_drawn_at_once_and_the_others_a_frame_apart() {
        let (mut frames, start) = (Frames::default(), Instant::now());
        frames.drawn(start);
        let page = answer(Answer::Keys(Vec::new(), None));
        frames.owe(page);
        assert!(frames.is_due(start + SOON) && !frames.is_awaited());
        frames.drawn(start + SOON);
        frames.owe(page);
        assert_eq!(frames.due(), Some(start + SOON + FRAME));
        // a key in between is drawn at once, and does not hold up the page
        frames.owe(Haste::Now);
        assert!(frames.is_due(start + SOON * 2));
        frames.drawn(start + SOON * 2);
        frames.owe(page);
        assert_eq!(frames.due(), Some(start + SOON + FRAME));
        assert!(frames.is_due(start + SOON + FRAME));
    }

    #[test]
    fn a_slice_of_long_work_shows_nothing_before_the_last() {
        let haste = Haste::of(&Event::Continue);
        assert_eq!(haste.after(true, &[Effect::Continue]), Haste::Beside);
        assert_eq!(haste.after(true, &[]), Haste::Now);
        // a key that begins such work is heard at once
        assert_eq!(Haste::Now.after(false, &[Effect::Continue]), Haste::Now);
    }

    #[test]
    fn after_a_return_everything_is_drawn_at_once() {
        let (mut frames, start) = (Frames::default(), Instant::now());
        frames.drawn(start);
        assert!(!frames.is_long_ago(start + SOON) && frames.is_long_ago(start + FRAME * 2));
        frames.forget();
        assert!(frames.is_owed() && frames.is_due(start) && frames.is_long_ago(start));
    }
}
