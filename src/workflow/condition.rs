//! Conditions: a checked subset of CEL. Every path is compared with the schema of the case when a
//! file is loaded, because CEL itself finds a misspelt key only when it is evaluated, and a
//! misspelt key must never quietly skip a step.

use std::sync::LazyLock;

use cel::IdedExpr;
use cel::common::ast::{Expr, LiteralValue};
use cel::common::types::{CelBool, CelInt, CelString};
use cel::{Context, Program, Value as CelValue};
use serde_json::Value;

use crate::domain::lang::Text;
use crate::domain::money::Money;
use crate::domain::names;

/// The one variable a condition can read.
const ROOT: &str = "case";

/// The functions a condition can call, each with one argument: a quoted text, or for
/// `workdays_since` also a time of the case.
const FUNCTIONS: [&str; 5] = ["have", "outcome", "loss", "yuan", "workdays_since"];

/// The functions that take a step.
const ASKS_STEPS: [&str; 2] = ["outcome", "workdays_since"];

/// What `loss` takes for all kinds together.
pub const ANY: &str = "any";

/// What `loss` takes for what left by a bank card.
pub const CARD: &str = "card";

/// Operators of the subset, by the names CEL gives them.
const OPERATORS: [&str; 11] =
    ["_&&_", "_||_", "!_", "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "@in", "-_"];

/// A compiled condition.
#[derive(Clone, Debug)]
pub struct Condition {
    source: String,
    expression: IdedExpr,
    paths: Vec<Vec<String>>,
    calls: Vec<Call>,
}

/// A call of one of our functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The function.
    pub function: String,
    /// Its argument.
    pub argument: String,
    /// Where it stands in the source, in bytes.
    pub at: usize,
}

/// Something wrong with a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionFault {
    /// Where, in bytes from the start of the condition.
    pub at: usize,
    /// What is wrong.
    pub message: Text,
    /// What to do.
    pub hint: Text,
}

/// What a condition came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Holds,
    /// It does not.
    Fails,
    /// It cannot be decided yet, because this fact is missing.
    Undecided(String),
}

/// The answers to the functions a condition can call.
pub trait Facts {
    /// Returns whether the evidence slot has a file.
    fn have(&self, slot: &str) -> bool;
    /// Returns the latest outcome of a step, empty when there is none.
    fn outcome(&self, step: &str) -> String;
    /// Returns the net loss of one kind, or of any.
    fn loss(&self, how: &str) -> Money;
    /// Returns the working days since a time of the case (`case.discovered_at`) or since a step
    /// was submitted, not counting the day itself; none when there is no such time yet.
    fn workdays_since(&self, what: &str) -> Option<i64>;
}

/// The functions of the language itself, put together once.
static LANGUAGE: LazyLock<Context<'static, 'static>> = LazyLock::new(Context::default);

impl Condition {
    /// Compiles `source` and checks it against the JSON Schema of the case.
    pub fn compile(source: &str, schema: &Value) -> Result<Self, Vec<ConditionFault>> {
        let program = Program::compile(source).map_err(|errors| syntax_faults(source, &errors))?;
        let mut check = Check {
            program: &program,
            schema,
            paths: Vec::new(),
            calls: Vec::new(),
            faults: Vec::new(),
        };
        let mut expression = program.expression().clone();
        check.walk(&mut expression);
        if !check.faults.is_empty() {
            return Err(check.faults);
        }
        let (paths, calls) = (check.paths, check.calls);
        Ok(Self { source: source.to_owned(), expression, paths, calls })
    }

    /// Returns the text it was compiled from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Returns the condition that holds when both do.
    pub fn both(left: Option<Self>, right: Option<Self>) -> Option<Self> {
        let (left, right) = match (left, right) {
            (Some(left), Some(right)) => (left, right),
            (one, other) => return one.or(other),
        };
        let source = format!("({}) && ({})", left.source, right.source);
        let expression = IdedExpr {
            id: left.expression.id,
            expr: Expr::Call(cel::common::ast::CallExpr {
                func_name: "_&&_".into(),
                target: None,
                args: vec![left.expression, right.expression],
            }),
        };
        let (mut paths, mut calls) = (left.paths, left.calls);
        paths.extend(right.paths);
        calls.extend(right.calls);
        Some(Self { source, expression, paths, calls })
    }

