//! What changes the Settings tab, and what it opens.

use super::SettingsScreen;
use crate::client::capabilities::Capability;
use crate::domain::settings::Field;
use crate::domain::team::Me;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::explain::Explain;
use crate::tui::dialogs::policy::Policy;
use crate::tui::dialogs::revoke_all::RevokeAllDialog;
use crate::tui::dialogs::setting::SettingField;
use crate::tui::dialogs::{Dialog, Requests, moved, scroll};
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Request};

impl SettingsScreen {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        match input {
            Input::Action(action) => match moved(action, 4) {
                Some(rows) => self.cursor = scroll(self.cursor, rows, Field::ALL.len()),
                None => return self.act(action, facts),
            },
            Input::Scroll(rows) => self.cursor = scroll(self.cursor, rows, Field::ALL.len()),
            Input::Text(_)
            | Input::Edit(_)
            | Input::Paste(_)
            | Input::Reply(_)
            | Input::Wake
            | Input::Conceal
            | Input::Quit => {}
        }
        Vec::new()
    }

    fn act(&mut self, action: Action, facts: &Facts) -> Requests {
        let Some(present) = self.settings.clone() else { return Vec::new() };
        match action {
            Action::ExplainSetting => {
                let Some(field) = self.field() else { return Vec::new() };
                vec![Request::Open(Dialog::Explain(Explain::new(field, present)))]
            }
            Action::EditSetting if self.field().is_none() => self.revoke_all(facts),
            Action::EditSetting => {
                if let Some(why) = why_not(facts, Capability::ChangeSettings) {
                    return vec![Request::info(why)];
                }
                let Some(field) = self.field() else { return Vec::new() };
                let staged = self.shall_be().cloned().unwrap_or_else(|| present.clone());
                vec![Request::Open(Dialog::Setting(Box::new(SettingField::new(field, present, staged))))]
            }
            Action::Unstage => {
                let (Some(field), Some(staged)) = (self.field(), self.staged.clone()) else { return Vec::new() };
                let mut after = staged.after;
                field.take(&staged.before, &mut after);
                self.stage(Some(after));
                Vec::new()
            }
            Action::ReviewSettings => self.review(facts),
            Action::RevokeAll => self.revoke_all(facts),
            Action::Back if self.staged.is_some() => {
                let unstage = facts.keymap.press(Action::Unstage, Context::Settings);
                vec![Request::info(format!("Staged values stay: {unstage} takes the one under the cursor back"))]
            }
            _ => Vec::new(),
        }
    }

    fn review(&self, facts: &Facts) -> Requests {
        if let Some(why) = why_not(facts, Capability::ChangeSettings) {
            return vec![Request::info(why)];
        }
        let Some(staged) = self.staged.clone() else {
            let edit = facts.keymap.press(Action::EditSetting, Context::Settings);
            return vec![Request::info(format!("Nothing is staged: {edit} edits a setting"))];
        };
        let mut exposed: Vec<(String, String)> = facts
            .keys
            .api_keys()
            .filter(|key| key.is_open_danger())
            .map(|key| (key.id.as_str().to_owned(), format!("{}\n{}", key.name.marked(), key.owner)))
            .collect();
        exposed.sort();
        exposed.dedup();
        let named = exposed.iter().filter_map(|(_, text)| text.split_once('\n'));
        let exposed = named.map(|(name, owner)| (name.to_owned(), owner.to_owned())).collect();
        let (policy, look) = Policy::open(staged.before, staged.after, exposed, facts.ticket);
        vec![Request::Open(Dialog::Policy(Box::new(policy))), Request::Do(look)]
    }

    fn revoke_all(&self, facts: &Facts) -> Requests {
        if let Some(why) = why_not(facts, Capability::RevokeAll) {
            return vec![Request::info(why)];
        }
        let Some(me) = facts.me else { return vec![Request::info(facts.not_yet())] };
        let team = me.team.to_string();
        let dialog = RevokeAllDialog::new(team, facts.keys.api_keys(), me.own_key.clone(), facts.now.utc, facts.ticket);
        vec![Request::Open(Dialog::RevokeAll(Box::new(dialog)))]
    }
}

/// Why settings cannot be changed by this role or on this backend.
fn why_not(facts: &Facts, needed: Capability) -> Option<String> {
    if let Some(why) = facts.unsupported([needed]) {
        return Some(why);
    }
    let Some(me) = facts.me else { return Some(facts.not_yet()) };
    (!Me::is_admin(me)).then(|| format!("Your role is {}: only an admin changes the team's settings", me.role()))
}
