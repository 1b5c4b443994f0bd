//! How the domain's types stand in the contract: they know nothing of it themselves.

use std::borrow::Cow;

use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, SchemaFormat, SchemaType, Type};
use utoipa::openapi::{ArrayBuilder, KnownFormat, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::api::acts::ActState;
use crate::api::key::RevocationOutcome;
use crate::domain::finding::{AutoRevoke, Resolution, Source, Spared};
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::{Access, DisabledReason, RefusedUses, Revocation, Status};
use crate::domain::notice::{NoticeState, Occasion};
use crate::domain::settings::{CurrentlyExposed, Impact, Settings, SettingsChange};
use crate::domain::team::{Role, UserKind};
use crate::domain::time::When;
use crate::domain::untrusted::Untrusted;

fn of_type(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::Type(kind))
}

macro_rules! schemas {
    ($($of:ty as $name:literal = $schema:expr;)+) => {$(
        impl PartialSchema for $of {
            fn schema() -> RefOr<Schema> {
                RefOr::T(Schema::Object($schema.build()))
            }
        }

        impl ToSchema for $of {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($name)
            }
        }
    )+};
}

/// A word of a list that may grow.
fn words(words: &'static [&'static str]) -> ObjectBuilder {
    let list = words.join(", ");
    of_type(Type::String)
        .description(Some(format!("One of {list}; the list may grow.")))
        .examples(words.iter().copied())
}

fn or_null(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::from_iter([kind, Type::Null]))
}

fn count() -> ObjectBuilder {
    of_type(Type::Integer).format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64))).minimum(Some(0))
}

fn days() -> ObjectBuilder {
    or_null(Type::Integer)
}

schemas! {
    Untrusted as "Text" = of_type(Type::String);
    KeyId as "Id" = of_type(Type::String).description(Some("Opaque."));
    UserId as "UserId" = of_type(Type::Integer).format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)));
    When as "Moment" = ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .description(Some("RFC 3339 in UTC with milliseconds; null: never."));
    Status as "Status" = words(Status::WORDS);
    DisabledReason as "DisabledReason" = words(DisabledReason::WORDS);
    Access as "Access" = words(Access::WORDS)
        .description(Some("full: all that the owner may; read: only read; none: GET /me and deleting itself."));
    UserKind as "UserKind" = words(UserKind::WORDS);
    RefusedUses as "RefusedUses" = of_type(Type::Object)
        .property("count", count())
        .property("lastAt", When::schema())
        .property("lastFrom", or_null(Type::String))
        .required("count")
        .required("lastAt")
        .required("lastFrom");
    Revocation as "Revocation" = words(Revocation::WORDS);
    RevocationOutcome as "RevocationOutcome" = words(RevocationOutcome::WORDS);
    Resolution as "Resolution" = words(Resolution::WORDS);
    AutoRevoke as "AutoRevoke" = words(AutoRevoke::WORDS);
    Spared as "AutoRevokeReason" = words(Spared::WORDS);
    Source as "Source" = words(Source::WORDS);
    Occasion as "NotificationCause" = words(Occasion::WORDS);
    NoticeState as "NotificationState" = words(NoticeState::WORDS).description(Some(
        "waiting; sent: taken every way there is; dead: given up; void: not sent, since it was not true any more. The list \
         may grow.",
    ));
    Role as "Role" = words(Role::WORDS);
    Settings as "Settings" = of_type(Type::Object)
        .property("version", of_type(Type::Integer))
        .property("membersMayGenerate", of_type(Type::Boolean))
        .property("expiryDays", days())
        .property("maxAgeDays", days())
        .property("inactivityDays", of_type(Type::Integer))
        .property("autoRevokeExposed", of_type(Type::Boolean))
        .property("notifyBeforeDays", ArrayBuilder::new().items(of_type(Type::Integer)))
        .property("maxKeysPerUser", days())
        .property("membersAccess", Access::schema())
        .required("version")
        .required("membersMayGenerate")
        .required("inactivityDays")
        .required("autoRevokeExposed")
        .required("notifyBeforeDays")
        .additional_properties(Some(AdditionalProperties::FreeForm(true)));
    ActState as "ActState" = words(ActState::WORDS);
    SettingsChange as "SettingsChange" = of_type(Type::Object)
        .property("version", of_type(Type::Integer).description(Some("As read; PUT needs it.")))
        .property("membersMayGenerate", of_type(Type::Boolean))
        .property("expiryDays", days())
        .property("maxAgeDays", days())
        .property("inactivityDays", of_type(Type::Integer))
        .property("autoRevokeExposed", of_type(Type::Boolean))
        .property("notifyBeforeDays", ArrayBuilder::new().items(of_type(Type::Integer)))
        .property("maxKeysPerUser", days())
        .property("membersAccess", Access::schema())
        .property("spreadDays", of_type(Type::Integer))
        .property("currentlyExposed", words(CurrentlyExposed::WORDS))
        .property("note", of_type(Type::String))
        .description(Some("What is absent stays as it is; null takes a rule away."));
    Impact as "Impact" = of_type(Type::Object)
        .property("changesExpiry", count())
        .property("expiresNow", count())
        .property("usedLast24h", count())
        .property("revokes", count())
        .property("byDay", ArrayBuilder::new().items(of_type(Type::Object)
            .property("day", of_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::Date))))
            .property("before", count())
            .property("after", count())))
        .property("grace", or_null(Type::Object)
            .property("keys", count())
            .property("until", When::schema()))
        .property("data", ArrayBuilder::new().items(of_type(Type::Object)
            .property("id", KeyId::schema())
            .property("name", of_type(Type::String))
            .property("ownerName", of_type(Type::String))
            .property("expiresAtBefore", When::schema())
            .property("expiresAtAfter", When::schema())
            .property("revoked", of_type(Type::Boolean))
            .property("lastUsedAt", When::schema())));
}