    /// Returns the condition with the steps it asks about under other names.
    #[must_use]
    pub fn with_steps(mut self, named: &dyn Fn(&str) -> String) -> Self {
        rename_steps(&mut self.expression, named);
        for call in &mut self.calls {
            if ASKS_STEPS.contains(&call.function.as_str()) {
                call.argument = named(&call.argument);
            }
        }
        self
    }

    /// Returns the calls in it, for checks against other registries.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// Returns true when what it comes to can change by the day alone.
    pub fn is_timed(&self) -> bool {
        self.calls.iter().any(|call| call.function == "workdays_since")
    }

    /// Evaluates it over a case given as JSON.
    pub fn evaluate(&self, case: &Value, facts: &impl Facts) -> Verdict {
        // Only what it names is looked at; a name that stands in it by chance does no harm.
        let named = case.as_object().into_iter().flatten();
        let named = named.filter(|(name, _)| self.source.contains(name.as_str()));
        let mut filled: Value = named.map(|(name, value)| (name.clone(), value.clone())).collect();
        for path in &self.paths {
            fill_absent(&mut filled, path);
        }
        let mut expression = self.expression.clone();
        substitute_calls(&mut expression, facts);
        let mut context = LANGUAGE.new_inner_scope();
        if context.add_variable(ROOT, &filled).is_err() {
            return Verdict::Undecided(self.source.clone());
        }
        match CelValue::resolve(&expression, &context) {
            Ok(CelValue::Bool(true)) => Verdict::Holds,
            Ok(CelValue::Bool(false)) => Verdict::Fails,
            // A comparison with a fact nobody has given yet has no overload.
            Ok(_) | Err(_) => Verdict::Undecided(self.first_absent(case)),
        }
    }

    fn first_absent(&self, case: &Value) -> String {
        self.paths
            .iter()
            .find(|path| {
                let mut value = Some(case);
                for name in *path {
                    value = value.and_then(|value| value.get(name));
                }
                value.is_none_or(Value::is_null)
            })
            .map_or_else(|| self.source.clone(), |path| path.join("."))
    }
}

/// Puts nulls where the case says nothing, so that an absent fact compares as null.
fn fill_absent(value: &mut Value, path: &[String]) {
    let Some((name, rest)) = path.split_first() else { return };
    if value.is_null() {
        *value = Value::Object(serde_json::Map::new());
    }
    if let Some(map) = value.as_object_mut() {
        fill_absent(map.entry(name.clone()).or_insert(Value::Null), rest);
    }
}

fn substitute_calls(expression: &mut IdedExpr, facts: &impl Facts) {
    if let Expr::Call(call) = &expression.expr
        && let Some(argument) = argument_of(call)
    {
        let value = match call.func_name.as_str() {
            "have" => Some(LiteralValue::Boolean(CelBool::from(facts.have(&argument)))),
            "outcome" => Some(LiteralValue::String(CelString::from(facts.outcome(&argument)))),
            "loss" => Some(LiteralValue::Int(CelInt::from(facts.loss(&argument).fen()))),
            "workdays_since" => {
                facts.workdays_since(&argument).map(|days| LiteralValue::Int(CelInt::from(days)))
            }
            "yuan" => Money::parse(&argument)
                .ok()
                .map(|amount| LiteralValue::Int(CelInt::from(amount.fen()))),
            _ => None,
        };
        if let Some(value) = value {
            expression.expr = Expr::Literal(value);
            return;
        }
    }
    for child in children(&mut expression.expr) {
        substitute_calls(child, facts);
    }
}

fn literal_argument(call: &cel::common::ast::CallExpr) -> Option<String> {
    match call.args.as_slice() {
        [IdedExpr { expr: Expr::Literal(LiteralValue::String(text)), .. }] => {
            Some(text.inner().to_owned())
        }
        _ => None,
    }
}

