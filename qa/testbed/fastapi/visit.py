"""One request, seen from its session: who is asking, and which cookie the answer has to set."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, HTTPException, Request

import cookies
from accounts import Account
from sessions import Session
from site_parts import Site

IDENTITY_HEADERS = ("x-forwarded-user", "x-remote-user", "remote-user")


class Visit:
    def __init__(self, site: Site, request: Request):
        self._site = site
        self._request = request
        self._presented = cookies.presented_id(request.headers.getlist("cookie"), site.flaws)
        self.session = site.sessions.find(self._presented)
        self.cookie: str | None = None

    @property
    def account(self) -> Account | None:
        if self._site.flaws.on("access-identity-headers"):
            for header in IDENTITY_HEADERS:
                if account := self._site.accounts.find(self._request.headers.get(header)):
                    return account
        return self._site.accounts.find(self.session.user) if self.session else None

    def signed_in(self) -> Account:
        if account := self.account:
            return account
        target = "/account" if self._request.url.path.startswith("/account/email") else self._request.url.path
        raise HTTPException(303, headers={"Location": f"/login?next={quote(target)}"})

    def any_session(self) -> Session:
        """The session, or an anonymous one that is made for this browser."""
        if self.session is None:
            self.session = self._site.sessions.adopt(self._presented)
        if self.session is None:
            self.carry(self._site.sessions.begin())
        return self.session

    def sign_in(self, account: Account) -> None:
        before = self.session
        session = self._site.sessions.sign_in(before, account.name)
        if session is before:
            self.session = session
        else:
            self.carry(session)

    def renew(self) -> None:
        self.carry(self._site.sessions.renew(self.session))

    def sign_out(self) -> None:
        if self.session and not self._site.flaws.on("session-logout"):
            self._site.sessions.end(self.session)
        self.session = None
        if not self._site.flaws.on("session-logout-cookie"):
            self.cookie = cookies.delete_cookie(self._site.flaws)

    def carry(self, session: Session) -> None:
        self.session = session
        value = cookies.cookie_value(session, self._site.accounts, self._site.flaws)
        self.cookie = cookies.set_cookie(value, self._site.flaws)


async def of_request(request: Request) -> Visit:
    return request.state.visit


ThisVisit = Annotated[Visit, Depends(of_request)]
