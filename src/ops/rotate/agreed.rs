//! That a plan is the one that was agreed: its fingerprint lies in escrow, sealed with the escrow's key or in the keyring,
//! so that who can write to the journal alone cannot have a value delivered elsewhere or another program run.

use super::Executor;
use crate::domain::rotation::{Phase, Rotation};
use crate::domain::secret::Secret;
use crate::domain::untrusted::Untrusted;
use crate::fault::point;
use crate::local::escrow::EscrowError;
use crate::local::journal::fingerprint_of_plan;

/// Where the plan's fingerprint lies in escrow.
fn plan_slot(rotation: &Rotation) -> String {
    format!("{}/plan", rotation.id)
}

impl Executor<'_> {
    /// Keeps that the plan was agreed as it stands.
    pub(super) async fn seal_plan(&self, rotation: &Rotation) -> Result<(), EscrowError> {
        point!("plan.seal.before");
        self.escrow.put(&plan_slot(rotation), &Secret::new(fingerprint_of_plan(rotation))).await?;
        point!("plan.seal.after");
        Ok(())
    }

    /// Why it is doubted that the plan is the one that was agreed here; none when it is, or when nothing of it is carried out
    /// any more.
    pub(super) async fn doubt(&self, rotation: &Rotation) -> Option<Untrusted> {
        if rotation.phase.is_over() || rotation.phase == Phase::Abandoning {
            return None;
        }
        match self.escrow.get(&plan_slot(rotation)).await {
            Ok(Some(sealed)) if sealed.expose() == fingerprint_of_plan(rotation) => None,
            Ok(Some(_)) => Some("its plan was changed after it was agreed".into()),
            Ok(None) => Some("that its plan was agreed on this machine is not noted in escrow".into()),
            Err(error) => {
                Some(format!("whether its plan was changed cannot be told: {error}; {}", error.hint()).into())
            }
        }
    }
}
