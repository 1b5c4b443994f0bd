//! Drawing: a frame's bytes are collected, put between the marks of a synchronized update and written at once; a frame
//! that changes nothing writes nothing.

use std::io::{self, Write};

use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use crossterm::{cursor, queue};
use ratatui::Frame;
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

/// A screen that is drawn on through `W`.
pub struct Screen<W: Write> {
    terminal: ratatui::Terminal<Collector>,
    output: W,
    written: u64,
}

impl<W: Write> Screen<W> {
    /// A blank screen of this size.
    pub fn new(output: W, size: Size) -> io::Result<Self> {
        // Left to itself, crossterm turns every colour into a full reset where NO_COLOR is set, and with the colours
        // go reverse and bold. Which colours there are is the theme's to say.
        crossterm::style::force_color_output(true);
        Ok(Self { terminal: ratatui::Terminal::new(Collector::new(size))?, output, written: 0 })
    }

    /// Draws one frame and writes what differs from the one before.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame)) -> io::Result<()> {
        self.terminal.draw(view)?;
        let changes = std::mem::take(&mut self.terminal.backend_mut().bytes);
        if changes.is_empty() {
            return Ok(());
        }
        let mut frame = Vec::with_capacity(changes.len() + 16);
        queue!(frame, BeginSynchronizedUpdate)?;
        frame.extend_from_slice(&changes);
        queue!(frame, EndSynchronizedUpdate)?;
        self.send(&frame)
    }

    /// Writes `bytes` as they are, for what is not drawn, such as the clipboard's sequence.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.output.write_all(bytes)?;
        self.output.flush()?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// Says what size the screen has now; the next frame is drawn anew if it is another.
    pub fn set_size(&mut self, size: Size) {
        self.terminal.backend_mut().size = size;
    }

    /// Forgets what is on the screen, so that the next frame is drawn anew, after something else has written there.
    pub fn forget(&mut self) -> io::Result<()> {
        self.terminal.backend_mut().cursor_shown = None;
        self.terminal.clear()
    }

    /// How many bytes were written so far.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// What the frames are written to.
    pub fn output(&self) -> &W {
        &self.output
    }

    /// What the frames are written to, to take bytes out or to change it.
    pub fn output_mut(&mut self) -> &mut W {
        &mut self.output
    }
}

/// The backend that ratatui draws to: crossterm's bytes, without those that say what the terminal knows.
struct Collector {
    bytes: Vec<u8>,
    size: Size,
    /// Whether the cursor is shown, once that was said.
    cursor_shown: Option<bool>,
    /// Where the cursor is, if nothing was drawn since it was put there.
    cursor_at: Option<Position>,
}

impl Collector {
    fn new(size: Size) -> Self {
        Self { bytes: Vec::new(), size, cursor_shown: None, cursor_at: None }
    }

    fn show(&mut self, shown: bool) -> io::Result<()> {
        if self.cursor_shown == Some(shown) {
            return Ok(());
        }
        self.cursor_shown = Some(shown);
        if shown { queue!(self.bytes, cursor::Show) } else { queue!(self.bytes, cursor::Hide) }
    }
}

impl Backend for Collector {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        self.cursor_at = None;
        CrosstermBackend::new(&mut self.bytes).draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.show(false)
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.show(true)
    }

    /// Tells what was said last: asking the terminal would take its answer away from the reader of keys.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor_at.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        if self.cursor_at == Some(position) {
            return Ok(());
        }
        self.cursor_at = Some(position);
        queue!(self.bytes, cursor::MoveTo(position.x, position.y))
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        CrosstermBackend::new(&mut self.bytes).clear_region(region)
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::default() })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
