//! `firm consent`: who agreed to what until when, and taking a consent back.

use std::fmt::Write as _;

use serde_json::json;

use crate::cli::args::FirmConsent;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::firm::{add, add_failures, each, failures_json, worst};
use crate::domain::lang::Text;
use crate::runtime::error::RuntimeError;
use crate::runtime::firm::consent::Standing;

/// Shows consents, or takes one back.
pub(super) fn consent(arguments: &FirmConsent, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(arguments.matters.at.as_deref())?;
    if arguments.withdraw && arguments.matters.matters.len() != 1 {
        return Err(RuntimeError::asked(
            Text::new("撤回要写明是哪一个案件", "name the one matter whose consent is taken back"),
            Text::new(
                "appeal-daemon firm consent 编号 --withdraw",
                "appeal-daemon firm consent CASE --withdraw",
            ),
        ));
    }
    let day = arguments.on.as_deref().map(day).transpose()?;
    let mut standings: Vec<Standing> = Vec::new();
    let failed = each(&mut runtime, &arguments.matters, |runtime, matter| {
        if arguments.withdraw {
            runtime.withdraw_consent(matter, day)?;
            let place = crate::runtime::firm::matter::Place::Folder(matter.folder.clone());
            let matter = runtime.matter(&place)?;
            standings.push(runtime.consent_of(&matter));
        } else {
            standings.push(runtime.consent_of(matter));
        }
        Ok(())
    })?;
    let lacks = standings.iter().filter(|one| one.lack.is_some()).count();
    if context.json {
        let matters: Vec<_> = standings
            .iter()
            .map(|one| {
                json!({
                    "case": one.matter,
                    "holds": one.lack.is_none(),
                    "why": one.lack.map(|lack| lack.explain().get(context.lang).to_owned()),
                    "consent": one.consent,
                })
            })
            .collect();
        let failed = failures_json(&failed, context);
        context.print_json(&json!({ "schema": 1, "matters": matters, "failed": failed }));
    } else {
        let mut out = String::new();
        for one in &standings {
            let _ = writeln!(out, "{}", line(one, context));
        }
        let (all, good) = (standings.len(), standings.len() - lacks);
        add(
            &mut out,
            &crate::text!(
                "{all} 个案件，{good} 个有有效的同意；没有的，什么也不发",
                "{all} matters, {good} with a consent that holds; of the others nothing is sent"
            ),
            context,
        );
        add_failures(&mut out, &failed, context);
        context.print(&out);
    }
    Ok(worst(&failed, if lacks > 0 && !arguments.withdraw { exit::WAITS } else { exit::DONE }))
}

fn day(text: &str) -> Result<jiff::civil::Date, RuntimeError> {
    text.parse().map_err(|_| {
        RuntimeError::asked(
            crate::text!("\"{text}\" 不是日期", "\"{text}\" is not a day"),
            Text::new("写成 2026-10-01 的形式", "write it like 2026-10-01"),
        )
    })
}

fn line(one: &Standing, context: &Context) -> String {
    let name = one.client.as_deref().unwrap_or_default();
    let mark = if one.lack.is_none() { "✓" } else { "✗" };
    let what = match (&one.lack, &one.consent) {
        (Some(lack), _) => context.say(&lack.explain()).to_owned(),
        (None, Some(consent)) => {
            let (purpose, date) = (&consent.purpose, consent.date);
            let until = consent.retain_until.map(|day| day.to_string());
            let until = until.map(|until| format!(" → {until}")).unwrap_or_default();
            let scope = consent.scope.as_deref().unwrap_or_default();
            format!("{date}{until}　{purpose}　{scope}")
        }
        (None, None) => String::new(),
    };
    format!("{mark} {}　{name}　{what}", one.matter)
}
