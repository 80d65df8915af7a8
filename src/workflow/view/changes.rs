//! What changed in papers somebody already holds, in a person's words.

use serde_json::{Value, json};

use crate::domain::lang::Text;
use crate::domain::role::Role;
use crate::workflow::fold;
use crate::workflow::model::Step;
use crate::workflow::view::case::case;
use crate::workflow::view::{Cut, Maker, case_part};

impl Maker<'_> {
    /// What changed in the papers that a correction step is about.
    pub(super) fn changes(&self, step: &Step) -> Vec<Value> {
        let Some(base) = fold::corrected_step(&step.id).and_then(|id| self.workflow.step(id))
        else {
            return Vec::new();
        };
        let Some(held) = self.history.visit(&base.id).and_then(|visit| visit.held_case.clone())
        else {
            return Vec::new();
        };
        let role = self.channel(base).map_or(Role::Other, |channel| channel.role);
        let mut changes = Vec::new();
        for template in base.papers().filter_map(|id| self.packs.templates.get(id)) {
            let cut = Cut::new(self.packs.redaction(role), None, template);
            let was = case_part(template, &case(&held, &cut, &self.history.absent_secrets));
            let now = self.case_part(template, role);
            self.differences(&was, &now, "", &mut changes);
        }
        let mut seen: Vec<Value> = Vec::new();
        changes.retain(|change| {
            let fresh = !seen.contains(change);
            seen.push(change.clone());
            fresh
        });
        changes
    }

    fn differences(&self, was: &Value, now: &Value, path: &str, out: &mut Vec<Value>) {
        match (was, now) {
            (Value::Object(left), Value::Object(right)) => {
                for key in left.keys().chain(right.keys().filter(|key| !left.contains_key(*key))) {
                    let at = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    let (left, right) = (left.get(key), right.get(key));
                    self.differences(
                        left.unwrap_or(&Value::Null),
                        right.unwrap_or(&Value::Null),
                        &at,
                        out,
                    );
                }
            }
            (Value::Array(left), Value::Array(right)) if path.ends_with("losses") => {
                self.losses(left, right, path, out);
            }
            (Value::Array(left), Value::Array(right)) => {
                for index in 0..left.len().max(right.len()) {
                    let at = format!("{path}[{index}]");
                    let (left, right) = (left.get(index), right.get(index));
                    self.differences(
                        left.unwrap_or(&Value::Null),
                        right.unwrap_or(&Value::Null),
                        &at,
                        out,
                    );
                }
            }
            (left, right) if left != right => {
                let (left, right) = (spoken(left), spoken(right));
                if !is_derived(path) {
                    let item = self.label(path).zh;
                    out.push(json!({ "item": item, "was": left, "now": right }));
                }
            }
            _ => {}
        }
    }

    /// Lines are told apart by their transaction, so that one taken out does not rewrite the rest.
    fn losses(&self, was: &[Value], now: &[Value], path: &str, out: &mut Vec<Value>) {
        let mut left: Vec<&Value> = was.iter().collect();
        for (index, line) in now.iter().enumerate() {
            let at = format!("{path}[{index}]");
            let same_place = was.len() == now.len();
            let found = if same_place {
                left.iter().position(|old| old.get("no") == line.get("no"))
            } else {
                left.iter().position(|old| is_same_line(old, line))
            };
            match found {
                Some(found) => self.differences(left.remove(found), line, &at, out),
                None => out.push(json!({
                    "item": self.label(&at).zh, "was": "（没有这一笔）", "now": spoken(line),
                })),
            }
        }
        for line in left {
            let number = line.get("no").and_then(Value::as_u64).unwrap_or_default();
            out.push(json!({
                "item": format!("第{number}笔损失"), "was": spoken(line), "now": "（删去这一笔）",
            }));
        }
    }

    /// Returns a person's word for a place in the view.
    pub(super) fn label(&self, path: &str) -> Text {
        if let Some(field) = path.strip_prefix("known.answers.") {
            return self
                .packs
                .fields
                .get(field)
                .map_or_else(|| Text::same(field.to_owned()), |field| field.name.clone());
        }
        let line = path
            .split_once("losses[")
            .and_then(|(_, rest)| rest.split_once(']'))
            .and_then(|(index, _)| index.parse::<usize>().ok())
            .map(|index| index + 1);
        let last = path.rsplit('.').next().unwrap_or(path);
        let group = path.rsplit('.').nth(1).unwrap_or_default();
        let known = LABELS
            .iter()
            .find(|(key, ..)| *key == format!("{group}.{last}") || *key == last)
            .map(|(_, zh, en)| Text::new(*zh, *en));
        let word = known.unwrap_or_else(|| Text::same(path.to_owned()));
        match line {
            Some(number) if last.starts_with("losses[") => {
                crate::text!("第{number}笔损失", "loss {number}")
            }
            Some(number) => {
                let (zh, en) = (&word.zh, &word.en);
                crate::text!("第{number}笔的{zh}", "{en} of loss {number}")
            }
            None => word,
        }
    }
}

