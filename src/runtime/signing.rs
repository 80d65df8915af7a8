//! Signs messages where the settings name a key. What cannot be signed does not leave unsigned.

use std::path::Path;

use jiff::Timestamp;

use crate::config::{Dkim, Smtp};
use crate::domain::lang::Text;
use crate::mail::dkim::{self, Key, KeyError, Signer};
use crate::runtime::error::RuntimeError;

/// The largest key file that is read, in bytes.
const LIMIT_KEY_BYTES: u64 = 64 * 1024;

/// Signs a message of that account, when its settings ask for it.
pub(super) fn sign(
    settings: &Smtp,
    message: &mut Vec<u8>,
    at: Timestamp,
) -> Result<(), RuntimeError> {
    let Some(dkim) = &settings.dkim else { return Ok(()) };
    let key = signing_key(dkim)?;
    let signer = Signer { domain: &dkim.domain, selector: &dkim.selector, key: &key };
    dkim::sign(message, &signer, at).map_err(|error| of_key(&dkim.key_file, error))
}

/// Reads the key of the settings.
pub fn signing_key(dkim: &Dkim) -> Result<Key, RuntimeError> {
    let path = &dkim.key_file;
    let size = std::fs::metadata(Path::new(path)).map(|found| found.len());
    let text = match size {
        Ok(size) if size > LIMIT_KEY_BYTES => return Err(of_key(path, KeyError::Absent)),
        Ok(_) => std::fs::read_to_string(path),
        Err(error) => Err(error),
    };
    let text = text.map_err(|error| {
        let why = error.kind().to_string();
        RuntimeError::asked(
            crate::text!(
                "签名用的私钥 {path} 读不了（{why}），没有发",
                "the signing key {path} cannot be read ({why}); nothing was sent"
            ),
            Text::new(
                "检查 config.toml 里 [smtp.dkim] 的 key_file 和文件权限",
                "check key_file of [smtp.dkim] in config.toml and who may read the file",
            ),
        )
    })?;
    Key::read(&text).map_err(|error| of_key(path, error))
}

fn of_key(path: &str, error: KeyError) -> RuntimeError {
    let (zh, en) = match error {
        KeyError::Absent => ("里没有私钥", "holds no private key"),
        KeyError::Locked => ("有口令保护，程序用不了", "is locked with a passphrase"),
        KeyError::Unusable => (
            "既不是 2048 至 4096 位的 RSA，也不是 Ed25519",
            "is neither RSA of 2048 to 4096 bits nor Ed25519",
        ),
    };
    RuntimeError::asked(
        crate::text!(
            "签名用的私钥 {path} {zh}，没有发",
            "the signing key {path} {en}; nothing was sent"
        ),
        Text::new(
            "换一个：openssl genrsa -out dkim.pem 2048，再把 doctor 显示的记录写进域名解析",
            "make another: openssl genrsa -out dkim.pem 2048, and publish the record `doctor` shows",
        ),
    )
}
