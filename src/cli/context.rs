//! What every command shares: language, form of output, where the home is.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use indicatif::ProgressBar;
use jiff::Timestamp;
use serde_json::Value;

use crate::cli::args::{Arguments, LangChoice};
use crate::cli::json;
use crate::domain::lang::{Lang, Text};
use crate::domain::time;
use crate::runtime::clock::Clock;
use crate::runtime::environment::Environment;
use crate::runtime::error::RuntimeError;
use crate::runtime::setup::{self, Options, Runtime};
use crate::workflow::library::Library;

/// What every command shares.
#[derive(Debug)]
pub struct Context {
    /// The language.
    pub lang: Lang,
    /// JSON instead of text.
    pub json: bool,
    home: Option<PathBuf>,
    config: Option<PathBuf>,
    environment: Environment,
}

impl Context {
    /// Returns the context of these arguments.
    pub fn new(arguments: &Arguments, environment: Environment) -> Self {
        let lang = match arguments.lang {
            Some(LangChoice::Zh) => Lang::Zh,
            Some(LangChoice::En) => Lang::En,
            None => language_of(environment.locale.as_deref()),
        };
        Self {
            lang,
            json: arguments.json,
            home: arguments.home.clone(),
            config: arguments.config.clone(),
            environment,
        }
    }

    /// Returns the sentence in the context's language.
    pub fn say<'a>(&self, text: &'a Text) -> &'a str {
        text.get(self.lang)
    }

    /// Returns one of two words by language.
    pub fn word(&self, zh: &'static str, en: &'static str) -> &'static str {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// Returns a title with its translation beside it, Chinese first for a Chinese reader.
    pub fn title(&self, text: &Text) -> String {
        match self.lang {
            Lang::Zh if !text.en.is_empty() && text.en != text.zh => {
                format!("{} / {}", text.zh, text.en)
            }
            _ => text.get(self.lang).to_owned(),
        }
    }

    /// Returns what opening a runtime needs; `at` stands for now in a rehearsal.
    pub fn options(&self, at: Option<&str>) -> Result<Options, RuntimeError> {
        let clock = match at {
            None => Clock::System,
            Some(text) => Clock::Fixed(instant(text)?),
        };
        Options::new(self.home.clone(), self.config.clone(), clock, self.environment.clone())
    }

    /// Opens the home.
    pub fn runtime(&self, at: Option<&str>) -> Result<Runtime, RuntimeError> {
        Runtime::open(self.options(at)?)
    }

    /// Returns what is built in, with the person's own files over it.
    pub fn library(&self) -> Result<Library, RuntimeError> {
        setup::library(&self.options(None)?.config)
    }

    /// Prints one object in place of text.
    pub fn print_json(&self, object: &Value) {
        self.print(&json::ascii(object));
    }

    /// Returns true when a person is looking at standard output.
    pub fn on_terminal(&self) -> bool {
        std::io::stdout().is_terminal()
    }

    /// Prints to standard output. A reader that went away is no fault of ours.
    pub fn print(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(text.as_bytes());
        if !text.ends_with('\n') {
            let _ = out.write_all(b"\n");
        }
        let _ = out.flush();
    }

    /// Shows that something is going on, where a person is looking; it draws itself.
    /// Returns true when somebody may be looking at what is printed aside.
    pub fn is_terminal(&self) -> bool {
        !self.json && std::io::stderr().is_terminal()
    }

    /// Shows that long work goes on.
    pub fn progress(&self, what: &'static str) -> ProgressBar {
        if self.json || !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let progress = ProgressBar::new_spinner().with_message(what);
        progress.enable_steady_tick(Duration::from_millis(120));
        progress
    }

    /// Prints a reminder beside whatever the command prints.
    #[expect(clippy::print_stderr, reason = "the terminal is where the person looks")]
    pub fn print_notice(text: &str) {
        eprintln!("\n{text}");
    }

    /// Prints to standard error.
    pub fn print_aside(&self, text: &str) {
        let mut out = std::io::stderr().lock();
        let _ = out.write_all(text.as_bytes());
        if !text.ends_with('\n') {
            let _ = out.write_all(b"\n");
        }
    }
}

/// Reads a time from the command line; without an offset it is Chinese time.
pub fn instant(text: &str) -> Result<Timestamp, RuntimeError> {
    let zone = time::default_zone();
    time::parse_in(text, &zone).ok_or_else(|| {
        RuntimeError::asked(
            crate::text!("\"{text}\" 不是时间", "\"{text}\" is not a time"),
            Text::new(
                "写成 2026-09-18T15:20:00+08:00 的形式",
                "write it like 2026-09-18T15:20:00+08:00",
            ),
        )
    })
}

/// Our users are in China: a system that states no language gets Chinese.
fn language_of(locale: Option<&str>) -> Lang {
    let locale = locale.unwrap_or_default().to_lowercase();
    let unstated =
        locale.is_empty() || locale.starts_with("c.") || locale == "c" || locale == "posix";
    if unstated || locale.starts_with("zh") { Lang::Zh } else { Lang::En }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speaks_chinese_unless_the_system_says_otherwise() {
        assert_eq!(language_of(None), Lang::Zh);
        assert_eq!(language_of(Some("C.UTF-8")), Lang::Zh);
        assert_eq!(language_of(Some("zh_CN.UTF-8")), Lang::Zh);
        assert_eq!(language_of(Some("en_US.UTF-8")), Lang::En);
        assert_eq!(language_of(Some("de_DE")), Lang::En);
    }
}
