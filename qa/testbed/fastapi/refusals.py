"""How a refusal is told: as a page to browsers, as a JSON problem to programs."""

from http import HTTPStatus

from fastapi import HTTPException, Request, Response
from fastapi.responses import JSONResponse

import pages
from flaws import Flaws


async def answer_refusal(request: Request, error: HTTPException) -> Response:
    headers = dict(error.headers or {})
    if error.status_code == 303:
        return Response(status_code=303, headers={"Cache-Control": "no-store", **headers})
    detail = error.detail if error.detail != HTTPStatus(error.status_code).phrase else pages.sentence(error.status_code)
    return refused(error.status_code, detail, request.url.path, headers)


def refused(status: int, detail: str, path: str, headers: dict[str, str] | None = None) -> Response:
    if path.startswith("/api/") or path.endswith(".json"):
        return problem(status, detail, headers)
    return pages.page(HTTPStatus(status).phrase, f"<p>{pages.escape(detail)}</p>", status, headers)


def problem(status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    content = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    headers = {"Cache-Control": "no-store", **(headers or {})}
    return JSONResponse(content, status, headers, media_type="application/problem+json")


def unauthorized(detail: str, flaws: Flaws, challenge: str = "Bearer") -> HTTPException:
    headers = {} if flaws.on("access-www-authenticate") else {"WWW-Authenticate": challenge}
    return HTTPException(401, detail, headers)
