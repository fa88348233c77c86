"""Changing one's own password."""

from starlette.requests import Request
from starlette.responses import Response

import layout
from users import Digest, objection
from visit import Visit, visit_of


async def edit(request: Request) -> Response:
    visit = visit_of(request)
    return visit.to_sign_in("/password/edit") if visit.user is None else form_page(visit)


async def update(request: Request) -> Response:
    visit = visit_of(request)
    user = visit.user
    if user is None:
        return visit.to_sign_in(None)
    if not user.digest.matches(visit.form.get("user[password_challenge]", "")):
        return refused(visit, "Password challenge is invalid.")
    new = visit.form.get("user[password]", "")
    if why := objection(new, visit.form.get("user[password_confirmation]", "")):
        return refused(visit, why)
    user.digest = Digest(new)
    # Whoever got in with the old password is out from here on; this browser goes on in a session of its own.
    visit.shop.sessions.end_all_of(user.email_address)
    visit.reset_session().user = user.email_address
    return visit.redirect("/profile", "Password was successfully updated.")


def refused(visit: Visit, why: str) -> Response:
    visit.session.flash = why
    return form_page(visit, 422)


def form_page(visit: Visit, status: int = 200) -> Response:
    fields = "\n".join(
        (
            layout.field("Current password", "user[password_challenge]", "password", "current-password"),
            layout.field("New password", "user[password]", "password", "new-password"),
            layout.field("New password again", "user[password_confirmation]", "password", "new-password"),
            '<p><input type="submit" name="commit" value="Update Password"></p>',
        )
    )
    return visit.page("Change password", layout.form("/password", "patch", visit.session.csrf, fields), status)
