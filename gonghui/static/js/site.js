// Small comforts. Every page works without this file.

// A form that was sent once is not sent again by a second tap; the server would notice anyway.
document.addEventListener("submit", (event) => {
  const form = event.target;
  // A page's own script sends this one.
  if (event.defaultPrevented) return;
  const button = event.submitter;
  // Answered with a file, the page stays as it is: another button of the form is no second tap.
  const files = form.hasAttribute("data-download");
  const tap = (files && button && button.value) || "1";
  if (form.dataset.sent === tap) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = tap;
  if (button && button.tagName === "BUTTON" && !button.classList.contains("link-button")) {
    button.setAttribute("aria-busy", "true");
  }
  setTimeout(() => {
    delete form.dataset.sent;
    if (button) button.removeAttribute("aria-busy");
  }, files ? 3000 : 8000);
});

window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
  for (const busy of document.querySelectorAll("button[aria-busy]")) busy.removeAttribute("aria-busy");
});

// After a refused form, go to the first field that needs correcting.
const wrong = document.querySelector("[aria-invalid=true]");
if (wrong) wrong.focus();

// Copy a number or code.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.done;
  });
}

// Print the page, where the browser can.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// How many characters are left in a long text.
for (const box of document.querySelectorAll("textarea[maxlength]")) {
  const hint = document.createElement("small");
  const show = () => {
    hint.textContent = `${[...box.value].length} / ${box.maxLength}`;
  };
  hint.className = "count";
  hint.setAttribute("aria-hidden", "true");
  box.after(hint);
  box.addEventListener("input", show);
  show();
}

// Names below the search box while one types. Only what is typed there is asked for, and a list is all that comes.
for (const box of document.querySelectorAll("[data-suggest]")) {
  const list = document.getElementById(box.getAttribute("list"));
  let waits = 0;
  box.addEventListener("input", (event) => {
    clearTimeout(waits);
    // A name taken from the list was found already.
    if (!box.value.trim() || !event.inputType) return;
    waits = setTimeout(async () => {
      try {
        const answer = await fetch(`${box.dataset.suggest}?q=${encodeURIComponent(box.value)}`);
        const names = answer.ok ? (await answer.json()).names : [];
        list.replaceChildren(...names.map((name) => Object.assign(document.createElement("option"), { value: name })));
      } catch {
        list.replaceChildren();
      }
    }, 250);
  });
}

// The service worker, from our own root; a page that is read from the phone says so.
const worker = document.body.dataset.worker;
const kept = document.body.dataset.kept;
if (navigator.serviceWorker) {
  // After the page: on a slow network it comes first.
  if (worker) addEventListener("load", () => navigator.serviceWorker.register(worker).catch(() => undefined));
  const language = document.documentElement.lang;
  const told = (message) => navigator.serviceWorker.ready.then((ready) => ready.active.postMessage({ language, ...message }));
  if (!kept && !document.body.hasAttribute("data-offline")) {
    const plain = document.body.hasAttribute("data-plain");
    told({ plain, ...(plain ? { keep: location.href } : {}) });
  }
  for (const link of document.querySelectorAll("[data-keep-offline]")) {
    told({ keep: link.dataset.keepOffline || link.getAttribute("href"), minutes: Number(link.dataset.minutes) || undefined });
  }
}
// A copy that was fetched without cookies carries nobody's token; this browser's own lies in its cookie.
if (kept) {
  document.addEventListener("submit", (event) => {
    const token = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie);
    const field = event.target.elements.csrfmiddlewaretoken;
    if (token && field) field.value = token[1];
  }, true);
}
const withoutNetwork = () => {
  const bar = document.querySelector("[data-no-network]");
  if (!bar) return;
  bar.hidden = navigator.onLine && (!kept || "fast" in document.body.dataset);
  const at = bar.querySelector("[data-kept-at]");
  if (kept && at) at.textContent = `${at.dataset.keptAt}${new Date(kept).toLocaleString(document.documentElement.lang === "en" ? "en" : "zh-CN", { dateStyle: "short", timeStyle: "short" })}`;
};
addEventListener("online", withoutNetwork);
addEventListener("offline", withoutNetwork);
withoutNetwork();
