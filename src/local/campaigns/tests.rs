use super::*;
use crate::domain::campaign::Subject;
use crate::domain::failure::{Ending, Failure};
use crate::domain::ids::UserId;
use crate::domain::key::Key;
use crate::domain::time::When;

fn now() -> Time {
    When::from_wire("2027-06-01T00:00:00Z").time().unwrap()
}

fn opened(name: &str) -> Opened {
    Opened {
        name: name.into(),
        filter: String::new(),
        by: now() + chrono::TimeDelta::days(30),
        wave: 10,
        profile: "acme".to_owned(),
        production: false,
        address: "https://keys.acme.example".to_owned(),
        user: UserId(1),
        user_name: "Olivia".into(),
        started_by: "olivia".into(),
        team: true,
        keys: vec![Subject::of(&Key::sample("a"))],
    }
}

fn taken_up() -> Entry {
    Entry { at: now(), event: Event::TakenUp { by: "olivia".into(), resumed: false } }
}

#[tokio::test]
async fn a_campaign_is_the_same_again_once_its_lines_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Campaigns::of(folder.path());
    let (mut campaign, mut record) = kept.begin(opened("June"), now()).await.unwrap();
    record.append(&[taken_up()]).await.unwrap();
    campaign.apply(taken_up());
    assert_eq!(kept.read(&campaign.id).await.unwrap(), campaign);
    let refused = kept.take_up(&campaign.id, now()).await.unwrap_err();
    assert!(matches!(refused, CampaignsError::Lock(_)), "held by somebody: {refused}");
    assert_eq!(refused.ending(), Ending::NotNow);
    drop(record);
    assert_eq!(kept.take_up(&campaign.id, now()).await.unwrap().0, campaign);
}

#[tokio::test]
async fn a_line_that_was_cut_short_is_none_and_the_next_begins_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Campaigns::of(folder.path());
    let (campaign, record) = kept.begin(opened("June"), now()).await.unwrap();
    drop(record);
    let path = folder.path().join(FOLDER).join(format!("{}{ENDING}", campaign.id));
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, [&whole[..], b"{\"at\":\"2027"].concat()).unwrap();
    let (again, mut record) = kept.take_up(&campaign.id, now()).await.unwrap();
    assert_eq!(again, campaign);
    record.append(&[taken_up()]).await.unwrap();
    assert!(kept.read(&campaign.id).await.is_ok());
}

#[tokio::test]
async fn one_that_cannot_be_read_holds_up_no_other_and_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Campaigns::of(folder.path());
    let (good, _record) = kept.begin(opened("June"), now()).await.unwrap();
    let (bad, _bad_record) = kept.begin(opened("July"), now()).await.unwrap();
    let path = folder.path().join(FOLDER).join(format!("{}{ENDING}", bad.id));
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"form\":1", "\"form\":9")).unwrap();
    let listing = kept.all().await.unwrap();
    assert_eq!((listing.campaigns.len(), listing.unreadable.len()), (1, 1));
    assert!(listing.unreadable[0].why.contains("newer"), "{:?}", listing.unreadable);
    assert_eq!(kept.find("June").await.unwrap().id, good.id);
    let told = kept.find(&bad.id.0).await.unwrap_err();
    assert!(matches!(told, CampaignsError::Damaged { .. }) && told.hint().contains("newer"), "{told}");
}

#[tokio::test]
async fn one_is_found_by_its_name_or_the_beginning_of_its_id() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Campaigns::of(folder.path());
    assert!(matches!(kept.find("June").await, Err(CampaignsError::NoSuch { .. })));
    let (june, mut record) = kept.begin(opened("June"), now()).await.unwrap();
    let taken = kept.begin(opened("June"), now()).await.unwrap_err();
    assert!(matches!(taken, CampaignsError::NameTaken { .. }), "{taken}");
    let closed = Event::Closed { by: "olivia".into(), early: true };
    record.append(&[Entry { at: now(), event: closed }]).await.unwrap();
    let (again, _again) = kept.begin(opened("June"), now()).await.unwrap();
    assert_eq!(kept.find("June").await.unwrap().id, again.id, "the open one before the one that is over");
    assert_eq!(kept.find(&june.id.0.to_lowercase()).await.unwrap().id, june.id);
    assert!(matches!(kept.find("01").await, Err(CampaignsError::Ambiguous { .. })));
    for none in ["", "ZZ", "../x"] {
        assert!(matches!(kept.find(none).await, Err(CampaignsError::NoSuch { .. })), "{none}");
    }
}
