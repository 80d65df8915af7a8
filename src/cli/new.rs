//! A new case: a few questions, a folder, a file with every line explained.

use std::fmt::Write as _;
use std::io::IsTerminal as _;

use jiff::Timestamp;

use crate::cli::args::{New, Start};
use crate::cli::context::{Context, instant};
use crate::cli::exit;
use crate::cli::start;
use crate::domain::case::How;
use crate::domain::digest::Digest;
use crate::domain::formats;
use crate::domain::lang::{Lang, Text};
use crate::domain::money::Money;
use crate::domain::time;
use crate::runtime::case_file::CASE_FILE;
use crate::runtime::error::RuntimeError;
use crate::runtime::home::write_private;

/// What the questions came to.
#[derive(Debug, Default)]
struct Answers {
    platform: String,
    discovered_at: String,
    name: String,
    phone: String,
    amount: String,
    how: Option<How>,
}

/// Makes the folder of a new case.
pub fn new(arguments: &New, context: &Context) -> Result<u8, RuntimeError> {
    let path = arguments.folder.join(CASE_FILE);
    if path.exists() {
        let shown = path.display();
        return Err(RuntimeError::asked(
            crate::text!("{shown} 已经存在", "{shown} is there already"),
            Text::new("换一个文件夹名，或直接编辑它", "name another folder, or edit the file"),
        ));
    }
    let now = context.options(None)?.clock.now();
    let answers = if arguments.yes {
        given(arguments, now)?
    } else {
        if !std::io::stdin().is_terminal() {
            return Err(RuntimeError::asked(
                Text::new("这里不能提问", "questions cannot be asked here"),
                Text::new("加上 --platform wechat --yes", "add --platform wechat --yes"),
            ));
        }
        ask(arguments, now, context)?
    };
    let fail = |source| RuntimeError::Home { path: arguments.folder.clone(), source };
    std::fs::create_dir_all(arguments.folder.join("evidence")).map_err(fail)?;
    write_private(&path, file(&answers, now).as_bytes()).map_err(fail)?;
    let shown = path.display();
    if context.json {
        let object = serde_json::json!({ "schema": 1, "path": path.display().to_string() });
        context.print_json(&object);
    } else {
        let said = crate::text!(
            "已写好 {shown}。知道的填上，不知道的先空着；证据放进 evidence 文件夹。\n现在就运行：appeal-daemon start {shown}",
            "{shown} is written. Fill in what you know; put evidence into its folder.\nNow run: appeal-daemon start {shown}"
        );
        context.print(context.say(&said));
    }
    if arguments.quick {
        let start_now = Start { file: path, once: true, at: None };
        return start::start(&start_now, context);
    }
    Ok(exit::DONE)
}

fn given(arguments: &New, now: Timestamp) -> Result<Answers, RuntimeError> {
    let Some(platform) = arguments.platform.clone() else {
        return Err(RuntimeError::asked(
            Text::new("没有写平台", "the platform is missing"),
            Text::new("加上 --platform wechat", "add --platform wechat"),
        ));
    };
    let discovered_at = match &arguments.discovered_at {
        Some(text) => instant(text)?,
        None => now,
    };
    Ok(Answers { platform, discovered_at: local(discovered_at), ..Answers::default() })
}

/// Written with its offset, to the minute.
fn local(instant: Timestamp) -> String {
    let zone = time::default_zone();
    let whole = instant.as_second() - instant.as_second().rem_euclid(60);
    time::rfc3339(Timestamp::from_second(whole).unwrap_or(instant), &zone)
}

/// Six questions; each but the first two may be left empty.
fn ask(arguments: &New, now: Timestamp, context: &Context) -> Result<Answers, RuntimeError> {
    let platform = match &arguments.platform {
        Some(platform) => platform.clone(),
        None => text(context, "出事的平台", "Platform", "wechat")?,
    };
    let discovered_at = loop {
        let written = text(context, "什么时候发现的", "When was it discovered", &shown(now))?;
        if let Ok(instant) = instant(&written) {
            break local(instant);
        }
        context.print_aside(
            context.word("写成 2026-09-18 15:20 的形式", "write it like 2026-09-18 15:20"),
        );
    };
    let amount = loop {
        let written =
            text(context, "一共少了多少钱（元，不清楚直接回车）", "How much is gone (yuan)", "")?;
        if written.trim().is_empty() || Money::parse(&written).is_ok() {
            break written;
        }
        context.print_aside(context.word("写成 4980.00 的形式", "write it like 4980.00"));
    };
    let how = how(context)?;
    let name = text(context, "你的姓名（与身份证一致）", "Your name", "")?;
    let phone = text(context, "你的电话", "Your telephone", "")?;
    Ok(Answers { platform, discovered_at, name, phone, amount, how })
}

fn shown(now: Timestamp) -> String {
    let zone = time::default_zone();
    time::minute(now, &zone)
}

fn text(context: &Context, zh: &str, en: &str, default: &str) -> Result<String, RuntimeError> {
    let question = if context.lang == Lang::Zh { format!("{zh}？") } else { format!("{en}?") };
    let mut prompt = inquire::Text::new(&question);
    if !default.is_empty() {
        prompt = prompt.with_default(default);
    }
    prompt.prompt().map_err(|_| stopped())
}

