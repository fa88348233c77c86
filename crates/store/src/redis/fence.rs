//! What Redis says of how far it is, and what that is worth.

use admit_core::id::Shard;
use admit_core::signal::Position;
use admit_core::store::StoreError;

use redis::{Cmd, Value};

use super::keys::Keys;
use super::scripts;
use crate::epoch::{Epochs, In};

/// The epoch of a shard that is being emptied: that of no log.
const EMPTIED: &str = "-";

/// A shard's fence.
pub(super) struct Fence {
    /// Up to which number the log is applied.
    pub(super) number: u64,
    /// Both as they were seen, to be compared again in the write.
    seen: (Vec<u8>, Vec<u8>),
}

/// What has to be done before Redis is believed in a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing.
    Good,
    /// It has nothing that is not in the accounts, and goes on in their present epoch.
    Adopt,
    /// It has what the accounts have lost, which cannot be told from the rest: all of the shard is deleted.
    Forget,
    /// It is a copy of later accounts than these.
    Later,
}

/// Asks for the fence of a shard.
pub(super) fn fence(keys: &Keys, shard: Shard) -> Cmd {
    let mut call = scripts::FENCE.call(1);
    call.arg(keys.fence(shard));
    call
}

impl Fence {
    /// From what the server said.
    pub(super) fn read(answer: &Value) -> Result<Self, StoreError> {
        let bytes = |answer: &Value| if let Value::BulkString(bytes) = answer { bytes.clone() } else { Vec::new() };
        let parts = if let Value::Array(parts) = answer { parts.as_slice() } else { &[] };
        let [fence, epoch] = parts else {
            return Err(StoreError::new("Redis answered the question for a fence with something else"));
        };
        Ok(Self { number: number(fence)?, seen: (bytes(fence), bytes(epoch)) })
    }

    /// That of a shard that has been emptied.
    pub(super) fn emptied() -> Self {
        Self { number: 0, seen: (Vec::new(), EMPTIED.into()) }
    }

    /// What it is worth, beside accounts that are so far.
    pub(super) fn verdict(&self, shard: Shard, head: u64, epochs: &Epochs) -> Verdict {
        let name = str::from_utf8(&self.seen.1).unwrap_or(EMPTIED);
        let is_lost = self.number > head || epochs.is_lost(In::Shard(shard), self.number);
        let present = epochs.present;
        match name.parse::<Position>() {
            Ok(epoch) if epoch == present && !is_lost => Verdict::Good,
            Ok(epoch) if epoch.seq > present.seq => Verdict::Later,
            // Of before there were epochs.
            Err(_) if name != EMPTIED && !is_lost => Verdict::Adopt,
            Ok(_) if !is_lost => Verdict::Adopt,
            Ok(_) | Err(_) => Verdict::Forget,
        }
    }

    /// Puts it into the present epoch, if it still is what was seen.
    pub(super) fn adopt(&self, keys: &Keys, shard: Shard, epochs: &Epochs) -> Cmd {
        self.give(keys, shard, &epochs.present.to_string())
    }

    /// Puts it into none, if it still is what was seen: nothing is applied from then on.
    pub(super) fn empty(&self, keys: &Keys, shard: Shard) -> Cmd {
        self.give(keys, shard, EMPTIED)
    }

    fn give(&self, keys: &Keys, shard: Shard, epoch: &str) -> Cmd {
        let mut call = scripts::ADOPT.call(1);
        call.arg(keys.fence(shard)).arg(&self.seen.0).arg(&self.seen.1).arg(epoch);
        call
    }
}

/// A fence, which is 0 when it is not there.
pub(super) fn number(answer: &Value) -> Result<u64, StoreError> {
    let read = match answer {
        Value::Nil => Some(0),
        Value::Int(number) => u64::try_from(*number).ok(),
        Value::BulkString(text) => std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()),
        _ => None,
    };
    read.ok_or_else(|| StoreError::new("a fence in Redis is no number: another program may use the prefix"))
}

#[cfg(test)]
mod tests {
    use admit_core::signal::LogId;

    use super::*;
    use crate::epoch::Loss;

    const SHARD: Shard = Shard(7);

    fn of(number: u64, epoch: &str) -> Fence {
        Fence { number, seen: (number.to_string().into_bytes(), epoch.into()) }
    }

    #[test]
    fn a_fence_is_worth_what_its_epoch_and_what_survived_it_say() {
        let at = |log, seq| Position { log: LogId::from_u64(log), seq };
        let losses = vec![Loss { survived: vec![5; 257], base: 100 }];
        let epochs = Epochs { present: at(2, 100), losses };
        let verdict = |number, epoch: &str| of(number, epoch).verdict(SHARD, 103, &epochs);
        let (present, before) = (at(2, 100).to_string(), at(1, 0).to_string());
        assert_eq!([100, 101, 103].map(|number| verdict(number, &present)), [Verdict::Good; 3]);
        assert_eq!([0, 5].map(|number| verdict(number, &before)), [Verdict::Adopt; 2]);
        assert_eq!([0, 5].map(|number| verdict(number, "")), [Verdict::Adopt; 2], "of a release before");
        assert_eq!([6, 99].map(|number| verdict(number, &before)), [Verdict::Forget; 2], "it has what was lost");
        assert_eq!(verdict(104, &present), Verdict::Forget, "it is further than the accounts");
        assert_eq!(
            [0, 5, 103].map(|number| verdict(number, EMPTIED)),
            [Verdict::Forget; 3],
            "it was not emptied to the end"
        );
        // Of a standby that took over beside the one that these accounts are in.
        assert_eq!(verdict(5, &at(9, 90).to_string()), Verdict::Adopt);
        assert_eq!(verdict(91, &at(9, 90).to_string()), Verdict::Forget);
        assert_eq!(verdict(5, &at(9, 120).to_string()), Verdict::Later);
    }
}
