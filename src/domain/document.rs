//! Reads a TOML file against the JSON Schema of the type it stands for, and reports every problem
//! at once with its place. The same schema feeds editors, so what an editor accepts and what the
//! program accepts cannot drift apart.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, LazyLock, Mutex};

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::domain::formats::{self, Fault};
use crate::domain::lang::Text;
use crate::domain::names;
use crate::domain::problem::{Problem, Source, has_errors};
use crate::domain::shorthand;

/// The largest file that is read, in bytes.
pub const LIMIT_BYTES: usize = 4 * 1024 * 1024;

/// The longest text a value may have, in characters.
pub const LIMIT_CHARACTERS: usize = 4_000;

/// How many values a list may have.
pub const LIMIT_ITEMS: usize = 10_000;

/// A file that was read: its typed content if it has no errors, and where everything stands.
#[derive(Debug)]
pub struct Document<T> {
    /// The decoded text.
    pub source: Source,
    /// The content; none when there are errors.
    pub content: Option<T>,
    /// Where each value stands, by path (`losses[0].amount`).
    pub places: Places,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
}

/// Where each value of a file stands.
#[derive(Clone, Debug, Default)]
pub struct Places(BTreeMap<String, Range<usize>>);

impl Places {
    /// Returns where the value at `path`, or else its nearest ancestor, stands.
    pub fn of(&self, path: &str) -> Range<usize> {
        let mut path = path;
        loop {
            if let Some(place) = self.0.get(path) {
                return place.clone();
            }
            match path.rfind(['.', '[']) {
                Some(end) => path = &path[..end],
                None => return 0..0,
            }
        }
    }

    /// Returns true when a value stands at exactly `path`.
    pub fn has(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }
}

/// The encodings a person's editor may have left a file in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16 with a byte order mark.
    Utf16,
    /// GBK or GB18030, the legacy Chinese encoding of Windows.
    Gb18030,
}

/// Decodes a file's bytes, or says at which byte it is no text.
pub fn decode(bytes: &[u8]) -> Result<(String, Encoding), usize> {
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(bytes) {
        let (text, malformed) = encoding.decode_without_bom_handling(&bytes[mark..]);
        let kind = if encoding == encoding_rs::UTF_8 { Encoding::Utf8 } else { Encoding::Utf16 };
        return if malformed { Err(mark) } else { Ok((text.into_owned(), kind)) };
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok((text.to_owned(), Encoding::Utf8)),
        Err(error) => encoding_rs::GB18030
            .decode_without_bom_handling_and_without_replacement(bytes)
            .map(|text| (text.into_owned(), Encoding::Gb18030))
            .ok_or(error.valid_up_to()),
    }
}

/// Reads `text` as a `T`.
pub fn read<T: DeserializeOwned + JsonSchema>(name: &str, text: &str) -> Document<T> {
    let source = Source::new(name, text);
    let schema = shared_schema::<T>();
    let (table, syntax) = DeTable::parse_recoverable(text);
    let mut reader = Reader {
        source: &source,
        schema: &schema,
        places: BTreeMap::new(),
        problems: syntax.iter().map(|error| syntax_problem(&source, error)).collect(),
    };
    let value = reader.table(table.get_ref(), 0..0, &schema, "");
    let Reader { places, mut problems, .. } = reader;
    let mut content = None;
    if !has_errors(&problems) {
        match serde_json::from_value(value) {
            Ok(read) => content = Some(read),
            Err(error) => problems.push(source.file_error(
                crate::text!("文件内容无法理解：{error}", "the file cannot be understood: {error}"),
                Text::new(
                    "对照 `schema` 命令输出的格式检查",
                    "compare it with the output of `schema`",
                ),
            )),
        }
    }
    problems.sort_by_key(|problem| (problem.line, problem.column));
    Document { source, content, places: Places(places), problems }
}

