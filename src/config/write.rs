//! Writes the mail account into the text of `config.toml`. Whatever else stands there stays as it
//! is, comments included; another account is replaced only when the person says so.

use toml_edit::{DocumentMut, Item, Table, value};

use crate::config::{Config, Imap, Smtp};

/// What to do with another account that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Leave it, and refuse.
    Keep,
    /// Put the new one in its place.
    Replace,
}

/// Why the text was left as it was.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Another account is there.
    #[error("`[{table}]` is there already, with another account")]
    Other {
        /// The table.
        table: &'static str,
        /// The server that stands there.
        host: String,
    },
    /// The text is no settings file that can be changed.
    #[error("the settings cannot be changed")]
    Text(#[source] toml_edit::TomlError),
    /// The table is not written as a table.
    #[error("`{table}` is not a table")]
    Shape {
        /// The table.
        table: &'static str,
    },
}

/// Returns `text`, which reads as `config`, with the account in it. An account that is there already
/// is left exactly as it is written. Without `imap` what stands there of it stays.
pub fn with_mail(
    text: &str,
    config: &Config,
    smtp: &Smtp,
    imap: Option<&Imap>,
    existing: Existing,
) -> Result<String, WriteError> {
    let mut document: DocumentMut = text.parse().map_err(WriteError::Text)?;
    if text.trim().is_empty() {
        document["schema"] = value(i64::from(config.schema));
    }
    let writes = match &config.smtp {
        Some(there) if there.is_same_account(smtp) => false,
        Some(there) if existing == Existing::Keep => return Err(other("smtp", &there.host)),
        _ => true,
    };
    if writes {
        let table = table(&mut document, "smtp")?;
        server(table, &smtp.host, smtp.port, smtp.security.as_str());
        set(table, "user", smtp.user.as_deref());
        list(table, "token_command", smtp.token_command.as_deref());
        set(table, "from", Some(&smtp.from));
        set(table, "ca_file", smtp.ca_file.as_deref());
    }
    let Some(imap) = imap else { return Ok(document.to_string()) };
    let writes = match &config.imap {
        Some(there) if there.is_same_account(imap, smtp.user.as_deref()) => false,
        Some(there) if existing == Existing::Keep => return Err(other("imap", &there.host)),
        _ => true,
    };
    if writes {
        let table = table(&mut document, "imap")?;
        server(table, &imap.host, imap.port, imap.security.as_str());
        set(table, "user", imap.user.as_deref());
        list(table, "token_command", imap.token_command.as_deref());
        set(table, "ca_file", imap.ca_file.as_deref());
    }
    Ok(document.to_string())
}

fn other(table: &'static str, host: &str) -> WriteError {
    WriteError::Other { table, host: host.to_owned() }
}

/// The table of that name, made at the end where there is none.
fn table<'a>(
    document: &'a mut DocumentMut,
    name: &'static str,
) -> Result<&'a mut dyn toml_edit::TableLike, WriteError> {
    let is_empty = document.as_table().is_empty();
    let item = document.entry(name).or_insert_with(|| {
        let mut table = Table::new();
        table.decor_mut().set_prefix(if is_empty { "" } else { "\n" });
        Item::Table(table)
    });
    item.as_table_like_mut().ok_or(WriteError::Shape { table: name })
}

fn server(table: &mut dyn toml_edit::TableLike, host: &str, port: u16, security: &str) {
    set(table, "host", Some(host));
    put(table, "port", i64::from(port).into());
    set(table, "security", Some(security));
}

fn set(table: &mut dyn toml_edit::TableLike, key: &str, text: Option<&str>) {
    match text {
        Some(text) => put(table, key, text.into()),
        None => {
            table.remove(key);
        }
    }
}

fn list(table: &mut dyn toml_edit::TableLike, key: &str, words: Option<&[String]>) {
    match words {
        Some(words) => {
            let words: toml_edit::Array = words.iter().map(String::as_str).collect();
            put(table, key, words.into());
        }
        None => {
            table.remove(key);
        }
    }
}

