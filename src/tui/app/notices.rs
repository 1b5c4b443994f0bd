//! What is told of keys: the list of notices, and which of one's own keys end soon, for which no mail is needed.

use super::App;
use crate::client::capabilities::Capability;
use crate::domain::notice::Ending;
use crate::tui::dialogs::Dialog;
use crate::tui::dialogs::notices::Notices;
use crate::tui::effect::Effect;
use crate::tui::session::Tone;

impl App {
    /// Which of one's own keys end within the days that the team's settings name, or the profile where the backend has none.
    /// A profile that names no days is told of none.
    pub fn ending(&self) -> Option<Ending> {
        let own = i64::from(self.session.notice_days.iter().copied().max()?);
        let days = match &self.settings.settings {
            Some(settings) => settings.notify_before_days.iter().copied().max()?,
            // they are on their way, and may say otherwise
            None if self.session.capabilities.has(Capability::Settings) => return None,
            None => own,
        };
        Ending::of(self.mine.table.iter_all(), days, self.now.utc)
    }

    pub(super) fn open_notices(&mut self) -> Vec<Effect> {
        let facts = self.facts();
        let missing = facts.unsupported([Capability::Notices]);
        if let Some(why) = missing.or_else(|| facts.me.is_none().then(|| facts.not_yet())) {
            self.say(Tone::Info, why);
            return Vec::new();
        }
        let ticket = self.ticket();
        let facts = super::facts!(self, self, self.settings.settings.as_ref(), ticket);
        let (list, read) = Notices::new(&facts);
        self.open(Dialog::Notices(list));
        vec![read]
    }
}
