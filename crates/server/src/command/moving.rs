//! `export` and `import`: everything that the accounts store holds, to a file and from it.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use admit_clock::SystemClock;
use admit_core::audit::EventKind;
use admit_core::jws::{KeyId, Sealed, SealingKey};
use admit_core::plural::noun_for;
use admit_core::random::{OsRandom, Random};
use admit_core::secret::ServerSecret;
use admit_core::time::Clock;
use admit_store::snapshot::{self, Broken, Checked, Import, Snapshot, Stopped};
use admit_store::{PostgresSnapshot, Sqlite, SqliteSnapshot};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde_json::{Value, json};

use super::progress::{Progress, grouped};
use super::{Ended, configuration, print, runtime};
use crate::cli::Common;
use crate::config::stores::{AccountsAt, Chosen, SessionsAt};
use crate::config::{self, Config};
use crate::control::{self, Answer, Command};
use crate::data::installation::{self, unusable};
use crate::data::{Claim, DataFolder, socket};
use crate::operation::Cause;
use crate::stores::{self, capital, chosen};

/// Buffers of the file.
const BUFFER: usize = 1024 * 1024;

pub(super) fn export(common: &Common, file: &Path) -> Result<(), Ended> {
    let config = configuration(common)?;
    let Chosen { accounts, sessions } = chosen(&config).map_err(Ended::Incomplete)?;
    // Opened before the file is made: where there is nothing to export there is no file.
    let (rows, id) = runtime()?.block_on(async {
        match accounts {
            AccountsAt::Sqlite(path) => {
                let path = path.unwrap_or_else(|| DataFolder::database_in(&config.server.data));
                let _claim = brought_up(&config, &path)?;
                let refused = |error| Ended::Incomplete(unusable(&path, &error));
                out(SqliteSnapshot::reading(&path).map_err(refused)?, file).await
            }
            AccountsAt::Postgres(address) => {
                out(PostgresSnapshot::reading(&address).await.map_err(failed)?, file).await
            }
        }
    })?;
    if let Err(ended) = runtime()?.block_on(written_down(&config, file)) {
        // What is in no log has not left.
        drop(std::fs::remove_file(file));
        return Err(ended);
    }
    let elsewhere = !matches!(sessions, SessionsAt::Accounts);
    let total: u64 = rows.as_object().into_iter().flatten().filter_map(|(_, count)| count.as_u64()).sum();
    if common.json {
        let report = json!({ "file": file.display().to_string(), "id": id, "rows": rows, "sessions": !elsewhere });
        print(&format!("{report:#}\n"))?;
        return Ok(());
    }
    print(&format!("Wrote {} {} to {}:\n{}", grouped(total), noun_for(total, "row"), file.display(), listed(&rows)))?;
    if elsewhere {
        print("Sessions are in another store and not in this file: in browsers everybody has to sign in again.\n")?;
    }
    print(
        "It has password hashes and signing keys: guard it as the database itself, and remove it when it is imported.\n",
    )?;
    Ok(())
}

/// Writes into the audit log that everything has left: by the server that runs, or else here. Neither the policy nor the
/// sessions' store is needed for that. It is not in the export itself, which is one moment of the store.
async fn written_down(config: &Config, file: &Path) -> Result<(), Ended> {
    let failed = |why: &dyn std::fmt::Display| {
        Ended::Incomplete(format!("The export could not be written to the audit log, so its file was removed: {why}"))
    };
    let named = std::path::absolute(file).unwrap_or_else(|_| file.to_owned()).display().to_string();
    match claim(config)? {
        Claim::Taken => {
            let command = Command::Exported { file: named };
            let answer = control::send(&socket(&config.server.data), &command).await;
            match answer.map_err(|error| failed(&error))? {
                Answer::Done(_) => Ok(()),
                Answer::Refused(why) | Answer::Failed(why) => Err(failed(&why)),
            }
        }
        Claim::Ours(data) => {
            let mut accounts_alone = config.clone();
            (accounts_alone.sessions.url, accounts_alone.sessions.url_file) = (None, None);
            let rules = config.sessions.rules();
            let opened = stores::open(&accounts_alone, &data, rules, config.tokens.rules(&rules)).await;
            let event = Cause::operator().event(EventKind::DataExported, SystemClock.now()).with("file", named);
            opened.map_err(|why| failed(&why))?.accounts.record(event).await.map_err(|error| failed(&error))
        }
    }
}

