"""Orders, which are looked for among those of the one who asks: there are no others for them."""

from html import escape

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from visit import visit_of


async def show(request: Request) -> Response:
    visit, number = visit_of(request), request.path_params["number"]
    if visit.user is None:
        return visit.to_sign_in(f"/orders/{number}")
    if number not in visit.user.orders:
        raise HTTPException(404)
    return visit.page(f"Order {number}", f"<p>{escape(visit.user.orders[number])}</p>")
