//! Sets a document as Typst does, but starts from what is known of the paper before it.
//!
//! Typst sets a document first without knowing its headings' numbers and how many pages it has,
//! then again with what it found, until nothing changes. Papers of one template have the same
//! headings and mostly as many pages: what the last one found is the right guess, and one pass is
//! enough. A guess is never trusted: every question that was asked of it is asked again of the
//! finished document, and where an answer differs the document is set again.

use typst::World;
use typst::comemo::{Constraint, Track as _};
use typst::diag::SourceResult;
use typst::engine::{Engine, Route, Sink, Traced};
use typst::foundations::{Content, StyleChain, Target, TargetElem};
use typst::introspection::{Introspector, MAX_ITERS};
use typst::utils::Protected;
use typst_layout::{PagedDocument, PagedIntrospector, layout_document};

/// Sets a document; `before` is what was found in a paper of the same template.
pub(super) fn compile(
    world: &dyn World,
    before: Option<&PagedIntrospector>,
) -> SourceResult<PagedDocument> {
    let guessed = before.and_then(|before| settle(world, before));
    guessed.map_or_else(|| typst::compile::<PagedDocument>(world).output, Ok)
}

/// Sets a document until it agrees with itself; none where it does not, or where there is an error
/// to report.
fn settle(world: &dyn World, before: &PagedIntrospector) -> Option<PagedDocument> {
    let content = evaluate(world)?;
    let mut document = pass(world, &content, before)?;
    for _ in 1..MAX_ITERS {
        match document {
            Pass::Settled(document) => return Some(document),
            Pass::Differs(differing) => {
                document = pass(world, &content, differing.introspector().as_ref())?;
            }
        }
    }
    None
}

enum Pass {
    Settled(PagedDocument),
    Differs(PagedDocument),
}

fn evaluate(world: &dyn World) -> Option<Content> {
    let (traced, mut sink) = (Traced::default(), Sink::new());
    let main = world.source(world.main()).ok()?;
    let world = world.track();
    let route = Route::default();
    let library = world.library();
    typst_eval::eval(world, library, traced.track(), sink.track_mut(), route.track(), &main)
        .ok()
        .map(typst::foundations::Module::content)
}

fn pass(world: &dyn World, content: &Content, guess: &dyn Introspector) -> Option<Pass> {
    let world = world.track();
    let library = world.library();
    let base = StyleChain::new(&library.styles);
    let target = TargetElem::target.set(Target::Paged).wrap();
    let (traced, mut sink, constraint) = (Traced::default(), Sink::new(), Constraint::new());
    let mut engine = Engine {
        library,
        world,
        introspector: Protected::new(guess.track_with(&constraint)),
        traced: traced.track(),
        sink: sink.track_mut(),
        route: Route::default(),
    };
    let document = layout_document(&mut engine, content, base.chain(&target)).ok()?;
    let found: &dyn Introspector = document.introspector().as_ref();
    if !constraint.validate(found) {
        return Some(Pass::Differs(document));
    }
    sink.delayed().is_empty().then_some(Pass::Settled(document))
}
