//! What a text may not say of a loss: each kind has its words, and a text about one kind has none
//! of those that claim another. This is the last look before a text is kept, whatever its template.

use serde_json::Value;

use crate::domain::case::How;

/// Words that claim a theft.
const OF_THEFT: [&str; 6] = ["被盗", "盗刷", "未经授权", "非本人操作", "第五十七条", "先行赔付"];

/// Words that claim a deception.
const OF_DECEPTION: [&str; 2] = ["被骗", "受骗"];

/// What only somebody may say who gave nobody a code.
const NO_CODE_GIVEN: &str = "未向任何人提供密码、验证码";

/// Opening and closing marks of what is quoted: others' words are theirs.
const QUOTES: [(char, char); 2] = [('“', '”'), ('「', '」')];

/// Returns the words a text about losses of this kind may not have.
pub fn never(how: How) -> Vec<&'static str> {
    match how {
        How::NotByMe => OF_DECEPTION.to_vec(),
        How::ByMeDeceived => OF_THEFT.to_vec(),
        How::Unknown => OF_DECEPTION.into_iter().chain(OF_THEFT).collect(),
    }
}

/// Returns a word that claims more than is known, if the text has one outside quotations and
/// outside what the case itself says. `data` is what the template saw.
pub fn offence(text: &str, how: Option<How>, data: &Value) -> Option<&'static str> {
    let own = unquoted(text);
    let given = data.pointer("/case/facts/code_given").and_then(Value::as_bool);
    if own.contains(NO_CODE_GIVEN) && given != Some(false) {
        return Some(NO_CODE_GIVEN);
    }
    let said = |word: &str| ["case", "known", "to"].iter().any(|part| says(&data[*part], word));
    never(how?).into_iter().find(|word| own.contains(word) && !said(word))
}

fn says(value: &Value, word: &str) -> bool {
    match value {
        Value::String(text) => text.contains(word),
        Value::Array(items) => items.iter().any(|item| says(item, word)),
        Value::Object(members) => {
            members.iter().any(|(name, value)| name != "wording" && says(value, word))
        }
        _ => false,
    }
}

/// The text without white space and without what stands in quotation marks.
fn unquoted(text: &str) -> String {
    let mut own = String::with_capacity(text.len());
    let mut closing = None;
    for c in text.chars().filter(|c| !c.is_whitespace()) {
        match closing {
            Some(close) if c == close => closing = None,
            Some(_) => {}
            None => match QUOTES.iter().find(|(open, _)| *open == c) {
                Some((_, close)) => closing = Some(*close),
                None => own.push(c),
            },
        }
    }
    own
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_kind_has_its_words() {
        let data = json!({});
        let offence = |text, how| offence(text, Some(how), &data);
        assert_eq!(offence("账户被 盗", How::ByMeDeceived), Some("被盗"));
        assert_eq!(offence("本人受骗", How::NotByMe), Some("受骗"));
        assert_eq!(offence("疑似盗刷", How::Unknown), Some("盗刷"));
        assert_eq!(offence("非本人操作", How::NotByMe), None);
    }

    #[test]
    fn others_words_are_theirs() {
        let data = json!({ "case": { "losses": [{ "payee": "防盗刷科技", "wording": "被骗" }] } });
        let offence = |text| offence(text, Some(How::ByMeDeceived), &data);
        assert_eq!(offence("你方答复“未见盗刷”"), None);
        assert_eq!(offence("收款方防盗刷科技"), None);
        assert_eq!(offence("账户被盗"), Some("被盗"));
    }

    #[test]
    fn nobody_denies_what_they_were_not_asked() {
        let text = "本人未向任何人提供密码、验证码。";
        let data = |given: Value| json!({ "case": { "facts": { "code_given": given } } });
        assert_eq!(offence(text, None, &data(json!(false))), None);
        assert_eq!(offence(text, None, &data(json!(true))), Some(NO_CODE_GIVEN));
        assert_eq!(offence(text, None, &data(Value::Null)), Some(NO_CODE_GIVEN));
    }
}
