//! Drawing: what differs from the frame before is put between the marks of a synchronized update and written at once; a
//! frame that changes nothing writes nothing.
//!
//! ratatui lends its frame and its widgets; what goes to the terminal is told here, since people look at it over slow lines:
//! by the shortest sequences, and rows that only moved are moved by the terminal.

use std::io::{self, Write};

use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use crossterm::{cursor, queue};
use ratatui::Frame;
use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect, Size};

use self::page::Page;
use self::pen::Pen;
use self::update::{update, written};
use super::view::links::Link;

mod ink;
mod page;
mod pen;
mod shift;
mod update;

/// A screen that is drawn on through `W`.
pub struct Screen<W: Write> {
    terminal: ratatui::Terminal<Wishes>,
    /// What the terminal shows.
    shown: Page,
    /// Where the next frame is drawn: of the size that the last one had.
    next: Buffer,
    /// Whether what the terminal shows is not known.
    forgotten: bool,
    /// Whether the terminal can move rows.
    scrolls: bool,
    /// Whether the terminal shows its cursor, once that was said, and where it is, if nothing was drawn since it was put
    /// there.
    cursor: (Option<bool>, Option<Position>),
    output: W,
    written: u64,
}

impl<W: Write> Screen<W> {
    /// A blank screen of this size.
    pub fn new(output: W, size: Size) -> io::Result<Self> {
        let mut terminal = ratatui::Terminal::new(Wishes { size, cursor: None })?;
        empty(&mut terminal);
        let shown = Page::blank(size);
        let next = shown.cells.clone();
        Ok(Self { terminal, shown, next, forgotten: false, scrolls: true, cursor: (None, None), output, written: 0 })
    }

    /// Whether the terminal knows scroll regions; it does unless this says otherwise.
    pub fn set_scrolls(&mut self, scrolls: bool) {
        self.scrolls = scrolls;
    }

    /// Draws one frame and writes what differs from the one before.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame)) -> io::Result<()> {
        self.draw_with_links(|frame| {
            view(frame);
            Vec::new()
        })
    }

    /// The same for a frame in which some cells lead somewhere, which the terminal is told by OSC 8.
    pub fn draw_with_links(&mut self, view: impl FnOnce(&mut Frame) -> Vec<Link>) -> io::Result<()> {
        let after = self.drawn(view)?;
        let pen = if self.forgotten || after.size() != self.shown.size() {
            let mut pen = Pen::new(after.size().width);
            pen.clear(self.scrolls);
            self.cursor = (self.cursor.0.filter(|_| !self.forgotten), None);
            self.forgotten = false;
            written(pen, &Page::blank(after.size()), &after)
        } else {
            update(&mut self.shown, &after, self.scrolls)
        };
        self.next = std::mem::replace(&mut self.shown, after).cells;
        let changes = self.with_cursor(pen);
        if changes.is_empty() {
            return Ok(());
        }
        let mut frame = Vec::with_capacity(changes.len() + 16);
        queue!(frame, BeginSynchronizedUpdate)?;
        frame.extend_from_slice(&changes);
        queue!(frame, EndSynchronizedUpdate)?;
        self.send(&frame)
    }

    /// What `view` draws.
    fn drawn(&mut self, view: impl FnOnce(&mut Frame) -> Vec<Link>) -> io::Result<Page> {
        let size = self.terminal.backend().size;
        let mut cells = std::mem::take(&mut self.next);
        if cells.area.as_size() == size {
            cells.reset();
        } else {
            cells = Page::blank(size).cells;
            self.terminal.resize(Rect::from((Position::ORIGIN, size)))?;
            empty(&mut self.terminal);
        }
        let mut links = Vec::new();
        self.terminal.draw(|frame| {
            // ratatui's own two stay empty, so that it compares nothing
            let none = std::mem::replace(frame.buffer_mut(), std::mem::take(&mut cells));
            links = view(frame);
            cells = std::mem::replace(frame.buffer_mut(), none);
        })?;
        Ok(Page { cells, links })
    }

    /// The bytes of what was written and of what the frame wants of the terminal's cursor.
    fn with_cursor(&mut self, mut pen: Pen) -> Vec<u8> {
        pen.rest();
        let (shown, at) = &mut self.cursor;
        if pen.length() > 0 {
            *at = None;
        }
        let wanted = self.terminal.backend().cursor;
        if *shown != Some(wanted.is_some()) {
            *shown = Some(wanted.is_some());
            let mut bytes = Vec::new();
            // writing into a vector does not fail
            let _ = if wanted.is_some() { queue!(bytes, cursor::Show) } else { queue!(bytes, cursor::Hide) };
            pen.say(&String::from_utf8_lossy(&bytes));
        }
        if let Some(wanted) = wanted.filter(|wanted| *at != Some(*wanted)) {
            pen.go(wanted.x, wanted.y);
            *at = Some(wanted);
        }
        pen.finish()
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
    pub fn forget(&mut self) {
        self.forgotten = true;
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

/// Leaves ratatui no cells of its own.
fn empty(terminal: &mut ratatui::Terminal<Wishes>) {
    for _ in 0..2 {
        *terminal.current_buffer_mut() = Buffer::default();
        terminal.swap_buffers();
    }
}

/// The backend that ratatui believes to draw to: it tells the size and keeps what a frame wants of the cursor.
struct Wishes {
    size: Size,
    /// Where the cursor is to be; none: hidden.
    cursor: Option<Position>,
}

impl Backend for Wishes {
    type Error = io::Error;

    /// Is given nothing: see [`Screen::drawn`].
    fn draw<'a, I>(&mut self, _: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.cursor = None;
        Ok(())
    }

    /// Where it is to be shown is told next.
    fn show_cursor(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Tells what was wanted last: asking the terminal would take its answer away from the reader of keys.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.cursor = Some(position.into());
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn clear_region(&mut self, _: ClearType) -> io::Result<()> {
        Ok(())
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
