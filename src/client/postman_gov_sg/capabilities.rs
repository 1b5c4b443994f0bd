//! What postman.gov.sg can do with keys, and for the rest the reason.

use chrono::Months;

use super::signing_in::TERMS;
use crate::client::capabilities::{Capabilities, Capability, Minting};

/// Where a person manages keys.
pub(super) const PAGE: &str = "https://legacy.postman.gov.sg";

/// For how many calendar months a key is good, from when it was made. Nobody can have it otherwise.
pub(super) const LIFE: Months = Months::new(6);

/// What it can do.
pub(super) fn capabilities() -> Capabilities {
    let none = |what: &str| format!("postman.gov.sg {what}");
    let why = |capability: Capability| -> Option<String> {
        Some(match capability {
            // what there are calls for
            Capability::OwnKeys | Capability::CreateKeys | Capability::Contacts | Capability::DeleteKeys => {
                return None;
            }
            Capability::TeamKeys | Capability::RevokeTeamKeys | Capability::RevokeAll => none(
                "knows no teams: each login address has keys of its own, and sees no others'; whoever shares an address \
                 shares its keys",
            ),
            Capability::CollectionKeys | Capability::CreateCollectionKeys | Capability::DeleteCollectionKeys => {
                none("has no collections, and so no keys of one")
            }
            Capability::Rename => {
                none("fixes a key's label when it is made: rotate the key to give the next another name")
            }
            Capability::Expiry => none(
                "lets every key end six calendar months after it was made, no sooner and no later: rotate it before",
            ),
            Capability::Access => none("knows no scopes: a key may send whatever its owner may"),
            Capability::HandOver => none(
                "keeps a key with the login address that made it: make another where it is to be, then delete this one",
            ),
            Capability::Disable | Capability::DisableUntil => {
                none("cannot stop a key for a while: it works until it ends or is deleted")
            }
            Capability::Regenerate => none("gives no key another value: rotate it, which makes a new one first"),
            Capability::RevokeMany => none("deletes keys one by one"),
            Capability::Lookup => {
                none("finds no key by its value: it is compared with the last five characters of each that is listed")
            }
            Capability::ReadByIds => none("reads no single key: the list is read"),
            Capability::LastUse => none("does not tell when a key was last used"),
            Capability::RefusedUses => none("does not tell where a key that is gone is still tried"),
            Capability::Users | Capability::ManageUsers => {
                none("names no users: the first login with an address makes its account")
            }
            Capability::Findings
            | Capability::ResolveFindings
            | Capability::Locations
            | Capability::RevokeResolves
            | Capability::ReportFindings => {
                none("looks for no exposed keys, and takes no reports: keydeck scan looks on this machine")
            }
            Capability::Settings | Capability::ChangeSettings => none("has no settings of keys"),
            Capability::AuditLog | Capability::AuditByKey => none("tells nothing of what was done to keys"),
            Capability::Variables => none("has no variables that could hold a key"),
            Capability::Notices => none(
                "does not tell whom it wrote to; it writes 28, 14, 3 and 1 days before a key ends, by the day in UTC",
            ),
        })
    };
    let all = Capabilities::all()
        .minted_by(Minting::Server)
        .with_page(&format!("Settings > API key ({PAGE})"))
        .with_sign_in(TERMS)
        .with_life(LIFE)
        .needing_contacts("reminders go to the login address, which nobody may read")
        .with_late_mail("postman.gov.sg may still send reminders for a key that was deleted");
    Capability::ALL.iter().fold(all, |all, capability| match why(*capability) {
        Some(why) => all.without(*capability, &why),
        None => all,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::When;

    #[test]
    fn what_is_missing_has_a_reason_and_the_rest_is_there() {
        let can = capabilities();
        let there: Vec<Capability> = Capability::ALL.iter().copied().filter(|one| can.has(*one)).collect();
        assert_eq!(there, [Capability::OwnKeys, Capability::CreateKeys, Capability::Contacts, Capability::DeleteKeys]);
        assert!(can.why_not(Capability::TeamKeys).unwrap().contains("knows no teams"));
    }

    #[test]
    fn a_key_lives_for_six_calendar_months_of_whatever_length() {
        let can = capabilities();
        let end = |made: &str| can.life_ends(When::from_wire(made).time().unwrap()).map(|at| When::from(at).exact());
        for (made, ends) in [
            ("2026-08-31T10:00:00.000Z", "2027-02-28 10:00:00 UTC"),
            ("2027-08-31T10:00:00.000Z", "2028-02-29 10:00:00 UTC"),
            ("2026-03-31T23:59:59.000Z", "2026-09-30 23:59:59 UTC"),
            ("2026-11-27T18:00:00.000Z", "2027-05-27 18:00:00 UTC"),
        ] {
            assert_eq!(end(made).as_deref(), Some(ends));
        }
    }
}
