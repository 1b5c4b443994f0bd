//! Reading the campaigns of this machine, and holding one against the server. Nothing of it is changed.

use super::Runtime;
use crate::client::error::ServiceError;
use crate::domain::campaign::CampaignId;
use crate::domain::failure::Failure;
use crate::domain::rotation::Defaults;
use crate::domain::team::Me;
use crate::local::campaigns::Campaigns;
use crate::ops::campaign::{Desk, seen};
use crate::tui::event::{Answer, CampaignLook, CampaignsRead, Slot};
use crate::tui::ticket::Ticket;

impl Runtime {
    /// Tells the campaigns as they were seen last, and then the one that is asked for, or the first, as it is.
    pub(super) fn campaigns(&mut self, ticket: Ticket, me: Me, saved: Defaults, which: Option<CampaignId>) {
        let reporter = self.reporter.clone();
        let settings = &self.rotating.settings;
        let desk = Desk {
            service: std::sync::Arc::clone(&reporter.service),
            me,
            profile: settings.profile.clone(),
            state: settings.state.clone(),
            saved,
        };
        let reading = async move {
            let tell = |read: &CampaignsRead| {
                let answer: Result<Answer, ServiceError> = Ok(Answer::Campaigns(Box::new(read.clone())));
                reporter.answer(Slot::Campaigns, ticket, answer);
            };
            let mut read = match Campaigns::of(&desk.state).all().await {
                Ok(listing) => CampaignsRead {
                    campaigns: listing.campaigns,
                    unreadable: listing.unreadable.iter().map(ToString::to_string).collect(),
                    look: None,
                },
                Err(error) => {
                    let why = format!("{error}; {}", error.hint());
                    CampaignsRead { unreadable: vec![why], ..CampaignsRead::default() }
                }
            };
            // the latest first, but those that are over after all that are open
            read.campaigns.sort_by_key(|one| one.over.is_some());
            let wanted = |id: &CampaignId| read.campaigns.iter().position(|one| one.id == *id);
            let Some(at) = which.as_ref().map_or(Some(0), wanted).filter(|at| *at < read.campaigns.len()) else {
                return tell(&read);
            };
            let id = read.campaigns[at].id.clone();
            read.look = Some((id.clone(), CampaignLook::Looking));
            tell(&read);
            let look = match seen(&desk, read.campaigns[at].clone()).await {
                Ok(campaign) => {
                    read.campaigns[at] = campaign;
                    CampaignLook::Seen
                }
                Err(error) => CampaignLook::Failed(format!("{error}; {}", error.hint())),
            };
            read.look = Some((id, look));
            tell(&read);
        };
        self.read(Slot::Campaigns, ticket, reading);
    }
}
