//! Which class and activity of OCSF each action of the audit log is. Source: OCSF 1.5.0, <https://schema.ocsf.io/1.5.0>.

use crate::server::store::audit::Action;

/// A class of OCSF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    DetectionFinding,
    AccountChange,
    Authentication,
    EntityManagement,
    ApiActivity,
}

impl Class {
    /// Its number.
    pub fn uid(self) -> u32 {
        match self {
            Self::DetectionFinding => 2004,
            Self::AccountChange => 3001,
            Self::Authentication => 3002,
            Self::EntityManagement => 3004,
            Self::ApiActivity => 6003,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::DetectionFinding => "Detection Finding",
            Self::AccountChange => "Account Change",
            Self::Authentication => "Authentication",
            Self::EntityManagement => "Entity Management",
            Self::ApiActivity => "API Activity",
        }
    }

    /// The number and the name of its category.
    pub fn category(self) -> (u32, &'static str) {
        match self {
            Self::DetectionFinding => (2, "Findings"),
            Self::AccountChange | Self::Authentication | Self::EntityManagement => (3, "Identity & Access Management"),
            Self::ApiActivity => (6, "Application Activity"),
        }
    }
}

/// What was done, in the words of its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activity {
    pub class: Class,
    /// The activity's number within the class.
    pub id: u32,
    pub name: &'static str,
}

impl Activity {
    const fn of(class: Class, id: u32, name: &'static str) -> Self {
        Self { class, id, name }
    }

    /// What `action` is.
    pub fn of_action(action: Action) -> Self {
        use Class::{AccountChange, ApiActivity, Authentication, DetectionFinding, EntityManagement};
        match action {
            Action::ApiKeyCreate | Action::CollectionAccessKeyCreate => Self::of(EntityManagement, 1, "Create"),
            Action::ApiKeyRegenerate | Action::ApiKeyExpire | Action::ApiKeyAccess => {
                Self::of(EntityManagement, 3, "Update")
            }
            Action::ApiKeyRevoke | Action::CollectionAccessKeyRevoke => Self::of(EntityManagement, 4, "Delete"),
            Action::ApiKeyRename | Action::ApiKeyTransfer => Self::of(EntityManagement, 5, "Move"),
            Action::ApiKeyEnable => Self::of(EntityManagement, 8, "Enable"),
            Action::ApiKeyDisable => Self::of(EntityManagement, 9, "Disable"),
            Action::ApiKeyRefused | Action::AuthFailure => Self::of(Authentication, 1, "Logon"),
            Action::DetectedSecretReport => Self::of(DetectionFinding, 1, "Create"),
            Action::DetectedSecretResolve => Self::of(DetectionFinding, 3, "Close"),
            Action::SettingsUpdate => Self::of(ApiActivity, 3, "Update"),
            Action::UserCreate => Self::of(AccountChange, 1, "Create"),
            // what of it was changed says more: see `of_user`
            Action::UserUpdate => Self::of(AccountChange, 99, "Update"),
        }
    }

    /// What an action is that this version does not know.
    pub const UNKNOWN: Self = Self::of(Class::ApiActivity, 99, "Other");

    /// What a change of a user is, by whether it made them active, or inactive.
    pub fn of_user(active: Option<bool>) -> Self {
        match active {
            Some(true) => Self::of(Class::AccountChange, 2, "Enable"),
            Some(false) => Self::of(Class::AccountChange, 5, "Disable"),
            None => Self::of_action(Action::UserUpdate),
        }
    }

    /// The number of the kind of event: that of the class and of the activity in one.
    pub fn type_uid(self) -> u32 {
        self.class.uid() * 100 + self.id
    }

    /// How serious it is: the number and the name.
    pub fn severity(self) -> (u32, &'static str) {
        match (self.class, self.id) {
            (Class::DetectionFinding, 1) => (4, "High"),
            (Class::Authentication, _) => (2, "Low"),
            (Class::DetectionFinding | Class::AccountChange | Class::EntityManagement | Class::ApiActivity, _) => {
                (1, "Informational")
            }
        }
    }

    /// What came of it: the number and the name.
    pub fn status(self) -> (u32, &'static str) {
        match (self.class, self.id) {
            (Class::Authentication, _) => (2, "Failure"),
            (Class::DetectionFinding, 3) => (4, "Resolved"),
            (Class::DetectionFinding, _) => (1, "New"),
            (Class::AccountChange | Class::EntityManagement | Class::ApiActivity, _) => (1, "Success"),
        }
    }
}
