//! The three users: their roles, e-mail addresses and passwords.

use std::collections::HashMap;
use std::io;
use std::sync::Mutex;

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::constant_time::verify_slices_are_equal;

use crate::random;
use crate::site::lock;

/// What never changes of a user.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) name: &'static str,
    pub(crate) role: &'static str,
    first_password: &'static str,
}

const ACCOUNTS: &[Account] = &[
    Account { name: "alice", role: "user", first_password: "violet-anchor-1842-mango" },
    Account { name: "bruno", role: "user", first_password: "copper-lantern-5530-fjord" },
    Account { name: "root", role: "admin", first_password: "granite-harbor-7719-plum" },
];

impl Account {
    pub(crate) fn is_admin(&self) -> bool {
        self.role == "admin"
    }
}

/// How many characters count where passwords are cut off.
const CUT: usize = 20;

/// What changes of the users.
#[derive(Debug)]
pub(crate) struct Users {
    changing: Mutex<HashMap<&'static str, Changing>>,
    /// What the password of a name that nobody has is compared with.
    nobody: Hash,
    truncates: bool,
    cost: Cost,
}

#[derive(Debug)]
struct Changing {
    email: String,
    password: Hash,
}

#[derive(Clone, Debug)]
struct Hash {
    salt: [u8; 16],
    output: [u8; 32],
}

/// Memory in KiB, and rounds.
#[derive(Clone, Copy, Debug)]
struct Cost(u32, u32);

/// Some 20 ms: real, and cheap enough to start a site for every test.
const REAL: Cost = Cost(12 * 1024, 3);
const QUICK: Cost = Cost(64, 1);

impl Users {
    pub(crate) fn new(truncates: bool, quick: bool) -> io::Result<Self> {
        let cost = if quick { QUICK } else { REAL };
        let changing = ACCOUNTS
            .iter()
            .map(|account| {
                let password = Hash::new(cut(account.first_password, truncates), cost)?;
                Ok((account.name, Changing { email: format!("{}@mail.example", account.name), password }))
            })
            .collect::<io::Result<_>>()?;
        Ok(Self { changing: Mutex::new(changing), nobody: Hash::new(&random::id(), cost)?, truncates, cost })
    }

    pub(crate) fn find(name: &str) -> Option<&'static Account> {
        ACCOUNTS.iter().find(|account| account.name == name)
    }

    pub(crate) fn email(&self, account: &Account) -> String {
        lock(&self.changing).get(account.name).map(|user| user.email.clone()).unwrap_or_default()
    }

    pub(crate) fn set_email(&self, account: &Account, email: &str) {
        if let Some(user) = lock(&self.changing).get_mut(account.name) {
            email.clone_into(&mut user.email);
        }
    }

    /// As much work for `None`, a name that nobody has, as for a user. Slow.
    pub(crate) fn password_is(&self, account: Option<&Account>, password: &str) -> bool {
        let known = account.and_then(|account| Some(lock(&self.changing).get(account.name)?.password.clone()));
        let right = known.as_ref().unwrap_or(&self.nobody).is_of(cut(password, self.truncates), self.cost);
        right && known.is_some()
    }

    /// Slow.
    pub(crate) fn set_password(&self, account: &Account, password: &str) -> io::Result<()> {
        let hash = Hash::new(cut(password, self.truncates), self.cost)?;
        if let Some(user) = lock(&self.changing).get_mut(account.name) {
            user.password = hash;
        }
        Ok(())
    }
}

impl Hash {
    fn new(password: &str, cost: Cost) -> io::Result<Self> {
        let salt = random::bytes();
        Ok(Self { salt, output: stretched(password, &salt, cost).map_err(io::Error::other)? })
    }

    fn is_of(&self, password: &str, cost: Cost) -> bool {
        stretched(password, &self.salt, cost).is_ok_and(|output| verify_slices_are_equal(&output, &self.output).is_ok())
    }
}

/// Argon2id.
fn stretched(password: &str, salt: &[u8], Cost(memory, rounds): Cost) -> Result<[u8; 32], argon2::Error> {
    let mut output = [0; 32];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(memory, rounds, 1, None)?);
    argon2.hash_password_into(password.as_bytes(), salt, &mut output)?;
    Ok(output)
}

fn cut(password: &str, truncates: bool) -> &str {
    match password.char_indices().nth(CUT) {
        Some((end, _)) if truncates => password.get(..end).unwrap_or(password),
        _ => password,
    }
}
