//! Choosing a user by what is typed of their name or address: a part of dialogs that need one.

use crate::domain::ids::UserId;
use crate::domain::team::User;
use crate::tui::action::Action;
use crate::tui::dialogs::scroll;
use crate::tui::field::Field;
use crate::tui::request::Input;

pub mod view;

/// What is typed, and which of those found is pointed at.
#[derive(Debug, Default)]
pub struct Person {
    pub typed: Field,
    pub cursor: usize,
}

/// What an input came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picked {
    /// Nothing is left to do.
    Nothing,
    /// This user was chosen.
    User(UserId),
    /// None is to be.
    Back,
}

impl Person {
    /// Those of `among` that every typed word is found in, name or address; a number finds its user.
    pub fn found<'u>(&self, among: &[&'u User]) -> Vec<&'u User> {
        let words = self.typed.text().to_lowercase();
        let matches = |user: &&&User| {
            let text = format!("{} {} {}", user.name, user.email, user.id).to_lowercase();
            words.split_whitespace().all(|word| text.contains(word))
        };
        among.iter().filter(matches).copied().collect()
    }

    /// Takes an input in.
    pub fn update(&mut self, input: &Input, among: &[&User]) -> Picked {
        let last = self.found(among).len().saturating_sub(1);
        match input {
            Input::Action(Action::Down | Action::Next) => self.cursor = scroll(self.cursor, 1, last),
            Input::Action(Action::Up | Action::Previous) => self.cursor = scroll(self.cursor, -1, last),
            Input::Action(Action::Choose) => {
                let found = self.found(among);
                return found.get(self.cursor.min(last)).map_or(Picked::Nothing, |user| Picked::User(user.id));
            }
            Input::Action(_) => return Picked::Back,
            Input::Scroll(rows) => self.cursor = scroll(self.cursor, *rows, last),
            Input::Text(c) => {
                self.typed.insert(*c);
                self.cursor = 0;
            }
            Input::Edit(press) => {
                self.typed.press(*press);
                self.cursor = 0;
            }
            Input::Paste(text) => {
                self.typed.paste(text);
                self.cursor = 0;
            }
            Input::Reply(_) | Input::Wake | Input::Conceal | Input::Quit => {}
        }
        Picked::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users() -> Vec<User> {
        let person = |id, name: &str, email: &str| User { email: email.into(), ..User::sample(id, name) };
        vec![
            person(1, "Ana Souza", "ana@team.example"),
            person(2, "Ben Okafor", "ben@team.example"),
            person(17, "gateway", ""),
        ]
    }

    fn typed(text: &str) -> Vec<i64> {
        let users = users();
        let person = Person { typed: Field::new(text), ..Person::default() };
        person.found(&users.iter().collect::<Vec<_>>()).iter().map(|user| user.id.0).collect()
    }

    #[test]
    fn every_word_is_looked_for_in_name_and_address() {
        assert_eq!(typed(""), [1, 2, 17]);
        assert_eq!(typed("TEAM oka"), [2]);
        assert_eq!(typed("gate"), [17]);
        assert_eq!(typed("17"), [17]);
        assert!(typed("nobody").is_empty());
    }

    #[test]
    fn enter_takes_the_one_that_is_pointed_at_and_never_one_that_is_not_there() {
        let users = users();
        let among: Vec<&User> = users.iter().collect();
        let mut person = Person::default();
        for _ in 0..9 {
            assert_eq!(person.update(&Input::Action(Action::Down), &among), Picked::Nothing);
        }
        assert_eq!(person.update(&Input::Action(Action::Choose), &among), Picked::User(UserId(17)));
        person.update(&Input::Text('b'), &among);
        assert_eq!(person.update(&Input::Action(Action::Choose), &among), Picked::User(UserId(2)));
        person.update(&Input::Text('!'), &among);
        assert_eq!(person.update(&Input::Action(Action::Choose), &among), Picked::Nothing);
        assert_eq!(person.update(&Input::Action(Action::Back), &among), Picked::Back);
    }
}
