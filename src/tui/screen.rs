//! Drawing: a frame's bytes are collected, put between the marks of a synchronized update and written at once; a frame
//! that changes nothing writes nothing.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::rc::Rc;

use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use crossterm::{cursor, queue};
use ratatui::Frame;
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Size};

use super::view::links::Link;

/// A screen that is drawn on through `W`.
pub struct Screen<W: Write> {
    terminal: ratatui::Terminal<Collector>,
    linked: Rc<RefCell<Linked>>,
    output: W,
    written: u64,
}

impl<W: Write> Screen<W> {
    /// A blank screen of this size.
    pub fn new(output: W, size: Size) -> io::Result<Self> {
        // Left to itself, crossterm turns every colour into a full reset where NO_COLOR is set, and with the colours
        // go reverse and bold. Which colours there are is the theme's to say.
        crossterm::style::force_color_output(true);
        let linked = Rc::<RefCell<Linked>>::default();
        let terminal = ratatui::Terminal::new(Collector::new(size, Rc::clone(&linked)))?;
        Ok(Self { terminal, linked, output, written: 0 })
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
        let linked = &self.linked;
        self.terminal.draw(|frame| {
            let links = view(frame);
            linked.borrow_mut().renew(links, frame.buffer_mut());
        })?;
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

/// The links of the frame that is being written.
#[derive(Default)]
struct Linked {
    links: Vec<Link>,
    /// Cells that lead elsewhere now than they did in the frame before, so that they are written although they look the
    /// same.
    again: Vec<(u16, u16, Cell)>,
}

impl Linked {
    fn renew(&mut self, links: Vec<Link>, drawn: &Buffer) {
        let before = std::mem::replace(&mut self.links, links);
        let changed = |these: &[Link], those: &[Link]| {
            let new = these.iter().filter(|link| !those.contains(link)).flat_map(|link| link.area.positions());
            new.map(|at| (at.y, at.x)).collect::<Vec<_>>()
        };
        let mut cells = BTreeSet::from_iter(changed(&self.links, &before));
        cells.extend(changed(&before, &self.links));
        self.again = cells.into_iter().filter_map(|(y, x)| Some((x, y, drawn.cell((x, y))?.clone()))).collect();
    }

    fn target(&self, x: u16, y: u16) -> Option<&str> {
        let link = self.links.iter().find(|link| link.area.contains(Position { x, y }))?;
        Some(&link.target)
    }

    /// Writes cells, those that lead somewhere between the marks that say so.
    fn write<'a>(&self, cells: impl Iterator<Item = (u16, u16, &'a Cell)>, bytes: &mut Vec<u8>) -> io::Result<()> {
        let mut cells = cells.peekable();
        while let Some((x, y, _)) = cells.peek() {
            let target = self.target(*x, *y);
            if let Some(target) = target {
                write!(bytes, "\x1b]8;;{target}\x1b\\")?;
            }
            let alike = std::iter::from_fn(|| cells.next_if(|(x, y, _)| self.target(*x, *y) == target));
            CrosstermBackend::new(&mut *bytes).draw(alike)?;
            if target.is_some() {
                bytes.extend_from_slice(b"\x1b]8;;\x1b\\");
            }
        }
        Ok(())
    }
}

/// The backend that ratatui draws to: crossterm's bytes, without those that say what the terminal knows.
struct Collector {
    bytes: Vec<u8>,
    linked: Rc<RefCell<Linked>>,
    size: Size,
    /// Whether the cursor is shown, once that was said.
    cursor_shown: Option<bool>,
    /// Where the cursor is, if nothing was drawn since it was put there.
    cursor_at: Option<Position>,
}

impl Collector {
    fn new(size: Size, linked: Rc<RefCell<Linked>>) -> Self {
        Self { bytes: Vec::new(), linked, size, cursor_shown: None, cursor_at: None }
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
        let before = self.bytes.len();
        let linked = self.linked.borrow();
        let again = |x, y| linked.again.iter().any(|cell| (cell.0, cell.1) == (x, y));
        linked.write(content.filter(|(x, y, _)| !again(*x, *y)), &mut self.bytes)?;
        linked.write(linked.again.iter().map(|(x, y, cell)| (*x, *y, cell)), &mut self.bytes)?;
        if self.bytes.len() > before {
            self.cursor_at = None;
        }
        Ok(())
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