/// Takes the database for this command where no server has it, and brings its schema up to date as a server would.
fn brought_up(config: &Config, path: &Path) -> Result<Option<DataFolder>, Ended> {
    if !path.exists() {
        return Err(Ended::Incomplete(format!(
            "There is no data at {}. Run this where the server was started, or name its folder with --data.",
            path.display()
        )));
    }
    match claim(config)? {
        Claim::Ours(data) => {
            Sqlite::migrate(path).map_err(|error| Ended::Incomplete(unusable(path, &error)))?;
            Ok(Some(data))
        }
        Claim::Taken => Ok(None),
    }
}

fn claim(config: &Config) -> Result<Claim, Ended> {
    let folder = &config.server.data;
    DataFolder::claim(folder)
        .map_err(|error| Ended::Incomplete(format!("The data folder {} cannot be used: {error}.", folder.display())))
}

fn failed(error: impl std::fmt::Display) -> Ended {
    Ended::Incomplete(capital(error))
}

async fn out<S: Snapshot>(mut source: S, file: &Path) -> Result<(Value, String), Ended> {
    let written = |error| Ended::Incomplete(format!("{} cannot be written: {error}.", file.display()));
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .map_err(|error| Ended::Usage(format!("{} cannot be made: {error}. Name a new file.", file.display())))?;
    let mut id = [0_u8; 16];
    OsRandom.fill(&mut id).map_err(failed)?;
    let id = HEXLOWER.encode(&id);
    let now = SystemClock.now().to_string();
    let mut progress = Progress::new("rows");
    let buffer = BufWriter::with_capacity(BUFFER, &made);
    let rows = snapshot::export(&mut source, buffer, (&id, &now), &mut |count| progress.at(count)).await;
    progress.end();
    match rows {
        Ok(rows) => {
            made.sync_all().map_err(written)?;
            Ok((json!(rows), id))
        }
        Err(stopped) => {
            // Half an export is none. What is left of it would be refused anyway.
            drop(std::fs::remove_file(file));
            Err(ended(stopped))
        }
    }
}

pub(super) fn import(common: &Common, file: &Path) -> Result<(), Ended> {
    let config = configuration(common)?;
    let accounts = chosen(&config).map_err(Ended::Incomplete)?.accounts;
    // Read to its end first: nothing is begun with a file that is not whole.
    let checked = snapshot::check(open(file)?).map_err(|broken| ended(broken.into()))?;
    let secret = secret(&config).map_err(Ended::Incomplete)?;
    if let Some(secret) = &secret {
        keys_open(open(file)?, secret)?;
    }
    let before = runtime()?.block_on(async {
        match accounts {
            AccountsAt::Sqlite(path) => {
                let data = match claim(&config)? {
                    Claim::Ours(data) => data,
                    Claim::Taken => {
                        return Err(Ended::Negative("A server runs on this data folder. Stop it first.".to_owned()));
                    }
                };
                let path: PathBuf = path.unwrap_or_else(|| DataFolder::database_in(&config.server.data));
                let refused = |error| Ended::Incomplete(unusable(&path, &error));
                let before = within(SqliteSnapshot::writing(&path).map_err(refused)?, &checked, file).await?;
                // Whichever database the folder had: this is the one to go on with.
                let mark = Sqlite::mark_of(&path).map_err(refused)?;
                installation::note(&data, &mark).map_err(Ended::Incomplete)?;
                Ok(before)
            }
            AccountsAt::Postgres(address) => {
                within(PostgresSnapshot::writing(&address).await.map_err(failed)?, &checked, file).await
            }
        }
    })?;
    let rows = json!(checked.rows);
    if common.json {
        print(&format!("{:#}\n", json!({ "id": checked.id, "rows": rows, "already_there": before })))?;
        return Ok(());
    }
    let resumed = if before > 0 {
        format!(" {} of them {} in already.", grouped(before), if before == 1 { "was" } else { "were" })
    } else {
        String::new()
    };
    print(&format!(
        "Imported {} {}, and every count matches:{resumed}\n{}With the same secret, everybody stays signed in. Delete \
         {} once you have checked the result.\n",
        grouped(checked.total()),
        noun_for(checked.total(), "row"),
        listed(&rows),
        file.display()
    ))?;
    Ok(())
}

