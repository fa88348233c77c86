"""One's own profile."""

from html import escape

from starlette.requests import Request
from starlette.responses import Response

import layout
from visit import Visit, visit_of

LONGEST_NICKNAME = 60


async def show(request: Request) -> Response:
    visit = visit_of(request)
    if visit.user is None:
        return visit.to_sign_in("/profile")
    orders = "".join(f'<li><a href="/orders/{number}">Order {number}</a></li>' for number in visit.user.orders)
    body = f"""<p>Nickname: {escape(visit.user.nickname)}</p>
<p>Email address: {escape(visit.user.email_address)}</p>
<ul>{orders}</ul>
<p><a href="/profile/edit">Edit profile</a> <a href="/password/edit">Change password</a></p>"""
    return visit.page("Profile", body)


async def edit(request: Request) -> Response:
    visit = visit_of(request)
    if visit.user is None:
        return visit.to_sign_in("/profile/edit")
    return form_page(visit, visit.user.nickname)


async def update(request: Request) -> Response:
    visit = visit_of(request)
    if visit.user is None:
        return visit.to_sign_in(None)
    nickname = visit.form.get("profile[nickname]", "")
    if not 0 < len(nickname) <= LONGEST_NICKNAME:
        visit.session.flash = f"Nickname needs 1 to {LONGEST_NICKNAME} characters."
        return form_page(visit, nickname, 422)
    visit.user.nickname = nickname
    return visit.redirect("/profile", "Profile was successfully updated.")


def form_page(visit: Visit, nickname: str, status: int = 200) -> Response:
    fields = "\n".join(
        (
            layout.field("Nickname", "profile[nickname]", "text", "nickname", nickname),
            '<p><input type="submit" name="commit" value="Update Profile"></p>',
        )
    )
    return visit.page("Edit profile", layout.form("/profile", "patch", visit.session.csrf, fields), status)
