// Stands between the pages and the network. Reads what anybody may read from the phone when there is no network, and shows
// the ways in from the phone at once to who sees of them what everybody sees. Never keeps a page that was made for
// somebody: copies are fetched without cookies.
"use strict";
const VERSION = "{{ version }}";
const SHELL = "shell-" + VERSION;
const PAGES = "pages-1";
const STATE = "state-1";
const OFFLINE = "{{ offline }}";
const VERIFY = "{{ verify }}";
const FILES = [{% for url in shell %}"{{ url|escapejs }}", {% endfor %}OFFLINE];
const KEPT = [{% for path in kept %}"{{ path }}"{% if not forloop.last %}, {% endif %}{% endfor %}];
const NOT_KEPT = [{% for path in not_kept %}"{{ path }}"{% if not forloop.last %}, {% endif %}{% endfor %}];
const FAST = [{% for path in fast %}"{{ path }}"{% if not forloop.last %}, {% endif %}{% endfor %}];
const MOST = 120;
const MINUTE = 60000;
const DAY = 1440 * MINUTE;
const PATIENCE = 12000;
// Somebody stands at the gate, and the page is the same from the phone.
const AT_THE_GATE = 2500;

const bare = (url, language) =>
  fetch(url, { credentials: "omit", headers: language ? { "Accept-Language": language } : {} });

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const shell = await caches.open(SHELL);
      await Promise.all(FILES.map(async (url) => {
        const answer = await bare(url);
        if (answer.ok) await shell.put(url, answer);
      }));
      // Who ever opened a page here verifies members' cards without a network.
      await keep(new URL(VERIFY, self.location.origin).href, "", 0).catch(() => undefined);
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      // The last one stays: pages that were kept with it still look right without a network.
      const old = (await caches.keys()).filter((name) => name.startsWith("shell-") && name !== SHELL);
      for (const name of old.slice(0, -1)) await caches.delete(name);
      await self.clients.claim();
    })(),
  );
});

const mayKeep = (url) =>
  (FAST.includes(url.pathname) || KEPT.some((path) => url.pathname.startsWith(path))) &&
  !NOT_KEPT.some((part) => url.pathname.includes(part)) &&
  (url.search === "" || /^\?topic=R\d+$/.test(url.search));

// The public copy of a page just read, when the one held is older than `age`; the oldest go when there are many.
async function keep(url, language, age) {
  const pages = await caches.open(PAGES);
  const held = await pages.match(url, { ignoreVary: true });
  const same = held && held.headers.get("X-Version") === VERSION && held.headers.get("X-Language") === language;
  if (same && Date.now() - Number(held.headers.get("X-Kept") || 0) < age) return;
  const answer = await bare(url, language);
  if (!answer.ok || answer.redirected || !(answer.headers.get("Content-Type") || "").startsWith("text/html")) return;
  const now = new Date();
  const fast = FAST.includes(new URL(url).pathname) ? " data-fast" : "";
  const text = (await answer.text()).replace("<body", `<body data-kept="${now.toISOString()}"${fast}`);
  const headers = {
    "Content-Type": "text/html; charset=utf-8", "X-Kept": String(now.getTime()), "X-Version": VERSION, "X-Language": language,
  };
  const policy = answer.headers.get("Content-Security-Policy");
  if (policy) headers["Content-Security-Policy"] = policy;
  await pages.delete(url, { ignoreVary: true });
  await pages.put(url, new Response(text, { headers }));
  const all = (await pages.keys()).filter((request) => new URL(request.url).pathname !== VERIFY);
  for (const request of all.slice(0, Math.max(0, all.length - MOST))) await pages.delete(request);
}

// What the last page said of its reader: whether they see what everybody sees (not signed in, nothing begun, normal
// letters), and the language. Unknown after anything sent and after a redirect: either may have signed them in.
// A phone without room for it knows nothing, and asks the network.
const setState = async (state) => {
  try {
    await (await caches.open(STATE)).put("/", new Response(JSON.stringify(state)));
  } catch {
    await caches.delete(STATE).catch(() => undefined);
  }
};
async function getState() {
  const held = await (await caches.open(STATE)).match("/");
  return held ? held.json() : {};
}