/// The secret that the server would start with here, where there is one already.
fn secret(config: &Config) -> Result<Option<ServerSecret>, String> {
    let developments = DataFolder::dev_secret_in(&config.server.data);
    match config.server.secret.is_some() || config::secret::file(config).is_some() {
        true => config::secret::read(config).map(Some),
        false if developments.exists() => config::secret::read_file(&developments).map(Some),
        false => Ok(None),
    }
}

/// Whether the signing keys in the file can be opened here. With another secret the server would not start on them, and no
/// refresh token would be known.
fn keys_open(file: impl BufRead, secret: &ServerSecret) -> Result<(), Ended> {
    let sealing = SealingKey::new(secret).map_err(failed)?;
    for line in file.lines() {
        let line = line.map_err(|error| ended(Broken::File(error).into()))?;
        if !line.starts_with("{\"signing_key\":") {
            continue;
        }
        let row: Value = serde_json::from_str(&line).map_err(failed)?;
        let text =
            |name: &str| row.pointer(&format!("/signing_key/{name}")).and_then(Value::as_str).unwrap_or_default();
        if row.pointer("/signing_key/revoked_at").is_some_and(|at| !at.is_null()) {
            continue;
        }
        let sealed = BASE64URL_NOPAD.decode(text("sealed").as_bytes()).map_err(failed)?;
        if sealing.open(&KeyId::from_text(text("kid")), &Sealed::from_bytes(sealed)).is_err() {
            return Err(Ended::Negative(format!(
                "The signing key {} in this export was sealed with another server secret than the one here, so the server would not \
                 start on it. Nothing was imported. Put the secret of the exported server here (server.secret_file); or, where that is \
                 lost, run `admit keys revoke {}` there and export again.",
                text("kid"),
                text("kid")
            )));
        }
    }
    Ok(())
}

fn open(file: &Path) -> Result<BufReader<File>, Ended> {
    let opened = File::open(file).map(|file| BufReader::with_capacity(BUFFER, file));
    opened.map_err(|error| Ended::Incomplete(format!("{} cannot be read: {error}.", file.display())))
}

async fn within<S: Snapshot>(mut target: S, checked: &Checked, file: &Path) -> Result<u64, Ended> {
    let mut progress = Progress::new("rows");
    let import = Import { checked, count: &mut |count| progress.at(count) };
    let before = import.run(&mut target, open(file)?).await;
    progress.end();
    before.map_err(ended)
}

fn ended(stopped: Stopped) -> Ended {
    let sentence = capital(&stopped);
    match stopped {
        Stopped::File(Broken::Foreign) => Ended::Usage(sentence),
        Stopped::Used(_) | Stopped::Other | Stopped::Unfinished => Ended::Negative(sentence),
        Stopped::File(_) | Stopped::Store(_) | Stopped::Counts { .. } => Ended::Incomplete(sentence),
    }
}

fn listed(rows: &Value) -> String {
    let rows = rows.as_object().into_iter().flatten().filter(|(_, count)| count.as_u64() != Some(0));
    rows.map(|(table, count)| format!("  {table}  {}\n", grouped(count.as_u64().unwrap_or_default()))).collect()
}
