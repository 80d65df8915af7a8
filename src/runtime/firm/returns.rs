//! What comes back to a firm from its clients and the post: ticket numbers, waybills, deliveries.
//! The same twice changes nothing; what contradicts the ledger is refused, never written over it.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;

use crate::domain::case::CaseId;
use crate::domain::lang::Text;
use crate::domain::time;
use crate::runtime::acts::Done;
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::runtime::setup::Runtime;
use crate::store::ledger::Payload;
use crate::workflow::channel::Kind;
use crate::workflow::event::{Event, Note};
use crate::workflow::history::Visit;
use crate::workflow::plan::{Plan, State};
use crate::workflow::raw::Action;

/// A number that came back.
#[derive(Clone, Debug, Default)]
pub struct Returned {
    /// The matter's number, whole.
    pub matter: String,
    /// The step, where several would do.
    pub step: Option<String>,
    /// The ticket number or the waybill.
    pub value: String,
    /// When it was handed in or posted: a time, or a day.
    pub at: String,
    /// When it was delivered, if it was.
    pub signed: Option<String>,
    /// Who signed for it.
    pub by: Option<String>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The step it belongs to.
    pub step: String,
    /// It was written down now; otherwise it was there.
    pub is_new: bool,
}

/// Steps of these kinds take a number back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The client submits in an app or on a page.
    Own,
    /// It goes by post.
    Post,
}

impl Way {
    fn takes(self, kind: Kind) -> bool {
        match self {
            Self::Own => matches!(kind, Kind::App | Kind::Web),
            Self::Post => kind == Kind::Post,
        }
    }
}

/// A step of this way, and the field its number goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The step.
    pub step: String,
    /// Its field.
    pub field: String,
}

/// Returns the steps of a case that take numbers back in this way.
pub fn places(desk: &Desk, plan: &Plan, way: Way) -> Vec<Place> {
    let takes = |step: &&crate::workflow::plan::StepPlan| {
        let kind = step.channel.as_ref().map(|channel| channel.kind);
        step.action == Action::Submit && kind.is_some_and(|kind| way.takes(kind))
    };
    plan.steps
        .iter()
        .filter(takes)
        .filter_map(|step| {
            let field = desk.workflow.step(&step.id)?.ask.first()?.clone();
            Some(Place { step: step.id.clone(), field })
        })
        .collect()
}

/// Returns the visit of a step that was done with this number, if one was.
pub fn visit_with<'a>(desk: &'a Desk, step: &str, value: &str) -> Option<&'a Visit> {
    let visits = desk.history.steps.get(step)?;
    visits.iter().find(|visit| {
        answers_of(desk, visit).is_some_and(|answers| {
            answers.as_object().is_some_and(|answers| answers.values().any(|one| one == value))
        })
    })
}

/// Returns what was filled in when a visit was done.
pub fn answers_of<'a>(desk: &'a Desk, visit: &Visit) -> Option<&'a serde_json::Value> {
    let seq = visit.did.as_ref()?.seq;
    let entry = desk.entries.iter().find(|entry| entry.seq == seq)?;
    let Event::PersonDid { answers: Some(digest), .. } = &entry.event else { return None };
    desk.payloads.get(digest)
}

impl Runtime {
    /// Writes down a number that came back, and its delivery.
    pub fn take_returned(&mut self, returned: &Returned, way: Way) -> Result<Taken, RuntimeError> {
        let id = self.whole_id(&returned.matter)?;
        let (desk, plan) = self.planned(&id)?;
        let places = places(&desk, &plan, way);
        let known = places.iter().find_map(|place| {
            let visit = visit_with(&desk, &place.step, &returned.value)?;
            Some((place.step.clone(), visit.number))
        });
        let mut taken = match known {
            Some((step, _)) => Taken { step, is_new: false },
            None => self.write_returned(&id, &desk, &plan, &places, returned)?,
        };
        if let Some(signed) = &returned.signed {
            taken.is_new |= self.write_delivery(&id, &taken.step, returned, signed)?;
        }
        Ok(taken)
    }

    /// A row of a table names a matter by its whole number: a beginning could be somebody else's.
    fn whole_id(&self, named: &str) -> Result<CaseId, RuntimeError> {
        let id = CaseId::parse(named.trim());
        match id {
            Some(id) if self.store.case(&id)?.is_some() => Ok(id),
            _ => Err(RuntimeError::asked(
                crate::text!("没有打开的案件 {named}", "no open case has the number {named}"),
                Text::new(
                    "编号要写全；还没有打开的，先用 start 打开",
                    "write the whole number; open the case with start first",
                ),
            )),
        }
    }

    fn write_returned(
        &mut self,
        id: &CaseId,
        desk: &Desk,
        plan: &Plan,
        places: &[Place],
        returned: &Returned,
    ) -> Result<Taken, RuntimeError> {
        let place = choose(plan, places, returned)?;
        let at = self.moment(desk, &returned.at)?;
        let done = Done {
            step: place.step.clone(),
            set: vec![(place.field.clone(), returned.value.clone())],
            at: Some(at.to_string()),
            ..Done::default()
        };
        self.done(id, &done)?;
        Ok(Taken { step: place.step.clone(), is_new: true })
    }

