//! The roles that a theme gives a style to: what a piece of text is, never what colour it has.

use ratatui::style::Style;

/// Makes the struct and the table of names from one list.
macro_rules! roles {
    ($($(#[doc = $meaning:literal])+ $role:ident,)+) => {
        /// A style for every role.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct Theme {
            $($(#[doc = $meaning])+ pub $role: Style,)+
        }

        /// The names of all roles, as theme files write them.
        pub const ROLES: &[&str] = &[$(stringify!($role)),+];

        impl Theme {
            /// The style of the role with this name.
            pub(super) fn role_mut(&mut self, name: &str) -> Option<&mut Style> {
                match name {
                    $(stringify!($role) => Some(&mut self.$role),)+
                    _ => None,
                }
            }

            /// Every role with its style.
            pub fn styles(&self) -> impl Iterator<Item = (&'static str, Style)> {
                [$((stringify!($role), self.$role)),+].into_iter()
            }

            /// Whether any role has a colour.
            pub fn has_colors(&self) -> bool {
                self.styles().any(|(_, style)| style.fg.or(style.bg).is_some())
            }
        }
    };
}

roles! {
    /// Plain text.
    text,
    /// What is over or secondary: revoked, expired, absent values, the text of empty screens.
    dim,
    /// The one accent: the prompt, the present step, a name in a sentence.
    accent,
    /// What a sentence is about: a name, a number.
    strong,
    /// The header line.
    header,
    /// The program's and the profile's name in the header.
    title,
    /// The badge of a production profile; must be unmistakable.
    production,
    /// The badge while the backend answers.
    online,
    /// The badge while the backend does not answer or what is shown is stale.
    offline,
    /// The tab that is shown.
    tab_active,
    /// The other tabs.
    tab_inactive,
    /// A tab's count that asks to be looked at.
    tab_alert,
    /// Column titles.
    column_title,
    /// The title of the column that the table is sorted by.
    column_sorted,
    /// The whole row under the cursor; empty where the markers at its ends are enough, which costs few bytes a move.
    cursor_row,
    /// The markers at both ends of the row under the cursor.
    cursor_marker,
    /// The mark of a marked row.
    marked,
    /// The rows of a range that is being drawn.
    range,
    /// The sign of an enabled key; its word is plain.
    status_enabled,
    /// The sign of a disabled key.
    status_disabled,
    /// An expired key.
    status_expired,
    /// A revoked key.
    status_revoked,
    /// An exposed key that still opens something: the strongest thing on the screen.
    status_exposed,
    /// A last use in the last 24 hours.
    used_today,
    /// A last use more than 90 days ago.
    used_long_ago,
    /// An expiry that is near.
    expiring_soon,
    /// A masked value.
    masked,
    /// A revealed value.
    secret,
    /// Something done.
    ok,
    /// Something to be careful about.
    warning,
    /// Danger that is real and open, and what cannot be undone.
    danger,
    /// Something of which nobody knows whether it was done.
    unknown,
    /// A line that says what does not work.
    banner,
    /// The done part of a bar.
    progress_done,
    /// The rest of a bar.
    progress_rest,
    /// The slash before the filter.
    filter_prompt,
    /// The filter.
    filter_text,
    /// The part of a filter that does not parse.
    filter_error,
    /// A word of the filter that looks like a secret and is not shown.
    filter_masked,
    /// A text field.
    field,
    /// The text field that is typed into.
    field_active,
    /// What is wrong with a field.
    field_error,
    /// What a field or a value is called.
    label,
    /// A dialog's inside.
    dialog,
    /// A dialog's border.
    dialog_border,
    /// A dialog's title.
    dialog_title,
    /// Border and title of a dialog that confirms what cannot be undone.
    dialog_danger,
    /// The chosen line of a list in a dialog.
    selected,
    /// A key in the footer.
    hint_key,
    /// What a key in the footer does.
    hint_text,
}
