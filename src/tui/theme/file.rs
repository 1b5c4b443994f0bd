//! Reading a theme file: one line a role, `role = { fg = "cyan", bg = "#202020", modifiers = ["bold"] }`; beside them
//! `inherits = "dark"`, the theme that says what the file leaves out, and `[palette]`, colours by names of its own, of which
//! those in `[palette-light]` are others on a light ground.

use std::ops::Range;

use ratatui::style::{Color, Modifier, Style};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Ground, ROLES, Theme, ThemeError, nearest};
use crate::domain::untrusted::visible;

/// The colours that have a name: the terminal's own sixteen, and its default.
const COLORS: [(&str, Color); 17] = [
    ("default", Color::Reset),
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("gray", Color::Gray),
    ("dark-gray", Color::DarkGray),
    ("light-red", Color::LightRed),
    ("light-green", Color::LightGreen),
    ("light-yellow", Color::LightYellow),
    ("light-blue", Color::LightBlue),
    ("light-magenta", Color::LightMagenta),
    ("light-cyan", Color::LightCyan),
    ("white", Color::White),
];

const MODIFIERS: [(&str, Modifier); 6] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underlined", Modifier::UNDERLINED),
    ("reversed", Modifier::REVERSED),
    ("crossed-out", Modifier::CROSSED_OUT),
];

/// What is wrong, and where in the text.
struct Problem(Range<usize>, String);

/// Reads `text` over what `base` gives for the theme that it inherits, if it names one.
pub(super) fn read(
    name: &str,
    text: &str,
    ground: Ground,
    base: impl FnOnce(Option<&str>) -> Result<Theme, ThemeError>,
) -> Result<Theme, ThemeError> {
    let place = |Problem(span, problem): Problem| {
        let before = text.get(..span.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        ThemeError::Malformed {
            name: name.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            problem,
        }
    };
    let document = DeTable::parse(text)
        .map_err(|error| place(Problem(error.span().unwrap_or_default(), "this is not TOML".to_owned())))?;
    let parent = inherited(document.get_ref()).map_err(place)?;
    let theme = base(parent)?;
    read_roles(document.get_ref(), theme, ground).map_err(place)
}

const INHERITS: &str = "inherits";
const PALETTE: &str = "palette";
const LIGHT: &str = "palette-light";

fn inherited<'a>(document: &'a DeTable<'a>) -> Result<Option<&'a str>, Problem> {
    let Some(value) = document.get(INHERITS) else { return Ok(None) };
    let name = value.get_ref().as_str();
    name.map(Some).ok_or_else(|| Problem(value.span(), "inherits needs the name of a theme".to_owned()))
}

/// The file's own names for colours.
type Palette<'a> = Vec<(&'a str, Color)>;

/// The colours of one table, `palette` or what it is on a light ground.
fn read_palette<'a>(document: &'a DeTable<'a>, name: &str) -> Result<Palette<'a>, Problem> {
    let Some(value) = document.get(name) else { return Ok(Vec::new()) };
    let table = value
        .get_ref()
        .as_table()
        .ok_or_else(|| Problem(value.span(), format!("{name} must be a table of colours: sea = \"#1080a0\"")))?;
    table
        .iter()
        .map(|(name, value)| Ok((name.get_ref().as_ref(), read_color(name.get_ref(), value, &Vec::new())?)))
        .collect()
}

fn read_roles(document: &DeTable, mut theme: Theme, ground: Ground) -> Result<Theme, Problem> {
    // both are read, so that what is wrong in either is told wherever it is tried
    let (usual, light) = (read_palette(document, PALETTE)?, read_palette(document, LIGHT)?);
    let palette: Palette = match ground {
        Ground::Dark => usual,
        Ground::Light => light.into_iter().chain(usual).collect(),
    };
    for (role, value) in document {
        if matches!(role.get_ref().as_ref(), INHERITS | PALETTE | LIGHT) {
            continue;
        }
        let style = theme
            .role_mut(role.get_ref())
            .ok_or_else(|| unknown("role", role.span(), role.get_ref(), ROLES.iter().copied()))?;
        *style = read_style(role.get_ref(), value, &palette)?;
    }
    Ok(theme)
}

fn read_style(role: &str, value: &Spanned<DeValue>, palette: &Palette) -> Result<Style, Problem> {
    let mut style = Style::new();
    let table = value.get_ref().as_table().ok_or_else(|| {
        Problem(value.span(), format!("{role} must be a table: {{ fg = …, bg = …, modifiers = […] }}"))
    })?;
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "fg" => style.fg = Some(read_color(role, value, palette)?),
            "bg" => style.bg = Some(read_color(role, value, palette)?),
            "modifiers" => {
                let list = value
                    .get_ref()
                    .as_array()
                    .ok_or_else(|| Problem(value.span(), format!("{role}.modifiers must be a list of names")))?;
                for modifier in list {
                    style = style.add_modifier(read_modifier(role, modifier)?);
                }
            }
            other => return Err(unknown("key", key.span(), other, ["fg", "bg", "modifiers"].into_iter())),
        }
    }
    Ok(style)
}

fn read_color(role: &str, value: &Spanned<DeValue>, palette: &Palette) -> Result<Color, Problem> {
    let problem = || {
        Problem(value.span(), format!("{role} needs a colour: a name such as \"cyan\", \"#rrggbb\" or a number 0–255"))
    };
    if let Some(number) = value.get_ref().as_integer() {
        let index = u8::from_str_radix(number.as_str(), number.radix()).map_err(|_| problem())?;
        return Ok(Color::Indexed(index));
    }
    let text = value.get_ref().as_str().ok_or_else(problem)?;
    if let Some(digits) = text.strip_prefix('#') {
        let well_formed = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u32::from_str_radix(digits, 16).ok().filter(|_| well_formed).ok_or_else(problem)?;
        let [_, red, green, blue] = number.to_be_bytes();
        return Ok(Color::Rgb(red, green, blue));
    }
    let known: Vec<(&str, Color)> = palette.iter().copied().chain(COLORS).collect();
    pick("colour", value, text, &known)
}

fn read_modifier(role: &str, value: &Spanned<DeValue>) -> Result<Modifier, Problem> {
    let text = value
        .get_ref()
        .as_str()
        .ok_or_else(|| Problem(value.span(), format!("{role}.modifiers must be a list of names")))?;
    pick("modifier", value, text, &MODIFIERS)
}

fn pick<T: Copy>(what: &str, value: &Spanned<DeValue>, name: &str, known: &[(&str, T)]) -> Result<T, Problem> {
    known
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, found)| *found)
        .ok_or_else(|| unknown(what, value.span(), name, known.iter().map(|(known, _)| *known)))
}

fn unknown<'a>(what: &str, span: Range<usize>, name: &str, known: impl Iterator<Item = &'a str>) -> Problem {
    let nearest = nearest(name, known).map(|near| format!(", did you mean \"{near}\"?")).unwrap_or_default();
    Problem(span, format!("there is no {what} \"{}\"{nearest}", visible(name)))
}