fn rename_steps(expression: &mut IdedExpr, named: &dyn Fn(&str) -> String) {
    if let Expr::Call(call) = &mut expression.expr
        && ASKS_STEPS.contains(&call.func_name.as_str())
        && let Some(step) = literal_argument(call)
        && let Some(argument) = call.args.first_mut()
    {
        let text = LiteralValue::String(CelString::from(named(&step)));
        argument.expr = Expr::Literal(text);
    }
    for child in children(&mut expression.expr) {
        rename_steps(child, named);
    }
}

/// The argument of a call: a quoted text, or a time of the case by its path.
fn argument_of(call: &cel::common::ast::CallExpr) -> Option<String> {
    let path = || match call.args.as_slice() {
        [only] if call.func_name == "workdays_since" => {
            path_of(&only.expr).filter(|(_, tested)| !tested).map(|(names, _)| names.join("."))
        }
        _ => None,
    };
    literal_argument(call).or_else(path)
}

fn children(expression: &mut Expr) -> Vec<&mut IdedExpr> {
    match expression {
        Expr::Call(call) => call.target.as_deref_mut().into_iter().chain(&mut call.args).collect(),
        Expr::Select(select) => vec![&mut select.operand],
        Expr::List(list) => list.elements.iter_mut().collect(),
        _ => Vec::new(),
    }
}

struct Check<'a> {
    program: &'a Program,
    schema: &'a Value,
    paths: Vec<Vec<String>>,
    calls: Vec<Call>,
    faults: Vec<ConditionFault>,
}