/// Values that only repeat the change of the line they come from, or are our own bookkeeping.
fn is_derived(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path);
    path.starts_with("case.parts")
        || path.starts_with("case.total.shares")
        || matches!(last, "no" | "how" | "lines" | "capital" | "has_refund")
        || (path.contains("losses[") && last == "net")
        || last.ends_with("_fen")
}

fn is_same_line(left: &Value, right: &Value) -> bool {
    let same = |key: &str| left.get(key) == right.get(key);
    let order = left.get("order_no").is_some_and(|order| !order.is_null());
    if order { same("order_no") } else { same("at") && same("amount") && same("payee") }
}

/// Words for places in the view; the longer key `group.name` comes before the bare name.
const LABELS: [(&str, &str, &str); 63] = [
    ("victim.name", "姓名", "name"),
    ("victim.id_no", "身份证号", "identity number"),
    ("victim.phone", "电话", "telephone"),
    ("victim.email", "电子邮箱", "mail address"),
    ("victim.address", "住址", "address"),
    ("account.id", "账号", "account"),
    ("account.nickname", "账户昵称", "nickname"),
    ("account.phone", "账户绑定手机号", "bound telephone"),
    ("total.amount", "损失总额", "total loss"),
    ("total.net", "扣除退款后的损失", "loss net of refunds"),
    ("total.refunded", "退款合计", "refunds"),
    ("total.lines", "笔数", "number of losses"),
    ("account.cards", "绑定的银行卡", "linked cards"),
    ("case.losses", "损失明细", "the losses"),
    ("case.city", "所在城市", "city"),
    ("case.province", "所在省份", "province"),
    ("discovered_at", "发现时间", "time of discovery"),
    ("insurer", "保险公司", "insurer"),
    ("product", "险种", "product"),
    ("policy_no", "保险单号", "policy number"),
    ("other_cover", "其他保险", "other cover"),
    ("period", "保险期间", "period of cover"),
    ("at", "交易时间", "time"),
    ("amount", "金额", "amount"),
    ("refunded", "退款", "refund"),
    ("net", "净损失", "net loss"),
    ("payee", "对方名称", "payee"),
    ("payee_account", "对方账号", "payee account"),
    ("order_no", "交易单号", "transaction number"),
    ("merchant_no", "商户单号", "merchant number"),
    ("channel", "资金渠道", "channel"),
    ("how", "操作情况", "how it happened"),
    ("wording", "操作情况", "how it happened"),
    ("code_given", "是否提供过验证码", "code given"),
    ("screen_shared", "是否共享过屏幕", "screen shared"),
    ("password_known_by", "知道密码的人", "who knows the password"),
    ("phone_lent", "手机是否外借", "phone lent"),
    ("still_moving", "钱是否仍在转出", "whether money is still leaving"),
    ("intruder_inside", "账号里是否还有别人登录", "whether somebody else is logged in"),
    ("frozen_out", "本人是否已无法登录", "whether you are locked out"),
    ("phone_lost", "手机是否丢失", "whether the phone is lost"),
    ("account_banned", "账号是否被封", "whether the account is banned"),
    ("account_lent", "账户是否借给过别人", "whether the account was lent"),
    ("fake_orders", "是否参与过刷单", "whether fake orders were made"),
    ("gambling", "是否涉及网络赌博", "whether gambling is involved"),
    ("last_seen_intact", "最后一次看到余额正常的时间", "when the balance was last seen intact"),
    ("whereabouts", "事发时人和手机在哪里", "where you and the phone were"),
    ("how_discovered", "怎样发现的", "how it was discovered"),
    ("known.evidence", "已收存的证据", "evidence in hand"),
    ("known.refusal", "对方的拒绝答复", "their refusal"),
    ("custodial", "钱包是否由平台托管", "whether the wallet is held by a platform"),
    ("family_suspected", "是否怀疑家里人", "whether a relative may have done it"),
    ("assets_frozen_by_court", "财产是否被司法冻结", "whether a court froze the property"),
    ("elderly", "是否为老年人", "whether the owner is elderly"),
    ("cause", "可能的原因", "the likely cause"),
    ("ban_reason", "封禁原因", "the reason of the ban"),
    ("sim_reported_at", "挂失手机卡的时间", "when the SIM was reported lost"),
    ("balance", "账户里剩余的钱", "money still in the account"),
    ("wallet_address", "钱包地址", "wallet address"),
    ("exchange", "交易所", "exchange"),
    ("asset", "数字资产种类", "crypto asset"),
    ("quantity", "数字资产数量", "quantity of the asset"),
    ("refusal.reason", "对方拒绝的理由", "the reason of their refusal"),
];

fn spoken(value: &Value) -> String {
    match value {
        Value::Null => "（未填）".into(),
        Value::Bool(true) => "是".into(),
        Value::Bool(false) => "否".into(),
        Value::String(text) => text.clone(),
        Value::Object(line) => ["at", "amount", "payee"]
            .iter()
            .filter_map(|key| line.get(*key)?.as_str())
            .collect::<Vec<_>>()
            .join(" "),
        other => other.to_string(),
    }
}
