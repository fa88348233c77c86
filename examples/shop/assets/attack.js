"use strict";
// Runs the attacks and asks this page's own server what became of them. What stopped one is never guessed here: it is
// the sentence of the gate's own step, or the page says that the gate has seen nothing.

const target = document.body.dataset.target;
const words = document.getElementById("phrases").dataset;
const PRODUCT = "/demo/shop/products/1";
const API = "/demo/api/products/1";
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function stops(since) {
  const answer = await fetch(since === undefined ? "/stops" : "/stops?since=" + since, { cache: "no-store" });
  if (!answer.ok) throw new Error("/stops: " + answer.status);
  return answer.json();
}

/** Asks until `enough` says so, for at most six seconds. */
async function watch(since, enough) {
  for (let tries = 0; ; tries++) {
    const found = await stops(since);
    if (enough(found.requests) || tries >= 24) return found;
    await pause(250);
  }
}

const at = (method, path) => (request) => request.method === method && request.path === path;

function show(id, state, lines) {
  const result = document.getElementById("result-" + id);
  const paragraphs = lines.filter((line) => line.length > 0).map((line) => {
    const p = document.createElement("p");
    p.append(...[line].flat());
    return p;
  });
  if (state !== "waiting") {
    const verdict = document.createElement("strong");
    verdict.textContent = words[state];
    paragraphs.unshift(Object.assign(document.createElement("p"), { className: "verdict" }));
    paragraphs[0].append(verdict);
  }
  result.replaceChildren(...paragraphs);
  result.dataset.state = state;
}

function code(text) {
  return Object.assign(document.createElement("code"), { textContent: text });
}

/** The gate speaks English. */
function quote(text) {
  return Object.assign(document.createElement("q"), { textContent: text, lang: "en" });
}

function told(request) {
  const head = [code(request.method + " " + request.path + " → " + request.status), document.createElement("br")];
  if (request.site) head.push(code(request.site), document.createElement("br"));
  if (!request.stopped) return [...head, words.passed];
  return [...head, words.atStep + " " + words[request.stopped.step] + ": ", quote(request.stopped.said)];
}

function product(found, changed) {
  const now = found.product;
  return now ? [changed ? words.changed : words.unchanged, " ", code(now.name + ", $" + now.price.toFixed(2))] : [];
}

/**
 * Looks once more when the shop has surely answered all that was sent before: its gate has seen this harmless GET, which
 * is sent last. Asking the browser would not do, since it hides every answer of the shop from this page.
 */
async function afterwards(since) {
  await fetch(target + "/login", { mode: "no-cors", credentials: "omit" }).catch(() => {});
  const asked = (requests) => requests.some(at("GET", "/login"));
  const found = await watch(since, asked);
  return { ...found, reached: asked(found.requests) };
}

/** Begins an attack: everything that the gate sees from now on may be its doing. */
async function begin(id) {
  show(id, "waiting", [words.waiting]);
  return stops();
}

/** An attack that is one request which must have been seen and stopped. */
async function seen(id, since, mine, marker) {
  const found = await watch(since, (requests) => requests.some(mine));
  const requests = found.requests.filter(mine);
  const changed = marker !== undefined && found.product?.name === marker;
  const lines = requests.map(told);
  if (marker !== undefined) lines.push(product(found, changed));
  if (changed || requests.some((request) => !request.stopped)) show(id, "succeeded", lines);
  else if (requests.length > 0) show(id, "stopped", lines);
  else show(id, "waiting", [words.unseen, ...lines]);
}

const attacks = {
  async form() {
    const { now } = await begin("form");
    document.getElementById("form-form").submit();
    await seen("form", now, at("POST", PRODUCT), "Hacked by a form");
  },

  async fetch() {
    const marker = "Hacked by a fetch";
    const body = JSON.stringify({ name: marker, price: 1 });
    const { now } = await begin("fetch");
    const headers = { "Content-Type": "application/json" };
    const refused = await fetch(target + API, { method: "PUT", credentials: "include", headers, body }).then(
      () => false,
      () => true,
    );
    // A text/plain POST needs no consent, so it is sent. Nobody can read its answer.
    const simple = { method: "POST", mode: "no-cors", credentials: "include", headers: { "Content-Type": "text/plain" }, body };
    await fetch(target + PRODUCT, simple).catch(() => {});
    const posted = at("POST", PRODUCT);
    const put = at("PUT", API);
    const found = await watch(now, (requests) => requests.some(posted));
    const requests = found.requests.filter((request) => posted(request) || put(request));
    const changed = found.product?.name === marker;
    const lines = [...requests.map(told), product(found, changed)];
    if (refused && !requests.some(put)) lines.unshift(words.preflight);
    if (changed || requests.some((request) => !request.stopped)) show("fetch", "succeeded", lines);
    else if (requests.some(posted)) show("fetch", "stopped", lines);
    else show("fetch", "waiting", [words.unseen, product(found, false)]);
  },

  async image() {
    const marker = "Hacked by an image";
    const { now } = await begin("image");
    const load = (address) =>
      new Promise((done) => {
        const image = new Image();
        image.onload = image.onerror = done;
        image.src = target + address;
      });
    const once = "t=" + now;
    await Promise.all([
      load(PRODUCT + "?" + new URLSearchParams({ name: marker, price: "1" }) + "&" + once),
      load("/logout?" + once),
    ]);
    const found = await afterwards(now);
    // A shop that is not running has stopped nothing.
    if (!found.reached) return show("image", "waiting", [words.unseen]);
    const changed = found.product?.name === marker;
    const lines = [];
    for (const path of [PRODUCT, "/logout"]) {
      const mine = found.requests.filter(at("GET", path));
      if (mine.length === 0) lines.push([code("GET " + path), " ", words.noGet]);
      else lines.push(...mine.map((request) => (request.stopped ? told(request) : [...told(request), " ", words.getSeen])));
    }
    show("image", changed ? "succeeded" : "stopped", [...lines, product(found, changed)]);
  },

  async login() {
    const { now } = await begin("login");
    document.getElementById("form-login").submit();
    await seen("login", now, at("POST", "/login"));
  },
};

async function run(name) {
  const button = document.getElementById("attack-" + name);
  button.disabled = true;
  try {
    await attacks[name]();
  } catch (error) {
    show(name, "waiting", [words.unseen, String(error)]);
  } finally {
    button.disabled = false;
  }
}

for (const name of ["form", "login"]) {
  document.getElementById("form-" + name).addEventListener("submit", (event) => {
    event.preventDefault();
    run(name);
  });
}
for (const name of ["fetch", "image"]) {
  document.getElementById("attack-" + name).addEventListener("click", () => run(name));
}
const all = document.getElementById("attack-all");
all.hidden = false;
all.addEventListener("click", async () => {
  all.disabled = true;
  // One after another, so that each knows its own requests.
  for (const name of ["form", "fetch", "image", "login"]) await run(name);
  all.disabled = false;
});
