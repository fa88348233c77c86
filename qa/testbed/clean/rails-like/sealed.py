"""Cookies whose value nobody but the shop can read or make. Sealing the same text twice gives two values."""

import secrets
from base64 import b64decode, b64encode
from urllib.parse import quote, unquote

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12


class Sealer:
    def __init__(self):
        self._cipher = AESGCM(AESGCM.generate_key(256))

    def seal(self, text: str, purpose: str) -> str:
        nonce = secrets.token_bytes(NONCE)
        sealed = self._cipher.encrypt(nonce, text.encode(), purpose.encode())
        return quote("--".join(b64encode(part).decode() for part in (sealed, nonce)), safe="")

    def open(self, value: str, purpose: str) -> str | None:
        try:
            sealed, nonce = (b64decode(part, validate=True) for part in unquote(value).split("--"))
            return self._cipher.decrypt(nonce, sealed, purpose.encode()).decode()
        except (ValueError, InvalidTag):
            return None
