"""One try to sign in with a name and a password, by the form or by the API."""

from dataclasses import dataclass

from accounts import Account
from site_parts import Site


@dataclass(frozen=True)
class Try:
    account: Account | None
    wait: int = 0


def sign_in(site: Site, name: str, password: str) -> Try:
    wait = site.attempts.seconds_to_wait(name)
    if wait:
        return Try(None, wait)
    account = site.accounts.check(name, password)
    if account is None:
        site.attempts.wrong(name)
    return Try(account)
