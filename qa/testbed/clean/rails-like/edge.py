"""What happens to every request before it is routed, and to every answer before it is sent."""

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse

import authenticity
from shop import Shop
from visit import Visit

SAFE = ("GET", "HEAD")
# What a form can ask for with the field `_method`, as forms themselves know only GET and POST.
OVERRIDES = ("PATCH", "PUT", "DELETE")


class Edge:
    def __init__(self, app, shop: Shop):
        self._app = app
        self._shop = shop
        app.add_exception_handler(HTTPException, answer_refusal)

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        visit = Visit(self._shop, request)
        inner = dict(scope, state={"visit": visit})

        async def send_with_headers(message) -> None:
            if message["type"] == "http.response.start":
                self._add_headers(MutableHeaders(scope=message), visit.cookie())
            await send(message)

        answer = await self._refusal(request, visit, inner) or self._app
        await answer(inner, receive, send_with_headers)

    async def _refusal(self, request: Request, visit: Visit, inner: dict):
        if request.headers.getlist("host") not in ([host] for host in self._shop.hosts):
            return PlainTextResponse("There is no site of this name here.", 403)
        if request.method in SAFE:
            return None
        if not await visit.read_form(request):
            return PlainTextResponse("The body of the request cannot be read.", 400)
        override = visit.form.get("_method", "").upper()
        if request.method == "POST" and override in OVERRIDES:
            inner["method"] = override
        if not self._is_authentic(request, visit, inner["method"]):
            return visit.page(
                "The change you wanted was rejected.",
                "<p>The form may have been open for too long. Load the page again and send it once more.</p>",
                422,
            )
        return None

    def _is_authentic(self, request: Request, visit: Visit, method: str) -> bool:
        origins = request.headers.getlist("origin")
        if origins and origins != [f"{self._shop.scheme}://{request.headers['host']}"]:
            return False
        sent = request.headers.get("x-csrf-token", visit.form.get("authenticity_token"))
        if sent is None or visit.secret is None:
            return False
        return authenticity.fits(visit.secret, sent, method, request.url.path)

    def _add_headers(self, headers: MutableHeaders, cookie: str | None) -> None:
        headers["X-Frame-Options"] = "SAMEORIGIN"
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Permitted-Cross-Domain-Policies"] = "none"
        headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
        if self._shop.scheme == "https":
            headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
        if cookie:
            headers.append("Set-Cookie", cookie)


async def answer_refusal(request: Request, error: HTTPException):
    titles = {403: "This page is not for you.", 404: "The page you were looking for doesn't exist."}
    title = titles.get(error.status_code, "This cannot be done.")
    return request.state.visit.page(title, "<p>Go back to the <a href='/'>shop</a>.</p>", error.status_code)
