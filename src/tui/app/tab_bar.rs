//! The line of the tabs: what each is called, what is counted beside it, and where it stands.

use super::App;
use crate::tui::action::Context;
use crate::tui::layout::Layout;
use crate::tui::progress::Load;
use crate::tui::tab::Tab;
use crate::tui::text;
use crate::tui::text::thousands;

/// A tab as it stands in the line of tabs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TabLabel {
    pub tab: Tab,
    /// Its key and title, or the key alone.
    pub title: String,
    /// What is counted beside it; empty where there is no room.
    pub count: String,
    /// Whether the count is one of open danger.
    pub alert: bool,
    /// Where it begins.
    pub x: u16,
}

impl TabLabel {
    /// Columns that it takes.
    pub fn width(&self) -> usize {
        let count = if self.count.is_empty() { 0 } else { 1 + text::width(&self.count) };
        text::width(&self.title) + count
    }

    /// Whether it stands at a column.
    pub fn spans(&self, x: u16) -> bool {
        x >= self.x && usize::from(x - self.x) < self.width()
    }
}

impl App {
    /// The tabs from the left, as a window of this layout shows them.
    pub fn tab_bar(&self, layout: Layout) -> Vec<TabLabel> {
        let mut bar: Vec<TabLabel> = Tab::ALL
            .into_iter()
            .map(|tab| {
                let (title, brief) = tab.titles();
                let title = if layout.short { brief } else { title };
                let title = self.tab_key(tab).map_or_else(|| title.to_owned(), |key| format!("{key} {title}"));
                let count = self.tab_count(tab);
                let alert = tab == Tab::Exposed && count.contains('!');
                TabLabel { tab, title, count, alert, x: 0 }
            })
            .collect();
        let wide = |label: &TabLabel| text::width(&label.title) + text::width(&label.count) + 4;
        // narrower still: keys alone beside the tab in front, and what is exposed
        let squeeze = bar.iter().map(wide).sum::<usize>() > usize::from(layout.width);
        let mut x = 1;
        for label in &mut bar {
            if squeeze && label.tab != self.tab {
                let (title, _) = label.tab.titles();
                let lone = || title.chars().take(1).collect();
                label.title = self.tab_key(label.tab).unwrap_or_else(lone);
                if !label.alert {
                    label.count.clear();
                }
            }
            label.x = u16::try_from(x).unwrap_or(u16::MAX);
            x += label.width() + if squeeze { 2 } else { 3 };
        }
        bar
    }

    /// The key that goes to a tab.
    fn tab_key(&self, tab: Tab) -> Option<String> {
        self.keymap.key_of(tab.action(), Context::List)
    }

    fn tab_count(&self, tab: Tab) -> String {
        if self.tab_denied(tab).is_some() {
            return "–".to_owned();
        }
        if tab == Tab::Settings {
            return String::new();
        }
        let progress = self.progress(tab);
        let loaded = match tab {
            Tab::Exposed => self.exposed.table.counts().exposed_open,
            _ => progress.loaded,
        };
        let live = self.exposed.summary.live;
        match (progress.load, loaded, tab) {
            (Load::Loading | Load::Idle, 0, _) => "…".to_owned(),
            (Load::Failed(_), 0, _) => "?".to_owned(),
            (_, 0, Tab::Exposed) => "0".to_owned(),
            // what whoever found it can use is an alarm; what is merely open is a number
            (_, open, Tab::Exposed) if live == 0 => thousands(open),
            (_, _, Tab::Exposed) => format!("! {}", thousands(live)),
            (_, loaded, _) => thousands(loaded),
        }
    }
}
