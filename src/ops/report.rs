//! Reporting values that were found, each place once.

use std::collections::HashSet;

use tokio_util::sync::CancellationToken;

use super::pace;
use crate::client::error::{ErrorKind, ServiceError};
use crate::client::{KeyService, WritePermit};
use crate::domain::report::{Report, Reported};

/// What became of a report.
pub type Outcome = Result<Reported, ServiceError>;

/// Those of the reports that say something: of two about one value in one place the first.
pub fn each_once(reports: Vec<Report>) -> Vec<Report> {
    let mut seen = HashSet::new();
    reports.into_iter().filter(|report| seen.insert((report.fingerprint.clone(), report.url.clone()))).collect()
}

/// Sends the reports one after the other, as fast as the rate limit allows; each is sent once. `told` hears what became of
/// each. Ends early when `stop` is cancelled, and when the server denies the first or cannot be reached. Answers how many
/// were sent.
pub async fn send(
    service: &dyn KeyService,
    permit: &WritePermit,
    reports: &[Report],
    stop: &CancellationToken,
    mut told: impl FnMut(&Report, Outcome),
) -> usize {
    for (at, report) in reports.iter().enumerate() {
        if stop.is_cancelled() {
            return at;
        }
        if let Some(seconds) = pace::before_next(service.rate_limit(), 0) {
            tokio::select! {
                () = pace::rest(service, seconds, None) => {}
                () = stop.cancelled() => return at,
            }
        }
        let outcome = pace::through_limit(service, || service.report_finding(permit, report)).await;
        let hopeless = outcome.as_ref().err().is_some_and(|error| concerns_all(error.kind));
        told(report, outcome);
        if hopeless {
            return at + 1;
        }
    }
    reports.len()
}

/// Whether what refused one report refuses the others as well.
fn concerns_all(kind: ErrorKind) -> bool {
    match kind {
        ErrorKind::Unreachable
        | ErrorKind::CertificateTime
        | ErrorKind::UntrustedCertificate
        | ErrorKind::UnfitCertificate
        | ErrorKind::Proxy
        | ErrorKind::Stranger
        | ErrorKind::Unauthenticated
        | ErrorKind::Denied
        | ErrorKind::RateLimited
        | ErrorKind::QuotaUsedUp
        | ErrorKind::Redirected
        | ErrorKind::ReadOnly
        | ErrorKind::Unsupported
        | ErrorKind::Configuration => true,
        ErrorKind::LostAnswer
        | ErrorKind::NotFound
        | ErrorKind::Conflict
        | ErrorKind::Invalid
        | ErrorKind::Server
        | ErrorKind::NotUnderstood
        | ErrorKind::UnfitValue => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::fake::FakeService;
    use crate::domain::finding::Source;

    fn report(value: &str, url: &str) -> Report {
        Report {
            fingerprint: value.to_owned(),
            secret_type: "keydeck API Key".to_owned(),
            masked: "kdk_…".to_owned(),
            source: Source::Local,
            url: url.to_owned(),
            resource: "file".to_owned(),
        }
    }

    #[test]
    fn one_value_in_one_place_is_one_report() {
        let [a, b, c] = [report("1", "x"), report("1", "y"), report("2", "x")];
        assert_eq!(each_once(vec![a.clone(), b.clone(), a.clone(), c.clone()]), [a, b, c]);
    }

    #[tokio::test]
    async fn each_is_sent_once_and_what_refuses_all_ends_it() {
        let reports = ["a", "b", "c"].map(|url| report("1", url));
        let permit = WritePermit::unless_read_only(false).unwrap();
        for (kind, sent) in
            [(None, 3), (Some(ErrorKind::Invalid), 3), (Some(ErrorKind::LostAnswer), 3), (Some(ErrorKind::Denied), 1)]
        {
            let service = FakeService::new(Vec::new());
            if let Some(kind) = kind {
                service.fail("report_finding", kind);
            }
            let mut failed = 0;
            let told = |_: &Report, outcome: Outcome| failed += usize::from(outcome.is_err());
            let count = send(&service, &permit, &reports, &CancellationToken::new(), told).await;
            assert_eq!((count, failed), (sent, usize::from(kind.is_some())), "{kind:?}");
            assert_eq!(service.count("report_finding"), sent);
        }
        let (service, stop) = (FakeService::new(Vec::new()), CancellationToken::new());
        stop.cancel();
        assert_eq!(send(&service, &permit, &reports, &stop, |_, _| panic!("nothing is sent")).await, 0);
    }
}