    /// A time, or the end of a day: their time never runs before they can have had it.
    fn moment(&self, desk: &Desk, written: &str) -> Result<Timestamp, RuntimeError> {
        let now = self.now_for(desk);
        let written = written.trim();
        let day = written.replace(['/', '.'], "-").parse::<Date>().ok();
        if let Some(day) = day.filter(|_| !written.contains(':')) {
            let begins = time::start_of(day, &desk.zone);
            return if begins > now {
                Err(not_yet(written))
            } else {
                Ok(time::sometime_on(day, &desk.zone).min(now))
            };
        }
        match time::parse_in(written, &desk.zone) {
            Some(at) if at > now => Err(not_yet(written)),
            Some(at) => Ok(at),
            None => Err(RuntimeError::asked(
                crate::text!("\"{written}\" 不是时间", "\"{written}\" is not a time"),
                Text::new(
                    "写成 2026-09-21 10:30，或者 2026-09-21",
                    "write it like 2026-09-21 10:30, or 2026-09-21",
                ),
            )),
        }
    }

    fn write_delivery(
        &mut self,
        id: &CaseId,
        step: &str,
        returned: &Returned,
        signed: &str,
    ) -> Result<bool, RuntimeError> {
        let desk = self.desk(id)?;
        let Some(visit) = visit_with(&desk, step, &returned.value).cloned() else {
            return Err(RuntimeError::Ours("a delivery without its posting".into()));
        };
        let at = self.moment(&desk, signed)?;
        if visit.did.as_ref().is_some_and(|did| at < did.when && !is_same_day(at, did.when, &desk))
        {
            return Err(RuntimeError::asked(
                Text::new("签收早于寄出", "it was delivered before it was posted"),
                Text::new("检查这两个日期", "check the two days"),
            ));
        }
        match visit.delivered {
            Some(known) if is_same_day(known, at, &desk) => return Ok(false),
            Some(known) => {
                let known = time::told(known, &desk.zone);
                return Err(RuntimeError::asked(
                    crate::text!(
                        "这一件已经记了 {known} 签收，和表里不一样",
                        "it is written down as delivered at {known}, which is not what the table says"
                    ),
                    Text::new("核对面单和查询记录", "check the waybill"),
                ));
            }
            None => {}
        }
        self.say(id, |_, _, _| {
            let details = json!({ "waybill": returned.value, "by": returned.by });
            let payload = Payload::new(details);
            let note = Note::Delivered {
                step: step.to_owned(),
                visit: visit.number,
                when: at,
                details: payload.digest.clone(),
            };
            Ok((vec![Event::Noted { note }], vec![payload]))
        })?;
        Ok(true)
    }
}

fn is_same_day(left: Timestamp, right: Timestamp, desk: &Desk) -> bool {
    time::day(left, &desk.zone) == time::day(right, &desk.zone)
}

fn not_yet(written: &str) -> RuntimeError {
    RuntimeError::asked(
        crate::text!("{written} 在将来", "{written} is in the future"),
        Text::new("检查日期", "check the day"),
    )
}

/// The one step a number can be for: the named one, or the only one whose turn has come.
fn choose<'a>(
    plan: &Plan,
    places: &'a [Place],
    returned: &Returned,
) -> Result<&'a Place, RuntimeError> {
    let is_open = |place: &&Place| {
        plan.step(&place.step).is_some_and(|step| {
            matches!(step.state, State::Open | State::Overdue | State::Prepared | State::Blocked)
        })
    };
    let named = returned.step.as_deref();
    let fitting: Vec<&Place> =
        places.iter().filter(|place| named.is_none_or(|named| place.step == named)).collect();
    let open: Vec<&Place> = fitting.iter().copied().filter(|place| is_open(place)).collect();
    match open.as_slice() {
        [place] => Ok(place),
        [] => {
            let over = fitting.iter().any(|place| {
                let step = plan.step(&place.step);
                step.is_some_and(|step| matches!(step.state, State::Done | State::Submitted))
            });
            let message = if over {
                Text::new(
                    "这一步已经记过，号码和表里不一样",
                    "it was written down before, with another number",
                )
            } else {
                Text::new("没有等着这个号码的步骤", "no step waits for such a number")
            };
            Err(RuntimeError::asked(
                message,
                Text::new(
                    "用 status 核对；记错了先 undo 再导入",
                    "check with status; if it was wrong, undo it and import again",
                ),
            ))
        }
        several => {
            let ids: Vec<&str> = several.iter().map(|place| place.step.as_str()).collect();
            let ids = ids.join(", ");
            Err(RuntimeError::asked(
                crate::text!("有几个步骤都可能：{ids}", "several steps would do: {ids}"),
                Text::new("加一列“步骤”，写明是哪一个", "add a column step and name one"),
            ))
        }
    }
}
