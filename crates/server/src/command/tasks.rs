//! What goes on beside the requests while a server runs: keys, the policy, and what other nodes do.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use admit_core::policy::Policy;
use admit_core::signal::Told;
use admit_store::Stores;
use tokio::signal::unix::{SignalKind, signal};

use crate::check;
use crate::config::{self, Config};
use crate::finding::Finding;
use crate::issuer::Issuer;
use crate::operation::{Cause, Operations};

const TEND_EVERY: Duration = Duration::from_secs(60);
const FOLLOW_AGAIN: Duration = Duration::from_secs(1);

/// Signing keys are replaced by themselves.
pub(super) async fn tend(issuer: Option<Arc<Issuer>>) {
    let Some(issuer) = issuer else { return };
    loop {
        tokio::time::sleep(TEND_EVERY).await;
        if let Err(error) = issuer.tend().await {
            tracing::error!(error, "the signing-key maintenance failed; the current keys stay in use");
        }
    }
}

/// On SIGHUP the policy file is read anew: all of it takes the place of the one in force, or nothing does.
pub(super) async fn reload_policy(config: Config, dev: bool, operations: Arc<Operations>) {
    let Ok(mut hangups) = signal(SignalKind::hangup()) else {
        tracing::error!("SIGHUP cannot be received: the policy is read at the start alone");
        return;
    };
    while hangups.recv().await.is_some() {
        let Some(file) = &config.server.policy else {
            tracing::warn!(
                "SIGHUP: the policy in force is the built-in one; name a file with server.policy to change it"
            );
            continue;
        };
        match config::policy::text(Some(file)).map_err(|error| error.to_string()) {
            Ok((text, name)) => {
                let allows = |fresh: &Policy| allowed(&config, file, dev, fresh);
                match operations.reload_policy(&Cause::operator(), &text, &name, allows).await {
                    Ok(()) => tracing::info!(policy = name, "SIGHUP: the policy was read anew and is in force"),
                    Err(mistakes) => {
                        tracing::error!("SIGHUP: the policy in force stays, because of these mistakes:\n{mistakes}");
                    }
                }
            }
            Err(error) => {
                tracing::error!("SIGHUP: the policy in force stays: {error}");
                let name = file.display().to_string();
                operations.policy_unreadable(&Cause::operator(), &name, &error.to_string()).await;
            }
        }
    }
}

/// What the start would say to this policy file: refused for the same reasons, warned of the same.
fn allowed(config: &Config, file: &Path, dev: bool, fresh: &Policy) -> Result<(), String> {
    if dev {
        return Ok(());
    }
    let checked = check::policy(config, file, fresh);
    let sentence = |finding: &Finding| format!("{}: {} {}", finding.id, finding.wrong, finding.remedy);
    if !checked.refused.is_empty() {
        return Err(checked.refused.iter().map(sentence).collect::<Vec<_>>().join("\n"));
    }
    // Waivers that are about something else have been looked at already.
    for finding in checked.told.iter().filter(|finding| !finding.id.starts_with("waiver-")) {
        tracing::warn!(id = finding.id, about = finding.about, remedy = finding.remedy, "{}", finding.wrong);
    }
    Ok(())
}

/// Keys that another node has made or withdrawn are taken up here, and clients that it knows otherwise are told.
pub(super) async fn follow_others(stores: Stores, issuer: Option<Arc<Issuer>>) {
    let Some(issuer) = issuer.filter(|_| stores.shared) else { return };
    let tend = async || {
        if let Err(error) = issuer.tend().await {
            tracing::error!(error, "the signing keys could not be taken up; those that there are go on");
        }
    };
    loop {
        match stores.signals.follow(None).await {
            Ok(mut following) => {
                // They may have changed before this began.
                tend().await;
                while let Some(signal) = following.coming.next().await {
                    match &signal.told {
                        Told::Key(_) | Told::KeysChanged => tend().await,
                        Told::Client { id, generation } if issuer.is_behind(id, *generation) => tracing::error!(
                            client = %id,
                            "another node was started with a different configuration of this client, so the tokens issued to it \
                             here are refused; restart this node with the new configuration"
                        ),
                        _ => {}
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "the signals of other nodes cannot be followed; trying again"),
        }
        tokio::time::sleep(FOLLOW_AGAIN).await;
    }
}
