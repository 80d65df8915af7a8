//! Passwords and identity numbers, from the safest place that has them. Never written in plain
//! text by this program, never shown.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use age::secrecy::SecretString as Passphrase;
use secrecy::{ExposeSecret as _, SecretString};

use crate::domain::lang::Text;

/// The service name under which the key store of the system keeps our secrets.
const SERVICE: &str = "appeal-daemon";

/// The largest secret that is read from a file, in bytes.
const LIMIT_BYTES: u64 = 64 * 1024;

/// Where secrets can come from, in the order they are asked.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The folder of credentials a service manager hands over.
    pub credentials: Option<PathBuf>,
    /// Variables of the environment that begin with `APPEAL_`.
    pub environment: BTreeMap<String, String>,
    /// The encrypted file, used where there is no key store.
    pub age_file: PathBuf,
    /// Whether the key store of the system may be asked.
    pub key_store: bool,
}

/// A secret and where it came from.
#[derive(Clone, Debug)]
pub struct Found {
    /// The secret.
    pub secret: SecretString,
    /// Where it came from.
    pub place: Place,
}

/// Where a secret is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Handed over by the service manager.
    Credential,
    /// In the environment, or a file it names.
    Environment,
    /// The key store of the system.
    KeyStore,
    /// The encrypted file.
    AgeFile,
}

impl Place {
    /// Returns its name.
    pub fn name(self) -> Text {
        match self {
            Self::Credential => {
                Text::new("服务管理器的凭据", "a credential of the service manager")
            }
            Self::Environment => Text::new("环境变量", "the environment"),
            Self::KeyStore => Text::new("系统密钥库", "the key store of the system"),
            Self::AgeFile => Text::new("加密文件 secrets.age", "the encrypted file secrets.age"),
        }
    }
}

/// Why a secret cannot be had or kept. No variant ever carries the secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// No source has it.
    #[error("there is no secret `{name}`")]
    Absent {
        /// Its name.
        name: String,
    },
    /// A source has it and cannot give it.
    #[error("the secret `{name}` cannot be read from {}", place.name().en)]
    Unreadable {
        /// Its name.
        name: String,
        /// Where it is.
        place: Place,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The encrypted file needs a passphrase.
    #[error("the encrypted file `{}` needs a passphrase", path.display())]
    NoPassphrase {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be kept anywhere.
    #[error("the secret `{name}` cannot be kept in {}", place.name().en)]
    Unwritable {
        /// Its name.
        name: String,
        /// Where it was to be kept.
        place: Place,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

impl Sources {
    /// Finds a secret.
    pub fn find(&self, name: &str) -> Result<Found, SecretError> {
        if let Some(secret) = self.credential(name)? {
            return Ok(Found { secret, place: Place::Credential });
        }
        if let Some(secret) = self.variable(name)? {
            return Ok(Found { secret, place: Place::Environment });
        }
        if let Some(secret) = self.key_store(name)? {
            return Ok(Found { secret, place: Place::KeyStore });
        }
        if self.age_file.exists()
            && let Some(secret) = self.age_entries()?.remove(name)
        {
            return Ok(Found { secret: SecretString::from(secret), place: Place::AgeFile });
        }
        Err(SecretError::Absent { name: name.to_owned() })
    }

    /// Keeps a secret: in the key store, or where there is none in the encrypted file.
    pub fn keep(&self, name: &str, secret: &SecretString) -> Result<Place, SecretError> {
        if self.key_store && keyring::Entry::store_status().is_ok() {
            let kept = keyring::Entry::new(SERVICE, name)
                .and_then(|entry| entry.set_password(secret.expose_secret()));
            return match kept {
                Ok(()) => Ok(Place::KeyStore),
                Err(error) => Err(unwritable(name, Place::KeyStore, Box::new(error))),
            };
        }
        let mut entries =
            if self.age_file.exists() { self.age_entries()? } else { BTreeMap::new() };
        entries.insert(name.to_owned(), secret.expose_secret().to_owned());
        self.write_age(name, &entries)?;
        Ok(Place::AgeFile)
    }

    /// Removes a secret from where this program can have kept it; true when it was there.
    pub fn forget(&self, name: &str) -> Result<bool, SecretError> {
        let mut forgotten = false;
        if self.key_store && keyring::Entry::store_status().is_ok() {
            match keyring::Entry::new(SERVICE, name).and_then(|entry| entry.delete_credential()) {
                Ok(()) => forgotten = true,
                Err(keyring::Error::NoEntry) => {}
                Err(error) => return Err(unwritable(name, Place::KeyStore, Box::new(error))),
            }
        }
        if self.age_file.exists() {
            let mut entries = self.age_entries()?;
            if entries.remove(name).is_some() {
                self.write_age(name, &entries)?;
                forgotten = true;
            }
        }
        Ok(forgotten)
    }

    /// Returns whether the system has a key store that answers.
    pub fn has_key_store(&self) -> bool {
        self.key_store && keyring::Entry::store_status().is_ok()
    }

    fn credential(&self, name: &str) -> Result<Option<SecretString>, SecretError> {
        let Some(folder) = &self.credentials else { return Ok(None) };
        read_file(&folder.join(name)).map_err(|source| unreadable(name, Place::Credential, source))
    }

    fn variable(&self, name: &str) -> Result<Option<SecretString>, SecretError> {
        let variable = variable_name(name);
        if let Some(value) = self.environment.get(&variable) {
            return Ok(Some(SecretString::from(value.clone())));
        }
        let Some(path) = self.environment.get(&format!("{variable}_FILE")) else { return Ok(None) };
        match read_file(Path::new(path)) {
            Ok(Some(secret)) => Ok(Some(secret)),
            Ok(None) => Err(unreadable(name, Place::Environment, "the file does not exist".into())),
            Err(source) => Err(unreadable(name, Place::Environment, source)),
        }
    }

    fn key_store(&self, name: &str) -> Result<Option<SecretString>, SecretError> {
        // A machine without a key store is no fault: the next source is asked.
        if !self.has_key_store() {
            return Ok(None);
        }
        match keyring::Entry::new(SERVICE, name).and_then(|entry| entry.get_password()) {
            Ok(secret) => Ok(Some(SecretString::from(secret))),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(unreadable(name, Place::KeyStore, Box::new(error))),
        }
    }

    fn passphrase(&self) -> Result<Passphrase, SecretError> {
        let from_credential = self
            .credentials
            .as_ref()
            .and_then(|folder| read_file(&folder.join("passphrase")).ok().flatten());
        from_credential
            .map(|secret| secret.expose_secret().to_owned())
            .or_else(|| self.environment.get("APPEAL_PASSPHRASE").cloned())
            .map(Passphrase::from)
            .ok_or_else(|| SecretError::NoPassphrase { path: self.age_file.clone() })
    }

    fn age_entries(&self) -> Result<BTreeMap<String, String>, SecretError> {
        let passphrase = self.passphrase()?;
        let read = || -> Result<BTreeMap<String, String>, Cause> {
            let file = std::fs::File::open(&self.age_file)?;
            let identity = age::scrypt::Identity::new(passphrase);
            let decryptor = age::Decryptor::new_buffered(std::io::BufReader::new(file))?;
            let mut plain = String::new();
            decryptor
                .decrypt(std::iter::once(&identity as &dyn age::Identity))?
                .take(LIMIT_BYTES)
                .read_to_string(&mut plain)?;
            Ok(serde_json::from_str(&plain)?)
        };
        read().map_err(|source| unreadable("secrets.age", Place::AgeFile, source))
    }

    fn write_age(&self, name: &str, entries: &BTreeMap<String, String>) -> Result<(), SecretError> {
        let passphrase = self.passphrase()?;
        let write = || -> Result<(), Cause> {
            let encryptor = age::Encryptor::with_user_passphrase(passphrase);
            let mut sealed = Vec::new();
            let mut writer = encryptor.wrap_output(&mut sealed)?;
            writer.write_all(serde_json::to_string(entries)?.as_bytes())?;
            writer.finish()?;
            write_private(&self.age_file, &sealed)?;
            Ok(())
        };
        write().map_err(|source| unwritable(name, Place::AgeFile, source))
    }
}

/// Returns the variable a secret can stand in: `smtp.password` is `APPEAL_SMTP_PASSWORD`.
pub fn variable_name(name: &str) -> String {
    let upper: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
        .collect();
    format!("APPEAL_{upper}")
}

fn read_file(path: &Path) -> Result<Option<SecretString>, Cause> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Box::new(error)),
    };
    let mut text = String::new();
    file.take(LIMIT_BYTES).read_to_string(&mut text)?;
    Ok(Some(SecretString::from(text.trim_end_matches(['\n', '\r']).to_owned())))
}

