"""The page for everybody, and the one for the few."""

from html import escape

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from visit import visit_of


async def index(request: Request) -> Response:
    return visit_of(request).page("The shop", "<p>Chairs, lamps and desks.</p>")


async def manage(request: Request) -> Response:
    visit = visit_of(request)
    if visit.user is None:
        return visit.to_sign_in("/manage")
    if not visit.user.admin:
        raise HTTPException(403)
    rows = "".join(f"<li>{escape(user.email_address)}</li>" for user in visit.shop.users.all())
    return visit.page("Customers", f"<ul>{rows}</ul>")
