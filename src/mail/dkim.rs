//! Signs a message for a domain of one's own (DKIM, RFC 6376 and 8463). The signature is made over
//! the final bytes, once, before they are stored: the same bytes, key and time give the same
//! signature, and a second try sends what is stored and signs nothing.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use memchr::{memchr, memchr2, memmem};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use sha2::{Digest as _, Sha256};

/// Header fields that are signed where they stand.
const SIGNED: [&str; 12] = [
    "from",
    "to",
    "cc",
    "subject",
    "date",
    "message-id",
    "reply-to",
    "in-reply-to",
    "references",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
];

/// Of these nobody may add another on the way.
const SEALED: [&str; 7] = ["from", "to", "cc", "subject", "date", "message-id", "reply-to"];

/// How long a line of the signature is.
const LINE: usize = 72;

/// `SEQUENCE { OID rsaEncryption, NULL }`.
const RSA_ENCRYPTION: [u8; 15] =
    [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// Why a key cannot sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is no private key in the text.
    #[error("there is no private key in it")]
    Absent,
    /// It is locked with a passphrase.
    #[error("the key is locked with a passphrase")]
    Locked,
    /// It is neither RSA of 2048 to 4096 bits nor Ed25519.
    #[error("the key is neither RSA of 2048 to 4096 bits nor Ed25519")]
    Unusable,
}

/// A key that signs.
#[derive(Debug)]
pub struct Key(Pair);

#[derive(Debug)]
enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
}

/// Who signs.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'a> {
    /// The domain that answers for the message.
    pub domain: &'a str,
    /// Which of its keys, by the name it has in the domain's records.
    pub selector: &'a str,
    /// The key.
    pub key: &'a Key,
}

impl Key {
    /// Reads a private key: PEM, PKCS#8 or PKCS#1.
    pub fn read(pem: &str) -> Result<Self, KeyError> {
        let block = pem.split("-----BEGIN ").skip(1).find_map(|block| {
            let (label, rest) = block.split_once("-----")?;
            label.ends_with("PRIVATE KEY").then_some((label, rest))
        });
        let (label, rest) = block.ok_or(KeyError::Absent)?;
        let body = rest.split("-----END").next().unwrap_or_default();
        if label == "ENCRYPTED PRIVATE KEY" || body.contains("ENCRYPTED") {
            return Err(KeyError::Locked);
        }
        let body: String = body.split_whitespace().collect();
        let der = STANDARD.decode(body).map_err(|_| KeyError::Absent)?;
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der) {
            return Ok(Self(Pair::Ed25519(Box::new(pair))));
        }
        let pair = RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der));
        pair.map(|pair| Self(Pair::Rsa(Box::new(pair)))).map_err(|_| KeyError::Unusable)
    }

    /// Returns the text that has to stand in the domain's records, so that others can check what it
    /// signed.
    pub fn record(&self) -> String {
        let (kind, public) = match &self.0 {
            Pair::Rsa(pair) => ("rsa", rsa_public(pair.public_key().as_ref())),
            Pair::Ed25519(pair) => ("ed25519", pair.public_key().as_ref().to_vec()),
        };
        format!("v=DKIM1; k={kind}; p={}", STANDARD.encode(public))
    }

    fn algorithm(&self) -> &'static str {
        match self.0 {
            Pair::Rsa(_) => "rsa-sha256",
            Pair::Ed25519(_) => "ed25519-sha256",
        }
    }

    fn signature(&self, said: &[u8]) -> Result<Vec<u8>, KeyError> {
        match &self.0 {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), said, &mut signature)
                    .map_err(|_| KeyError::Unusable)?;
                Ok(signature)
            }
            // What is signed is the digest (RFC 8463).
            Pair::Ed25519(pair) => Ok(pair.sign(&Sha256::digest(said)).as_ref().to_vec()),
        }
    }
}

