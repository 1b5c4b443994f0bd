//! Use cases that the console and the command line share, over `&dyn KeyService`: what is sent in which order, what is
//! done when an answer is lost, and what is said of each key in the end.

pub mod bulk;
pub mod campaign;
pub mod change;
pub mod contain;
pub mod create;
pub mod exam;
pub mod exposed;
pub mod fresh;
pub mod load;
pub mod lookup;
mod minted;
pub mod orphans;
pub mod regenerate;

pub mod report;
pub mod results;
pub mod rotate;
pub mod scan;
pub mod scanners;
pub mod secret_file;
pub mod sessions;
pub mod settings;
pub mod tracking;
pub mod variables;
pub mod whereabouts;

mod pace;
