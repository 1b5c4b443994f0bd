//! Enumerations as they travel: a known set of words, and whatever a newer server adds to it.

/// Declares an enum whose variants are words on the wire. An unknown word is kept as `Other`, never an error, since
/// the APIs declare their lists to be partial; it prints as an [`Untrusted`](crate::domain::untrusted::Untrusted).
macro_rules! wire_enum {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        $vis enum $name {
            $($(#[$vmeta])* $variant,)+
            /// A word this version does not know, as received.
            Other($crate::domain::untrusted::Untrusted),
        }

        impl $name {
            /// Every word this version knows.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The value a word on the wire stands for.
            pub fn from_word(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)+
                    other => Self::Other($crate::domain::untrusted::Untrusted::from(other)),
                }
            }

            /// The word on the wire; for an unknown one, as received.
            pub fn word(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word.as_received(),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    Self::Other(word) => std::fmt::Display::fmt(word, f),
                    known => f.pad(known.word()),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = $crate::domain::untrusted::Untrusted::deserialize(deserializer)?;
                Ok(Self::from_word(word.as_received()))
            }
        }
    };
}

pub(crate) use wire_enum;