fn how(context: &Context) -> Result<Option<How>, RuntimeError> {
    let question = context.word("这些钱是谁转出去的？", "Who moved the money?");
    let options: Vec<String> = How::ALL.iter().map(|how| context.title(&how.name())).collect();
    let chosen = inquire::Select::new(question, options.clone()).prompt().map_err(|_| stopped())?;
    Ok(options.iter().position(|option| *option == chosen).map(|index| How::ALL[index]))
}

fn stopped() -> RuntimeError {
    RuntimeError::asked(
        Text::new("没有做完，什么也没有写", "not finished, nothing was written"),
        Text::new("再运行一次 new", "run new again"),
    )
}

/// The case file, with every line that could be filled in explained.
fn file(answers: &Answers, now: Timestamp) -> String {
    let quoted = |text: &str| toml::Value::from(text.trim()).to_string();
    let seed = format!("{}|{}|{now}", answers.platform, answers.discovered_at);
    let digest = Digest::of(seed.as_bytes());
    let mut out = String::from(
        "# 案件文件：知道的填上，去掉行首的 # 号；不知道的先空着，不影响先冻结、先报警。\n\
         # 改好以后再运行一次 appeal-daemon start，改动会自动记入。\n",
    );
    let _ = writeln!(out, "schema = 1");
    let _ = writeln!(out, "id = {}", quoted(&format!("case-{}", digest.short(8))));
    let _ = writeln!(out, "platform = {}", quoted(&answers.platform));
    let _ = writeln!(out, "discovered_at = {}        # 发现的时间，带时区", answers.discovered_at);
    out.push_str("# province = \"浙江省\"\n# city = \"杭州市\"\n\n[victim]\n");
    line(&mut out, "name", &answers.name, "张三", "与身份证一致");
    out.push_str("# id_no = \"身份证号，或 secret:victim.id_no（运行 secret set victim.id_no 保存到密钥库）\"\n");
    let phone = if formats::read(
        "phone",
        &toml::de::DeValue::String(answers.phone.clone().into()),
        "phone",
    )
    .is_ok()
    {
        answers.phone.as_str()
    } else {
        ""
    };
    line(&mut out, "phone", phone, "13800000000", "");
    out.push_str("# address = \"住址\"\n# email = \"自己的邮箱\"\n\n[account]\n# id = \"微信号\"\n# phone = \"绑定的手机号\"\n# cards = [\"某银行（尾号1234）\"]\n\n");
    out.push_str(
        "[facts]               # 是 true，否 false，不清楚就不填\n\
         # still_moving = false        # 钱是否还在转出\n\
         # intruder_inside = false     # 陌生人是否还登录着\n\
         # phone_lost = false          # 手机或手机卡是否丢失\n\
         # code_given = false          # 是否把密码或验证码给过别人\n\
         # screen_shared = false       # 是否与人共享过屏幕\n\
         # password_known_by = \"无\"    # 还有谁知道支付密码\n\
         # phone_lent = false          # 手机是否借给过别人\n\
         # whereabouts = \"事发时我在……\"\n\n",
    );
    out.push_str("# 损失：一笔一段，单号要完整。how：not_by_me 不是我、by_me_deceived 我操作但受骗、unknown 不清楚\n");
    match Money::parse(&answers.amount) {
        Ok(amount) if amount.fen() > 0 => {
            let _ = writeln!(out, "[[losses]]\namount = \"{}\"", amount.grouped().replace(',', ""));
            if let Some(how) = answers.how {
                let _ = writeln!(out, "how = \"{}\"", how.as_str());
            }
            out.push_str("# at = 2026-09-18T03:11:00+08:00\n# payee = \"账单上的对方名称\"\n# order_no = \"交易单号\"\n# channel = \"零钱\"\n\n");
        }
        _ => out.push_str("# [[losses]]\n# at = 2026-09-18T03:11:00+08:00\n# amount = \"4980.00\"\n# payee = \"账单上的对方名称\"\n# order_no = \"交易单号\"\n# channel = \"零钱\"\n# how = \"not_by_me\"\n\n"),
    }
    out.push_str(
        "# [insurance]\n# insurer = \"保险公司\"\n# policy_no = \"保险单号\"\n# other_cover = \"无\"\n\n\
         [evidence]            # 文件放在本文件夹里\n# \"balance.screen\" = \"evidence/余额.png\"\n# \"bill.pdf\" = \"evidence/账单.pdf\"\n\n\
         # 只写对方在本案中亲自告知的地址；核对后加 confirmed = true\n# [recipients.self]\n# email = \"自己的邮箱\"\n# role = \"owner\"\n# confirmed = true\n\n\
         [send]\napprove = \"ask\"       # 每一封都先问；auto 只用于本人、律师、银行等已确认的收件人\n",
    );
    out
}

fn line(out: &mut String, key: &str, value: &str, example: &str, note: &str) {
    let note = if note.is_empty() { String::new() } else { format!("   # {note}") };
    if value.trim().is_empty() {
        let _ = writeln!(out, "# {key} = \"{example}\"{note}");
    } else {
        let _ = writeln!(out, "{key} = {}{note}", toml::Value::from(value.trim()));
    }
}