/// Schemas that were made, by the type's own id: a command reads hundreds of small files.
static SCHEMAS: LazyLock<Mutex<BTreeMap<String, Arc<Value>>>> = LazyLock::new(Mutex::default);

/// Returns the JSON Schema of a type, made once.
pub fn shared_schema<T: JsonSchema>() -> Arc<Value> {
    let Ok(mut schemas) = SCHEMAS.lock() else { return Arc::new(schema_of::<T>()) };
    let schema =
        schemas.entry(T::schema_id().into_owned()).or_insert_with(|| Arc::new(schema_of::<T>()));
    Arc::clone(schema)
}

/// Returns the JSON Schema of a type.
pub fn schema_of<T: JsonSchema>() -> Value {
    schemars::schema_for!(T).to_value()
}

fn syntax_problem(source: &Source, error: &toml::de::Error) -> Problem {
    let span = error.span().unwrap_or(0..0);
    let said = error.message();
    let (zh, hint) = syntax_words(said);
    source.error(
        span,
        Text::new(format!("这里不符合 TOML 格式：{zh}"), format!("this is not valid TOML: {said}")),
        hint,
    )
}

/// The syntax faults people really make, in words they know.
fn syntax_words(said: &str) -> (String, Text) {
    let known = [
        (
            "duplicate key",
            "同一个名称写了两次",
            "删掉其中一处；多笔损失要用 `[[losses]]` 分段",
            "delete one of the two; several losses are `[[losses]]` tables",
        ),
        (
            "invalid basic string",
            "引号没有成对，或文字里有特殊符号",
            "文字前后都要有英文双引号 \"",
            "put straight quotes \" on both sides of the text",
        ),
        (
            "string values must be quoted",
            "文字没有加引号",
            "在文字前后加英文双引号 \"，例如 name = \"张三\"",
            "put the text in straight quotes, as in name = \"Zhang San\"",
        ),
        (
            "key with no value",
            "等号后面没有内容",
            "写上内容；不知道就把整行删掉",
            "write a value, or delete the whole line when it is not known",
        ),
        (
            "unclosed",
            "括号没有成对",
            "检查 [ ] 和 { } 是否成对",
            "check that [ ] and { } come in pairs",
        ),
    ];
    known.iter().find(|(english, ..)| said.contains(english)).map_or_else(
        || {
            (
                said.to_owned(),
                Text::new(
                    "每行的写法是 名称 = \"内容\"，标点都用英文半角",
                    "a line reads name = \"value\", with half-width punctuation",
                ),
            )
        },
        |(_, zh, hint_zh, hint_en)| ((*zh).to_owned(), Text::new(*hint_zh, *hint_en)),
    )
}

