// Stands between the pages and the network. Reads what anybody may read from the phone when there is no network; never
// keeps a page that was made for somebody: copies are fetched without cookies.
"use strict";
const VERSION = "{{ version }}";
const SHELL = "shell-" + VERSION;
const PAGES = "pages-1";
const OFFLINE = "{{ offline }}";
const FILES = [{% for url in shell %}"{{ url|escapejs }}", {% endfor %}OFFLINE];
const KEPT = [{% for path in kept %}"{{ path }}"{% if not forloop.last %}, {% endif %}{% endfor %}];
const NOT_KEPT = [{% for path in not_kept %}"{{ path }}"{% if not forloop.last %}, {% endif %}{% endfor %}];
const MOST = 120;
const DAY = 86400000;
const PATIENCE = 12000;

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
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith("shell-") && name !== SHELL) await caches.delete(name);
      }
      await self.clients.claim();
    })(),
  );
});

const mayKeep = (url) =>
  KEPT.some((path) => url.pathname.startsWith(path)) &&
  !NOT_KEPT.some((part) => url.pathname.includes(part)) &&
  (url.search === "" || /^\?topic=R\d+$/.test(url.search));

// The public copy of a page just read: once a day, and the oldest go when there are many.
async function keep(url, language) {
  const pages = await caches.open(PAGES);
  const held = await pages.match(url, { ignoreVary: true });
  if (held && Date.now() - Number(held.headers.get("X-Kept") || 0) < DAY) return;
  const answer = await bare(url, language);
  if (!answer.ok || answer.redirected || !(answer.headers.get("Content-Type") || "").startsWith("text/html")) return;
  const text = await answer.text();
  const headers = { "Content-Type": "text/html; charset=utf-8", "X-Kept": String(Date.now()) };
  const policy = answer.headers.get("Content-Security-Policy");
  if (policy) headers["Content-Security-Policy"] = policy;
  await pages.delete(url, { ignoreVary: true });
  await pages.put(url, new Response(text, { headers }));
  const all = await pages.keys();
  for (const request of all.slice(0, Math.max(0, all.length - MOST))) await pages.delete(request);
}

async function page(event, url) {
  const gone = new AbortController();
  const wait = setTimeout(() => gone.abort(), PATIENCE);
  try {
    const answer = await fetch(event.request, event.request.method === "GET" ? { signal: gone.signal } : undefined);
    if (event.request.method === "GET" && answer.ok && mayKeep(url)) {
      event.waitUntil(keep(url.href, answer.headers.get("Content-Language") || "").catch(() => undefined));
    }
    return answer;
  } catch (error) {
    const held = event.request.method === "GET" && mayKeep(url)
      ? await (await caches.open(PAGES)).match(url.href, { ignoreVary: true })
      : undefined;
    const shell = await caches.open(SHELL);
    return held || (await shell.match(OFFLINE, { ignoreVary: true })) || Promise.reject(error);
  } finally {
    clearTimeout(wait);
  }
}

async function file(request) {
  const held = await (await caches.open(SHELL)).match(request, { ignoreVary: true });
  if (held) return held;
  return fetch(request);
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate") {
    if (/^\/(desk|api|accounts\/staff|accounts\/admin)\//.test(url.pathname)) return;
    event.respondWith(page(event, url));
  } else if (event.request.method === "GET" && FILES.includes(url.pathname) && url.pathname !== OFFLINE) {
    event.respondWith(file(event.request));
  }
});

// A page asks for another one to be kept (the blank form beside a service), or for everything to be forgotten.
self.addEventListener("message", (event) => {
  if (event.data && event.data.keep) {
    const url = new URL(event.data.keep, self.location.origin);
    if (url.origin === self.location.origin && mayKeep(url)) {
      event.waitUntil(keep(url.href, event.data.language).catch(() => undefined));
    }
  }
  if (event.data && event.data.forget) event.waitUntil(caches.delete(PAGES));
});
