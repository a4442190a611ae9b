{% load static %}// Keeps the page of the field registration on the device. Network first: what is newer wins; nothing else is kept.
const KEPT = "field-1";
const PARTS = ["{% url 'desk:field' %}", "{% static 'vendor/pico.min.css' %}", "{% static 'css/gonghui.css' %}", "{% static 'css/desk.css' %}", "{% static 'js/field.js' %}"];
self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(PARTS)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name))));
  event.waitUntil(old.then(() => self.clients.claim()));
});
self.addEventListener("fetch", (event) => {
  const path = new URL(event.request.url).pathname;
  if (event.request.method !== "GET" || !PARTS.includes(path)) return;
  event.respondWith(
    fetch(event.request)
      .then((answer) => {
        // Signed out, the address answers with the sign-in page: that is not what to keep.
        if (answer.ok && !answer.redirected) {
          const copy = answer.clone();
          caches.open(KEPT).then((cache) => cache.put(path, copy));
        }
        return answer;
      })
      .catch(() => caches.match(path)),
  );
});
