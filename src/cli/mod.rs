//! Arguments, commands and what they print. Nothing here computes a date or decides a step.

pub mod args;
pub mod authoring;
pub mod batch;
pub mod batch_export;
pub mod batch_import;
pub mod batch_imported;
pub mod batch_retry;
pub mod batch_returns;
pub mod batch_run;
pub mod batch_send;
pub mod batch_shelf;
pub mod batch_status;
pub mod bills;
pub mod bills_files;
pub mod bills_shown;
pub mod calendar;
pub mod channels;
pub mod check;
pub mod commands;
pub mod context;
pub mod dates;
mod doubt;
pub mod evidence;
pub mod firm;
pub mod graph;
pub mod inbox;
pub mod json;
pub mod law;
pub mod mail;
pub mod new;
pub mod pack;
pub mod proof;
pub mod read;
pub mod remind;
pub mod report;
pub mod review;
pub mod setup;
pub mod show;
pub mod simulate;
pub mod start;
pub mod tasks;
pub mod templates;
pub mod why;
pub mod workflows;

use std::process::ExitCode;

use clap::Parser as _;

use crate::domain::guard;
use crate::domain::lang::Text;
use crate::runtime::environment::Environment;
use crate::runtime::typesetter;

/// Exit codes, as the reference of the command line lists them.
pub mod exit {
    /// Done.
    pub const DONE: u8 = 0;
    /// The input is at fault.
    pub const INPUT: u8 = 1;
    /// Something waits for the person.
    pub const WAITS: u8 = 3;
    /// Our fault.
    pub const OURS: u8 = 70;
    /// The surroundings fail: disk, network, lock.
    pub const SURROUNDINGS: u8 = 75;
}

/// Runs the program.
pub fn main() -> ExitCode {
    // The daemon's child that sets papers: no arguments to parse, no settings to read.
    let mut arguments = std::env::args_os();
    if arguments.nth(1).is_some_and(|first| first == typesetter::CHILD_COMMAND) {
        return ExitCode::from(u8::try_from(typesetter::child_main()).unwrap_or(exit::OURS));
    }
    let arguments = args::Arguments::parse();
    keep_foreign_panics_quiet();
    let environment = Environment::of_process();
    let context = context::Context::new(&arguments, environment);
    let is_start = matches!(arguments.command, args::Command::Start(_));
    let outcome = commands::run(arguments.command, &context);
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            show::error(&error, &context);
            if is_start && !context.json {
                context.print_aside(context.say(&Text::new(
                    "钱还在转出，或刚发现被盗？不用等程序：现在就打支付平台的客服电话冻结，再打 110。",
                    "Is money still leaving, or was it just found? Do not wait for this program: call the payment platform and freeze, then call 110.",
                )));
            }
            ExitCode::from(show::exit_code(&error))
        }
    }
}

/// A panic in a parser that is not ours is caught and shown as a damaged file; the usual message
/// would only frighten.
fn keep_foreign_panics_quiet() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !guard::is_quiet() {
            usual(panic);
        }
    }));
}
