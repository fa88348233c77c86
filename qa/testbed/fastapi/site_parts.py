"""Everything that one running site consists of, and nothing of it outside of the process."""

from dataclasses import dataclass

from accounts import Accounts
from attempts import Attempts
from families import Families
from flaws import Flaws
from keys import Keys
from sessions import Sessions
from tokens import Tokens


@dataclass(frozen=True)
class Settings:
    origin: str
    idle: float = 1800
    token_lifetime: int = 300
    audience: str = "testbed"
    quick_hashes: bool = False


class Site:
    def __init__(self, settings: Settings, flaws: Flaws):
        self.settings = settings
        self.flaws = flaws
        self.accounts = Accounts(flaws, settings.quick_hashes)
        self.attempts = Attempts(flaws)
        self.sessions = Sessions(settings.idle, flaws)
        self.keys = Keys(flaws)
        self.tokens = Tokens(settings, self.keys, self.accounts, flaws)
        self.families = Families(self.tokens, flaws)

    @property
    def origin(self) -> str:
        return self.settings.origin
