//! Who a recipient is, and what that means for sending and for what a paper may show.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::lang::Text;

/// What kind of party receives something.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// 本人。 The person themselves.
    Owner,
    /// 律师。 Their lawyer.
    Lawyer,
    /// 支付平台。 The payment platform.
    Platform,
    /// 银行。 A bank.
    Bank,
    /// 保险公司。 An insurer.
    Insurer,
    /// 公安机关。 The police.
    Police,
    /// 检察院。 The procuratorate.
    Procuratorate,
    /// 法院。 A court.
    Court,
    /// 监管部门。 A regulator.
    Regulator,
    /// 商户。 A merchant.
    Merchant,
    /// 电信运营商。 A telephone operator.
    Operator,
    /// 其他。 Anyone else.
    Other,
}

impl Role {
    /// Every role, in the order in which files list them.
    pub const ALL: [Self; 12] = [
        Self::Owner,
        Self::Lawyer,
        Self::Platform,
        Self::Bank,
        Self::Insurer,
        Self::Police,
        Self::Procuratorate,
        Self::Court,
        Self::Regulator,
        Self::Merchant,
        Self::Operator,
        Self::Other,
    ];

    /// Returns true when the owner's standing consent may cover a message to this role. Police,
    /// procuratorate, court, regulators and insurers are approved one by one, always.
    pub fn standing_consent_allowed(self) -> bool {
        !matches!(
            self,
            Self::Police | Self::Procuratorate | Self::Court | Self::Regulator | Self::Insurer
        )
    }

    /// Returns true for those who act for the state: a matter reaches them one at a time.
    pub fn is_authority(self) -> bool {
        matches!(self, Self::Police | Self::Procuratorate | Self::Court | Self::Regulator)
    }

    /// Returns the word a file writes for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Lawyer => "lawyer",
            Self::Platform => "platform",
            Self::Bank => "bank",
            Self::Insurer => "insurer",
            Self::Police => "police",
            Self::Procuratorate => "procuratorate",
            Self::Court => "court",
            Self::Regulator => "regulator",
            Self::Merchant => "merchant",
            Self::Operator => "operator",
            Self::Other => "other",
        }
    }

    /// Returns the role's name.
    pub fn name(self) -> Text {
        match self {
            Self::Owner => Text::new("本人", "yourself"),
            Self::Lawyer => Text::new("律师", "lawyer"),
            Self::Platform => Text::new("支付平台", "payment platform"),
            Self::Bank => Text::new("银行", "bank"),
            Self::Insurer => Text::new("保险公司", "insurer"),
            Self::Police => Text::new("公安机关", "police"),
            Self::Procuratorate => Text::new("检察院", "procuratorate"),
            Self::Court => Text::new("法院", "court"),
            Self::Regulator => Text::new("监管部门", "regulator"),
            Self::Merchant => Text::new("商户", "merchant"),
            Self::Operator => Text::new("电信运营商", "telephone operator"),
            Self::Other => Text::new("其他", "other"),
        }
    }
}