impl Check<'_> {
    fn at(&self, id: u64) -> usize {
        self.program.source_info().offset_for(id).map_or(0, |(start, _)| start as usize)
    }

    fn fault(&mut self, id: u64, message: Text, hint: Text) {
        let at = self.at(id);
        self.faults.push(ConditionFault { at, message, hint });
    }

    fn walk(&mut self, expression: &mut IdedExpr) {
        if let Some((segments, tested)) = path_of(&expression.expr) {
            self.path(expression.id, &segments);
            if tested {
                present(expression);
            }
            return;
        }
        let id = expression.id;
        match &mut expression.expr {
            Expr::Call(call) => {
                let (function, arity) = (call.func_name.clone(), call.args.len());
                let argument = argument_of(call);
                let is_member = call.target.is_some();
                let is_path = argument.is_some() && literal_argument(call).is_none();
                if self.call(id, &function, argument, arity, is_member) || is_path {
                    for argument in &mut call.args {
                        self.walk(argument);
                    }
                }
            }
            Expr::List(list) => {
                for element in &mut list.elements {
                    self.walk(element);
                }
            }
            Expr::Literal(_) => {}
            _ => self.fault(
                id,
                Text::new("条件里不能用这种写法", "this construct is not part of conditions"),
                Text::new(
                    "只用比较、&&、||、!、in、has(…)，以及 have、outcome、loss、yuan、workdays_since",
                    "use comparisons, &&, ||, !, in, has(…), and have, outcome, loss, yuan, workdays_since",
                ),
            ),
        }
    }

    /// Checks one call; returns true when its arguments are to be walked.
    fn call(
        &mut self,
        id: u64,
        function: &str,
        argument: Option<String>,
        arity: usize,
        is_member: bool,
    ) -> bool {
        if OPERATORS.contains(&function) {
            return true;
        }
        if !FUNCTIONS.contains(&function) || is_member {
            let near = names::nearest(function, FUNCTIONS);
            let hint = near.map_or_else(
                || {
                    Text::new(
                        "可用：have、outcome、loss、yuan、workdays_since、has",
                        "there are have, outcome, loss, yuan, workdays_since and has",
                    )
                },
                |near| crate::text!("是不是想写 {near}(…)？", "did you mean {near}(…)?"),
            );
            let message = crate::text!("不认识的函数 {function}", "unknown function {function}");
            self.fault(id, message, hint);
            return false;
        }
        let Some(argument) = argument.filter(|_| arity == 1) else {
            let message = crate::text!(
                "{function} 要有一个带引号的参数",
                "{function} takes one quoted argument"
            );
            self.fault(
                id,
                message,
                crate::text!("写成 {function}(\"…\")", "write {function}(\"…\")"),
            );
            return false;
        };
        let argument_is_wrong = match function {
            "yuan" => Money::parse(&argument).is_err(),
            "loss" => {
                ![ANY, CARD].contains(&argument.as_str())
                    && !crate::domain::case::How::ALL.iter().any(|how| how.as_str() == argument)
            }
            _ => false,
        };
        if argument_is_wrong {
            let message = crate::text!(
                "{function} 不能用 \"{argument}\"",
                "{function} cannot take \"{argument}\""
            );
            let hint = Text::new(
                "yuan(\"3000.00\")；loss(\"not_by_me\")、loss(\"by_me_deceived\")、loss(\"unknown\")、loss(\"card\")、loss(\"any\")",
                "yuan(\"3000.00\"); loss(\"not_by_me\"), loss(\"by_me_deceived\"), loss(\"unknown\"), loss(\"card\")、loss(\"any\")",
            );
            self.fault(id, message, hint);
        }
        let at = self.at(id);
        self.calls.push(Call { function: function.to_owned(), argument, at });
        false
    }

    fn path(&mut self, id: u64, segments: &[String]) {
        if segments.first().map(String::as_str) != Some(ROOT) {
            let root = segments.first().cloned().unwrap_or_default();
            self.fault(
                id,
                crate::text!("不认识的名称 {root}", "unknown name {root}"),
                Text::new(
                    "事实都以 case. 开头，例如 case.platform",
                    "facts begin with case., as in case.platform",
                ),
            );
            return;
        }
        let mut schema = self.schema.clone();
        for (depth, name) in segments.iter().enumerate().skip(1) {
            match descend(self.schema, &schema, name) {
                Ok(next) => schema = next,
                Err(known) => {
                    let path = segments[..=depth].join(".");
                    let near = names::nearest(name, known.iter().map(String::as_str));
                    let hint = near.map_or_else(
                        || {
                            Text::new(
                                "用 `schema case` 查看有哪些事实",
                                "see `schema case` for the facts there are",
                            )
                        },
                        |near| {
                            let meant = format!("{}.{near}", segments[..depth].join("."));
                            crate::text!("是不是想写 {meant}？", "did you mean {meant}?")
                        },
                    );
                    self.fault(id, crate::text!("案件里没有 {path}", "a case has no {path}"), hint);
                    return;
                }
            }
        }
        self.paths.push(segments[1..].to_vec());
    }
}

/// Rewrites `has(x.y)` to `x.y != null`: absent facts are null here.
fn present(expression: &mut IdedExpr) {
    let id = expression.id;
    let mut operand = expression.clone();
    if let Expr::Select(select) = &mut operand.expr {
        select.test = false;
    }
    let null = IdedExpr { id, expr: Expr::Literal(LiteralValue::Null) };
    expression.expr = Expr::Call(cel::common::ast::CallExpr {
        func_name: "_!=_".into(),
        target: None,
        args: vec![operand, null],
    });
}

/// Returns the names of `a.b.c`, and whether it stands inside `has(…)`.
fn path_of(expression: &Expr) -> Option<(Vec<String>, bool)> {
    match expression {
        Expr::Ident(name) => Some((vec![name.clone()], false)),
        Expr::Select(select) => {
            let (mut segments, inner_tested) = path_of(&select.operand.expr)?;
            segments.push(select.field.clone());
            (!inner_tested).then_some((segments, select.test))
        }
        _ => None,
    }
}

/// Follows one name through the schema; the error lists the names there are.
fn descend(root: &Value, schema: &Value, name: &str) -> Result<Value, Vec<String>> {
    let schema = resolve(root, schema);
    let properties = schema.get("properties").and_then(Value::as_object);
    if let Some(next) = properties.and_then(|properties| properties.get(name)) {
        return Ok(resolve(root, next));
    }
    match schema.get("additionalProperties") {
        Some(open) if open.is_object() => Ok(resolve(root, open)),
        _ => Err(properties.into_iter().flat_map(|map| map.keys().cloned()).collect()),
    }
}

