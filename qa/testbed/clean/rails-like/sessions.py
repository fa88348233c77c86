"""The sessions. What they hold is here at the server; the cookie holds the id alone."""

import secrets
import time
from dataclasses import dataclass, field

IDLE = 30 * 60


@dataclass(eq=False)
class Session:
    id: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    csrf: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user: str | None = None
    # Said once, on the next page.
    flash: str | None = None
    # Where somebody wanted to go who had to sign in first.
    return_to: str | None = None
    seen: float = field(default_factory=time.monotonic)


class Sessions:
    def __init__(self):
        self._by_id: dict[str, Session] = {}

    def find(self, id: str | None) -> Session | None:
        session = self._by_id.get(id) if id else None
        if session is None:
            return None
        now = time.monotonic()
        if now - session.seen > IDLE:
            self.end(session)
            return None
        session.seen = now
        return session

    def begin(self) -> Session:
        session = Session()
        self._by_id[session.id] = session
        return session

    def end(self, session: Session) -> None:
        self._by_id.pop(session.id, None)

    def end_all_of(self, user: str) -> None:
        for session in list(self._by_id.values()):
            if session.user == user:
                self.end(session)