/// Written beside and renamed, readable by its owner only.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.exists()) {
        std::fs::create_dir_all(folder)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
        }
    }
    let beside = path.with_extension("age.new");
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}

fn unreadable(name: &str, place: Place, source: Cause) -> SecretError {
    SecretError::Unreadable { name: name.to_owned(), place, source }
}

fn unwritable(name: &str, place: Place, source: Cause) -> SecretError {
    SecretError::Unwritable { name: name.to_owned(), place, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(folder: &Path) -> Sources {
        Sources {
            credentials: None,
            environment: BTreeMap::from([("APPEAL_PASSPHRASE".into(), "correct horse".into())]),
            age_file: folder.join("secrets.age"),
            key_store: false,
        }
    }

    #[test]
    fn names_variables_after_secrets() {
        assert_eq!(variable_name("smtp.password"), "APPEAL_SMTP_PASSWORD");
    }

    #[test]
    fn a_credential_comes_before_the_environment() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("smtp.password"), "from-credential\n").unwrap();
        let mut sources = sources(folder.path());
        sources.environment.insert("APPEAL_SMTP_PASSWORD".into(), "from-environment".into());
        let found = sources.find("smtp.password").unwrap();
        assert_eq!(found.place, Place::Environment);
        sources.credentials = Some(folder.path().to_owned());
        let found = sources.find("smtp.password").unwrap();
        assert_eq!(
            (found.place, found.secret.expose_secret()),
            (Place::Credential, "from-credential")
        );
    }

    #[test]
    fn keeps_and_forgets_in_the_encrypted_file() {
        let folder = tempfile::tempdir().unwrap();
        let sources = sources(folder.path());
        let place =
            sources.keep("smtp.password", &SecretString::from("swordfish".to_owned())).unwrap();
        assert_eq!(place, Place::AgeFile);
        let sealed = std::fs::read(&sources.age_file).unwrap();
        assert!(!sealed.windows(9).any(|window| window == b"swordfish"), "nothing in plain text");
        assert_eq!(sources.find("smtp.password").unwrap().secret.expose_secret(), "swordfish");
        assert!(sources.forget("smtp.password").unwrap());
        assert!(matches!(sources.find("smtp.password"), Err(SecretError::Absent { .. })));
    }

    #[test]
    fn refuses_rather_than_keep_in_plain_text() {
        let folder = tempfile::tempdir().unwrap();
        let mut sources = sources(folder.path());
        sources.environment.clear();
        let kept = sources.keep("smtp.password", &SecretString::from("swordfish".to_owned()));
        assert!(matches!(kept, Err(SecretError::NoPassphrase { .. })));
        assert!(!sources.age_file.exists());
    }
}
