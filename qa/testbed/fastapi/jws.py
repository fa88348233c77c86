"""Signing and checking with HS256, for the flaws that need it; what is sound is signed with RS256 (tokens.py)."""

import base64
import hashlib
import hmac
import json


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unbase64url(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def hs256(header: dict, claims: dict, key: bytes) -> str:
    content = ".".join(base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    return f"{content}.{base64url(mac(content, key))}"


def fits_hs256(token: str, key: bytes) -> bool:
    content, _, signature = token.rpartition(".")
    try:
        return hmac.compare_digest(mac(content, key), unbase64url(signature))
    except ValueError:
        return False


def read_hs256(token: str, key: bytes) -> dict | None:
    return json.loads(unbase64url(token.split(".")[1])) if fits_hs256(token, key) else None


def mac(content: str, key: bytes) -> bytes:
    return hmac.new(key, content.encode(), hashlib.sha256).digest()