/// Returns true when a path of the case is a time.
pub fn is_instant(schema: &Value, path: &str) -> bool {
    let found = path.split('.').try_fold(schema.clone(), |at, name| descend(schema, &at, name));
    found.is_ok_and(|found| found.get("format").and_then(Value::as_str) == Some("date-time"))
}

fn resolve(root: &Value, schema: &Value) -> Value {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return root
            .pointer(reference.trim_start_matches('#'))
            .map_or_else(|| schema.clone(), |target| resolve(root, target));
    }
    let alternatives = schema.get("anyOf").and_then(Value::as_array);
    let real = alternatives
        .into_iter()
        .flatten()
        .find(|one| one.get("type").and_then(Value::as_str) != Some("null"));
    real.map_or_else(|| schema.clone(), |real| resolve(root, real))
}

fn syntax_faults(source: &str, errors: &cel::ParseErrors) -> Vec<ConditionFault> {
    let hint = if source.contains('=') && !source.contains("==") {
        Text::new("比较是否相等用两个等号 ==", "to compare, write ==")
    } else if !source.is_ascii() && source.split('"').step_by(2).any(|outside| !outside.is_ascii())
    {
        Text::new(
            "事实的名称用英文，中文只写在引号里",
            "names are English; Chinese stands only in quotes",
        )
    } else {
        Text::new("检查括号、引号和运算符", "check brackets, quotes and operators")
    };
    errors
        .errors
        .iter()
        .map(|error| {
            let column = usize::try_from(error.pos.1).unwrap_or(0);
            let said = error.msg.lines().next().unwrap_or_default();
            ConditionFault {
                at: column.min(source.len()),
                message: Text::new(
                    "条件写得不对，无法理解",
                    format!("the condition cannot be parsed: {said}"),
                ),
                hint: hint.clone(),
            }
        })
        .take(1)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    struct Known;

    impl Facts for Known {
        fn have(&self, slot: &str) -> bool {
            slot == "bill.pdf"
        }

        fn outcome(&self, step: &str) -> String {
            if step == "ticket" { "refused".into() } else { String::new() }
        }

        fn loss(&self, how: &str) -> Money {
            if how == ANY { Money::from_fen(997_999) } else { Money::ZERO }
        }

        fn workdays_since(&self, what: &str) -> Option<i64> {
            matches!(what, "case.discovered_at" | "ticket").then_some(5)
        }
    }

    fn schema() -> Value {
        crate::domain::document::schema_of::<crate::domain::case::Case>()
    }

    #[track_caller]
    fn verdict(source: &str, expected: &Verdict) {
        let case = json!({ "platform": "wechat", "discovered_at": "2026-09-18T15:20:00+08:00" });
        let condition = Condition::compile(source, &schema()).unwrap();
        assert_eq!(condition.evaluate(&case, &Known), *expected, "{source}");
    }

    #[test]
    fn decides() {
        verdict("case.platform == \"wechat\" && have(\"bill.pdf\")", &Verdict::Holds);
        verdict("loss(\"any\") >= yuan(\"3000.00\")", &Verdict::Holds);
        verdict("loss(\"not_by_me\") > 0", &Verdict::Fails);
        verdict("outcome(\"ticket\") == \"refused\"", &Verdict::Holds);
        verdict("workdays_since(case.discovered_at) >= 5", &Verdict::Holds);
        verdict("workdays_since(\"ticket\") > 5", &Verdict::Fails);
    }

    #[test]
    fn what_is_not_known_decides_nothing() {
        verdict(
            "workdays_since(\"letter\") > 5",
            &Verdict::Undecided("workdays_since(\"letter\") > 5".into()),
        );
    }

    #[test]
    fn a_path_in_a_function_is_checked_like_any_other() {
        let faults = Condition::compile("workdays_since(case.discoverd_at) > 1", &schema());
        assert!(faults.unwrap_err()[0].hint.zh.contains("case.discovered_at"));
    }
}
