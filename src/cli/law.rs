//! Commands that show articles of law, letter by letter, with where the text was found.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::args::Law;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::show;
use crate::runtime::error::RuntimeError;
use crate::workflow::packs::Article;

/// Shows articles of law.
pub fn law(command: &Law, context: &Context) -> Result<u8, RuntimeError> {
    let articles = context.library()?.packs.law.clone();
    match command {
        Law::List if context.json => {
            let list: Vec<Value> = articles
                .iter()
                .map(|(id, article)| {
                    json!({ "id": id, "law": article.law, "article": article.article })
                })
                .collect();
            context.print_json(&json!({ "schema": 1, "articles": list }));
        }
        Law::List => {
            let mut out = String::new();
            for (id, article) in &articles {
                let _ = writeln!(out, "{id}　《{}》{}", article.law, article.article);
            }
            context.print(&out);
        }
        Law::Show { id } => {
            let Some(article) = articles.get(id) else {
                return Err(show::absent(
                    "法条",
                    "article",
                    id,
                    articles.keys().map(String::as_str),
                ));
            };
            if context.json {
                let mut object = serde_json::to_value(article).unwrap_or_default();
                object["schema"] = json!(1);
                object["id"] = json!(id);
                context.print_json(&object);
            } else {
                context.print(&article_text(article, context));
            }
        }
    }
    Ok(exit::DONE)
}

fn article_text(article: &Article, context: &Context) -> String {
    let mut out = format!("《{}》{}\n\n{}\n\n", article.law, article.article, article.text);
    let _ = writeln!(out, "{} {}", context.word("施行：", "in force:"), article.effective);
    let _ = writeln!(out, "{} {}", context.word("文本来源：", "text from:"), article.found_at);
    if let Some(note) = &article.note {
        let _ = writeln!(out, "{} {note}", context.word("使用提示：", "note:"));
    }
    out.push_str(context.word(
        "不是法律意见；引用前请核对是否已修订。\n",
        "Not legal advice; check for amendments before relying on it.\n",
    ));
    out
}
