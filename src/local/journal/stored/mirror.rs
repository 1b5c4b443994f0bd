//! Types that look like the domain's and are the journal's own, so that what is on disk changes only when it is meant to.

use crate::domain::ids::{KeyId, UserId};
use crate::domain::time::{Time, When};
use crate::domain::untrusted::Untrusted;

/// The stored form of a type of the domain.
pub trait Mirror: Sized {
    /// What it is the form of.
    type Domain;
    /// The form of a value.
    fn store(value: &Self::Domain) -> Self;
    /// The value of a form.
    fn load(self) -> Self::Domain;
}

impl<T: Mirror> Mirror for Option<T> {
    type Domain = Option<T::Domain>;

    fn store(value: &Self::Domain) -> Self {
        value.as_ref().map(T::store)
    }

    fn load(self) -> Self::Domain {
        self.map(T::load)
    }
}

impl<T: Mirror> Mirror for Vec<T> {
    type Domain = Vec<T::Domain>;

    fn store(value: &Self::Domain) -> Self {
        value.iter().map(T::store).collect()
    }

    fn load(self) -> Self::Domain {
        self.into_iter().map(T::load).collect()
    }
}

/// What is stored as it is: text, numbers, and the domain's types that are text or a number on the wire as well.
macro_rules! as_it_is {
    ($($name:ty),*) => {
        $(impl Mirror for $name {
            type Domain = Self;

            fn store(value: &Self) -> Self {
                value.clone()
            }

            fn load(self) -> Self {
                self
            }
        })*
    };
}

as_it_is!(bool, u64, usize, String, Time, When, Untrusted, KeyId, UserId);

/// Declares the stored form of a struct, or of an enum with its variants without a value first, then those with one.
macro_rules! mirror {
    (struct $name:ident { $($field:ident: $type:ty),* }) => {
        #[derive(Serialize, Deserialize)]
        struct $name {
            $($field: $type),*
        }

        impl Mirror for $name {
            type Domain = domain::$name;

            fn store(value: &domain::$name) -> Self {
                Self { $($field: Mirror::store(&value.$field)),* }
            }

            fn load(self) -> domain::$name {
                domain::$name { $($field: self.$field.load()),* }
            }
        }
    };
    (enum $name:ident { $($unit:ident),*; $($(#[$meta:meta])* $variant:ident($type:ty)),* }) => {
        #[derive(Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        enum $name {
            $($unit,)*
            $($(#[$meta])* $variant($type)),*
        }

        impl Mirror for $name {
            type Domain = domain::$name;

            fn store(value: &domain::$name) -> Self {
                match value {
                    $(domain::$name::$unit => Self::$unit,)*
                    $(domain::$name::$variant(inner) => Self::$variant(Mirror::store(inner))),*
                }
            }

            fn load(self) -> domain::$name {
                match self {
                    $(Self::$unit => domain::$name::$unit,)*
                    $(Self::$variant(inner) => domain::$name::$variant(inner.load())),*
                }
            }
        }
    };
}

pub(super) use mirror;
