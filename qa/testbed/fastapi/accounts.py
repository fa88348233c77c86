"""Who has an account here, and how a password is checked."""

import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass

from flaws import Flaws


class StoredPassword:
    """scrypt at some 20 ms: enough that the work shows in the time, little enough to start the site often. Or next to nothing."""

    def __init__(self, text: str, kept: int | None, quick: bool):
        self._kept = kept
        self._quick = quick
        self._salt = secrets.token_bytes(16)
        self._hash = self._derive(text)

    def matches(self, text: str) -> bool:
        return hmac.compare_digest(self._derive(text), self._hash)

    def _derive(self, text: str) -> bytes:
        # The same letters can come in several codings; a keyboard decides which, not the person.
        spelt = unicodedata.normalize("NFC", text)[: self._kept]
        return hashlib.scrypt(spelt.encode(), salt=self._salt, n=1 << 4 if self._quick else 1 << 13, r=8, p=1)


@dataclass
class Account:
    name: str
    password: StoredPassword
    role: str
    email: str


class Accounts:
    def __init__(self, flaws: Flaws, quick: bool):
        self._flaws = flaws
        self._quick = quick
        self._kept = 20 if flaws.on("password-truncated") else None
        self._by_name = {
            name: Account(name, StoredPassword(password, self._kept, quick), role, f"{name}@shop.example")
            for name, password, role in (
                ("alice", "violet-anchor-1842-mango", "ordinary"),
                ("bruno", "copper-lantern-5530-fjord", "ordinary"),
                ("root", "granite-harbor-7719-plum", "admin"),
            )
        }
        self._nobodys = StoredPassword(secrets.token_urlsafe(), self._kept, quick)

    def find(self, name: str | None) -> Account | None:
        return self._by_name.get(name) if name is not None else None

    def names(self) -> list[str]:
        return list(self._by_name)

    def check(self, name: str, password: str) -> Account | None:
        account = self.find(name)
        if account is None:
            # The same work as for a name that there is: else the time tells which there are.
            if not self._flaws.on("login-enumeration-time"):
                self._nobodys.matches(password)
            return None
        return account if account.password.matches(password) else None

    def set_password(self, account: Account, password: str) -> None:
        account.password = StoredPassword(password, self._kept, self._quick)
