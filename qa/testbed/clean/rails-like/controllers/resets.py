"""A forgotten password. No message is sent: there is no post here."""

from starlette.requests import Request
from starlette.responses import Response

import layout
from visit import visit_of


async def new(request: Request) -> Response:
    visit = visit_of(request)
    fields = "\n".join(
        (
            layout.field("Email address", "email_address", "email", "username"),
            '<p><input type="submit" name="commit" value="Email reset instructions"></p>',
        )
    )
    return visit.page("Forgot your password?", layout.form("/passwords", "post", visit.session.csrf, fields))


async def create(request: Request) -> Response:
    told = "Password reset instructions sent (if user with that email address exists)."
    return visit_of(request).redirect("/session/new", told)
