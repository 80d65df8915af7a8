//! Text in the two languages of the program: Chinese first, English beside.

use std::borrow::Cow;
use std::fmt;

/// The language messages are shown in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// Chinese, the default.
    #[default]
    Zh,
    /// English.
    En,
}

/// One sentence in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text {
    /// The Chinese sentence.
    pub zh: Cow<'static, str>,
    /// The English sentence.
    pub en: Cow<'static, str>,
}

impl Text {
    /// Returns a text from its two sentences.
    pub fn new(zh: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// Returns a text that reads the same in both languages, such as a file name.
    pub fn same(text: impl Into<Cow<'static, str>>) -> Self {
        let text = text.into();
        Self { zh: text.clone(), en: text }
    }

    /// Returns the sentence in `lang`; an absent translation falls back to the other language.
    pub fn get(&self, lang: Lang) -> &str {
        let (first, second) = match lang {
            Lang::Zh => (&self.zh, &self.en),
            Lang::En => (&self.en, &self.zh),
        };
        if first.is_empty() { second } else { first }
    }

    /// Returns true when neither language says anything.
    pub fn is_empty(&self) -> bool {
        self.zh.is_empty() && self.en.is_empty()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.get(Lang::Zh))
    }
}

/// Builds a [`Text`] from two format strings that capture the same variables.
#[macro_export]
macro_rules! text {
    ($zh:literal, $en:literal $(,)?) => {
        $crate::domain::lang::Text::new(format!($zh), format!($en))
    };
}
