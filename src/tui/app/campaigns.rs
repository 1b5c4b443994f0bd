//! The campaigns of this machine: looked at, and never gone on with from here.

use super::App;
use crate::tui::dialogs::Dialog;
use crate::tui::dialogs::campaigns::Campaigns;
use crate::tui::effect::Effect;
use crate::tui::session::Tone;

impl App {
    pub(super) fn open_campaigns(&mut self) -> Vec<Effect> {
        if self.me.is_none() {
            let why = self.facts().not_yet();
            self.say(Tone::Info, why);
            return Vec::new();
        }
        let ticket = self.ticket();
        let facts = super::facts!(self, self, self.settings.settings.as_ref(), ticket);
        let (board, read) = Campaigns::new(&facts);
        self.open(Dialog::Campaigns(Box::new(board)));
        read.into_iter().collect()
    }
}
