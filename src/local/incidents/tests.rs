use super::*;
use crate::domain::incident::{Given, Measure};
use crate::domain::time::When;

fn now() -> Time {
    When::from_wire("2026-11-27T03:02:10Z").time().unwrap()
}

fn entry(event: Event) -> Entry {
    Entry { at: now(), event }
}

fn pasted() -> Entry {
    let given = Given {
        fingerprint: Some("ab".to_owned()),
        masked: "kdk_…9fQ2".into(),
        form: "keydeck API Key".to_owned(),
        own_form: true,
        vendor: None,
        times: 1,
        line: None,
    };
    entry(Event::Pasted { values: vec![given], rest: Vec::new() })
}

#[tokio::test]
async fn what_is_appended_is_read_and_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let kept = Incidents::of(folder.path());
    let (mut incident, mut record) = kept.begin(Opened::sample(), now()).await.unwrap();
    let more = [pasted(), entry(Event::Decided { subject: 0, measure: Measure::Revoke })];
    record.append(&more).await.unwrap();
    for entry in more {
        incident.apply(entry);
    }
    assert_eq!(kept.read(&incident.id).await.unwrap(), incident);
    let mode_of = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let file = folder.path().join(FOLDER).join(format!("{}.jsonl", incident.id));
    assert_eq!((mode_of(&folder.path().join(FOLDER)), mode_of(&file)), (0o700, 0o600));
    let listing = kept.open(now()).await.unwrap();
    assert!(matches!(listing.incidents.as_slice(), [(_, Some(Some(_)))]), "this process holds it");
    record.append(&[entry(Event::Closed)]).await.unwrap();
    // cut short before its file was called so
    drop(record);
    assert_eq!(kept.open(now()).await.unwrap(), Listing::default());
    assert!(!file.exists());
    assert!(matches!(kept.take_up(&incident.id, now()).await, Err(IncidentsError::NoSuch { .. })));
    let all = kept.all(9, now()).await.unwrap();
    assert!(all.incidents[0].0.over && all.incidents[0].1.is_none());
}

#[tokio::test]
async fn a_line_that_was_cut_short_is_none_and_the_next_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Incidents::of(folder.path());
    let (incident, mut record) = kept.begin(Opened::sample(), now()).await.unwrap();
    record.append(&[pasted()]).await.unwrap();
    drop(record);
    let file = folder.path().join(FOLDER).join(format!("{}.jsonl", incident.id));
    let whole = std::fs::read(&file).unwrap();
    for cut in 1..=whole.len() {
        std::fs::write(&file, &whole[..whole.len() - cut]).unwrap();
        let Ok((_, mut record)) = kept.take_up(&incident.id, now()).await else {
            // not even what it is
            assert!(whole[..whole.len() - cut].split(|byte| *byte == b'\n').count() < 3, "{cut}");
            continue;
        };
        record.append(&[pasted()]).await.unwrap();
        assert_eq!(kept.read(&incident.id).await.unwrap().subjects.len(), 1, "{cut}");
    }
}

#[tokio::test]
async fn damage_is_told_by_its_line_and_an_id_by_its_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Incidents::of(folder.path());
    let (first, record) = kept.begin(Opened::sample(), now()).await.unwrap();
    let (second, other) = kept.begin(Opened::sample(), now() + chrono::TimeDelta::days(90)).await.unwrap();
    drop((record, other));
    let file = folder.path().join(FOLDER).join(format!("{}.jsonl", first.id));
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.clone() + "{\"at\":1}\n").unwrap();
    let error = kept.read(&first.id).await.unwrap_err().to_string();
    assert!(error.ends_with("line 3 is damaged"), "{error}");
    assert_eq!(kept.open(now()).await.unwrap().unreadable[0].id, first.id);
    assert_eq!(kept.find(&second.id.0.to_lowercase()[..20]).await.unwrap(), second.id);
    assert!(matches!(kept.find("01").await, Err(IncidentsError::Ambiguous { .. })));
    for none in ["", "ZZ", "../x"] {
        assert!(matches!(kept.find(none).await, Err(IncidentsError::NoSuch { .. } | IncidentsError::Ambiguous { .. })));
    }
}
