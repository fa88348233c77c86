"""Counts wrong passwords by the name that was given, whether there is such a user or not."""

import math
import time

LIMIT, WINDOW = 10, 60.0


class Throttle:
    def __init__(self):
        self._wrong: dict[str, list[float]] = {}

    def seconds_to_wait(self, name: str) -> int:
        recent = self._recent(name)
        return math.ceil(recent[-LIMIT] + WINDOW - time.monotonic()) if len(recent) >= LIMIT else 0

    def wrong(self, name: str) -> None:
        self._wrong[name] = [*self._recent(name), time.monotonic()]

    def _recent(self, name: str) -> list[float]:
        since = time.monotonic() - WINDOW
        recent = [at for at in self._wrong.get(name, []) if at > since]
        if not recent:
            self._wrong.pop(name, None)
        return recent
