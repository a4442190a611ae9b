// Field registration: keeps what is typed on the device until it has arrived. Every record has a name of its own, so that
// sending it twice makes one appeal. On the device records are encrypted with a key that the browser does not give out.
const page = document.getElementById("field");
const form = page.querySelector("form");
const list = document.getElementById("waiting");
const state = document.getElementById("field-state");
const words = JSON.parse(document.getElementById("field-words").textContent);
const CURRENT = "current";

navigator.serviceWorker?.register(page.dataset.worker);

const opened = new Promise((resolve, reject) => {
  const request = indexedDB.open("gonghui-field", 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("keys");
    request.result.createObjectStore("records", { keyPath: "id" });
  };
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

async function store(name, mode, use) {
  const database = await opened;
  return new Promise((resolve, reject) => {
    const request = use(database.transaction(name, mode).objectStore(name));
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function key() {
  const known = await store("keys", "readonly", (keys) => keys.get("key"));
  if (known) return known;
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  await store("keys", "readwrite", (keys) => keys.put(made, "key"));
  return made;
}

async function keep(id, record) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = new TextEncoder().encode(JSON.stringify(record));
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key(), plain);
  await store("records", "readwrite", (records) => records.put({ id, iv, data }));
}

async function read(row) {
  const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: row.iv }, await key(), row.data);
  return JSON.parse(new TextDecoder().decode(plain));
}

const drop = (id) => store("records", "readwrite", (records) => records.delete(id));

async function all() {
  const rows = await store("records", "readonly", (records) => records.getAll());
  return Promise.all(rows.filter((row) => row.id !== CURRENT).map(async (row) => ({ id: row.id, record: await read(row) })));
}

function typed() {
  const values = Object.fromEntries(new FormData(form));
  for (const box of form.querySelectorAll("input[type=checkbox]")) values[box.name] = box.checked;
  return values;
}

function say(text, bad = false) {
  state.textContent = text;
  state.className = bad ? "notice notice-warning" : "notice";
}

async function show(problems = {}) {
  const waiting = await all();
  list.replaceChildren(
    ...waiting.map(({ id, record }) => {
      const item = document.createElement("li");
      const text = document.createElement("span");
      text.textContent = `${record.description.slice(0, 30)} `;
      item.append(text);
      for (const sentence of problems[id] ?? []) {
        const problem = document.createElement("strong");
        problem.textContent = `${sentence} `;
        item.append(problem);
      }
      for (const [label, act] of [[words.edit, () => edit(id, record)], [words.remove, () => remove(id)]]) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "secondary outline";
        button.textContent = label;
        button.addEventListener("click", act);
        item.append(button);
      }
      return item;
    }),
  );
  document.getElementById("waiting-none").hidden = waiting.length > 0;
  return waiting;
}

async function edit(id, record) {
  fill(record);
  await drop(id);
  await show();
  form.elements.description.focus();
}

async function remove(id) {
  if (!window.confirm(words.sure)) return;
  await drop(id);
  await show();
}

function fill(record) {
  for (const field of form.elements) {
    if (!field.name || !(field.name in record)) continue;
    if (field.type === "checkbox") field.checked = record[field.name];
    else field.value = record[field.name];
  }
}

let sending = null;
// One after another: a second call while the first runs waits for it and then looks again.
function send() {
  sending = (sending ?? Promise.resolve()).then(sendAll, sendAll);
  return sending;
}

async function sendAll() {
  const waiting = await show();
  if (!waiting.length) return;
  if (!navigator.onLine) return say(words.offline);
  say(words.sending);
  const problems = {};
  const done = [];
  try {
    const token = await fetch(page.dataset.token, { headers: { Accept: "application/json" } });
    if (!token.ok || token.redirected) return say(words.signIn, true);
    const { csrf } = await token.json();
    for (const { id, record } of waiting) {
      const answer = await fetch(page.dataset.sync, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": csrf },
        body: JSON.stringify({ ...record, once: id }),
      });
      if (answer.status === 201) {
        const { number, code } = await answer.json();
        await drop(id);
        done.push(`${number}（${words.code} ${code}）`);
      } else if (answer.status === 422) {
        problems[id] = Object.values((await answer.json()).errors).flat();
      } else {
        problems[id] = [words.later];
      }
    }
  } catch {
    say(words.offline);
    await show(problems);
    return;
  }
  await show(problems);
  const bad = Object.keys(problems).length > 0;
  say([done.length ? `${words.arrived}${done.join("；")}` : "", bad ? words.look : ""].filter(Boolean).join(" "), bad);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const record = typed();
  if (!record.description.trim()) {
    document.getElementById("description-error").hidden = false;
    form.elements.description.setAttribute("aria-invalid", "true");
    form.elements.description.focus();
    return;
  }
  document.getElementById("description-error").hidden = true;
  form.elements.description.removeAttribute("aria-invalid");
  await keep(crypto.randomUUID(), { ...record, written_at: new Date().toISOString() });
  await drop(CURRENT);
  form.reset();
  // The counter of characters listens to this; nothing is typed, so nothing is kept.
  form.elements.description.dispatchEvent(new Event("input"));
  say(words.kept);
  await send();
});

let pause;
form.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(() => keep(CURRENT, typed()), 400);
});

window.addEventListener("online", send);
window.addEventListener("offline", () => say(words.offline));
store("records", "readonly", (records) => records.get(CURRENT))
  .then((row) => (row ? read(row).then(fill) : null))
  .finally(send);
page.dataset.ready = "1";
