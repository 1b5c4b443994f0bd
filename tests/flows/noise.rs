//! What the terminal says by itself reaches no dialog and no list, and what is doubtful confirms nothing.

use std::time::Duration;

use keydeck::tui::effect::Effect;
use keydeck::tui::event::Event;
use keydeck::tui::input::Input;
use keydeck::tui::input::decoder::Decoder;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rstest::rstest;

use crate::answers::ANSWERS;
use crate::ui::Ui;

/// A console whose terminal's bytes go through the decoder.
struct Console {
    ui: Ui,
    decoder: Decoder,
}

impl Console {
    /// With these keys pressed a second ago.
    fn at(keys: &str) -> Self {
        let mut ui = Ui::team();
        ui.keys(keys).later("").take();
        Self { ui, decoder: Decoder::default() }
    }

    fn write(&mut self, bytes: &[u8]) -> &mut Self {
        let inputs = self.decoder.feed(bytes, self.ui.running());
        self.hear(inputs)
    }

    fn wait(&mut self, milliseconds: u64) -> &mut Self {
        let until = self.ui.running() + Duration::from_millis(milliseconds);
        while let Some(due) = self.decoder.due().filter(|due| *due <= until) {
            let wait = due.saturating_sub(self.ui.running());
            self.ui.wait(wait);
            let inputs = self.decoder.tick(due);
            self.hear(inputs);
        }
        let wait = until.saturating_sub(self.ui.running());
        self.ui.wait(wait);
        self
    }

    fn hear(&mut self, inputs: Vec<Input>) -> &mut Self {
        for input in inputs {
            match input {
                Input::Key(press) => self.ui.happen(Event::Key(press)),
                Input::Paste(text) => self.ui.paste(&text),
                Input::Noise => self.ui.happen(Event::Noise),
                Input::Mouse(mouse) => self.ui.happen(Event::Mouse(mouse)),
                Input::Resized | Input::Ground(_) => &mut self.ui,
            };
        }
        self
    }
}

/// Where something could be hit: lists, boxes, questions, forms.
const PLACES: &[&str] =
    &["jjj", "jjjx", "3ax", "jjjd", "jd", "/ana", "1n", "1jjo", "jjj<Enter>", "?", ":", "s", "f", "C", "4", "5", "@"];

#[test]
fn the_two_names_that_revoked_a_key_do_nothing() {
    let mut console = Console::at("jjj");
    let before = console.ui.screen();
    console.write(b"\x1bP>|tmux 3.4\x1b\\").wait(1000).write(b"\x1bP>|kitty(0.36.4)\x1b\\").wait(1000);
    assert_eq!((console.ui.take(), console.ui.screen()), (vec![], before));
}

#[test]
fn no_answer_does_anything_anywhere() {
    let rounds = std::env::var("KEYDECK_FUZZ_EVENTS").ok().and_then(|events| events.parse().ok()).unwrap_or(300);
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let mut consoles: Vec<Console> = PLACES.iter().map(|keys| Console::at(keys)).collect();
    for _ in 0..rounds {
        let at = random.random_range(0..PLACES.len());
        let console = &mut consoles[at];
        let answer = ANSWERS[random.random_range(0..ANSWERS.len())];
        // a beginning alone for 50 ms is a key, so no cut is there
        let cut = random.random_range(3..=answer.len());
        let pause = [0, 1, 49, 50, 51, 249, 250, 251, 300, 700, 999][random.random_range(0..11)];
        let (before, dialogs) = (console.ui.screen(), console.ui.dialogs());
        console.write(&answer[..cut]).wait(pause).write(&answer[cut..]).wait(60);
        let context = format!("{} {answer:?} cut at {cut} for {pause} ms", PLACES[at]);
        assert_eq!((console.ui.take(), console.ui.dialogs()), (vec![], dialogs), "{context}");
        assert_eq!(console.ui.screen(), before, "{context}");
        if random.random_bool(0.02) {
            // screens tell times, so that what is compared begins anew before they change
            consoles[at] = Console::at(PLACES[at]);
        }
    }
}

#[rstest]
fn what_was_cut_for_longer_confirms_nothing(#[values(0, 1, 2, 3)] part: usize) {
    for place in PLACES.iter().skip(part).step_by(4) {
        for answer in ANSWERS {
            for cut in [3, answer.len() / 2, answer.len() - 2, answer.len() - 1] {
                for pause in [1000, 1999] {
                    let mut console = Console::at(place);
                    console.write(&answer[..cut]).wait(pause).write(&answer[cut..]).wait(200);
                    let effects = console.ui.take();
                    let sends = |effect: &Effect| matches!(effect, Effect::Write(..) | Effect::Mint(_));
                    assert!(!effects.iter().any(sends), "{place} {answer:?} cut at {cut} for {pause} ms: {effects:?}");
                }
            }
        }
    }
}

#[test]
fn for_a_second_after_noise_dialogs_confirm_nothing_and_say_why() {
    for (place, confirm, after) in
        [("jjjx", "003K<Enter>", "running"), ("3ax", "6<Enter>", "running"), ("jjjd", "y", "")]
    {
        let mut ui = Ui::team();
        ui.keys(place).later("").take();
        let before = ui.dialogs();
        ui.happen(Event::Noise).keys(confirm);
        assert_eq!((ui.take(), ui.dialogs()), (vec![], before.clone()), "{place}");
        assert!(ui.message().contains("press it again in a second"), "{}", ui.message());
        ui.wait(Duration::from_millis(999)).keys(confirm);
        assert_eq!((ui.take(), ui.dialogs()), (vec![], before), "{place}");
        ui.wait(Duration::from_millis(1)).keys(confirm);
        assert_eq!(ui.take().len(), 1, "{place}");
        assert_eq!(ui.dialogs().first().copied().unwrap_or(""), after, "{place}");
    }
    let mut ui = Ui::admin();
    ui.keys("1nname").happen(Event::Noise).keys("x<Enter><Enter><Enter><Enter>");
    assert_eq!(ui.take(), [], "a form takes text, but sends nothing");
    assert!(ui.screen().contains("namex"), "{}", ui.screen());
    ui.keys("<Esc>");
    assert!(ui.dialogs().is_empty(), "the way out is heard");
    let mut ui = Ui::team();
    ui.happen(Event::Noise).keys("jj");
    assert_eq!(ui.cursor(), "k2", "in a list nothing is sent by a key");
}

#[test]
fn a_persons_bytes_do_what_they_say() {
    let mut console = Console::at("");
    console.write(b"jjj").wait(60).write(b"x").wait(500).write(b"003").wait(100).write(b"K\r");
    assert_eq!(console.ui.revoke().1, ["k3"]);
    let mut console = Console::at("/ana");
    console.write(b"\x1b").wait(49);
    assert!(console.ui.screen().contains("/ ana"), "Esc may be the beginning of something");
    console.wait(1);
    assert!(!console.ui.screen().contains("/ ana"));
}
