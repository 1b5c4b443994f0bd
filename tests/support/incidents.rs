//! The console's other side of an incident: what its task would tell, without anything behind it.

#![allow(dead_code, reason = "each test binary uses its own part")]

use keydeck::domain::ids::UserId;
use keydeck::domain::incident::{
    Answer, Attempt, Decision, Effect as Doing, Entry, Event as Happened, Facts, Incident, IncidentId, Intake, Known,
    Opened, Tried, Written,
};
use keydeck::domain::key::Key;
use keydeck::domain::key_value::{checksum, fingerprint};
use keydeck::tui::effect::{Effect, Write};
use keydeck::tui::event::Event;
use keydeck::tui::ticket::Ticket;

use crate::ui::Ui;

/// A whole value of this server's form.
pub fn value(c: char) -> String {
    let start = format!("kdk_{}", c.to_string().repeat(30));
    format!("{start}{}", checksum(&start))
}

/// The task behind one incident.
pub struct Task {
    pub ticket: Ticket,
    pub incident: Incident,
}

impl Task {
    /// Takes what the console asked to begin, and puts it on record.
    #[track_caller]
    pub fn begun(ui: &mut Ui) -> Self {
        let effects = ui.take();
        let begun = effects.into_iter().find_map(|effect| match effect {
            Effect::BeginIncident(ticket, me, text) => Some((ticket, me, text)),
            _ => None,
        });
        let (ticket, me, text) = begun.unwrap_or_else(|| panic!("nothing is begun:\n{}", ui.screen()));
        let now = ui.app.now.utc;
        let id = IncidentId("01JZ0000000000000000000000".to_owned());
        let mut task = Self { ticket, incident: Incident::new(id, opened(ui, me.unwrap().id), now) };
        let own = |value: &str| keydeck::domain::key_value::recognise(value).is_some();
        let mut intake = Intake::new(&own);
        intake.feed(text.expose().as_bytes());
        let taken = intake.finish();
        let values = taken.values.into_iter().map(|(given, _)| given).collect();
        task.happens(ui, Happened::Pasted { values, rest: taken.rest });
        task
    }

    /// Something happened, which the console is told.
    pub fn happens(&mut self, ui: &mut Ui, event: Happened) {
        self.incident.apply(Entry { at: ui.app.now.utc, event });
        let next = self.incident.next(ui.app.now.utc);
        let doing = match next {
            keydeck::domain::incident::Next::Do(doing) => Some(doing),
            _ => None,
        };
        self.tell(ui, doing);
    }

    pub fn tell(&self, ui: &mut Ui, doing: Option<Doing>) {
        ui.happen(Event::Incident(self.ticket, Box::new(self.incident.clone()), doing));
    }

    /// The server says whose the values are, in their order.
    pub fn seen(&mut self, ui: &mut Ui, keys: &[Option<&Key>]) {
        let me = self.incident.opened.user;
        let known = keys.iter().enumerate().map(|(number, key)| {
            let given = &self.incident.subjects[number].given;
            let known = match key {
                Some(key) => {
                    Known::Ours(Box::new(Facts::of(key, given.fingerprint.as_deref(), Some(&"own".into()), me)))
                }
                None if given.own_form => Known::NoKey,
                None => Known::Foreign,
            };
            (number, known)
        });
        let known = known.collect();
        self.happens(ui, Happened::Seen { known });
    }

    /// A value was tried before anything was done.
    pub fn probed(&mut self, ui: &mut Ui, subject: usize, tried: Tried) {
        let attempt = Attempt { at: ui.app.now.utc, tried };
        self.happens(ui, Happened::Probed { subject, attempt });
    }

    pub fn alive(&mut self, ui: &mut Ui, subject: usize) {
        self.probed(ui, subject, Tried::Accepted { user: Some("Ana Souza".into()), key: None });
    }

    /// The server says what became of it.
    pub fn answered(&mut self, ui: &mut Ui, subject: usize, answer: Answer) {
        self.happens(ui, Happened::Sending { subjects: vec![subject] });
        self.happens(ui, Happened::Answered { subject, answer });
    }

    /// It was tried again.
    pub fn attempted(&mut self, ui: &mut Ui, subject: usize, tried: Tried) {
        let attempt = Attempt { at: ui.app.now.utc, tried };
        self.happens(ui, Happened::Attempted { subject, attempt });
    }

    /// The evidence is written, and nothing is left to do.
    pub fn written(&mut self, ui: &mut Ui) {
        let written = Written {
            at: ui.app.now.utc,
            folder: "/home/olivia/incident-20261121T083000Z".into(),
            searched_for: 1,
            sums: fingerprint("sums"),
        };
        self.happens(ui, Happened::Written(written));
        self.happens(ui, Happened::Closed);
    }

    /// Takes the decision that the console sent, which must be one that can be taken.
    #[track_caller]
    pub fn decided(&mut self, ui: &mut Ui) -> Decision {
        let effects = ui.take();
        let sent = effects.iter().find_map(|effect| match effect {
            Effect::Write(_, Write::ContainKeys(ticket, decision)) | Effect::SteerIncident(ticket, decision) => {
                (*ticket == self.ticket).then(|| decision.clone())
            }
            _ => None,
        });
        let decision = sent.unwrap_or_else(|| panic!("nothing was decided: {effects:?}\n{}", ui.screen()));
        for event in self.incident.decide(&decision, ui.app.now.present()).unwrap() {
            self.happens(ui, event);
        }
        decision
    }
}

fn opened(ui: &Ui, user: UserId) -> Opened {
    Opened {
        profile: ui.app.session.profile.clone(),
        production: ui.app.session.production,
        address: ui.app.session.address.clone(),
        user,
        user_name: "Olivia Chen".into(),
        admin: true,
        own_key: Some("own".into()),
        by: "olivia@laptop".into(),
        bundle: "/home/olivia/incident-20261121T083000Z".into(),
        asking_is_use: true,
        page: None,
    }
}
