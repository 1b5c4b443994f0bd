//! Going to another profile: what is under way here is never forgotten, so it may say no.

use super::App;
use crate::tui::dialogs::Dialog;
use crate::tui::dialogs::profiles::ProfilesMenu;
use crate::tui::effect::Effect;
use crate::tui::session::Tone;

impl App {
    /// Lists the profiles there are.
    pub(super) fn open_profiles(&mut self) {
        if self.profiles.is_empty() {
            return self.say(Tone::Info, "No profile is configured to go to: keydeck profile add NAME writes one");
        }
        if self.session.switching {
            return self.say(Tone::Info, "On the way to another profile");
        }
        if !matches!(self.dialogs.last(), Some(Dialog::Profiles(_))) {
            self.open(Dialog::Profiles(ProfilesMenu::new(self.profiles.clone(), &self.session.profile)));
        }
    }

    /// Begins to go to a profile, unless something here would be lost by it. From now on nothing can be changed here.
    pub(super) fn switch_profile(&mut self, name: String) -> Vec<Effect> {
        if let Some(why) = self.why_stay() {
            self.say(Tone::Info, format!("Not now: {why}"));
            return Vec::new();
        }
        self.session.switching = true;
        let staged = if self.settings.staged.is_some() { "; staged settings are forgotten" } else { "" };
        self.say(Tone::Info, format!("Going to {name} …{staged}"));
        vec![Effect::SwitchProfile(name)]
    }

    /// What would be lost by going away from here.
    fn why_stay(&self) -> Option<&'static str> {
        let now = self.utc();
        self.dialogs.iter().find_map(|dialog| dialog.under_way(now))
    }

    /// The console stays where it is.
    pub(super) fn not_switched(&mut self, why: String) {
        self.session.switching = false;
        self.say(Tone::Bad, why);
    }
}
