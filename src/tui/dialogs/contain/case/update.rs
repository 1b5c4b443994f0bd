//! What changes an incident in front: what its task tells, and what a person decides.

use super::{About, Asking, At, Case, Kind};
use crate::domain::bulk::Confirmation;
use crate::domain::incident::{Act, Answer, Decision, Effect as Doing, Incident, Measure};
use crate::domain::rotation::{Overlap, Plan, Reason};
use crate::domain::secret::Secret;
use crate::domain::time::Time;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::confirm::Asked;
use crate::tui::dialogs::rotate::Wizard;
use crate::tui::dialogs::{Dialog, Requests, moved, scroll};
use crate::tui::effect::{Effect, Write};
use crate::tui::facts::Facts;
use crate::tui::key::KeyCode;
use crate::tui::request::{Input, Reply, Request};
use crate::tui::session::Tone;
use crate::tui::ticket::Ticket;

impl Case {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, ticket: Ticket, facts: &Facts) -> Requests {
        match input {
            Input::Reply(Reply::Incident(incident, doing)) => return self.told(*incident, doing, facts),
            Input::Reply(Reply::IncidentRefused(why)) => {
                self.refused = Some(why);
                self.asking = None;
                return self.turn(facts);
            }
            Input::Action(action) => {
                let action = if action == Action::Cancel { Action::Back } else { action };
                return if self.asking.is_some() {
                    self.answer(action, ticket, facts)
                } else {
                    self.act(action, ticket, facts)
                };
            }
            Input::Text(c) => {
                if let Some(asking) = &mut self.asking {
                    asking.asked.type_char(c);
                }
            }
            Input::Edit(press) => {
                if let Some(asking) = self.asking.as_mut().filter(|_| press.code == KeyCode::Backspace) {
                    asking.asked.confirm.erase();
                }
            }
            Input::Paste(text) => return self.pasted(text, ticket, facts),
            Input::Scroll(rows) => self.scroll_by(rows, facts),
            Input::Reply(_) | Input::Wake | Input::Conceal | Input::Quit => {}
        }
        Vec::new()
    }

    /// The incident as it is now.
    fn told(&mut self, incident: Incident, doing: Option<Doing>, facts: &Facts) -> Requests {
        self.incident = Some(incident);
        self.doing = doing;
        self.refused = None;
        let mut requests = self.turn(facts);
        requests.extend(self.hand_over(facts));
        requests
    }

    /// Something else may stand there now, which has to be read before it is answered.
    fn turn(&mut self, facts: &Facts) -> Requests {
        let kind = self.at(facts.now.utc).kind();
        if self.last.replace(kind) == Some(kind) {
            return Vec::new();
        }
        self.leaving = false;
        self.scroll = 0;
        if kind == Kind::Hunt {
            self.lead = self.leads().iter().position(crate::domain::incident::Lead::is_alive).unwrap_or_default();
        }
        if kind != Kind::Decide && kind != Kind::Hunt {
            self.asking = None;
        }
        vec![Request::ContentChanged]
    }

    /// A paste never confirms; else it is more that leaked, or a value that is given again.
    fn pasted(&mut self, text: &str, ticket: Ticket, facts: &Facts) -> Requests {
        if let Some(asking) = &mut self.asking {
            asking.asked.confirm.paste();
            return Vec::new();
        }
        if self.incident.is_none() || self.is_over(facts.now.utc) {
            return vec![Request::info("Nothing more is taken here: close it, and begin another")];
        }
        if text.len() > crate::tui::dialogs::contain::paste::MOST {
            let words = "That is too much for a terminal: keydeck contain --from-file takes it from a file";
            return vec![Request::bad(words)];
        }
        vec![Request::Do(Effect::GiveValues(ticket, Secret::new(text.to_owned())))]
    }

    fn scroll_by(&mut self, rows: isize, facts: &Facts) {
        let arranged = self.arrange(facts);
        self.scroll = scroll(arranged.first, rows, arranged.most());
    }

    fn act(&mut self, action: Action, ticket: Ticket, facts: &Facts) -> Requests {
        let now = facts.now.present();
        let page = self.arrange(facts).rows.saturating_sub(1);
        if let Some(rows) = moved(action, page) {
            return self.point(action, rows, facts);
        }
        if !matches!(action, Action::Back | Action::Quit) {
            self.leaving = false;
        }
        let at = self.at(now.now);
        match action {
            Action::Back | Action::Quit => self.leave(&at, ticket, facts),
            Action::Choose => match at {
                At::Over => self.close(ticket, facts),
                At::Hunt => self.steer(ticket, Decision::Follow(Vec::new(), Measure::Revoke)),
                _ => self.say_what_can(facts),
            },
            Action::Mark if at == At::Hunt => self.mark(),
            Action::MarkAll if at == At::Hunt => {
                let alive = self.leads().iter().enumerate().filter(|(_, lead)| lead.is_alive()).map(|(at, _)| at);
                self.marked = alive.collect();
                Vec::new()
            }
            Action::RevokeNow | Action::Freeze if at == At::Hunt => {
                let measure = if action == Action::Freeze { Measure::Freeze } else { Measure::Revoke };
                self.ask_about_leads(measure, facts)
            }
            Action::RevokeNow => self.ask(Measure::Revoke, ticket, facts),
            Action::Freeze => self.ask(Measure::Freeze, ticket, facts),
            Action::ReplaceThenRevoke => {
                let by = self.deadline(now.now);
                self.ask(Measure::Replace { by }, ticket, facts)
            }
            Action::DeleteItself => self.ask(Measure::SelfDelete, ticket, facts),
            Action::LeaveIt => self.ask(Measure::Leave, ticket, facts),
            Action::GoOn if matches!(at, At::Trouble(_)) => self.steer(ticket, Decision::Again),
            Action::GoOn if matches!(at, At::Refused(_)) => {
                self.refused = None;
                vec![Request::Do(Effect::GoOnContaining(ticket))]
            }
            Action::StopProving if at == At::Proving => {
                let open = self.incident.as_ref().and_then(|incident| {
                    incident.subjects.iter().position(|subject| subject.next_attempt(now.now).is_some())
                });
                open.map(|number| self.steer(ticket, Decision::GiveUp(number))).unwrap_or_default()
            }
            Action::WriteDown if matches!(at, At::Proving | At::Values | At::Trouble(_)) => {
                self.steer(ticket, Decision::WriteDown)
            }
            _ => self.say_what_can(facts),
        }
    }

    /// The cursor goes to another key where there are several, or to another lead; else the page scrolls.
    fn point(&mut self, action: Action, rows: isize, facts: &Facts) -> Requests {
        let single = matches!(action, Action::Down | Action::Up);
        let several = self.incident.as_ref().map_or(0, |incident| incident.subjects.len());
        if self.is_hunting() {
            self.lead = scroll(self.lead, rows, self.leads().len().saturating_sub(1));
            self.scroll = self.arrange(facts).first;
        } else if single && several > 1 {
            self.cursor = scroll(self.cursor, rows, several - 1);
            self.scroll = 0;
        } else {
            self.scroll_by(rows, facts);
        }
        Vec::new()
    }

    fn mark(&mut self) -> Requests {
        if !self.leads().get(self.lead).is_some_and(crate::domain::incident::Lead::is_alive) {
            return vec![Request::info("It is revoked already")];
        }
        if !self.marked.remove(&self.lead) {
            self.marked.insert(self.lead);
        }
        self.lead = scroll(self.lead, 1, self.leads().len().saturating_sub(1));
        Vec::new()
    }

    /// Asks for what confirms a measure; one that needs no confirmation is decided at once.
    fn ask(&mut self, measure: Measure, ticket: Ticket, facts: &Facts) -> Requests {
        let now = facts.now.present();
        let measures = match self.measures(measure, now) {
            Ok(measures) => measures,
            Err(why) => return vec![Request::info(why)],
        };
        let Some(incident) = &self.incident else { return Vec::new() };
        if measure == Measure::Leave {
            return self.steer(ticket, Decision::Measures(measures));
        }
        if let Err(why) = facts.session.permission() {
            return vec![Request::info(why)];
        }
        let wanted = incident.confirmation(&measures, now.now);
        self.asked(wanted, About::Keys(measures))
    }

    fn ask_about_leads(&mut self, measure: Measure, facts: &Facts) -> Requests {
        let leads = self.chosen_leads();
        let Some(incident) = self.incident.as_ref().filter(|_| !leads.is_empty()) else {
            return vec![Request::info("It is revoked already")];
        };
        if let Err(why) = facts.session.permission() {
            return vec![Request::info(why)];
        }
        let decision = Decision::Follow(leads.clone(), measure);
        if let Err(why) = incident.decide(&decision, facts.now.present()) {
            return vec![Request::info(super::capitalised(&why.to_string()))];
        }
        let wanted = incident.confirmation_of_leads(&leads, measure, facts.now.utc);
        self.asked(wanted, About::Leads(leads, measure))
    }

    fn asked(&mut self, wanted: Confirmation, about: About) -> Requests {
        self.asking = Some(Asking { asked: Asked::new(wanted), about });
        vec![Request::ContentChanged]
    }

    /// What is asked is answered.
    fn answer(&mut self, action: Action, ticket: Ticket, facts: &Facts) -> Requests {
        let Some(mut asking) = self.asking.take() else { return Vec::new() };
        if matches!(action, Action::Back | Action::Quit) {
            return vec![Request::ContentChanged];
        }
        if !asking.asked.confirms(action) {
            self.asking = Some(asking);
            return Vec::new();
        }
        let decision = match asking.about {
            About::Keys(measures) => Decision::Measures(measures),
            About::Leads(leads, measure) => Decision::Follow(leads, measure),
        };
        vec![Request::ContentChanged, Request::write(facts.session, Write::ContainKeys(ticket, decision))]
    }

    /// A decision that changes nothing at the server.
    fn steer(&self, ticket: Ticket, decision: Decision) -> Requests {
        let Some(incident) = &self.incident else { return Vec::new() };
        if self.refused.is_some() || incident.over {
            return Vec::new();
        }
        vec![Request::Do(Effect::SteerIncident(ticket, decision))]
    }

    fn say_what_can(&self, facts: &Facts) -> Requests {
        let can = self.can(facts.now.present());
        let context = self.context();
        let words: Vec<String> =
            can.iter().map(|(action, does)| format!("{} {does}", facts.keymap.press(*action, context))).collect();
        if words.is_empty() { Vec::new() } else { vec![Request::info(words.join(" · "))] }
    }

    /// Leaves it; one that is open says first what becomes of it.
    fn leave(&mut self, at: &At, ticket: Ticket, facts: &Facts) -> Requests {
        let begun = self.incident.is_some();
        if *at == At::Over || !begun {
            return self.close(ticket, facts);
        }
        let [back, list] = [(Action::Back, Context::Contain), (Action::Incidents, Context::List)]
            .map(|(action, context)| facts.keymap.press(action, context));
        if !std::mem::replace(&mut self.leaving, true) {
            let what = self.incident.as_ref().map(|incident| incident.conclusion(facts.now.utc)).unwrap_or_default();
            return vec![Request::info(format!(
                "{what} {back} again leaves it for later, on disk and without the values"
            ))];
        }
        vec![
            Request::Close,
            Request::info(format!("Kept for later, on disk: {list} goes on with it")),
            Request::Do(Effect::ReleaseIncident(ticket)),
        ]
    }

    fn close(&self, ticket: Ticket, facts: &Facts) -> Requests {
        let said = match &self.incident {
            None => Request::info("Nothing was done"),
            Some(incident) => result(incident, facts.now.utc),
        };
        vec![Request::Close, said, Request::Do(Effect::ReleaseIncident(ticket))]
    }

    /// Opens the rotation wizard for one's own keys whose end the server has on record, once each.
    fn hand_over(&mut self, facts: &Facts) -> Requests {
        let Some(incident) = &self.incident else { return Vec::new() };
        let dated: Vec<(usize, Time)> = incident
            .subjects
            .iter()
            .enumerate()
            .filter_map(|(number, subject)| match (&subject.act, subject.measure) {
                (Act::Answered { answer: Answer::Dated, .. }, Some(Measure::Replace { by })) => Some((number, by)),
                _ => None,
            })
            .filter(|(number, _)| !self.handed_over.contains(number))
            .collect();
        let Some((number, by)) = dated.first().copied() else { return Vec::new() };
        self.handed_over.insert(number);
        let id = incident.subjects.get(number).and_then(|subject| subject.facts()).map(|facts| facts.id.clone());
        let Some(key) = id.as_ref().and_then(|id| facts.keys.api_key(id)) else {
            let rotate = facts.key_for(Action::Rotate);
            return vec![Request::info(format!("The server ends it in time: {rotate} in My Keys makes its successor"))];
        };
        let plan = |plan: &mut Plan| {
            plan.reason = Reason::Leaked;
            plan.overlap = Overlap::Until(by);
        };
        Wizard::begin(vec![key.clone()], &plan, facts)
    }
}

/// What is said of an incident that is closed.
fn result(incident: &Incident, now: Time) -> Request<Dialog> {
    let tone = if incident.is_contained(now) { Tone::Good } else { Tone::Info };
    let folder = incident.written.as_ref().map(|written| {
        let folder = crate::domain::untrusted::visible(&written.folder.to_string_lossy()).into_owned();
        format!(" Written down in {folder}")
    });
    Request::Say(tone, format!("{}{}", incident.conclusion(now), folder.unwrap_or_default()))
}
