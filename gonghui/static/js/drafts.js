// What is typed without a network stays on this phone, encrypted, until it is sent, thrown away, signed out or seven
// days old. With a network nothing is kept here: the server keeps drafts. The key cannot be read out of the browser, so a
// copy of its files tells nothing; whoever holds the unlocked phone may read a draft, and the page says so.
(() => {
  "use strict";
  if (!window.indexedDB || !window.crypto || !crypto.subtle) return;
  const WEEK = 7 * 86400000;
  const SENT = "gonghui-sent";
  const body = document.body;
  const said = body.dataset;

  const done = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  let opened;
  const database = () => {
    opened ??= (() => {
      const request = indexedDB.open("gonghui", 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("keys");
        request.result.createObjectStore("drafts");
      };
      return done(request);
    })();
    return opened;
  };
  const store = async (name, mode = "readonly") => (await database()).transaction(name, mode).objectStore(name);
  const key = async () => {
    const held = await done((await store("keys")).get("drafts"));
    if (held) return held;
    const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    await done((await store("keys", "readwrite")).put(made, "drafts"));
    return made;
  };
  const save = async (name, values) => {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const text = new TextEncoder().encode(JSON.stringify(values));
    const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key(), text);
    await done((await store("drafts", "readwrite")).put({ iv, data, at: Date.now() }, name));
  };
  const remove = async (name) => done((await store("drafts", "readwrite")).delete(name));
  const read = async (name) => {
    const held = await done((await store("drafts")).get(name));
    if (!held) return null;
    if (Date.now() - held.at > WEEK) {
      await remove(name);
      return null;
    }
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: held.iv }, await key(), held.data);
    return JSON.parse(new TextDecoder().decode(plain));
  };
  const names = async () => done((await store("drafts")).getAllKeys());
  const forget = async () => {
    await done((await store("drafts", "readwrite")).clear());
    await done((await store("keys", "readwrite")).clear());
  };

  const valuesOf = (form) => {
    const values = {};
    for (const field of form.elements) {
      if (!field.name || field.name === "csrfmiddlewaretoken" || ["hidden", "file", "submit", "password"].includes(field.type)) continue;
      if (["radio", "checkbox"].includes(field.type)) {
        if (field.checked) (values[field.name] ??= []).push(field.value);
      } else if (field.value.trim()) values[field.name] = [field.value];
    }
    return values;
  };
  const fill = (form, values) => {
    for (const field of form.elements) {
      const given = values[field.name];
      if (!given || field.type === "hidden" || field.type === "file") continue;
      if (["radio", "checkbox"].includes(field.type)) field.checked = given.includes(field.value);
      else field.value = given[0];
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  };
  const tell = (text, buttons, before) => {
    const box = document.createElement("div");
    box.className = "notice notice-warning actions";
    box.setAttribute("role", "status");
    box.append(Object.assign(document.createElement("span"), { textContent: text }));
    for (const [label, act, href] of buttons) {
      const button = document.createElement(href ? "a" : "button");
      button.textContent = label;
      if (href) button.href = href;
      else button.type = "button";
      button.className = "link-button";
      button.addEventListener("click", async (event) => {
        if (!href) event.preventDefault();
        await act();
        if (!href) box.remove();
      });
      box.append(button);
    }
    before.before(box);
    return box;
  };
  const words = (name) => said[name] || "";
  const offline = () => !navigator.onLine || body.hasAttribute("data-offline");

  for (const form of document.querySelectorAll("form[data-draft]")) {
    const name = form.dataset.draft;
    const always = form.hasAttribute("data-always");
    let waits = 0;
    const keep = async () => {
      const values = valuesOf(form);
      if (Object.keys(values).length) await save(name, values);
    };
    form.addEventListener("input", () => {
      if (!always && !offline()) return;
      clearTimeout(waits);
      waits = setTimeout(keep, 400);
    });
    form.addEventListener("change", () => (always || offline() ? keep() : undefined));
    addEventListener("offline", keep);
    form.addEventListener("submit", async (event) => {
      if (event.defaultPrevented) return;
      if (always && !offline()) {
        event.preventDefault();
        await keep();
        location.href = form.action;
      } else if (offline()) {
        event.preventDefault();
        await keep();
        tell(words("draftKept"), [], form);
      } else {
        // Kept for the moment of sending: if the network goes just now, the text is not lost. The next page drops it.
        sessionStorage.setItem(SENT, name);
        await keep().catch(() => undefined);
      }
    });
    read(name)
      .then((values) => {
        if (!values) return;
        if (always || body.hasAttribute("data-offline")) fill(form, values);
        else if (sessionStorage.getItem(SENT) !== name) {
          tell(words("draftThere"), [
            [words("draftUse"), async () => fill(form, values)],
            [words("draftDrop"), () => remove(name)],
          ], form);
        }
      })
      .catch(() => undefined);
  }

  (async () => {
    const sent = sessionStorage.getItem(SENT);
    sessionStorage.removeItem(SENT);
    if (sent && body.hasAttribute("data-offline")) {
      for (const note of document.querySelectorAll("[data-not-sent]")) note.hidden = false;
    } else if (sent && !document.querySelector(`form[data-draft="${sent}"] [aria-invalid=true]`)) {
      await remove(sent);
    }
    if (offline()) return;
    const here = [...document.querySelectorAll("form[data-draft]")].map((form) => form.dataset.draft);
    const waiting = (await names()).filter((name) => !here.includes(name) && name !== sent);
    const main = document.getElementById("content");
    if (!waiting.length || !main.firstElementChild) return;
    const links = waiting.map((name) => [
      name === "ask" ? words("draftAsk") : `${words("draftService")} ${name.slice(8)}`,
      async () => undefined,
      name === "ask" ? said.askUrl : `${said.servicesUrl}${name.slice(8)}/`,
    ]);
    const drop = async () => { for (const name of waiting) await remove(name); };
    tell(words("draftWaiting"), [...links, [words("draftDrop"), drop]], main.firstElementChild);
  })().catch(() => undefined);

  for (const form of document.querySelectorAll("form[data-sign-out]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      navigator.serviceWorker?.controller?.postMessage({ forget: true });
      forget().catch(() => undefined).finally(() => HTMLFormElement.prototype.submit.call(form));
    });
  }
})();
