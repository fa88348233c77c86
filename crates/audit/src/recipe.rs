//! What the auditor is told about a site: accounts, and whatever it cannot find by itself.

use std::collections::BTreeMap;
use std::path::Path;

use admit_rules::Waiver;
use admit_words::{Words, say};
use serde::Deserialize;
use url::Url;

/// A recipe, as its TOML file is written. Everything may be left out; what is missing is looked for or not tested.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recipe {
    /// The accounts to sign in with.
    pub accounts: Accounts,
    /// How one signs in.
    pub login: Login,
    /// How one signs out.
    pub logout: Logout,
    /// Pages and who may see them.
    pub pages: Pages,
    /// A harmless change that a signed-in user can make.
    pub change: Option<Change>,
    /// How a user changes the password.
    pub password: Password,
    /// The page for a forgotten password.
    pub reset: Reset,
    /// Tokens of apps.
    pub tokens: Option<Tokens>,
    /// A real browser.
    pub browser: Browser,
    /// What is known of the session.
    pub session: Session,
    /// What the site's own policy allows.
    pub limits: Limits,
    /// Findings that are known, each with a reason and an end.
    pub waive: Vec<Waiver>,
}

/// `[accounts]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Accounts {
    /// Somebody with no rights beyond their own account.
    pub ordinary: Option<Account>,
    /// Somebody who may more.
    pub admin: Option<Account>,
}

/// An account. The password stands in the file, in another file or in an environment variable.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Account {
    /// What is typed into the first field.
    pub name: String,
    /// The password.
    pub password: Option<String>,
    /// A file that holds it.
    pub password_file: Option<std::path::PathBuf>,
    /// The environment variable that holds it.
    pub password_env: Option<String>,
    /// A password that the auditor may set for a moment. It sets the old one back.
    pub new_password: Option<String>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Account").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Account {
    pub(crate) fn password(&self) -> &str {
        self.password.as_deref().unwrap_or_default()
    }
}

/// `[login]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Login {
    /// The page with the form, or the address that takes JSON.
    pub url: Option<String>,
    /// The field for the name.
    pub name_field: Option<String>,
    /// The field for the password.
    pub password_field: Option<String>,
    /// Whether JSON is sent.
    pub json: bool,
    /// Further fields that are sent as they stand.
    pub fields: BTreeMap<String, String>,
}

/// `[logout]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Logout {
    /// Its address; without one the form or link is looked for on a private page.
    pub url: Option<String>,
    /// Whether JSON is sent.
    pub json: bool,
}

/// `[pages]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pages {
    /// For every signed-in user.
    pub private: Vec<String>,
    /// For the admin account alone.
    pub admin: Vec<String>,
    /// Objects of the admin account, which the ordinary one must not see.
    pub owned: Vec<String>,
    /// Pages whose scripts fetch what they show, for a signed-in user.
    pub scripted: Vec<String>,
}

/// `[change]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The page that has the form and shows the value.
    pub page: String,
    /// The field that is changed.
    pub field: String,
    /// An address that takes the same as JSON.
    #[serde(default)]
    pub json_url: Option<String>,
}

/// `[password]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Password {
    /// The page with the form.
    pub page: Option<String>,
}

/// `[reset]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reset {
    /// The page with the form.
    pub page: Option<String>,
}

/// `[tokens]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    /// Where a name and a password become tokens.
    pub url: String,
    /// The field for the name.
    #[serde(default = "username")]
    pub name_field: String,
    /// The field for the password.
    #[serde(default = "password")]
    pub password_field: String,
    /// Further fields, sent as they stand.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// Whether a form is sent instead of JSON.
    #[serde(default)]
    pub form: bool,
    /// The member of the answer that holds the access token.
    #[serde(default = "access_token")]
    pub access: String,
    /// The member that holds the refresh token.
    #[serde(default = "refresh_token")]
    pub refresh_member: String,
    /// Where a refresh token becomes new ones.
    pub refresh: Option<String>,
    /// Further fields of that request.
    #[serde(default)]
    pub refresh_fields: BTreeMap<String, String>,
    /// Whether that request is a form.
    #[serde(default)]
    pub refresh_form: bool,
    /// Where a token is given up: called with the access token.
    pub revoke: Option<String>,
    /// Addresses for every holder of a token.
    #[serde(default)]
    pub private: Vec<String>,
    /// Addresses for the admin's tokens alone.
    #[serde(default)]
    pub admin: Vec<String>,
    /// The key set.
    pub jwks: Option<String>,
    /// A token of the same issuer that is meant for another audience.
    pub foreign: Option<String>,
    /// Fields with which the same address issues such a token: `audience` or `resource` (RFC 8707).
    #[serde(default)]
    pub foreign_fields: BTreeMap<String, String>,
    /// A token that has expired.
    pub expired: Option<String>,
    /// Where the site reaches this machine, `http://HOST:PORT`: there the auditor offers keys of its own.
    pub listen: Option<String>,
}

