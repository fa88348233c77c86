//! What the nemesis does, one by one.

use crate::proxy::Way;
use crate::topology::{Store, Topology};

/// Something that breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Blow {
    /// `kill -9` of a node.
    KillNode(usize),
    /// A node stands still.
    PauseNode(usize),
    /// `kill -9` of a store.
    Kill(Store),
    /// A store stands still.
    Pause(Store),
    /// A verifier stands still.
    PauseVerifier(usize),
    /// The way of a verifier to its node is as it should not be.
    VerifierWay(usize, Way),
    /// The ways of some nodes to a store are as they should not be.
    Ways(Store, Vec<usize>, Way),
    /// One of the connections of a node to a store is silent.
    OneConnection(Store, usize, usize),
    /// A node is killed, and has to come back beside a dump, which holds every table.
    StartBesideDump(usize),
    /// The next signing key is made at a node, and signs at once.
    RotateKeys(usize),
    /// The standby is kept from hearing more, the primary killed, and the standby promoted, while these nodes stand still and
    /// these verifiers are cut off from theirs.
    Failover { paused: Vec<usize>, deaf: Vec<usize> },
    /// Redis forgets everything.
    Flush,
    /// No node reaches the sessions, and meanwhile as much as possible is revoked.
    FillOutbox,
}

impl Blow {
    pub(crate) fn name(&self) -> String {
        let store = |store: &Store| match store {
            Store::Postgres => "postgres",
            Store::Redis => "redis",
        };
        let how = |way: Way| if way == Way::Cut { "cut" } else { "stall" };
        match self {
            Self::KillNode(_) => "kill node".to_owned(),
            Self::PauseNode(_) => "pause node".to_owned(),
            Self::Kill(which) => format!("kill {}", store(which)),
            Self::Pause(which) => format!("pause {}", store(which)),
            Self::Ways(which, nodes, way) => {
                let whom = if nodes.len() == 1 { "one node" } else { "nodes" };
                format!("{} {whom} from {}", how(*way), store(which))
            }
            Self::PauseVerifier(_) => "pause verifier".to_owned(),
            Self::VerifierWay(_, way) => format!("{} a verifier from its node", how(*way)),
            Self::OneConnection(which, ..) => format!("stall one connection to {}", store(which)),
            Self::StartBesideDump(_) => "start a node beside a dump".to_owned(),
            Self::RotateKeys(_) => "rotate the keys".to_owned(),
            Self::Failover { .. } => "failover".to_owned(),
            Self::Flush => "flush redis".to_owned(),
            Self::FillOutbox => "fill the outbox".to_owned(),
        }
    }

    /// What it strikes. Two at once strike two things, or mending one would mend the other.
    pub(crate) fn target(&self) -> Option<Store> {
        match self {
            Self::KillNode(_) | Self::PauseNode(_) | Self::PauseVerifier(_) | Self::VerifierWay(..) => None,
            Self::RotateKeys(_) => None,
            // The dump would end with the server.
            Self::StartBesideDump(_) => Some(Store::Postgres),
            Self::Kill(store) | Self::Pause(store) | Self::Ways(store, ..) => Some(*store),
            Self::OneConnection(store, ..) => Some(*store),
            Self::Failover { .. } => Some(Store::Postgres),
            Self::Flush | Self::FillOutbox => Some(Store::Redis),
        }
    }

    pub(crate) fn nodes(&self) -> Vec<usize> {
        match self {
            Self::KillNode(node) | Self::PauseNode(node) | Self::StartBesideDump(node) => vec![*node],
            Self::Failover { paused, .. } => paused.clone(),
            _ => Vec::new(),
        }
    }

    /// The node that has to answer again while it lasts.
    pub(crate) fn survived_by(&self) -> Option<usize> {
        if let Self::OneConnection(_, node, _) = self { Some(*node) } else { None }
    }

    /// Whether a store of sessions may lose some by it.
    pub(crate) fn loses_sessions(&self, topology: Topology) -> bool {
        match self {
            Self::KillNode(_) => topology == Topology::Memory,
            Self::Kill(Store::Redis) | Self::Flush => true,
            // Redis may have what the new primary has not: what cannot be told from that goes too.
            Self::Failover { .. } => topology.has_redis(),
            _ => false,
        }
    }

    /// Whether counts of attempts may be lost by it. They are where sessions are, and no disk is waited for.
    pub(crate) fn loses_counts(&self, topology: Topology) -> bool {
        match self {
            Self::KillNode(_) => !topology.is_shared(),
            Self::Kill(Store::Postgres) | Self::Failover { .. } => !topology.has_redis(),
            Self::Kill(Store::Redis) | Self::Flush => true,
            _ => false,
        }
    }
}
