// A service's whole form on one page: says what the phone keeps of it, and sends it when there is a network.
(() => {
  "use strict";
  const form = document.querySelector("form[data-whole]");
  const drafts = window.gonghuiDrafts;
  // Staff look at the page, and keep nothing.
  if (!drafts) return;
  const { words, say, chosen, tell: tellBeside } = window.gonghuiForm;
  const name = form.dataset.draft;
  const button = form.querySelector("button[type=submit]:not([name])");
  const sending = form.querySelector("[data-send-state]");
  const box = document.querySelector("[data-draft-box]");
  const state = box.querySelector("[data-draft-state]");
  const language = document.documentElement.lang === "en" ? "en" : "zh-CN";
  const DAY = 86400000;

  // How old the free places are that this page shows.
  for (const age of form.querySelectorAll("[data-age]")) {
    const minutes = Math.round((Date.now() - new Date(age.dataset.age)) / 60000);
    const steps = [[1440, "day"], [60, "hour"], [1, "minute"]];
    const [length, unit] = steps.find(([long]) => minutes >= long) ?? [1, "minute"];
    if (minutes > 0) {
      age.textContent = say(words.ago, { ago: new Intl.RelativeTimeFormat(language).format(-Math.floor(minutes / length), unit) });
    }
  }
  for (const field of form.querySelectorAll("[data-not-kept]")) {
    field.before(Object.assign(document.createElement("small"), { textContent: words.not_kept }));
  }
  // Chosen on the offer's own page.
  const choose = () => {
    const wanted = new URLSearchParams(location.search).get("offer");
    const option = wanted && form.querySelector(`input[type=radio][value="${CSS.escape(wanted)}"]`);
    if (option && !form.querySelector(`input[name="${option.name}"]:checked`)) option.click();
  };
  if (!drafts.ready) return choose();

  const show = async (well = true) => {
    const held = well === null ? undefined : await drafts.record(name);
    box.hidden = !held && well !== false;
    box.classList.toggle("notice-error", well === false);
    const day = held && new Date(held.at + 7 * DAY).toLocaleDateString(language, { month: "long", day: "numeric" });
    state.textContent = well !== false ? (held ? say(words.kept, { day }) : words.nothing) : words.full;
    box.querySelector("[data-draft-delete]").hidden = !held;
  };
  form.addEventListener("kept", (event) => {
    show(event.detail);
    // No room: said beside the file as well, which is not there after the page is closed.
    if (event.detail === false) {
      for (const [input, held] of chosen) if (held.some((one) => !one.id)) tellBeside(input, [words.full]);
    }
  });
  drafts.ready.then(async () => {
    choose();
    const held = await drafts.record(name);
    if (held && !(await drafts.keep(form))) return;
    await show();
    form.dataset.ready = "1";
  });
  box.querySelector("[data-draft-delete]").addEventListener("click", async () => {
    await drafts.remove(name);
    location.assign(form.action);
  });

  const tell = (text, bad) => {
    sending.textContent = text;
    sending.className = bad ? "notice notice-warning" : "";
    button.removeAttribute("aria-busy");
  };
  addEventListener("online", () => {
    if (sending.textContent === words.no_network) tell(words.online);
  });
  let busy = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    try {
      await send();
    } finally {
      busy = false;
    }
  });
  const send = async () => {
    await drafts.keep(form);
    const held = await drafts.record(name);
    if (!navigator.onLine) return tell(words.no_network, true);
    tell(words.sending);
    button.setAttribute("aria-busy", "true");
    let told = null;
    try {
      const answer = await fetch(form.action, { headers: { Accept: "application/json" }, cache: "no-store", signal: AbortSignal.timeout(20000) });
      told = answer.ok ? await answer.json() : null;
    } catch {
      // As without a network.
    }
    if (!told) return tell(words.no_network, true);
    if (!told.account) {
      const next = encodeURIComponent(new URL(form.action).pathname);
      return location.assign(`${document.body.dataset.signInUrl}?next=${next}`);
    }
    if (held?.who && held.who !== told.account) {
      await drafts.remove(name);
      return tell(words.other, true);
    }
    form.elements.csrfmiddlewaretoken.value = told.csrf;
    if (held) form.elements.once.value = held.once;
    // The page that follows tells by the form's key that it has arrived; nothing is dropped before.
    drafts.mark(name, { names: [], rows: [], files: [] });
    HTMLFormElement.prototype.submit.call(form);
  };
})();
