"""The keys that sign access tokens, and what the world gets to see of them."""

import secrets
from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from flaws import Flaws
from jws import base64url


class Keys:
    def __init__(self, flaws: Flaws):
        self._flaws = flaws
        self.kid = secrets.token_hex(8)
        self.private = signing_key()
        self.public = self.private.public_key()
        self._weak = rsa.generate_private_key(65537, 1024).public_key() if flaws.on("jwks-weak") else None

    def public_pem(self) -> bytes:
        return self.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def published(self) -> dict:
        key = described(self.public, self.kid)
        if self._flaws.on("jwks-private"):
            key["d"] = number(self.private.private_numbers().d)
        more = [described(self._weak, f"{self.kid}-old")] if self._weak else []
        return {"keys": [key, *more]}


@cache
def signing_key() -> rsa.RSAPrivateKey:
    # One for all sites of this process: to make one takes longer than to audit a site.
    return rsa.generate_private_key(65537, 2048)


def described(key: rsa.RSAPublicKey, kid: str) -> dict[str, str]:
    numbers = key.public_numbers()
    public = {"n": number(numbers.n), "e": number(numbers.e)}
    return {"kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256", **public}


def number(value: int) -> str:
    return base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))