/// Puts a value in place of the old one, whose comment stays beside it.
fn put(table: &mut dyn toml_edit::TableLike, key: &str, mut new: toml_edit::Value) {
    if let Some(old) = table.get(key).and_then(Item::as_value) {
        *new.decor_mut() = old.decor().clone();
    }
    table.insert(key, Item::Value(new));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Security};

    fn smtp(host: &str) -> Smtp {
        Smtp {
            host: host.into(),
            port: 465,
            security: Security::Tls,
            user: Some("lin@qq.com".into()),
            from: "lin@qq.com".into(),
            token_command: None,
            plus: false,
            dkim: None,
            ca_file: None,
            step_seconds: None,
            reply_seconds: None,
        }
    }

    fn imap(host: &str) -> Imap {
        Imap {
            host: host.into(),
            port: 993,
            security: Security::Tls,
            user: None,
            token_command: None,
            ca_file: None,
            step_seconds: None,
        }
    }

    fn write(text: &str, existing: Existing) -> Result<String, WriteError> {
        let config = config::read("config.toml", text).unwrap();
        with_mail(text, &config, &smtp("smtp.qq.com"), Some(&imap("imap.qq.com")), existing)
    }

    #[track_caller]
    fn check(text: &str, existing: Existing, expected: &str) {
        let written = write(text, existing).unwrap();
        assert_eq!(written, expected);
        let config = config::read("config.toml", &written).unwrap();
        assert!(config.smtp.unwrap().is_same_account(&smtp("smtp.qq.com")));
        assert_eq!(config.imap.unwrap().host, "imap.qq.com");
        assert_eq!(write(&written, Existing::Keep).unwrap(), written, "a second time is no change");
    }

    const ACCOUNT: &str = "[smtp]\nhost = \"smtp.qq.com\"\nport = 465\nsecurity = \"tls\"\nuser = \"lin@qq.com\"\nfrom = \"lin@qq.com\"\n\n[imap]\nhost = \"imap.qq.com\"\nport = 993\nsecurity = \"tls\"\n";

    #[test]
    fn an_empty_file_gets_the_account() {
        check("", Existing::Keep, &format!("schema = 1\n\n{ACCOUNT}"));
    }

    #[test]
    fn what_stands_there_stays() {
        let own =
            "# 我的设置\nschema = 1\n\n[reminders] # 提醒\ndesktop = false   # 不要弹窗\n# 末尾\n";
        check(own, Existing::Keep, &{
            let (before, last) = own.split_once("# 末尾\n").unwrap();
            assert_eq!(last, "");
            format!("{before}\n{ACCOUNT}# 末尾\n")
        });
    }

    #[test]
    fn another_account_is_replaced_only_when_asked() {
        let own = "[smtp]\nhost = \"mail.firm.example\" # 公司\nport = 587\nsecurity = \"starttls\"\nfrom = \"a@firm.example\"\nca_file = \"firm.pem\"\nstep_seconds = 9 # 慢\n";
        let error = write(own, Existing::Keep).unwrap_err();
        assert!(
            matches!(error, WriteError::Other { table: "smtp", host } if host == "mail.firm.example")
        );
        let (_, imap) = ACCOUNT.split_once("\n[imap]").unwrap();
        check(
            own,
            Existing::Replace,
            &format!(
                "[smtp]\nhost = \"smtp.qq.com\" # 公司\nport = 465\nsecurity = \"tls\"\nfrom = \"lin@qq.com\"\nstep_seconds = 9 # 慢\nuser = \"lin@qq.com\"\n\n[imap]{imap}"
            ),
        );
    }

    #[test]
    fn tables_in_one_line_are_tables_too() {
        let own = "smtp = { host = \"x.example\", port = 465, from = \"a@x.example\" }\n";
        let written = write(own, Existing::Replace).unwrap();
        assert!(written.starts_with("smtp = { host = \"smtp.qq.com\","), "{written}");
        assert!(config::read("config.toml", &written).is_ok());
    }
}
