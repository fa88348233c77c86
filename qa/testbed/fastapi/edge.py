"""What is the same for every request: which spelling of a path counts, and the headers that every answer has."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request

from refusals import refused
from site_parts import Site
from visit import Visit


class Edge:
    def __init__(self, app, site: Site):
        self._app = app
        self._site = site

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            return
        # HEAD is GET whose body the server keeps to itself.
        inner = dict(scope, method="GET") if scope["method"] == "HEAD" else dict(scope)
        visit = Visit(self._site, Request(inner))
        inner["state"] = {"visit": visit}
        origin = Headers(scope=scope).get("origin")

        async def send_with_headers(message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])
                self._add_headers(MutableHeaders(scope=message), visit, origin)
            await send(message)

        # The router sees the path decoded, and would take /%61dmin for /admin. No path here needs a percent sign.
        if scope["raw_path"] != scope["path"].encode():
            await refused(404, "There is no such page.", scope["path"])(inner, receive, send_with_headers)
        else:
            await self._app(inner, receive, send_with_headers)

    def _add_headers(self, headers: MutableHeaders, visit: Visit, origin: str | None) -> None:
        flaws = self._site.flaws
        framing = "" if flaws.on("page-framing") else "; frame-ancestors 'none'"
        headers["Content-Security-Policy"] = f"default-src 'self'{framing}"
        headers["X-Content-Type-Options"] = "nosniff"
        if visit.cookie is not None:
            headers.append("Set-Cookie", visit.cookie)
        if origin is not None and (
            flaws.on("cors-credentials") or (flaws.on("cors-credentials~null") and origin == "null")
        ):
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Allow-Credentials"] = "true"
            headers["Vary"] = "Origin"
