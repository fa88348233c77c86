"""One request: its session, its user, its form, and the answers that all controllers give."""

from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

import layout
from sessions import Session
from shop import Shop
from users import User

COOKIE = "_shop_session"
LARGEST_BODY = 64 * 1024


class Visit:
    def __init__(self, shop: Shop, request: Request):
        self.shop = shop
        self.form: dict[str, str] = {}
        cookies = [pair.strip().partition("=") for pair in request.headers.get("cookie", "").split(";")]
        values = [value for name, _, value in cookies if name == COOKIE]
        # Two of them means that one was planted; which one cannot be told.
        id = shop.sealer.open(values[0], COOKIE) if len(values) == 1 else None
        self._session = shop.sessions.find(id)

    @property
    def user(self) -> User | None:
        return self.shop.users.find(self._session.user) if self._session else None

    @property
    def session(self) -> Session:
        """The session; one is made for this browser where there is none."""
        if self._session is None:
            self._session = self.shop.sessions.begin()
        return self._session

    @property
    def secret(self) -> bytes | None:
        return self._session.csrf if self._session else None

    def reset_session(self) -> Session:
        """What was there is over, with its id and its tokens."""
        if self._session:
            self.shop.sessions.end(self._session)
        self._session = self.shop.sessions.begin()
        return self._session

    def cookie(self) -> str | None:
        """The cookie that the answer sets: sealed anew in each answer, around the same id."""
        if self._session is None:
            return None
        value = self.shop.sealer.seal(self._session.id, COOKIE)
        return f"{COOKIE}={value}; Path=/; HttpOnly; Secure; SameSite=Lax"

    def page(self, title: str, body: str, status: int = 200) -> HTMLResponse:
        session = self.session
        flash, session.flash = session.flash, None
        # No page is kept by anybody: each has tokens in it, and most have a name.
        headers = {"Cache-Control": "private, no-store"}
        return HTMLResponse(layout.page(title, body, flash, self.user, session.csrf), status, headers)

    def redirect(self, path: str, flash: str | None = None) -> RedirectResponse:
        if flash:
            self.session.flash = flash
        return RedirectResponse(path, 303, {"Cache-Control": "no-store"})

    def to_sign_in(self, path: str | None) -> Response:
        self.session.return_to = path
        return self.redirect("/session/new")

    async def read_form(self, request: Request) -> bool:
        """Whether the body could be read."""
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                return False
        if not body:
            return True
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media != "application/x-www-form-urlencoded":
            return False
        try:
            self.form = dict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=50))
        except ValueError:
            return False
        return True


def visit_of(request: Request) -> Visit:
    return request.state.visit
