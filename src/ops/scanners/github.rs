//! GitHub's secret-scanning alerts. Source: the REST API's "Secret scanning".

use serde::Deserialize;

use super::{NotRead, Occurrence, Scanner, Seen, link_to, number, objects, some};
use crate::domain::untrusted::Untrusted;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Alert {
    /// Absent where values are left out.
    secret: Option<Seen>,
    secret_type: Untrusted,
    secret_type_display_name: Untrusted,
    /// The alert's own page.
    html_url: Untrusted,
    created_at: Untrusted,
    repository: Option<Repository>,
    first_location_detected: Option<Location>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Repository {
    html_url: Untrusted,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Location {
    path: Untrusted,
    start_line: Untrusted,
    commit_sha: Untrusted,
}

pub fn read(text: &str) -> Result<Vec<Occurrence>, NotRead> {
    let alerts: Vec<Alert> = objects(text, Scanner::GitHub)?;
    Ok(alerts.into_iter().map(occurrence).collect())
}

fn occurrence(alert: Alert) -> Occurrence {
    let place = alert.first_location_detected.unwrap_or_default();
    let (line, commit) = (number(&place.start_line), place.commit_sha.as_received());
    // an alert's page is below its repository's
    let own = alert.html_url.as_received().split_once("/security/").map(|(repository, _)| repository);
    let repository = alert.repository.as_ref().map(|repository| repository.html_url.as_received()).or(own);
    let file = link_to(repository.unwrap_or_default(), commit, place.path.as_received(), line);
    Occurrence {
        seen: alert.secret.unwrap_or_else(|| Seen::Masked("…".to_owned())),
        kind: some(&alert.secret_type_display_name).unwrap_or(alert.secret_type),
        link: file.or_else(|| some(&alert.html_url)),
        file: place.path,
        line,
        commit: place.commit_sha,
        author: Untrusted::default(),
        date: alert.created_at,
    }
}
