//! Which part of the screen gets how many rows: pure arithmetic, so that a page down knows what a page is.

/// Columns and rows under which the console says that it needs more.
pub const SMALLEST: (u16, u16) = (40, 12);

/// How the screen is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// Rows of the table's body.
    pub body: u16,
    /// Rows for the strip that sums the tab up, above the filter.
    pub strip: u16,
    /// Rows for the key under the cursor, below the table.
    pub detail: u16,
    /// Whether the tabs have their short titles.
    pub short: bool,
}

impl Layout {
    /// The layout for a window; none when it is too small to use.
    pub fn of((width, height): (u16, u16)) -> Option<Self> {
        if width < SMALLEST.0 || height < SMALLEST.1 {
            return None;
        }
        let (strip, detail) = if width >= 100 && height >= 30 { (1, 2) } else { (0, 0) };
        // header, tabs, filter, column titles, footer
        let body = height - 5 - strip - detail;
        Some(Self { width, height, body, strip, detail, short: width < 90 })
    }

    /// The row of the tabs.
    pub const TABS: u16 = 1;

    /// The row of the column titles; the table's body is below it.
    pub fn titles(&self) -> u16 {
        Self::TABS + 1 + self.strip + 1
    }
}
