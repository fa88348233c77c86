const signs = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const safe = (value) => String(value).replace(/[&<>"']/g, (sign) => signs[sign]);

export const page = (title, ...parts) => `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>${safe(title)}</title>
  </head>
  <body>
    <h1>${safe(title)}</h1>
    ${parts.filter(Boolean).join('\n    ')}
  </body>
</html>
`;

export const say = (text) => `<p>${safe(text)}</p>`;
export const link = (href, text) => `<p><a href="${safe(href)}">${safe(text)}</a></p>`;

export function field(label, name, { type = 'text', autocomplete = 'off', value = '' } = {}) {
  return `<p><label>${safe(label)} <input type="${type}" name="${name}" autocomplete="${autocomplete}" value="${safe(value)}"></label></p>`;
}

export const form = (action, token, button, ...fields) => `<form action="${action}" method="post">
      <input type="hidden" name="_csrf" value="${safe(token)}">
      ${fields.join('\n      ')}
      <button type="submit">${safe(button)}</button>
    </form>`;