struct Reader<'a> {
    source: &'a Source,
    schema: &'a Value,
    places: BTreeMap<String, Range<usize>>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn value(&mut self, value: &Spanned<DeValue<'_>>, schema: &Value, path: &str) -> Value {
        self.places.insert(path.to_owned(), value.span());
        let schema = self.resolve(schema);
        let format = schema.get("format").and_then(Value::as_str);
        if let Some(format) = format.filter(|format| formats::KNOWN.contains(format)) {
            return self.formatted(value, format, &schema, path);
        }
        if let Some(choices) = choices(&schema) {
            return self.choice(value, &choices, path);
        }
        match (value.get_ref(), type_of(&schema)) {
            (DeValue::Table(table), "object") => self.table(table, value.span(), &schema, path),
            (DeValue::Array(items), "array") => {
                if items.len() > LIMIT_ITEMS {
                    self.report(value.span(), &Fault::too_many(path, items.len()));
                    return Value::Null;
                }
                let item_schema = schema.get("items").cloned().unwrap_or(Value::Bool(true));
                let items = items.iter().enumerate();
                Value::Array(
                    items
                        .map(|(index, item)| {
                            self.value(item, &item_schema, &format!("{path}[{index}]"))
                        })
                        .collect(),
                )
            }
            (DeValue::String(text), "string") => match formats::text(text) {
                Ok(text) => text,
                Err(fault) => self.report(value.span(), &fault),
            },
            (DeValue::Boolean(flag), "boolean") => Value::Bool(*flag),
            (DeValue::Integer(number), "integer") => {
                i64::from_str_radix(&number.as_str().replace('_', ""), number.radix())
                    .map_or(Value::Null, Value::from)
            }
            (found, expected) => {
                let fault = Fault::wrong_type(path, expected, found);
                self.report(value.span(), &fault)
            }
        }
    }

    fn table(
        &mut self,
        table: &DeTable<'_>,
        span: Range<usize>,
        schema: &Value,
        path: &str,
    ) -> Value {
        let schema = self.resolve(schema);
        let properties = schema.get("properties").and_then(Value::as_object);
        let collected = schema.get("x-collect").and_then(Value::as_str);
        let open = schema.get("additionalProperties").filter(|open| open.is_object());
        let mut out = Map::new();
        for (key, value) in table {
            let name: &str = key.get_ref();
            let at = join(path, name);
            if let Some(property) = properties.and_then(|properties| properties.get(name)) {
                let read = self.value(value, property, &at);
                out.insert(name.to_owned(), read);
            } else if let Some((field, short)) =
                collected.and_then(|field| Some((field, name.strip_prefix("on_")?)))
            {
                let item = schema.get("x-collect-items").cloned().unwrap_or_default();
                let read = self.value(value, &item, &at);
                if let Some(group) =
                    out.entry(field).or_insert_with(|| Value::Object(Map::new())).as_object_mut()
                {
                    group.insert(short.to_owned(), read);
                }
            } else if let Some(open) = open {
                let read = self.value(value, open, &at);
                out.insert(name.to_owned(), read);
            } else {
                let known = properties.into_iter().flat_map(Map::keys).map(String::as_str);
                let fault = Fault::unknown_key(&at, names::nearest(name, known));
                self.places.insert(at, key.span());
                self.report(key.span(), &fault);
            }
        }
        self.missing(table, &schema, &span, path);
        Value::Object(out)
    }

    fn missing(&mut self, table: &DeTable<'_>, schema: &Value, span: &Range<usize>, path: &str) {
        let required = schema.get("required").and_then(Value::as_array);
        for name in required.into_iter().flatten().filter_map(Value::as_str) {
            if !table.keys().any(|key| *key.get_ref() == name) {
                let meaning = schema
                    .pointer(&format!("/properties/{name}/description"))
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                self.report(span.clone(), &Fault::missing(&join(path, name), meaning));
            }
        }
    }

    fn formatted(
        &mut self,
        value: &Spanned<DeValue<'_>>,
        format: &str,
        schema: &Value,
        path: &str,
    ) -> Value {
        match (format, value.get_ref()) {
            ("evidence", _) => return self.evidence(value, path),
            ("rung", DeValue::Table(table)) => {
                return self.table(table, value.span(), schema, path);
            }
            ("condition", DeValue::Table(table)) => {
                return match shorthand::expression(table) {
                    Ok(expression) => Value::from(expression),
                    Err(fault) => self.report(value.span(), &fault),
                };
            }
            _ => {}
        }
        match formats::read(format, value.get_ref(), path) {
            Ok(value) => value,
            Err(fault) => self.report(value.span(), &fault),
        }
    }

    fn choice(&mut self, value: &Spanned<DeValue<'_>>, choices: &[String], path: &str) -> Value {
        let Some(text) = value.get_ref().as_str() else {
            let fault = Fault::wrong_type(path, "string", value.get_ref());
            return self.report(value.span(), &fault);
        };
        let meant = formats::choice_alias(text);
        if choices.iter().any(|choice| choice == meant) {
            return Value::from(meant);
        }
        let near = names::nearest(text, choices.iter().map(String::as_str));
        self.report(value.span(), &Fault::not_a_choice(path, text, choices, near))
    }

    /// Evidence slots have dots in their names; whether a person quotes them is not their worry.
    fn evidence(&mut self, value: &Spanned<DeValue<'_>>, path: &str) -> Value {
        let mut slots = Map::new();
        self.slots(value, path, "", &mut slots);
        Value::Object(slots)
    }

    fn slots(
        &mut self,
        value: &Spanned<DeValue<'_>>,
        path: &str,
        slot: &str,
        slots: &mut Map<String, Value>,
    ) {
        let at = if slot.is_empty() { path.to_owned() } else { format!("{path}.{slot}") };
        self.places.insert(at.clone(), value.span());
        match value.get_ref() {
            DeValue::Table(table) => {
                for (key, value) in table {
                    self.slots(value, path, &join(slot, key.get_ref()), slots);
                }
            }
            DeValue::String(file) if !slot.is_empty() => {
                slots.insert(slot.to_owned(), Value::Array(vec![Value::from(file.as_ref())]));
            }
            DeValue::Array(files) if !slot.is_empty() => {
                let files: Vec<Value> = files
                    .iter()
                    .filter_map(|file| {
                        if let Some(name) = file.get_ref().as_str() {
                            Some(Value::from(name))
                        } else {
                            self.report(
                                file.span(),
                                &Fault::wrong_type(&at, "string", file.get_ref()),
                            );
                            None
                        }
                    })
                    .collect();
                slots.insert(slot.to_owned(), Value::Array(files));
            }
            found => {
                let fault = Fault::wrong_type(&at, "string", found);
                self.report(value.span(), &fault);
            }
        }
    }

    /// Reports a fault and returns the null that stands for the unusable value.
    fn report(&mut self, span: Range<usize>, fault: &Fault) -> Value {
        self.problems.push(self.source.error(span, fault.message.clone(), fault.hint.clone()));
        Value::Null
    }

    /// Follows references and the wrapping that an optional value has.
    fn resolve(&self, schema: &Value) -> Value {
        let mut schema = schema;
        loop {
            if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
                match self.schema.pointer(reference.trim_start_matches('#')) {
                    Some(target) => schema = target,
                    None => return schema.clone(),
                }
            } else if let Some(one) = sole_alternative(schema) {
                schema = one;
            } else {
                return schema.clone();
            }
        }
    }
}