// A way in, from the phone; the next visit sees the new copy that is fetched meanwhile. Who reloads asks the network.
async function quick(event, url) {
  if (event.request.method !== "GET" || event.request.cache !== "default" || url.search) return undefined;
  if (!FAST.includes(url.pathname)) return undefined;
  const state = await getState();
  const held = state.plain && (await (await caches.open(PAGES)).match(url.href, { ignoreVary: true }));
  if (!held || held.headers.get("X-Version") !== VERSION || held.headers.get("X-Language") !== state.language) return undefined;
  if (Date.now() - Number(held.headers.get("X-Kept")) > 7 * DAY) return undefined;
  event.waitUntil(keep(url.href, state.language, 10 * MINUTE).catch(() => undefined));
  return held;
}

async function fromPhone(event, url) {
  if (event.request.method === "GET") {
    const pages = await caches.open(PAGES);
    const held = mayKeep(url) && (await pages.match(url.href, { ignoreVary: true }));
    if (held) return held;
    // Who wants to fill in a form gets the whole form.
    const form = /^\/services\/([^/]+)\/(form|check)\//.exec(url.pathname);
    const whole = form && (await pages.match(new URL(`${OFFLINE}${form[1]}/`, url).href, { ignoreVary: true }));
    if (whole) return whole;
  }
  return (await caches.open(SHELL)).match(OFFLINE, { ignoreVary: true });
}

async function page(event, url) {
  const reads = event.request.method === "GET";
  if (!reads) await setState({});
  const held = await quick(event, url).catch(() => undefined);
  if (held) return held;
  const gone = new AbortController();
  const wait = setTimeout(() => gone.abort(), url.pathname === VERIFY ? AT_THE_GATE : PATIENCE);
  try {
    const answer = await fetch(event.request, reads ? { signal: gone.signal } : undefined);
    if (answer.type === "opaqueredirect") await setState({});
    if (reads && answer.ok && mayKeep(url)) {
      event.waitUntil(keep(url.href, answer.headers.get("Content-Language") || "", DAY).catch(() => undefined));
    }
    return answer;
  } catch (error) {
    return (await fromPhone(event, url)) || Promise.reject(error);
  } finally {
    clearTimeout(wait);
  }
}

async function file(request) {
  const held = await (await caches.open(SHELL)).match(request, { ignoreVary: true });
  return held || fetch(request).catch(async (error) => (await caches.match(request, { ignoreVary: true })) || Promise.reject(error));
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== self.location.origin) return;
  // What stands behind # is for the page alone (a member's code), and is never kept.
  url.hash = "";
  if (event.request.mode === "navigate") {
    if (/^\/(desk|api|accounts\/staff|accounts\/admin)\//.test(url.pathname)) return;
    event.respondWith(page(event, url));
  } else if (event.request.method === "GET" && ["style", "script", "image"].includes(event.request.destination)) {
    if (url.pathname.startsWith("{{ static }}")) event.respondWith(file(event.request));
  }
});

// A page says who reads it, asks for a page to be kept (itself, the blank form of a service), or for all to be forgotten.
self.addEventListener("message", (event) => {
  const said = event.data || {};
  if (said.plain !== undefined) event.waitUntil(setState({ plain: said.plain, language: said.language }));
  if (said.keep) {
    const url = new URL(said.keep, self.location.origin);
    if (url.origin === self.location.origin && mayKeep(url)) {
      event.waitUntil(keep(url.href, said.language, (said.minutes || 1440) * MINUTE).catch(() => undefined));
    }
  }
  if (said.forget) event.waitUntil(Promise.all([caches.delete(PAGES), caches.delete(STATE)]));
});
