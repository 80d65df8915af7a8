//! What a law firm needs beside the cases themselves: its own papers, many matters at once, what
//! its clients agreed to. Nothing here sends anything.

pub mod books;
pub mod consent;
pub mod digest;
pub mod matter;
pub mod packs;
pub mod papers;
pub mod post;
pub mod returns;

use crate::config::firm::Firm;
use crate::domain::lang::Text;
use crate::runtime::error::RuntimeError;
use crate::runtime::setup::Runtime;

impl Runtime {
    /// Returns the firm with the number of its licence. Without one there are no papers of a firm.
    pub fn licensed_firm(&self) -> Result<(&Firm, &str), RuntimeError> {
        let Some(firm) = &self.config.firm else {
            return Err(RuntimeError::asked(
                Text::new(
                    "没有设置律师事务所，不能出具律所文书",
                    "no firm is set up, so there are no papers of a firm",
                ),
                Text::new(
                    "在 config.toml 里写 [firm]：name、licence_no 和 [[firm.lawyers]]",
                    "write [firm] into config.toml: name, licence_no and [[firm.lawyers]]",
                ),
            ));
        };
        match &firm.licence_no {
            Some(number) => Ok((firm, number)),
            None => Err(RuntimeError::asked(
                Text::new(
                    "律师事务所没有写执业许可证号，不能出具律所文书",
                    "the firm has no licence number, so there are no papers of a firm",
                ),
                Text::new(
                    "在 config.toml 的 [firm] 里写 licence_no",
                    "write licence_no into [firm] of config.toml",
                ),
            )),
        }
    }
}
