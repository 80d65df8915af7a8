//! The table form of a condition, for people who fear expressions:
//! `when = { platform = "wechat", loss_min = "3000元" }`. It is turned into the text of an
//! expression, which is then checked like any other.

use toml::de::{DeTable, DeValue};

use crate::domain::formats::Fault;
use crate::domain::lang::Text;
use crate::domain::money::Money;

/// Returns the expression a table stands for: all its lines must hold.
pub fn expression(table: &DeTable<'_>) -> Result<String, Fault> {
    let mut terms = Vec::new();
    for (key, value) in table {
        term(key.get_ref(), value.get_ref(), &mut terms)?;
    }
    if terms.is_empty() {
        return Err(Fault {
            message: Text::new("条件是空的", "the condition is empty"),
            hint: Text::new(
                "写成 { platform = \"wechat\" }，或删掉 when",
                "write { platform = \"wechat\" }, or delete `when`",
            ),
        });
    }
    Ok(terms.join(" && "))
}

fn term(key: &str, value: &DeValue<'_>, terms: &mut Vec<String>) -> Result<(), Fault> {
    match key {
        "loss_min" => terms.push(format!("loss(\"any\") >= {}", yuan(key, value)?)),
        "loss_max" => terms.push(format!("loss(\"any\") <= {}", yuan(key, value)?)),
        "have" => {
            for slot in texts(key, value)? {
                terms.push(format!("have({})", quoted(&slot)));
            }
        }
        "outcome" => {
            let DeValue::Table(steps) = value else { return Err(unfit(key)) };
            for (step, outcome) in steps {
                let outcome = texts(step.get_ref(), outcome.get_ref())?;
                terms.push(one_of(&format!("outcome({})", quoted(step.get_ref())), &outcome));
            }
        }
        path => fact(&format!("case.{path}"), value, terms)?,
    }
    Ok(())
}

fn fact(path: &str, value: &DeValue<'_>, terms: &mut Vec<String>) -> Result<(), Fault> {
    match value {
        DeValue::Table(table) => {
            for (key, value) in table {
                fact(&format!("{path}.{}", key.get_ref()), value.get_ref(), terms)?;
            }
        }
        DeValue::Boolean(flag) => terms.push(format!("{path} == {flag}")),
        other => terms.push(one_of(path, &texts(path, other)?)),
    }
    Ok(())
}

fn one_of(what: &str, values: &[String]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| quoted(value)).collect();
    match quoted.as_slice() {
        [value] => format!("{what} == {value}"),
        values => format!("{what} in [{}]", values.join(", ")),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn texts(key: &str, value: &DeValue<'_>) -> Result<Vec<String>, Fault> {
    match value {
        DeValue::String(text) => Ok(vec![text.to_string()]),
        DeValue::Array(items) if !items.is_empty() => items
            .iter()
            .map(|item| item.get_ref().as_str().map(str::to_owned).ok_or_else(|| unfit(key)))
            .collect(),
        _ => Err(unfit(key)),
    }
}

fn yuan(key: &str, value: &DeValue<'_>) -> Result<String, Fault> {
    let written = value
        .as_str()
        .map(str::to_owned)
        .or_else(|| value.as_integer().map(|number| number.as_str().replace('_', "")));
    let amount = written.and_then(|written| Money::parse(&written).ok());
    amount
        .map(|amount| format!("yuan(\"{}.{:02}\")", amount.fen() / 100, amount.fen() % 100))
        .ok_or_else(|| Fault {
            message: crate::text!("{key} 不是金额", "{key} is not an amount"),
            hint: crate::text!("写成 {key} = \"3000元\"", "write {key} = \"3000元\""),
        })
}

fn unfit(key: &str) -> Fault {
    Fault {
        message: crate::text!(
            "条件里 {key} 的值不能这样写",
            "{key} cannot have such a value in a condition"
        ),
        hint: Text::new(
            "写引号里的文字、true 或 false，或几个可选的文字 [\"…\", \"…\"]",
            "write a quoted text, true or false, or a list of texts [\"…\", \"…\"]",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shorthand(text: &str) -> Result<String, Fault> {
        let table = DeTable::parse(text).unwrap();
        let value = table.get_ref().get("when").unwrap();
        match value.get_ref() {
            DeValue::Table(table) => expression(table),
            _ => panic!("not a table"),
        }
    }

    #[test]
    fn every_line_must_hold() {
        let made = shorthand("when = { platform = \"wechat\", loss_min = \"3000元\" }").unwrap();
        assert_eq!(made, "case.platform == \"wechat\" && loss(\"any\") >= yuan(\"3000.00\")");
        let made = shorthand("when.facts.phone_lost = true\nwhen.have = \"bill.pdf\"").unwrap();
        assert_eq!(made, "case.facts.phone_lost == true && have(\"bill.pdf\")");
        let made = shorthand("when.platform = [\"wechat\", \"alipay\"]").unwrap();
        assert_eq!(made, "case.platform in [\"wechat\", \"alipay\"]");
        let made = shorthand("when.outcome.ticket = \"refused\"").unwrap();
        assert_eq!(made, "outcome(\"ticket\") == \"refused\"");
    }

    #[test]
    fn a_text_cannot_become_code() {
        let made = shorthand(r#"when.city = "a\" || true || \"""#).unwrap();
        assert_eq!(made, r#"case.city == "a\" || true || \"""#);
    }

    #[test]
    fn says_what_is_wrong() {
        assert!(shorthand("when = {}").is_err());
        assert!(shorthand("when.loss_min = \"很多\"").is_err());
        assert!(shorthand("when.platform = 3").is_err());
    }
}
