//! The fields of the filter language: names, what they take, and what they mean, in one table.

use super::moment::MomentField;

/// A field whose value is text, looked for as a part, without regard to case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextField {
    /// The owner's name or address.
    Owner,
    Name,
    /// The row's id; for a finding also its secret's and its key's.
    Id,
    Key,
    /// An address told before the key expires.
    Contact,
    /// The team in a key's name.
    Team,
    /// The collection's id or name.
    Collection,
    Secret,
    /// The address that a key was last used from.
    From,
}

/// What stands before the colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Field {
    Text(TextField),
    Moment(MomentField),
    Status,
    Access,
    Exposed,
    Source,
    Resolution,
}

/// A line of help on a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldHelp {
    /// What stands before the colon.
    pub name: &'static str,
    /// What may stand behind it, by example.
    pub values: &'static str,
    pub meaning: &'static str,
    pub(super) field: Field,
}

const fn text(name: &'static str, field: TextField, values: &'static str, meaning: &'static str) -> FieldHelp {
    FieldHelp { name, values, meaning, field: Field::Text(field) }
}

const fn moment(name: &'static str, field: MomentField, values: &'static str, meaning: &'static str) -> FieldHelp {
    FieldHelp { name, values, meaning, field: Field::Moment(field) }
}

/// All fields, in the order of help.
pub const FIELDS: &[FieldHelp] = &[
    text(
        "owner",
        TextField::Owner,
        "ana, \"ana souza\", =ana@acme.example, me, gone, #99",
        "part of the owner's name, or the address; me is oneself, gone is whoever left, #99 a user's number",
    ),
    text("name", TextField::Name, "deploy", "part of the key's name"),
    text("id", TextField::Id, "01JQ", "part of the id"),
    text("key", TextField::Key, "9fQ2", "part of the masked value; a whole value is matched by its hash"),
    FieldHelp {
        name: "status",
        values: "enabled, disabled, revoked, expired, exposed, active, other",
        meaning: "active is enabled, or an open finding; other is a status this version does not know",
        field: Field::Status,
    },
    moment("expires", MomentField::Expires, "<14d, >90d, never, expired, <2027-01-01", "when it will expire"),
    moment("used", MomentField::Used, "<24h, >90d, never, >=2026-11-01", "when it was last used"),
    moment("idle", MomentField::Idle, ">90d", "for how long it was not used; if never used, since it was made"),
    text("from", TextField::From, "10.0., =192.0.2.7", "part of the address it was last used from"),
    moment("age", MomentField::Age, ">180d, <1y", "how old its value is"),
    moment(
        "rotated",
        MomentField::Rotated,
        "<30d, never, =2026-11",
        "when it got a new value or took another key over",
    ),
    moment("created", MomentField::Created, "<7d, >2026-01-01, =2026-03", "when it was made"),
    moment("revoked", MomentField::Revoked, "<7d, never, =2026-11", "when it was revoked"),
    moment(
        "tried",
        MomentField::Tried,
        "<7d, never, >=2026-11-01",
        "when a use of it was last refused since it stopped working",
    ),
    FieldHelp {
        name: "access",
        values: "full, read, none, other",
        meaning: "what it may do on the server's API: everything, only read, or only open what it opens elsewhere",
        field: Field::Access,
    },
    FieldHelp {
        name: "exposed",
        values: "yes, no",
        meaning: "whether an open finding names the key",
        field: Field::Exposed,
    },
    text("contact", TextField::Contact, "ops@", "part of an address told before it expires"),
    text("team", TextField::Team, "grants, =grants", "part of what stands before the / in a name like TEAM/PURPOSE"),
    text("collection", TextField::Collection, "billing", "part of the collection's id or name"),
    moment("detected", MomentField::Detected, "<7d, =2026-11", "when the secret was found"),
    FieldHelp {
        name: "source",
        values: "workspace, documentation, github, gitlab, local, other",
        meaning: "where the secret was found",
        field: Field::Source,
    },
    FieldHelp {
        name: "resolution",
        values: "active, false-positive, revoked, accepted-risk, other",
        meaning: "what became of the finding",
        field: Field::Resolution,
    },
    text("secret", TextField::Secret, "postman", "part of the name of the kind of secret"),
];

impl FieldHelp {
    /// The field of this name, in any case.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        FIELDS.iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// The name that `field` is written by.
    pub(super) fn of(field: Field) -> &'static str {
        FIELDS.iter().find(|help| help.field == field).map_or("", |help| help.name)
    }
}