/// `anyOf: [X, null]` and `allOf: [X]` both mean X here: TOML has no null.
fn sole_alternative(schema: &Value) -> Option<&Value> {
    if schema.get("format").is_some() {
        return None;
    }
    let alternatives = schema.get("anyOf").or_else(|| schema.get("allOf"))?.as_array()?;
    let mut real = alternatives
        .iter()
        .filter(|alternative| alternative.get("type").and_then(Value::as_str) != Some("null"));
    let first = real.next()?;
    real.next().is_none().then_some(first)
}

/// The words a closed choice allows: `enum`, or `oneOf` of documented constants.
fn choices(schema: &Value) -> Option<Vec<String>> {
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return Some(words.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    }
    let branches = schema.get("oneOf")?.as_array()?;
    let mut words = Vec::new();
    for branch in branches {
        if let Some(word) = branch.get("const").and_then(Value::as_str) {
            words.push(word.to_owned());
        } else if let Some(group) = branch.get("enum").and_then(Value::as_array) {
            words.extend(group.iter().filter_map(Value::as_str).map(str::to_owned));
        } else {
            return None;
        }
    }
    Some(words)
}

fn type_of(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(one)) => one,
        Some(Value::Array(several)) => {
            several.iter().filter_map(Value::as_str).find(|one| *one != "null").unwrap_or("string")
        }
        _ => "object",
    }
}

/// Returns `path.name`, or `name` alone at the root.
pub fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
