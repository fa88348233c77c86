//! scrypt (RFC 7914), as PHC strings and as Django writes it.

use subtle::ConstantTimeEq;

use super::{MAX_MEMORY, MIN_SALT, Match, Unusable, base64, number};
use crate::credential::cost::HashError;

const SCHEME: &str = "scrypt";

/// The most memory times lanes, in bytes: some two seconds.
const MAX_WORK: u64 = 512 * 1024 * 1024;

/// The least memory, in bytes. OWASP recommends at least 16 MiB.
const MIN_MEMORY: u64 = 1024 * 1024;

pub(super) struct Stored {
    params: scrypt::Params,
    memory: u64,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Stored {
    /// `ln=17,r=8,p=1$salt$hash`: passlib and RustCrypto write the same.
    pub(super) fn parse_phc(fields: &str) -> Result<Self, Unusable> {
        let read = || {
            let mut fields = fields.split('$');
            let (params, salt, hash) = (fields.next()?, fields.next()?, fields.next()?);
            let mut params = params.split(',');
            let log_n = number(params.next()?.strip_prefix("ln=")?)?;
            let r = number(params.next()?.strip_prefix("r=")?)?;
            let p = number(params.next()?.strip_prefix("p=")?)?;
            (fields.next().is_none() && params.next().is_none()).then_some(())?;
            Some((log_n, r, p, base64(salt)?, base64(hash)?))
        };
        Self::new(read().ok_or(Unusable::Malformed(SCHEME))?)
    }

    /// `16384$salt$8$5$hash`: the salt is text.
    pub(super) fn parse_django(fields: &str) -> Result<Self, Unusable> {
        let read = || {
            let mut fields = fields.split('$');
            let n = number(fields.next()?)?;
            let salt = fields.next()?.as_bytes().to_vec();
            let (r, p) = (number(fields.next()?)?, number(fields.next()?)?);
            let hash = base64(fields.next()?)?;
            (fields.next().is_none() && n.is_power_of_two()).then_some(())?;
            Some((n.ilog2(), r, p, salt, hash))
        };
        Self::new(read().ok_or(Unusable::Malformed(SCHEME))?)
    }

    fn new((log_n, r, p, salt, hash): (u32, u32, u32, Vec<u8>, Vec<u8>)) -> Result<Self, Unusable> {
        let malformed = Unusable::Malformed(SCHEME);
        // In 64 bits nothing below can go round: the shift is bounded first.
        if log_n == 0 || log_n > 30 || salt.len() < MIN_SALT || !(16..=64).contains(&hash.len()) {
            return Err(malformed);
        }
        let memory = (128_u64 << log_n).saturating_mul(u64::from(r));
        let mib = |bytes: u64| format!("{} MiB", bytes.div_ceil(1024 * 1024));
        if memory > MAX_MEMORY {
            return Err(Unusable::Costly { scheme: SCHEME, asked: mib(memory), most: mib(MAX_MEMORY) });
        }
        let work = memory.saturating_mul(u64::from(p));
        if work > MAX_WORK {
            let most = format!("{} for all lanes together", mib(MAX_WORK));
            return Err(Unusable::Costly { scheme: SCHEME, asked: format!("{p} lanes of {}", mib(memory)), most });
        }
        if memory < MIN_MEMORY {
            let asked = format!("{memory} bytes of memory");
            return Err(Unusable::Cheap { scheme: SCHEME, asked, least: mib(MIN_MEMORY) });
        }
        let log_n = u8::try_from(log_n).map_err(|_| malformed.clone())?;
        let params = scrypt::Params::new(log_n, r, p).map_err(|_| malformed)?;
        Ok(Self { params, memory, salt, hash })
    }

    pub(super) fn memory(&self) -> u64 {
        self.memory
    }

    pub(super) fn verify(&self, typed: &[u8]) -> Result<Match, HashError> {
        let mut out = [0_u8; 64];
        let out = out.get_mut(..self.hash.len()).ok_or(HashError::Cost)?;
        scrypt::scrypt(typed, &self.salt, &self.params, out).map_err(|_| HashError::Cost)?;
        Ok(Match::of(out.ct_eq(&self.hash).into()))
    }
}
