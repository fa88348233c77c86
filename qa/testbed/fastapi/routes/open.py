"""The pages that are for everybody."""

from fastapi import FastAPI, Request, Response

import pages
from routes.guarded import admin_page
from site_parts import Site

HOME = """<ul>
<li><a href="/login">Sign in</a></li>
<li><a href="/account">Your account</a></li>
<li><a href="/app">The same by a script</a></li>
</ul>"""

APP = """<p id="status">Loading …</p>
<p id="account"></p>
<script src="/app.js" defer></script>"""

SCRIPT = """"use strict";

async function show() {
  const answer = await fetch("/account");
  const status = document.getElementById("status");
  if (answer.redirected || !answer.ok) {
    status.textContent = "Nobody is signed in.";
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.getElementById("account").textContent = page.getElementById("name").textContent;
  status.textContent = "Signed in:";
}

show();
"""

# The flaw token-storage.
KEEPS_TOKEN = """
async function keepToken() {
  const answer = await fetch("/api/session-token");
  if (answer.ok) {
    localStorage.setItem("access_token", (await answer.json()).access_token);
  }
}

keepToken();
"""


def add(app: FastAPI, site: Site) -> None:
    @app.get("/")
    async def home(request: Request) -> Response:
        if site.flaws.on("access-rewrite-headers") and request.headers.get("x-original-url") == "/admin":
            return admin_page(site)
        return pages.page("A small shop", HOME, headers={"Cache-Control": "no-cache"})

    @app.get("/app")
    async def script_page() -> Response:
        return pages.page("Your account by a script", APP, headers={"Cache-Control": "no-cache"})

    @app.get("/app.js")
    async def script() -> Response:
        text = SCRIPT + (KEEPS_TOKEN if site.flaws.on("token-storage") else "")
        return Response(text, media_type="text/javascript", headers={"Cache-Control": "no-cache"})
