//! The one place that reads the environment, once.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// What this program reads of the environment.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// Variables that begin with `APPEAL_`.
    pub appeal: BTreeMap<String, String>,
    /// The folder of credentials a service manager hands over.
    pub credentials: Option<PathBuf>,
    /// The user's name on this machine, if it says.
    pub user: Option<String>,
    /// The language the person's system is set to, if it says.
    pub locale: Option<String>,
    /// The platform's folder for our data.
    pub data_folder: Option<PathBuf>,
    /// The platform's folder for our settings.
    pub config_folder: Option<PathBuf>,
}

impl Environment {
    /// Reads the environment of this process.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the environment"
    )]
    pub fn of_process() -> Self {
        let folders = directories::ProjectDirs::from("", "", "appeal-daemon");
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            appeal: std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .filter(|(name, _)| name.starts_with("APPEAL_"))
                .collect(),
            credentials: variable("CREDENTIALS_DIRECTORY").map(PathBuf::from),
            user: variable("USER").or_else(|| variable("USERNAME")),
            locale: variable("LC_ALL")
                .or_else(|| variable("LC_MESSAGES"))
                .or_else(|| variable("LANG"))
                .or_else(sys_locale::get_locale),
            data_folder: folders.as_ref().map(|folders| folders.data_dir().to_owned()),
            config_folder: folders.as_ref().map(|folders| folders.config_dir().to_owned()),
        }
    }
}
