"""The flaws in checking signatures. In the sound site nothing gets through here."""

import asyncio
import json
from urllib.parse import urlsplit

import jwt

import jws
from flaws import Flaws
from keys import Keys

WEAK_SECRET = b"secret"


async def lets_through(header: dict, token: str, keys: Keys, flaws: Flaws) -> bool:
    """Whether a flaw vouches for this token, so that its signature is not looked at any more."""
    alg, kid = header.get("alg"), header.get("kid")
    if flaws.on("jwt-alg-none"):
        return isinstance(alg, str) and alg.lower() == "none"
    if flaws.on("jwt-signature"):
        return alg == "RS256" and kid == keys.kid
    if flaws.on("jwt-key-confusion"):
        return alg == "HS256" and kid == keys.kid and jws.fits_hs256(token, keys.public_pem())
    if flaws.on("jwt-weak-secret"):
        return alg == "HS256" and kid == keys.kid and jws.fits_hs256(token, WEAK_SECRET)
    if flaws.on("jwt-kid"):
        return alg == "HS256" and isinstance(kid, str) and kid.endswith("/dev/null") and jws.fits_hs256(token, b"")
    if flaws.on("jwt-embedded-key") and "jwk" in header:
        return fits_rs256(token, header["jwk"])
    if flaws.on("jwt-jku") and "jku" in header:
        fetched = await asyncio.to_thread(fetch, header["jku"])
        return any(fits_rs256(token, key) for key in fetched if isinstance(key, dict) and key.get("kid") == kid)
    return False


def fits_rs256(token: str, key: object) -> bool:
    if not isinstance(key, dict) or key.get("kty") != "RSA":
        return False
    try:
        jwt.api_jws.decode(token, jwt.PyJWK(key, "RS256"), ["RS256"])
    except jwt.PyJWTError:
        return False
    return True


def fetch(url: str) -> list:
    # Only here, as nothing else needs it and every start would pay for it.
    from urllib.request import ProxyHandler, build_opener

    # The flaw is to be seen on this machine, and is to reach no other.
    if urlsplit(url).hostname not in ("127.0.0.1", "localhost", "::1"):
        return []
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=2) as answer:
            return json.loads(answer.read(64 * 1024))["keys"]
    except (OSError, LookupError) as error:
        raise ValueError("no keys there") from error
