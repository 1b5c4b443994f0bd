//! Containing a leak: every stage.

use std::time::Duration;

use keydeck::domain::finding::{Resolution, Source};
use keydeck::domain::ids::UserId;
use keydeck::domain::incident::{
    Answer, Effect as Doing, Event as Happened, Facts, Known, Lead, Relative, Resolved, Spot, Tried, Trouble, Why,
};
use keydeck::domain::key::{Key, Status};
use keydeck::domain::key_value::digest;
use keydeck::tui::event::Event;
use keydeck::tui::open_incidents::OpenIncident;

use crate::incidents::{Task, value};
use crate::picture;
use crate::ui::{Ui, ago, team_keys};

fn ci_deploy() -> Key {
    let key = team_keys().into_iter().find(|key| key.id.as_str() == "k1").unwrap();
    Key { digest: Some(digest(&value('a'))), ..key }
}

/// All that can be known of a key.
fn everything(task: &Task) -> Known {
    let facts = Facts::of(&ci_deploy(), task.incident.subjects[0].given.fingerprint.as_deref(), None, UserId(1));
    let relative = |id: &str, name: &str, status| Relative { id: id.into(), name: name.into(), status: Some(status) };
    Known::Ours(Box::new(Facts {
        rotated_from: Some(relative("k0", "ci-deploy-2025", Status::Revoked)),
        minted: Some(vec![relative("k2", "postman-monitor", Status::Enabled)]),
        spots: vec![Spot {
            finding: "f1".into(),
            secret: "s1".into(),
            workspace: "github".into(),
            source: Some(Source::GitHub),
            url: "https://github.example/acme/infra/blob/main/deploy.sh#L12".into(),
            detected: ago(chrono::TimeDelta::hours(2)),
            occurrences: 3,
            resolution: Resolution::Active,
        }],
        ..facts
    }))
}

#[test]
fn contain_paste() {
    let mut ui = Ui::team();
    ui.keys("!");
    picture("contain_paste", &mut ui);
    ui.paste("curl https://keys.acme.example/me");
    picture("contain_paste_nothing", &mut ui);
    ui.keys("<ctrl-u>").paste(&format!("-H 'X-Api-Key: {}'\n+ PMAT-{}\n", value('a'), "B7".repeat(13)));
    picture("contain_paste_recognised", &mut ui);
}

#[test]
fn contain_to_the_end() {
    let mut ui = Ui::team();
    ui.keys("!").paste(&value('a')).keys("<Enter>");
    let mut task = Task::begun(&mut ui);
    picture("contain_looking", &mut ui);
    let known = vec![(0, everything(&task))];
    task.happens(&mut ui, Happened::Seen { known });
    task.alive(&mut ui, 0);
    picture("contain_decide", &mut ui);
    ui.later("x");
    let four = value('a');
    ui.later(&four[four.len() - 4..four.len() - 1]);
    picture("contain_confirm", &mut ui);
    ui.keys(&four[four.len() - 1..]).keys("<Enter>");
    task.decided(&mut ui);
    task.answered(&mut ui, 0, Answer::Revoked);
    ui.wait(Duration::from_secs(1));
    task.attempted(&mut ui, 0, Tried::Accepted { user: None, key: None });
    picture("contain_proving", &mut ui);
    ui.wait(Duration::from_secs(1));
    task.attempted(&mut ui, 0, Tried::Refused);
    let finding = Resolved { finding: "f1".into(), place: "GitHub, deploy.sh".into(), not: None };
    task.happens(&mut ui, Happened::Resolved { findings: vec![finding] });
    let me = task.incident.opened.user;
    let lead = |id: &str, why| {
        let key = team_keys().into_iter().find(|key| key.id.as_str() == id).unwrap();
        Lead::of(&key, Facts::of(&key, None, None, me), why)
    };
    let leads = vec![
        lead("k2", Why::MintedWith("k1".into())),
        lead("k3", Why::SameOwner),
        lead("k6", Why::SameOwner),
        lead("k7", Why::SameOwner),
    ];
    task.happens(&mut ui, Happened::Hunted { leads });
    ui.later("<Space>");
    picture("contain_hunt", &mut ui);
    ui.keys("<Enter>");
    task.decided(&mut ui);
    task.written(&mut ui);
    picture("contain_over", &mut ui);
}

#[test]
fn contain_several_and_others() {
    let mut ui = Ui::team();
    let postman = format!("PMAT-{}", "B7".repeat(13));
    ui.keys("!").paste(&format!("{}\n{}\n{postman}\n{}", value('a'), value('b'), &value('c')[..30])).keys("<Enter>");
    let mut task = Task::begun(&mut ui);
    task.seen(&mut ui, &[Some(&ci_deploy()), None, None]);
    task.alive(&mut ui, 0);
    task.probed(&mut ui, 1, Tried::Refused);
    picture("contain_several", &mut ui);
    ui.later("jj");
    picture("contain_several_foreign", &mut ui);
}

#[test]
fn contain_trouble_and_cut_short() {
    let mut ui = Ui::team();
    ui.keys("!").paste(&value('a')).keys("<Enter>");
    let mut task = Task::begun(&mut ui);
    let why = "keys.acme.example does not answer (timed out after 10 s); see that it runs".into();
    task.happens(&mut ui, Happened::Troubled(Trouble { effect: Doing::See, why }));
    picture("contain_trouble", &mut ui);
    task.happens(&mut ui, Happened::Again);
    task.seen(&mut ui, &[Some(&ci_deploy())]);
    task.alive(&mut ui, 0);
    let four = value('a');
    ui.later("x").later(&four[four.len() - 4..]).keys("<Enter>");
    task.decided(&mut ui);
    task.answered(&mut ui, 0, Answer::Revoked);
    task.attempted(&mut ui, 0, Tried::Accepted { user: None, key: None });
    task.happens(&mut ui, Happened::Hunted { leads: Vec::new() });
    ui.later("c");
    task.decided(&mut ui);
    picture("contain_still_accepted", &mut ui);
    task.happens(&mut ui, Happened::ProvesAgain { subject: 0 });
    task.happens(&mut ui, Happened::TakenUp { by: "olivia@laptop".into(), bundle: None });
    picture("contain_values", &mut ui);
    let mut ui = Ui::team();
    let open = OpenIncident { incident: task.incident, at_it: None };
    ui.happen(Event::IncidentsListed(Ok((vec![open], vec!["the incident X cannot be read".to_owned()]))));
    picture("contain_offered", &mut ui);
}
