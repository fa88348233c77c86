"""The users of the shop, and their passwords."""

import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass, field

SHORTEST, LONGEST = 15, 128

COMMON = frozenset(
    """
    password1234567 123456789012345 qwertyuiopasdfg iloveyouiloveyou passwordpassword qwertyuiop12345
    1q2w3e4r5t6y7u8i 111111111111111 abcdefghijklmno letmeinletmein1 correcthorsebatterystaple
    """.split()
)


class Digest:
    """scrypt at some 20 ms, as this runs in tests. It is real work all the same."""

    def __init__(self, password: str):
        self._salt = secrets.token_bytes(16)
        self._hash = self._derive(password)

    def matches(self, password: str) -> bool:
        return hmac.compare_digest(self._derive(password), self._hash)

    def _derive(self, password: str) -> bytes:
        text = unicodedata.normalize("NFC", password)
        return hashlib.scrypt(text.encode(), salt=self._salt, n=1 << 13, r=8, p=1)


@dataclass
class User:
    email_address: str
    digest: Digest
    nickname: str
    admin: bool = False
    orders: dict[int, str] = field(default_factory=dict)


class Users:
    def __init__(self):
        people = (
            User("alice@shop.example", Digest("violet-anchor-1842-mango"), "Alice", orders={1001: "Two chairs"}),
            User("bruno@shop.example", Digest("copper-lantern-5530-fjord"), "Bruno", orders={1002: "A lamp"}),
            User("root@shop.example", Digest("granite-harbor-7719-plum"), "Root", admin=True, orders={1003: "A desk"}),
        )
        self._by_address = {user.email_address: user for user in people}
        self._nobodys = Digest(secrets.token_urlsafe())

    def find(self, address: str | None) -> User | None:
        return self._by_address.get(address) if address else None

    def all(self) -> list[User]:
        return list(self._by_address.values())

    def authenticate(self, address: str, password: str) -> User | None:
        user = self.find(address)
        # The same work for an address that nobody has: else the time tells which there are.
        right = (user.digest if user else self._nobodys).matches(password)
        return user if right else None


def normalized(address: str) -> str:
    return address.strip().lower()


def objection(password: str, confirmation: str) -> str | None:
    """Why this new password will not do, or None when it will."""
    if password != confirmation:
        return "Password confirmation doesn't match Password."
    if len(password) < SHORTEST:
        return f"Password is too short (minimum is {SHORTEST} characters)."
    if len(password) > LONGEST:
        return f"Password is too long (maximum is {LONGEST} characters)."
    if password.casefold() in COMMON:
        return "Password is one that many people use."
    return None
