"""Signing in and out."""

from starlette.requests import Request
from starlette.responses import Response

import layout
from users import normalized
from visit import Visit, visit_of


async def new(request: Request) -> Response:
    return form_page(visit_of(request))


async def create(request: Request) -> Response:
    visit = visit_of(request)
    address = normalized(visit.form.get("email_address", ""))
    wait = visit.shop.throttle.seconds_to_wait(address)
    if wait:
        visit.session.flash = "Try again later."
        answer = form_page(visit, 429)
        answer.headers["Retry-After"] = str(wait)
        return answer
    user = visit.shop.users.authenticate(address, visit.form.get("password", ""))
    if user is None:
        visit.shop.throttle.wrong(address)
        return visit.redirect("/session/new", "Try another email address or password.")
    # Only this site writes return_to, so it leads nowhere else.
    target = visit.session.return_to or "/profile"
    visit.reset_session().user = user.email_address
    return visit.redirect(target)


async def destroy(request: Request) -> Response:
    visit = visit_of(request)
    visit.reset_session()
    return visit.redirect("/", "Signed out.")


def form_page(visit: Visit, status: int = 200) -> Response:
    fields = "\n".join(
        (
            layout.field("Email address", "email_address", "email", "username"),
            layout.field("Password", "password", "password", "current-password"),
            '<p><input type="submit" name="commit" value="Sign in"></p>',
        )
    )
    form = layout.form("/session", "post", visit.session.csrf, fields)
    return visit.page("Sign in", f'{form}\n<p><a href="/passwords/new">Forgot password?</a></p>', status)
