"""What the pages look like."""

from html import escape

import authenticity
from users import User


def page(title: str, body: str, flash: str | None, user: User | None, secret: bytes) -> str:
    notice = f'<p id="flash">{escape(flash)}</p>\n' if flash else ""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<title>{escape(title)}</title>
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="csrf-param" content="authenticity_token">
<meta name="csrf-token" content="{authenticity.for_page(secret)}">
</head>
<body>
<nav>{navigation(user, secret)}</nav>
<h1>{escape(title)}</h1>
{notice}{body}
</body>
</html>
"""


def navigation(user: User | None, secret: bytes) -> str:
    if user is None:
        return '<a href="/">Shop</a> <a href="/session/new">Sign in</a>'
    sign_out = form("/session", "delete", secret, "<button>Sign out</button>", kind="button_to")
    return f'<a href="/">Shop</a> <a href="/profile">{escape(user.email_address)}</a> {sign_out}'


def form(action: str, method: str, secret: bytes, fields: str, kind: str = "form") -> str:
    override = "" if method == "post" else f'<input type="hidden" name="_method" value="{method}" autocomplete="off">\n'
    token = authenticity.for_form(secret, method, action)
    return f"""<form class="{kind}" action="{action}" accept-charset="UTF-8" method="post">
{override}<input type="hidden" name="authenticity_token" value="{token}" autocomplete="off">
{fields}
</form>"""


def field(label: str, name: str, kind: str, autocomplete: str, value: str = "") -> str:
    id = name.replace("[", "_").replace("]", "")
    return f"""<p><label for="{id}">{escape(label)}</label>
<input id="{id}" name="{name}" type="{kind}" autocomplete="{autocomplete}" value="{escape(value)}" required></p>"""
