// What is written or chosen without a network stays on this phone, encrypted, until it has arrived, is thrown away, signed
// out or seven days old. With a network only the moment of sending is bridged: the server keeps drafts. A draft belongs to
// the account that wrote it; numbers of identity and bank cards are never kept. The key cannot be read out of the
// browser, so a copy of its files tells nothing; whoever holds the unlocked phone may read a draft, and the page says so.
(() => {
  "use strict";
  const body = document.body;
  const said = body.dataset;
  const reading = { keep: async () => undefined };
  window.gonghuiDrafts = reading;
  if (!window.indexedDB || !window.crypto || !crypto.subtle) {
    for (const note of document.querySelectorAll("[data-cannot-keep]")) note.hidden = false;
    return;
  }
  const WEEK = 7 * 86400000;
  const SENT = "gonghui-sent";
  const OWNER = "gonghui-owner";
  const STORES = ["keys", "drafts", "files"];
  const fromPhone = "kept" in said || body.hasAttribute("data-offline");
  const arrived = (said.arrived || "").split(" ");
  const offline = () => !navigator.onLine || body.hasAttribute("data-offline");
  const words = (name) => said[name] || "";

  // The store.
  const done = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  let opened;
  const database = () => {
    opened ??= (() => {
      const request = indexedDB.open("gonghui", 2);
      request.onupgradeneeded = () => {
        const made = request.result;
        for (const name of STORES.slice(0, 2)) if (!made.objectStoreNames.contains(name)) made.createObjectStore(name);
        made.createObjectStore("files", { autoIncrement: true, keyPath: "id" }).createIndex("draft", "draft");
      };
      return done(request).then((made) => {
        made.onversionchange = () => made.close();
        return made;
      });
    })();
    return opened;
  };
  const store = async (name) => (await database()).transaction(name).objectStore(name);
  // Done when it lies there: a phone without room takes a request first and undoes it at the end.
  const write = async (name, use) => {
    const all = (await database()).transaction(name, "readwrite");
    const request = use(all.objectStore(name));
    return new Promise((resolve, reject) => {
      all.oncomplete = () => resolve(request.result);
      all.onabort = () => reject(all.error);
    });
  };
  const key = async () => {
    const held = await done((await store("keys")).get("drafts"));
    if (held) return held;
    const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    await write("keys", (keys) => keys.put(made, "drafts"));
    return made;
  };
  const lock = async (bytes) => {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key(), bytes) };
  };
  const unlock = async ({ iv, data }) => crypto.subtle.decrypt({ name: "AES-GCM", iv }, await key(), data);
  const lockText = (value) => lock(new TextEncoder().encode(JSON.stringify(value)));
  const unlockText = async (box) => JSON.parse(new TextDecoder().decode(await unlock(box)));

  // Whose phone it is: the account last seen, until it signs out or another one signs in.
  const owner = () => localStorage.getItem(OWNER) || "";
  // A page from the phone knows nobody: what it may open is the last account's. One from the network knows who asks.
  const reader = () => (fromPhone || said.account ? owner() : "");
  const mayRead = (record) => !record.who || record.who === reader();

  const record = async (name) => done((await store("drafts")).get(name));
  const names = async () => done((await store("drafts")).getAllKeys());
  const filesOf = async (name) => done((await store("files")).index("draft").getAll(name));
  const removeFile = (id) => write("files", (files) => files.delete(id));
  const remove = async (name) => {
    const ids = await done((await store("files")).index("draft").getAllKeys(name));
    for (const id of ids) await removeFile(id);
    await write("drafts", (drafts) => drafts.delete(name));
  };
  const read = async (name) => {
    const held = await record(name);
    if (!held || !mayRead(held)) return null;
    const plain = await unlockText(held);
    return plain.values ? plain : { values: plain };
  };
  const save = async (name, plain) => {
    const held = await record(name);
    const about = { at: Date.now(), who: held?.who || reader(), once: held?.once || crypto.randomUUID() };
    const box = await lockText(plain);
    await write("drafts", (drafts) => drafts.put({ ...box, ...about }, name));
  };
  const forget = async () => {
    localStorage.removeItem(OWNER);
    for (const name of STORES) await write(name, (all) => all.clear());
  };

  // A form.
  const SKIPPED = ["hidden", "file", "submit", "password", "button"];
  const fieldsOf = (form) =>
    [...form.elements].filter((field) => field.name && field.name !== "csrfmiddlewaretoken" && !SKIPPED.includes(field.type));
  const keepable = (field) => !("notKept" in field.dataset);
  const valuesOf = (form) => {
    const values = {};
    for (const field of fieldsOf(form).filter(keepable)) {
      if (["radio", "checkbox"].includes(field.type)) {
        if (field.checked) (values[field.name] ??= []).push(field.value);
      } else if (field.value.trim()) values[field.name] = [field.value];
    }
    return values;
  };
  // Which names are this form's to say: a page of a form says nothing of the others.
  const ownNames = (form) => ({
    names: [...new Set(fieldsOf(form).map((field) => field.name))],
    rows: [...form.querySelectorAll("[data-rows]")].map((list) => `${list.dataset.rows}-`),
    // Files that go with a later page (`data-later`) stay, whatever becomes of this one.
    files: [...form.querySelectorAll("input[type=file]:not([data-later])")].map((input) => input.name),
  });
  const without = (values, own) =>
    Object.fromEntries(
      Object.entries(values).filter(([name]) => !own.names.includes(name) && !own.rows.some((begin) => name.startsWith(begin))),
    );
  const chosenIn = (form) => [...(window.gonghuiForm?.chosen ?? [])].filter(([input]) => input.form === form);

  const keepFiles = async (form) => {
    for (const [input, held] of chosenIn(form)) {
      for (const one of held) {
        if (one.id) continue;
        const meta = await lockText({ name: one.file.name, type: one.file.type });
        const box = await lock(await one.file.arrayBuffer());
        one.id = await write("files", (files) => files.add({ draft: form.dataset.draft, field: input.name, meta, ...box }));
      }
    }
  };
  let turn = Promise.resolve();
  // One after the other: each reads what the one before wrote. False when the phone has no room left, null when what it
  // holds is not this reader's.
  const keep = (form) => {
    const job = async () => {
      const name = form.dataset.draft;
      const held = await record(name);
      if (held && !mayRead(held)) return null;
      const values = { ...without((held && (await read(name)))?.values ?? {}, ownNames(form)), ...valuesOf(form) };
      const some = Object.keys(values).length || chosenIn(form).some(([, list]) => list.length);
      if (!some && !(await filesOf(name)).length) {
        if (held) await remove(name);
        return true;
      }
      await save(name, { values, title: form.dataset.title || "" });
      await keepFiles(form);
      return true;
    };
    turn = turn.then(job).catch(() => false).then((well) => {
      form.dispatchEvent(new CustomEvent("kept", { detail: well }));
      return well;
    });
    return turn;
  };
  const prune = async (name, own) => {
    const held = await read(name);
    if (!held) return;
    const values = without(held.values, own);
    const files = await filesOf(name);
    for (const file of files) if (own.files.includes(file.field)) await removeFile(file.id);
    if (!Object.keys(values).length && files.every((file) => own.files.includes(file.field))) await remove(name);
    else await save(name, { ...held, values });
  };
  const fill = async (form, draft) => {
    const values = window.gonghuiForm?.rows(form, draft.values) ?? draft.values;
    for (const field of fieldsOf(form)) {
      const given = values[field.name];
      if (!given) continue;
      if (["radio", "checkbox"].includes(field.type)) field.checked = given.includes(field.value);
      else field.value = given[0];
    }
    await fillFiles(form);
    form.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const fillFiles = async (form) => {
    const files = await filesOf(form.dataset.draft);
    for (const [input] of chosenIn(form)) {
      const held = [];
      for (const file of files.filter((one) => one.field === input.name)) {
        const { name, type } = await unlockText(file.meta);
        held.push({ file: new File([await unlock(file)], name, { type }), id: file.id });
      }
      if (held.length) window.gonghuiForm.put(input, held);
    }
    return files.length;
  };

  const tell = (text, buttons, before, bad = false) => {
    const box = document.createElement("div");
    box.className = "notice notice-warning actions";
    box.setAttribute("role", bad ? "alert" : "status");
    box.append(Object.assign(document.createElement("span"), { textContent: text }));
    for (const [label, act, href] of buttons) {
      const button = document.createElement(href ? "a" : "button");
      button.textContent = label;
      if (href) button.href = href;
      else button.type = "button";
      button.className = "link-button";
      button.addEventListener("click", async () => {
        if (href) return;
        await act();
        box.remove();
      });
      box.append(button);
    }
    before.before(box);
    return box;
  };

  // What is on its way, for the next page to know.
  const mark = (name, own, arrives = name) => sessionStorage.setItem(SENT, JSON.stringify({ name, own, arrives }));
  const watch = (form) => {
    const name = form.dataset.draft;
    const whole = "whole" in form.dataset;
    const answered = "answered" in form.dataset;
    let waits = 0;
    let told = false;
    const keepTold = async () => {
      const well = await keep(form);
      if (well === false && !whole && !told) tell(words("draftFull"), [], form, true);
      told ||= well === false;
      return well;
    };
    const now = () => whole || offline();
    form.addEventListener("input", () => {
      if (!now()) return;
      clearTimeout(waits);
      waits = setTimeout(keepTold, 400);
    });
    form.addEventListener("change", (event) => {
      if (now() && event.target.type !== "file") keepTold();
    });
    form.addEventListener("chosen", async (event) => {
      for (const one of event.detail.gone ?? []) if (one.id) await removeFile(one.id);
      if (!now()) return;
      const input = event.target;
      if (answered) {
        // The server has taken some of the files kept here; what it refused goes when another one is chosen.
        const taken = [...form.querySelectorAll(`input[type=checkbox][name="${input.name}"]`)].map((box) => box.parentElement.textContent);
        for (const file of await filesOf(name)) {
          const { name: called } = await unlockText(file.meta);
          const listed = window.gonghuiForm.chosen.get(input).some((one) => one.id === file.id);
          if (file.field === input.name && !listed && !taken.some((text) => text.includes(called))) await removeFile(file.id);
        }
      }
      await keepTold();
    });
    addEventListener("offline", keepTold);
    if (!whole) {
      form.addEventListener("submit", async (event) => {
        if (event.defaultPrevented) return;
        if (offline()) {
          event.preventDefault();
          if (await keepTold()) tell(words("draftKept"), [], form);
        } else {
          // Kept for the moment of sending: if the network goes just now, nothing is lost. The next page drops it.
          mark(name, ownNames(form), form.dataset.arrives);
          await keep(form);
        }
      });
    }
    return async (sent) => {
      const draft = answered ? null : await read(name);
      if (!draft) return;
      if (whole || body.hasAttribute("data-offline")) return fill(form, draft);
      if ("takesFiles" in form.dataset) {
        if (await fillFiles(form)) tell(words("draftFilesIn"), [], form.querySelector("input[type=file]"));
        return;
      }
      const files = (await filesOf(name)).length;
      if (files) tell(words("draftFilesLater"), [[words("draftDrop"), () => remove(name)]], form);
      if (sent !== name && Object.keys(draft.values).length) {
        tell(words("draftThere"), [
          [words("draftUse"), () => fill(form, draft)],
          [words("draftDrop"), () => remove(name)],
        ], form);
      }
    };
  };

  // What waits to be sent, as links: on pages from the network, and where there is none.
  const list = async (here) => {
    const place = document.querySelector("[data-waiting]") || document.getElementById("content").firstElementChild;
    const waiting = [];
    for (const name of await names()) if (!here.includes(name) || !mayRead(await record(name))) waiting.push(name);
    if (!waiting.length || !place) return;
    const drop = [words(waiting.length > 1 ? "draftDropAll" : "draftDrop"), async () => { for (const name of waiting) await remove(name); }];
    const links = [];
    for (const name of waiting) {
      const draft = await read(name);
      if (!draft) continue;
      const service = name.slice("service-".length);
      links.push(name === "ask" ? [words("draftAsk"), null, said.askUrl] : [draft.title || service, null, `${said.offlineUrl}${service}/`]);
    }
    if (links.length) tell(words("draftWaiting"), [...links, drop], place);
    else tell(words("draftLocked"), [[words("draftSignIn"), null, `${said.signInUrl}?next=${encodeURIComponent(location.pathname)}`], drop], place);
  };

  const tidy = async () => {
    const account = said.account;
    for (const name of await names()) {
      const held = await record(name);
      const another = account && held.who && held.who !== account;
      if (another || Date.now() - held.at > WEEK || (said.arrivedKey && held.once === said.arrivedKey)) await remove(name);
    }
    if (account) localStorage.setItem(OWNER, account);
  };

  const forms = [...document.querySelectorAll("form[data-draft]")];
  const begin = forms.map(watch);
  const ready = new Promise((resolve) => {
    if (document.readyState === "complete") resolve();
    else addEventListener("DOMContentLoaded", resolve);
  });
  Object.assign(reading, { keep, record, remove, mark, ready: (async () => {
    await ready;
    const sent = JSON.parse(sessionStorage.getItem(SENT) || "null");
    sessionStorage.removeItem(SENT);
    await tidy();
    if (sent && body.hasAttribute("data-offline")) {
      for (const note of document.querySelectorAll("[data-not-sent]")) note.hidden = false;
    } else if (sent && arrived.includes(sent.arrives)) await prune(sent.name, sent.own);
    for (const start of begin) await start(sent?.name);
    // A page that goes on from a draft does not offer it again.
    if (navigator.onLine || fromPhone) await list([...forms.map((form) => form.dataset.draft), ...arrived]);
  })().catch(() => undefined) });

  for (const form of document.querySelectorAll("form[data-sign-out]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      navigator.serviceWorker?.controller?.postMessage({ forget: true });
      forget().catch(() => undefined).finally(() => HTMLFormElement.prototype.submit.call(form));
    });
  }
})();
