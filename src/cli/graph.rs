//! A workflow as a picture: steps as boxes, what comes first as arrows, silence dashed.

use layout::backends::svg::SVGWriter;
use layout::core::base::Orientation;
use layout::core::color::Color;
use layout::core::geometry::Point;
use layout::core::style::{LineStyleKind, StyleAttr};
use layout::std_shapes::shapes::{Arrow, Element, LineEndKind, ShapeKind};
use layout::topo::layout::VisualGraph;
use unicode_width::UnicodeWidthStr as _;

use crate::domain::lang::{Lang, Text};
use crate::workflow::history::answer_name;
use crate::workflow::model::{CLOSE, Workflow};
use crate::workflow::packs::Packs;

/// One arrow of the picture.
struct Edge<'a> {
    from: &'a str,
    to: &'a str,
    label: String,
    dashed: bool,
}

/// Returns the arrows: needs, silence, outcomes, last resorts.
fn edges<'a>(workflow: &'a Workflow, packs: &Packs, lang: Lang) -> Vec<Edge<'a>> {
    let mut edges: Vec<Edge<'_>> = Vec::new();
    for step in &workflow.steps {
        for need in &step.needs {
            edges.push(Edge { from: need, to: &step.id, label: String::new(), dashed: false });
        }
        for rung in &step.ladder {
            let span = rung.span.spoken(lang);
            let label = match lang {
                Lang::Zh => format!("{span}未答复"),
                Lang::En => format!("{span} of silence"),
            };
            edges.push(Edge { from: &step.id, to: &rung.step, label, dashed: true });
        }
        for (outcome, targets) in &step.outcomes {
            let label = outcome_name(outcome, packs).get(lang).to_owned();
            for target in targets {
                edges.push(Edge {
                    from: &step.id,
                    to: target,
                    label: label.clone(),
                    dashed: false,
                });
            }
        }
        for target in &step.escalate_to {
            let label = if lang == Lang::Zh { "最后" } else { "last resort" }.to_owned();
            edges.push(Edge { from: &step.id, to: target, label, dashed: true });
        }
    }
    merged(edges, lang)
}

/// One arrow for all that leads from one step to another.
fn merged(edges: Vec<Edge<'_>>, lang: Lang) -> Vec<Edge<'_>> {
    let mut merged: Vec<Edge<'_>> = Vec::new();
    for edge in edges {
        let same = merged.iter_mut().find(|other| {
            (other.from, other.to, other.dashed) == (edge.from, edge.to, edge.dashed)
        });
        match same {
            Some(other) if edge.label.is_empty() || other.label.is_empty() => {
                other.label.push_str(&edge.label);
            }
            Some(other) => {
                other.label.push_str(if lang == Lang::Zh { "、" } else { ", " });
                other.label.push_str(&edge.label);
            }
            None => merged.push(edge),
        }
    }
    merged
}

/// Returns the word for an outcome: the pack's for what a person picks, else the answer's.
pub fn outcome_name(outcome: &str, packs: &Packs) -> Text {
    let picked = packs.outcomes.get(outcome).map(|outcome| outcome.name.clone());
    picked.unwrap_or_else(|| answer_name(outcome))
}

/// The boxes: every step, and the end of the case where something leads to it.
fn nodes<'a>(workflow: &'a Workflow, edges: &[Edge<'a>], lang: Lang) -> Vec<(&'a str, String)> {
    let mut nodes: Vec<(&str, String)> = workflow
        .steps
        .iter()
        .map(|step| (step.id.as_str(), step.title.get(lang).to_owned()))
        .collect();
    if edges.iter().any(|edge| edge.to == CLOSE) {
        let end = if lang == Lang::Zh { "结案" } else { "closed" };
        nodes.push((CLOSE, end.to_owned()));
    }
    nodes
}

/// Returns the workflow as Mermaid text, which many editors and pages draw.
pub fn mermaid(workflow: &Workflow, packs: &Packs, lang: Lang) -> String {
    let edges = edges(workflow, packs, lang);
    let nodes = nodes(workflow, &edges, lang);
    // Ids of ours may be words of Mermaid's own, such as `end`.
    let name =
        |id: &str| nodes.iter().position(|(known, _)| *known == id).map(|at| format!("s{at}"));
    let quoted = |text: &str| text.replace('"', "#quot;");
    let mut out = format!("---\ntitle: {}\n---\nflowchart LR\n", workflow.name.get(lang));
    for (id, title) in &nodes {
        if let Some(name) = name(id) {
            out.push_str(&format!("  {name}[\"{}\"]\n", quoted(title)));
        }
    }
    for edge in &edges {
        let (Some(from), Some(to)) = (name(edge.from), name(edge.to)) else { continue };
        let line = if edge.dashed { "-.->" } else { "-->" };
        let label = if edge.label.is_empty() {
            String::new()
        } else {
            format!("|\"{}\"|", quoted(&edge.label))
        };
        out.push_str(&format!("  {from} {line}{label} {to}\n"));
    }
    out
}

/// The height of a box and of a line of text in it, in points.
const BOX_HEIGHT: u32 = 44;

/// Half the font size: the width of one column of text.
const COLUMN: u32 = 8;

/// Returns the workflow as an SVG picture.
pub fn svg(workflow: &Workflow, packs: &Packs, lang: Lang) -> String {
    let edges = edges(workflow, packs, lang);
    let mut graph = VisualGraph::new(Orientation::LeftToRight);
    let mut handles = Vec::new();
    for (id, title) in nodes(workflow, &edges, lang) {
        let columns = u32::try_from(title.width()).unwrap_or(80);
        let size = Point::new((columns * COLUMN + 32).into(), BOX_HEIGHT.into());
        let called = workflow.step(id).is_some_and(|step| step.called);
        let fill = Color::fast(if called { "whitesmoke" } else { "white" });
        let look = StyleAttr::new(Color::fast("dimgray"), 1, Some(fill), 6, 15);
        let shape = ShapeKind::new_box(&title);
        let element = Element::create(shape, look, Orientation::LeftToRight, size);
        handles.push((id, graph.add_node(element)));
    }
    let handle = |id: &str| handles.iter().find(|(known, _)| *known == id).map(|(_, found)| *found);
    for edge in &edges {
        let (Some(from), Some(to)) = (handle(edge.from), handle(edge.to)) else { continue };
        let line = if edge.dashed { LineStyleKind::Dashed } else { LineStyleKind::Normal };
        let look = StyleAttr::new(Color::fast("dimgray"), 1, None, 0, 12);
        let (start, end) = (LineEndKind::None, LineEndKind::Arrow);
        graph.add_edge(Arrow::new(start, end, line, &edge.label, &look, &None, &None), from, to);
    }
    let mut writer = SVGWriter::new();
    graph.do_it(false, false, false, &mut writer);
    // The library names a Latin font only.
    writer.finalize().replace(
        "font-family: Times, serif;",
        "font-family: 'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif;",
    )
}
