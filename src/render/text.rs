//! Texts: mails, paste texts and call scripts, in Handlebars. An unknown name is an error, a
//! fact nobody has given is 「未填」.

use handlebars::{
    Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderErrorReason,
};
use serde_json::Value;

/// What stands where a fact is missing.
pub const BLANK: &str = "「未填」";

/// Why a text could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the text template `{name}` cannot be filled: {message}")]
pub struct TextError {
    /// The template.
    pub name: String,
    /// What Handlebars said.
    pub message: String,
}

/// Fills a text template.
pub fn fill(name: &str, template: &str, data: &Value) -> Result<String, TextError> {
    let mut handlebars = Handlebars::new();
    handlebars.set_strict_mode(true);
    // These are plain texts, not pages: nothing is escaped.
    handlebars.register_escape_fn(handlebars::no_escape);
    register(&mut handlebars);
    handlebars
        .render_template(template, data)
        .map(|text| text.trim().to_owned())
        .map_err(|error| TextError { name: name.to_owned(), message: error.to_string() })
}

fn register(handlebars: &mut Handlebars<'_>) {
    handlebars.register_helper("fact", Box::new(fact));
    handlebars.register_helper("yesno", Box::new(yes_or_no));
    handlebars.register_helper("join", Box::new(join));
    handlebars.register_helper("inc", Box::new(increment));
    handlebars.register_helper("first_at", Box::new(first_at));
    handlebars.register_helper("last_at", Box::new(last_at));
    handlebars.register_helper("is", Box::new(Is));
    handlebars.register_helper("few", Box::new(Few));
}

fn parameter<'a>(helper: &'a Helper<'_>) -> Result<&'a Value, RenderErrorReason> {
    let value = helper.param(0).map(handlebars::PathAndJson::value);
    let missing = helper.param(0).is_some_and(handlebars::PathAndJson::is_value_missing);
    match value {
        Some(value) if !missing => Ok(value),
        _ => Err(RenderErrorReason::ParamNotFoundForIndex("fact", 0)),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => BLANK.to_owned(),
        Value::String(text) if text.trim().is_empty() => BLANK.to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn fact(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    out.write(&shown(parameter(helper)?))?;
    Ok(())
}

fn yes_or_no(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let word = match parameter(helper)? {
        Value::Bool(true) => "是",
        Value::Bool(false) => "否",
        _ => BLANK,
    };
    out.write(word)?;
    Ok(())
}

fn join(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let items = parameter(helper)?.as_array().cloned().unwrap_or_default();
    out.write(&items.iter().map(shown).collect::<Vec<_>>().join("、"))?;
    Ok(())
}

fn increment(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let number = parameter(helper)?.as_u64().unwrap_or(0) + 1;
    out.write(&number.to_string())?;
    Ok(())
}

/// The earliest time of a list of losses, to the minute.
fn first_at(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    out.write(&times(parameter(helper)?).first().cloned().unwrap_or_else(|| BLANK.into()))?;
    Ok(())
}

/// The latest time of a list of losses, to the minute.
fn last_at(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    out.write(&times(parameter(helper)?).last().cloned().unwrap_or_else(|| BLANK.into()))?;
    Ok(())
}

/// The times of all losses, sorted; none when one of them is not known, because the earliest and the
/// latest are not known then either.
fn times(losses: &Value) -> Vec<String> {
    let minute = |loss: &Value| {
        let at = loss.get("at")?.as_str()?;
        Some(at.get(..16).unwrap_or(at).to_owned())
    };
    let times: Option<Vec<String>> = losses.as_array().into_iter().flatten().map(minute).collect();
    let mut times = times.unwrap_or_default();
    times.sort();
    times
}

struct Is;

impl handlebars::HelperDef for Is {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<handlebars::ScopedJson<'rc>, handlebars::RenderError> {
        let second = helper.param(1).map(handlebars::PathAndJson::value);
        let equal = Some(parameter(helper)?) == second;
        Ok(handlebars::ScopedJson::Derived(Value::Bool(equal)))
    }
}

/// More lines than this do not fit a short text.
const FEW: usize = 2;

struct Few;

impl handlebars::HelperDef for Few {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<handlebars::ScopedJson<'rc>, handlebars::RenderError> {
        let few = parameter(helper)?.as_array().is_some_and(|items| items.len() <= FEW);
        Ok(handlebars::ScopedJson::Derived(Value::Bool(few)))
    }
}
