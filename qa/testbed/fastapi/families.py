"""Refresh tokens. Those that came from one sign-in are a family, and fall together."""

import secrets
import time
from dataclasses import dataclass, field

from accounts import Account
from flaws import Flaws
from tokens import REFRESH_LIFETIME, Tokens


@dataclass(eq=False)
class Family:
    account: Account
    ended: bool = False
    access_ids: list[str] = field(default_factory=list)


@dataclass
class Refresh:
    family: Family
    until: float
    used: bool = False


class Families:
    def __init__(self, tokens: Tokens, flaws: Flaws):
        self._tokens = tokens
        self._flaws = flaws
        self._families: list[Family] = []
        self._by_access_id: dict[str, Family] = {}
        self._by_refresh: dict[str, Refresh] = {}
        self._dead: set[str] = set()

    def begin(self, account: Account) -> Family:
        family = Family(account)
        self._families.append(family)
        return family

    def issue(self, family: Family) -> tuple[str, str]:
        """An access token and a refresh token."""
        access, id = self._tokens.new_access(family.account)
        self._know(id, family)
        if self._flaws.on("jwt-type"):
            refresh, refresh_id = self._tokens.new_refresh_jwt(family.account)
            self._know(refresh_id, family)
        else:
            refresh = secrets.token_urlsafe(32)
        self._by_refresh[refresh] = Refresh(family, time.monotonic() + REFRESH_LIFETIME)
        return access, refresh

    def use(self, token: str) -> Family | None:
        """The family that a refresh token gives a new pair of, if it does."""
        refresh = self._by_refresh.get(token)
        if refresh is None or refresh.family.ended or refresh.until < time.monotonic():
            return None
        if refresh.used and not self._flaws.on("refresh-replay"):
            # Two have it, and one of them is a thief; who cannot be told, so it ends for both.
            if not self._flaws.on("refresh-family"):
                self._end(refresh.family)
            return None
        refresh.used = True
        return refresh.family

    def revoke(self, access_id: str) -> None:
        family = self._by_access_id.get(access_id)
        if self._flaws.on("jwt-logout"):
            if family:
                family.ended = True
            return
        self._dead.add(access_id)
        if family:
            self._end(family)

    def end_all_of(self, name: str) -> None:
        for family in self._families:
            if family.account.name == name:
                self._end(family)

    def is_dead(self, access_id: str) -> bool:
        return access_id in self._dead

    def _end(self, family: Family) -> None:
        family.ended = True
        self._dead.update(family.access_ids)

    def _know(self, id: str, family: Family) -> None:
        family.access_ids.append(id)
        self._by_access_id[id] = family
