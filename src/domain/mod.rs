//! What keydeck knows about keys, free of I/O, clocks and screens: both faces and every backend share it.

pub(crate) mod wire_enum;

pub mod audit;
pub mod bulk;
pub mod call;
pub mod changes;
pub mod deceptive;
pub mod deed;
pub mod email;
pub mod failure;
pub mod filter;
pub mod finding;
pub mod fold;
pub mod fresh;
pub mod ids;
pub mod inventory;
pub mod key;
pub mod key_fields;
pub mod key_value;
pub mod link;
pub mod listing;
pub mod names;
pub mod plain;
pub mod present;
pub mod results;
pub mod rotation;
pub mod row;
pub mod secret;
pub mod settings;
pub mod sort;
pub mod table;
pub mod team;
pub mod time;
pub mod untrusted;
pub mod values;
