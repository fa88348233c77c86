"""The sessions, which live at the server; a browser has an id of one."""

import itertools
import re
import secrets
import time
from dataclasses import dataclass, field

from flaws import Flaws

ADOPTABLE = re.compile(r"[A-Za-z0-9_-]{1,128}")


def new_csrf_token() -> str:
    return secrets.token_urlsafe(32)


@dataclass
class Session:
    id: str
    user: str | None = None
    csrf: str = field(default_factory=new_csrf_token)
    seen: float = field(default_factory=time.monotonic)


class Sessions:
    def __init__(self, idle: float, flaws: Flaws):
        self._idle = idle
        self._flaws = flaws
        self._by_id: dict[str, Session] = {}
        self._counter = itertools.count(1)

    def find(self, id: str | None) -> Session | None:
        session = self._by_id.get(id) if id else None
        if session is None:
            return None
        now = time.monotonic()
        if now - session.seen > self._idle and not self._flaws.on("session-expiry"):
            self.end(session)
            return None
        session.seen = now
        return session

    def begin(self) -> Session:
        return self._add(Session(self._new_id()))

    def adopt(self, id: str | None) -> Session | None:
        """What a sound site never does: a session with an id that somebody else chose."""
        if not self._flaws.on("session-adoption") or id is None or not ADOPTABLE.fullmatch(id):
            return None
        return self._add(Session(id))

    def sign_in(self, session: Session | None, user: str) -> Session:
        if session is None:
            session = self.begin()
        elif not self._flaws.on("session-fixation"):
            session = self.renew(session)
        session.user = user
        session.csrf = new_csrf_token()
        return session

    def renew(self, session: Session) -> Session:
        """The same session under a new id and with a new token; the old id is worth nothing from here on."""
        self.end(session)
        return self._add(Session(self._new_id(), session.user))

    def end(self, session: Session) -> None:
        self._by_id.pop(session.id, None)

    def end_all_of(self, user: str, but: Session) -> None:
        for session in list(self._by_id.values()):
            if session.user == user and session is not but:
                self.end(session)

    def has_token(self, token: str) -> bool:
        return any(session.csrf == token for session in self._by_id.values())

    def _add(self, session: Session) -> Session:
        self._by_id[session.id] = session
        return session

    def _new_id(self) -> str:
        if self._flaws.on("session-entropy"):
            return f"{next(self._counter):032x}"
        if self._flaws.on("session-entropy~short"):
            while (id := secrets.token_hex(3)) in self._by_id:
                pass
            return id
        return secrets.token_urlsafe(32)
