"""Counts wrong tries by the name that was given, whether there is such an account or not."""

import math
import time
from dataclasses import dataclass

from flaws import Flaws

LIMIT, WINDOW = 10, 60.0


@dataclass
class Tries:
    since: float
    wrong: int = 0


class Attempts:
    def __init__(self, flaws: Flaws):
        self._counted = not flaws.on("login-brute-force")
        self._by_name: dict[str, Tries] = {}

    def seconds_to_wait(self, name: str) -> int:
        tries = self._current(name)
        if tries is None or tries.wrong < LIMIT:
            return 0
        return max(1, math.ceil(tries.since + WINDOW - time.monotonic()))

    def wrong(self, name: str) -> None:
        if self._counted:
            tries = self._current(name) or self._by_name.setdefault(name, Tries(time.monotonic()))
            tries.wrong += 1

    def _current(self, name: str) -> Tries | None:
        tries = self._by_name.get(name)
        if tries is not None and time.monotonic() >= tries.since + WINDOW:
            del self._by_name[name]
            return None
        return tries
