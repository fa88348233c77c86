"""What the pages look like."""

from html import escape

from fastapi.responses import HTMLResponse, RedirectResponse

from accounts import Account


def page(title: str, body: str, status: int = 200, headers: dict[str, str] | None = None) -> HTMLResponse:
    text = f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title></head>
<body>
<h1>{escape(title)}</h1>
{body}
</body>
</html>
"""
    # Pages hold tokens and names: none of them is kept, unless the route says so.
    return HTMLResponse(text, status, {"Cache-Control": "no-store", **(headers or {})})


def to(target: str) -> RedirectResponse:
    return RedirectResponse(target, 303, {"Cache-Control": "no-store"})


def sentence(status: int) -> str:
    return {404: "There is no such page.", 405: "This cannot be done here."}.get(status, "That did not work.")


def login_form(csrf: str, target: str, method: str, complaint: str | None) -> str:
    return f"""{said(complaint)}<form method="{method}" action="/login">
<input type="hidden" name="csrf" value="{escape(csrf)}">
<input type="hidden" name="next" value="{escape(target)}">
<p><label>Name <input name="username" autocomplete="username" required></label></p>
<p><label>Password <input type="password" name="password" autocomplete="current-password" required></label></p>
<p><button>Sign in</button></p>
</form>
<p><a href="/forgot">The password is forgotten</a></p>"""


def account(account: Account, csrf: str, more: str = "") -> str:
    return f"""<p>Name: <span id="name">{escape(account.name)}</span></p>
<p>E-mail: <span id="email">{escape(account.email)}</span></p>
{more}<form method="post" action="/account/email">
<input type="hidden" name="csrf" value="{escape(csrf)}">
<p><label>E-mail
<input type="email" name="email" autocomplete="email" value="{escape(account.email)}" required></label></p>
<p><button>Change the e-mail</button></p>
</form>
<form method="post" action="/logout">
<input type="hidden" name="csrf" value="{escape(csrf)}">
<p><button>Sign out</button></p>
</form>
<p><a href="/account/password">Change the password</a></p>"""


def password_form(csrf: str, asks_current: bool, complaint: str | None) -> str:
    current = (
        """<p><label>Current password
<input type="password" name="current_password" autocomplete="current-password" required></label></p>
"""
        if asks_current
        else ""
    )
    return f"""{said(complaint)}<form method="post" action="/account/password">
<input type="hidden" name="csrf" value="{escape(csrf)}">
{current}<p><label>New password
<input type="password" name="new_password" autocomplete="new-password" required></label></p>
<p><button>Change the password</button></p>
</form>"""


def forgot_form(csrf: str, answer: str | None) -> str:
    return f"""{said(answer)}<form method="post" action="/forgot">
<input type="hidden" name="csrf" value="{escape(csrf)}">
<p><label>Name <input name="username" autocomplete="username" required></label></p>
<p><button>Send a message</button></p>
</form>"""


def said(sentence: str | None) -> str:
    return f'<p role="status">{escape(sentence)}</p>\n' if sentence else ""
