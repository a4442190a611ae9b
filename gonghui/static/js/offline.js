// Names of the pages that this phone has kept.
(async () => {
  "use strict";
  if (!window.caches) return;
  const pages = await caches.open("pages-1");
  const list = document.querySelector("[data-kept-list]");
  for (const request of (await pages.keys()).reverse().slice(0, 40)) {
    const text = await (await pages.match(request, { ignoreVary: true })).text();
    const title = new DOMParser().parseFromString(text, "text/html").title.split(" · ")[0];
    const link = Object.assign(document.createElement("a"), { href: request.url, textContent: title });
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
  document.querySelector("[data-kept]").hidden = !list.children.length;
})();
