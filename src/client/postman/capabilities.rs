//! What the public Postman API can do with keys, and for the rest the reason and the page on which a person can do it.
//!
//! Source: the published API definition, of which no call lists, makes, names, replaces, stops or revokes an API key.

use crate::client::capabilities::{Capabilities, Capability, Minting};

/// Where a person sees their own API keys.
pub const OWN_KEYS_PAGE: &str = "https://go.postman.co/settings/me/api-keys";
/// Where an admin of an Enterprise team sees the team's API keys.
pub const TEAM_KEYS_PAGE: &str = "https://go.postman.co/manage-postman-keys";

/// The same for people: the menu has two names for it, by the plan.
const TEAM_MENU: &str = "Team > Manage Postman Keys, or Organization > Postman Keys";

/// What it can do.
pub(super) fn capabilities() -> Capabilities {
    let own = |what: &str| format!("Postman's API {what}: do it in the app, Settings > API keys, {OWN_KEYS_PAGE}");
    let team = |what: &str| format!("Postman's API {what}: an admin does it in {TEAM_MENU}, {TEAM_KEYS_PAGE}");
    let never = |what: &str| format!("Postman knows no such thing: {what}");
    let why = |capability: Capability| -> Option<String> {
        Some(match capability {
            // what there are calls for
            Capability::CollectionKeys
            | Capability::DeleteCollectionKeys
            | Capability::LastUse
            | Capability::Users
            | Capability::Findings
            | Capability::ResolveFindings
            | Capability::Locations
            | Capability::AuditLog => return None,
            Capability::OwnKeys => own("lists no API keys"),
            Capability::TeamKeys => team("lists no API keys of the team"),
            Capability::CreateKeys => own("makes no API keys"),
            Capability::CreateCollectionKeys => "Postman's API makes no collection access keys: one is made when a \
                                                 collection is shared in the app, Share > Via API"
                .to_owned(),
            Capability::Rename => own("names no API keys"),
            Capability::Contacts => never("its own mails about a key go to whom the key is"),
            Capability::Expiry => own("sets no API key's expiry"),
            Capability::Access => never("an API key may do all that its user may"),
            Capability::HandOver => never("an API key stays its user's; a service account's outlives people"),
            Capability::Disable | Capability::DisableUntil => never("an API key works until it is revoked or expires"),
            Capability::Regenerate => own("gives no API key a new value"),
            Capability::DeleteKeys => own("deletes no API keys"),
            Capability::RevokeTeamKeys | Capability::RevokeMany | Capability::RevokeAll => team("revokes no API keys"),
            Capability::Lookup => {
                "Postman's API finds no key by its value; a value is matched here, by its SHA-256, with \
                                   what was found exposed"
                    .to_owned()
            }
            Capability::ReadByIds => "Postman's API reads no single key: the list is read".to_owned(),
            Capability::Notices => never("whom it wrote to about a key is not told"),
            Capability::RefusedUses => never("where a dead key is still tried is not told"),
            Capability::ManageUsers => {
                "keydeck changes no users at Postman: an admin does it in the app, Team Settings \
                                        or Organization Settings > Members"
                    .to_owned()
            }
            Capability::RevokeResolves => "what Postman found stays open until it is resolved by itself".to_owned(),
            Capability::ReportFindings => never("its own scanner reports what it finds, and takes no reports"),
            Capability::AuditByKey => "Postman's audit log keeps no keys: what the key's owner did is read".to_owned(),
            Capability::Settings => team("tells no settings of API keys"),
            Capability::ChangeSettings => team("changes no settings of API keys"),
        })
    };
    let all = Capabilities::all().minted_by(Minting::Server);
    Capability::ALL.iter().fold(all, |all, capability| match why(*capability) {
        Some(why) => all.without(*capability, &why),
        None => all,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_can_do_elsewhere_names_the_page_and_its_menu() {
        let can = capabilities();
        let why = |capability| can.why_not(capability).unwrap_or_default().to_owned();
        for capability in [Capability::OwnKeys, Capability::CreateKeys, Capability::Regenerate, Capability::DeleteKeys]
        {
            assert!(why(capability).contains(OWN_KEYS_PAGE), "{capability:?}");
        }
        for capability in [Capability::TeamKeys, Capability::RevokeTeamKeys, Capability::Settings] {
            let why = why(capability);
            assert!(why.contains(TEAM_KEYS_PAGE), "{capability:?}");
            assert!(why.contains("Team > Manage Postman Keys") && why.contains("Organization > Postman Keys"));
        }
        assert!(can.has(Capability::CollectionKeys) && can.has(Capability::Findings));
    }
}
