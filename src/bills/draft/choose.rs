//! Decides what each column is: by its name and by its values together, and says what is unsure.

use crate::bills::cell;
use crate::bills::draft::amounts::{direction, is_money, money_columns};
use crate::bills::draft::locate::Table;
use crate::bills::draft::profile::Profile;
use crate::bills::draft::words::name_points;
use crate::bills::layout::{Role, Sign};
use crate::bills::moment::{self, DateOrder, Fineness};
use crate::domain::lang::Text;
use crate::text;

/// Names worth fewer points say nothing.
pub(super) const LEAST_NAME_POINTS: u32 = 20;

/// What each column was taken for.
#[derive(Debug)]
pub struct Choice {
    /// Roles with their columns, from 0.
    pub columns: Vec<(Role, usize)>,
    /// How the direction is found.
    pub sign: Sign,
    /// How dates are ordered.
    pub order: DateOrder,
    /// What a person should check.
    pub doubts: Vec<Text>,
}

impl Choice {
    /// Returns the column of a role.
    pub fn column(&self, role: Role) -> Option<usize> {
        self.columns.iter().find(|(found, _)| *found == role).map(|(_, column)| *column)
    }

    /// Gives a column its role.
    pub(super) fn take(&mut self, role: Role, column: usize) {
        self.columns.push((role, column));
    }

    /// Returns true while a column has no role.
    pub(super) fn is_free(&self, column: usize) -> bool {
        self.columns.iter().all(|(_, taken)| *taken != column)
    }
}

/// Decides for a table. A choice without a time or an amount cannot be used as a map.
pub fn choose(table: &Table<'_>) -> Choice {
    let rows: Vec<&csv::StringRecord> = table.data().collect();
    let profiles: Vec<Profile> =
        (0..table.width()).map(|at| Profile::of(at, table.name(at), &rows)).collect();
    let mut choice = Choice {
        columns: Vec::new(),
        sign: Sign::MinusIsOut,
        order: DateOrder::YearFirst,
        doubts: Vec::new(),
    };
    time(&mut choice, &profiles, &rows);
    money_columns(&mut choice, &profiles, &rows);
    by_name(&mut choice, &profiles);
    by_value(&mut choice, &profiles, rows.len());
    direction(&mut choice, &profiles, &rows);
    choice.columns.sort_unstable();
    choice
}

/// Returns the column with most points, if any has one.
pub(super) fn best(profiles: &[Profile], points: impl Fn(&Profile) -> u32) -> Option<&Profile> {
    // Of two equal columns the left one counts.
    profiles.iter().rev().max_by_key(|profile| points(profile)).filter(|found| points(found) > 0)
}

fn time(choice: &mut Choice, profiles: &[Profile], rows: &[&csv::StringRecord]) {
    let points = |profile: &Profile| {
        let named = name_points(Role::Time, &profile.name);
        let dates = profile.order().1 + if named > 0 { profile.serials } else { 0 };
        let usual = profile.percent(dates) >= 50 && profile.filled * 2 >= rows.len();
        if usual { 10 + named } else { 0 }
    };
    let Some(found) = best(profiles, points) else { return };
    choice.take(Role::Time, found.column);
    choice.order = found.order().0;
    if found.order_is_open() {
        choice.doubts.push(text!(
            "日期看不出是日在前还是月在前：order 请核对",
            "the dates do not show whether day or month stands first: check `order`"
        ));
    }
    let second = profiles.iter().find(|other| {
        other.column != found.column && points(other) > 10 && points(other) + 5 >= points(found)
    });
    if let Some(second) = second {
        let (first, other) = (&found.name, &second.name);
        choice.doubts.push(text!(
            "两列都像交易时间：“{first}”和“{other}”，取了前一个",
            "two columns look like the time, `{first}` and `{other}`: the first was taken"
        ));
    }
    let is_day_alone = |row: &&csv::StringRecord| {
        let cell = row.get(found.column).map(cell::tidy).unwrap_or_default();
        moment::time(cell, choice.order).is_some_and(|(_, fine)| fine == Fineness::Day)
    };
    if rows.iter().filter(|row| is_day_alone(row)).count() * 2 < rows.len() {
        return;
    }
    let clock = best(profiles, |profile| {
        let clocks = profile.clocks > 0 && profile.percent(profile.clocks) >= 50;
        let named = name_points(Role::Clock, &profile.name);
        if profile.column != found.column && clocks { 10 + named } else { 0 }
    });
    if let Some(clock) = clock {
        choice.take(Role::Clock, clock.column);
    }
}

/// Gives every remaining role the column whose name fits it best.
fn by_name(choice: &mut Choice, profiles: &[Profile]) {
    let roles = [
        Role::Flow,
        Role::Id,
        Role::MerchantId,
        Role::Payee,
        Role::Status,
        Role::Kind,
        Role::Method,
        Role::Goods,
        Role::Refunded,
        Role::Currency,
        Role::Country,
        Role::Site,
        Role::Via,
        Role::Note,
    ];
    let mut fits: Vec<(u32, Role, usize)> = Vec::new();
    for profile in profiles.iter().filter(|profile| !profile.name.is_empty()) {
        for role in roles {
            let points = name_points(role, &profile.name);
            let usable = match role {
                Role::Flow => profile.percent(profile.flows) >= 50,
                Role::Refunded => is_money(profile) || profile.filled == 0,
                Role::Id => profile.percent(profile.money) < 50 || profile.numbers > 0,
                _ => true,
            };
            if usable && points >= LEAST_NAME_POINTS {
                fits.push((points, role, profile.column));
            }
        }
    }
    fits.sort_by_key(|(points, _, column)| (std::cmp::Reverse(*points), *column));
    for (_, role, column) in fits {
        if choice.column(role).is_none() && choice.is_free(column) {
            choice.take(role, column);
        }
    }
}

/// Fills what names did not say: direction, number and payee by the look of their values.
fn by_value(choice: &mut Choice, profiles: &[Profile], rows: usize) {
    type Looks = fn(&Profile, usize) -> u32;
    let guesses: [(Role, Looks); 3] = [
        (Role::Flow, |profile, _| {
            let few = profile.distinct <= 6 && profile.percent(profile.flows) >= 90;
            u32::from(few && profile.percent(profile.worded) > 0)
        }),
        (Role::Id, |profile, rows| {
            let each = profile.distinct * 10 >= profile.filled * 9 && profile.filled * 2 >= rows;
            let account = profile.name.contains("账号") || profile.name.contains("卡号");
            u32::from(each && !account && profile.percent(profile.numbers) >= 60)
        }),
        (Role::Payee, |profile, rows| {
            let texts = profile.percent(profile.worded) >= 60 && profile.filled * 3 >= rows;
            let varied = profile.distinct > 2 && profile.percent(profile.states) < 50;
            if texts && varied { u32::try_from(profile.distinct).unwrap_or(1) } else { 0 }
        }),
    ];
    for (role, looks) in guesses {
        if choice.column(role).is_some() {
            continue;
        }
        let free = |profile: &Profile| {
            if choice.is_free(profile.column) { looks(profile, rows) } else { 0 }
        };
        let Some(found) = best(profiles, free).map(|profile| profile.column) else { continue };
        choice.take(role, found);
        let number = found + 1;
        let (zh, en) = match role {
            Role::Flow => ("收支方向", "the direction"),
            Role::Id => ("交易单号", "the transaction number"),
            _ => ("交易对方", "the payee"),
        };
        choice.doubts.push(text!(
            "第 {number} 列看内容像{zh}，列名没有这样说",
            "column {number} looks like {en} by its values, not by its name"
        ));
    }
}