/// `[browser]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Browser {
    /// Whether a headless Chromium is started, with the `chromedriver` on the path.
    pub run: bool,
    /// The address of a WebDriver that runs already; it is used instead.
    pub webdriver: Option<String>,
}

fn username() -> String {
    "username".to_owned()
}
fn password() -> String {
    "password".to_owned()
}
fn access_token() -> String {
    "access_token".to_owned()
}
fn refresh_token() -> String {
    "refresh_token".to_owned()
}

/// `[session]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Session {
    /// The cookie that carries it.
    pub cookie: Option<String>,
    /// After how many seconds without a request it ends; the check waits that long.
    pub idle: Option<u64>,
}

/// `[limits]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// For how many days a session cookie may be kept.
    pub cookie_days: i64,
    /// For how many seconds an access token may live.
    pub token_seconds: i64,
    /// How many wrong passwords for one account are tried before an answer to them is expected.
    pub tries: u32,
    /// The longest that a check waits for a token to expire, or for a grace to pass, in seconds.
    pub wait: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { cookie_days: 90, token_seconds: 3_600, tries: 25, wait: 30 }
    }
}

impl Tokens {
    /// Tokens that are issued at an address, as most sites do it.
    #[must_use]
    pub fn at(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            name_field: username(),
            password_field: password(),
            fields: BTreeMap::new(),
            form: false,
            access: access_token(),
            refresh_member: refresh_token(),
            refresh: None,
            refresh_fields: BTreeMap::new(),
            refresh_form: false,
            revoke: None,
            private: Vec::new(),
            admin: Vec::new(),
            jwks: None,
            foreign: None,
            foreign_fields: BTreeMap::new(),
            listen: None,
            expired: None,
        }
    }
}

impl Recipe {
    /// The whole addresses in it: hosts that may be asked besides the site's own.
    pub(crate) fn addresses(&self) -> Vec<Url> {
        let tokens = self.tokens.iter().flat_map(|tokens| {
            let one = [Some(&tokens.url), tokens.refresh.as_ref(), tokens.revoke.as_ref(), tokens.jwks.as_ref()];
            one.into_iter().flatten().chain(&tokens.private).chain(&tokens.admin)
        });
        let change = self.change.iter().flat_map(|change| std::iter::once(&change.page).chain(&change.json_url));
        let one = [&self.login.url, &self.logout.url, &self.password.page, &self.reset.page].into_iter().flatten();
        let pages =
            [&self.pages.private, &self.pages.admin, &self.pages.owned, &self.pages.scripted].into_iter().flatten();
        one.chain(pages).chain(change).chain(tokens).filter_map(|place| Url::parse(place).ok()).collect()
    }

    /// Reads a file, and the passwords that it names elsewhere.
    ///
    /// # Errors
    /// With the sentence to print: the file, what is wrong, and where.
    pub fn read(path: &Path) -> Result<Self, Words> {
        let at = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            say!("The recipe {at} could not be read: {error}.", "레시피 {at} 파일을 읽을 수 없습니다: {error}.")
        })?;
        let mut recipe: Self =
            toml::from_str(&text).map_err(|error| say!("The recipe {at}: {error}", "레시피 {at}: {error}"))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        recipe.fetch_passwords(folder)?;
        Ok(recipe)
    }

    /// Reads the passwords that stand elsewhere; `folder` is what relative names start from.
    ///
    /// # Errors
    /// With the sentence to print.
    pub fn fetch_passwords(&mut self, folder: &Path) -> Result<(), Words> {
        for account in [&mut self.accounts.ordinary, &mut self.accounts.admin].into_iter().flatten() {
            let name = account.name.clone();
            if account.password.is_some() {
                continue;
            }
            if let Some(file) = &account.password_file {
                let file = folder.join(file);
                let at = file.display().to_string();
                let text = std::fs::read_to_string(&file).map_err(|error| {
                    say!(
                        "The password of {name} could not be read from {at}: {error}.",
                        "{name}의 비밀번호를 {at}에서 읽을 수 없습니다: {error}."
                    )
                })?;
                account.password = Some(text.trim_end_matches(['\r', '\n']).to_owned());
            } else if let Some(variable) = &account.password_env {
                let value = std::env::var(variable).map_err(|_| {
                    say!(
                        "The password of {name} is to be in the environment variable {variable}, which is not set.",
                        "{name}의 비밀번호가 있어야 할 환경 변수 {variable}이(가) 설정되지 않았습니다."
                    )
                })?;
                account.password = Some(value);
            } else {
                return Err(say!(
                    "The account {name} has no password: give password, password_file or password_env.",
                    "계정 {name}에 비밀번호가 없습니다. password, password_file, password_env 가운데 하나를 적으세요."
                ));
            }
        }
        Ok(())
    }
}