/// Puts a signature in front of a message.
pub fn sign(message: &mut Vec<u8>, signer: &Signer<'_>, at: Timestamp) -> Result<(), KeyError> {
    let end = memmem::find(message, b"\r\n\r\n").map_or(message.len(), |at| at + 2);
    let fields = fields(&message[..end]);
    let mut names: Vec<&str> = Vec::new();
    let mut said = Vec::new();
    for name in SIGNED {
        let here = fields.iter().rev().filter(|field| field.name == name);
        for field in here {
            names.push(name);
            relaxed_field(&message[field.place.clone()], &mut said);
            said.extend_from_slice(b"\r\n");
        }
        if SEALED.contains(&name) {
            names.push(name);
        }
    }
    let Signer { domain, selector, key } = *signer;
    let (algorithm, time, names) = (key.algorithm(), at.as_second(), names.join(":\r\n "));
    let body = STANDARD.encode(body_digest(message.get(end + 2..).unwrap_or_default()));
    let mut header = format!(
        "DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed;\r\n d={domain}; s={selector};\r\n \
         t={time};\r\n h={names};\r\n bh={body};\r\n b="
    );
    relaxed_field(header.as_bytes(), &mut said);
    let signature = STANDARD.encode(key.signature(&said)?);
    let pieces = signature.as_bytes().chunks(LINE);
    let pieces: Vec<&str> = pieces.filter_map(|piece| std::str::from_utf8(piece).ok()).collect();
    header.push_str(&pieces.join("\r\n "));
    header.push_str("\r\n");
    message.splice(0..0, header.into_bytes());
    Ok(())
}

/// A header field: its name in lower case, and where it stands with its folded lines.
struct Field {
    name: String,
    place: Range<usize>,
}

fn fields(head: &[u8]) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    let mut at = 0;
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        let place = at..at + line.len();
        at = place.end;
        let is_folded = line.first().is_some_and(|byte| is_blank(*byte));
        match fields.last_mut() {
            Some(field) if is_folded => field.place.end = place.end,
            _ => {
                let name = &line[..memchr(b':', line).unwrap_or(0)];
                let name = String::from_utf8_lossy(name).trim().to_ascii_lowercase();
                fields.push(Field { name, place });
            }
        }
    }
    fields
}

/// Writes a field in its relaxed form, without an end of line (RFC 6376, 3.4.2).
fn relaxed_field(field: &[u8], into: &mut Vec<u8>) {
    let colon = memchr(b':', field).unwrap_or(field.len());
    into.extend(field[..colon].trim_ascii().to_ascii_lowercase());
    into.push(b':');
    let value = field.get(colon + 1..).unwrap_or_default();
    let words = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    for (index, word) in words.enumerate() {
        if index > 0 {
            into.push(b' ');
        }
        into.extend_from_slice(word);
    }
}

/// Returns the digest of a body in its relaxed form (RFC 6376, 3.4.4), without a copy of it.
fn body_digest(body: &[u8]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    let mut empty_lines = 0;
    for line in body.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let kept = line.iter().rposition(|byte| !is_blank(*byte)).map_or(0, |last| last + 1);
        let line = &line[..kept];
        if line.is_empty() {
            empty_lines += 1;
            continue;
        }
        for _ in 0..std::mem::take(&mut empty_lines) {
            hasher.update(b"\r\n");
        }
        relaxed_line(line, &mut hasher);
        hasher.update(b"\r\n");
    }
    hasher.finalize().into()
}

fn relaxed_line(mut line: &[u8], hasher: &mut Sha256) {
    while let Some(at) = memchr2(b' ', b'\t', line) {
        hasher.update(&line[..at]);
        hasher.update(b" ");
        let rest = &line[at..];
        let blanks = rest.iter().take_while(|byte| is_blank(**byte)).count();
        line = &rest[blanks..];
    }
    hasher.update(line);
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Wraps an RSA public key as the records want it (`SubjectPublicKeyInfo`).
fn rsa_public(pkcs1: &[u8]) -> Vec<u8> {
    let mut bits = vec![0];
    bits.extend_from_slice(pkcs1);
    let inside = [RSA_ENCRYPTION.to_vec(), der(0x03, &bits)].concat();
    der(0x30, &inside)
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length = &length[length.iter().take_while(|byte| **byte == 0).count()..];
    let mut all = vec![tag];
    // A key is longer than the 127 bytes that need no count of their own.
    all.push(0x80 | u8::try_from(length.len()).unwrap_or_default());
    all.extend_from_slice(length);
    all.extend_from_slice(content);
    all
}
