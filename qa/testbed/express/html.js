class Html {
  constructor(text) {
    this.text = text;
  }
}

const replacements = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(value) {
  if (value instanceof Html) return value.text;
  return String(value ?? '').replace(/[&<>"']/g, (sign) => replacements[sign]);
}

// A template tag: what is put in is escaped, unless it was made by this tag itself.
export function html(parts, ...values) {
  return new Html(parts.reduce((before, part, at) => before + escaped(values[at - 1]) + part));
}
