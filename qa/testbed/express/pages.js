import { html } from './html.js';

export function send(res, status, title, content, head) {
  const body = content.text === undefined ? html`<p>${content}</p>` : content;
  const page = html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title>${head}</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`;
  res.status(status).type('html').send(page.text);
}

export function seeOther(res, place) {
  res.status(303).location(place).end();
}

const tokenField = (csrf) => html`<input type="hidden" name="csrf" value="${csrf}">`;
const note = (text) => text && html`<p role="alert">${text}</p>`;

export const home = () => html`<p>A small site to try things on.</p>
<ul>
<li><a href="/login">Sign in</a></li>
<li><a href="/account">Your account</a></li>
</ul>`;

export const login = ({ csrf, next, method, problem }) => html`${note(problem)}
<form method="${method}" action="/login">
<label>Name <input name="username" autocomplete="username" required></label>
<label>Password <input type="password" name="password" autocomplete="current-password" required></label>
${tokenField(csrf)}
<input type="hidden" name="next" value="${next}">
<button>Sign in</button>
</form>
<p><a href="/forgot">The password is forgotten</a></p>`;

export const account = ({ user, csrf, shownId }) => html`<p>Name: ${user.name}</p>
<p>E-mail: ${user.email}</p>
${shownId && html`<p>Session: ${shownId}</p>`}
<form method="post" action="/account/email">
<label>E-mail <input type="email" name="email" autocomplete="email" value="${user.email}" required></label>
${tokenField(csrf)}
<button>Change the e-mail</button>
</form>
<p><a href="/account/password">Change the password</a></p>
<form method="post" action="/logout">
${tokenField(csrf)}
<button>Sign out</button>
</form>`;

const currentPassword = html`<label>Current password
<input type="password" name="current_password" autocomplete="current-password" required></label>`;

export const password = ({ csrf, asksCurrent, problem }) => html`${note(problem)}
<form method="post" action="/account/password">
${asksCurrent && currentPassword}
<label>New password <input type="password" name="new_password" autocomplete="new-password" required></label>
${tokenField(csrf)}
<button>Change the password</button>
</form>`;

export const forgot = ({ csrf }) => html`<form method="post" action="/forgot">
<label>Name <input name="username" autocomplete="username" required></label>
${tokenField(csrf)}
<button>Send a link</button>
</form>`;

export const admin = () => html`<p>Only administrators see this page.</p>`;

export const order = ({ number, owner }) => html`<p>Order ${number} of ${owner}: 3 lanterns, 2 anchors.</p>`;

export const app = () => html`<div id="account">One moment.</div>`;
export const appScript = html`<script src="/app.js" defer></script>`;
