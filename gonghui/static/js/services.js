// Forms of services: fields that depend on others, rows to add and take out, files told at once whether they fit. Without
// a script all fields are shown, a row is added by the server, and the server judges the files.
(() => {
  "use strict";
  const words = JSON.parse(document.getElementById("form-words")?.textContent || "{}");
  const say = (text, values) => (text || "").replace(/\{(\w+)\}/g, (_all, name) => values[name]);
  const changed = (element) => element.dispatchEvent(new Event("change", { bubbles: true }));

  // Fields shown when the one they depend on has one of the wanted values.
  const depending = [...document.querySelectorAll("[data-show-field]")];
  const valueOf = (name) => {
    const inputs = [...document.getElementsByName(name)];
    const picked = inputs.filter((input) => !["radio", "checkbox"].includes(input.type) || input.checked);
    return picked.map((input) => (input.type === "checkbox" && input.value === "on" ? "true" : input.value));
  };
  const update = () => {
    for (const input of depending) {
      const wanted = input.dataset.showFor.split(" ");
      const values = valueOf(input.dataset.showField);
      const shown = input.dataset.showFor === "" ? !values.includes("true") : values.some((value) => wanted.includes(value));
      input.closest(".field").hidden = !shown;
    }
  };
  document.addEventListener("change", update);
  update();

  // Rows.
  const cards = (list) => [...list.querySelectorAll(":scope > fieldset.card")];
  const placeOf = (list, card) => Number(card.querySelector("[name]").name.slice(list.dataset.rows.length + 1).split("-")[0]);
  const number = (list) => cards(list).forEach((card, place) => {
    card.querySelector("legend").textContent = say(words.row, { n: place + 1 });
  });
  const decorate = (list, card) => {
    if (!words.remove_row) return;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "link-button", textContent: words.remove_row });
    button.addEventListener("click", () => {
      if (cards(list).length > 1) card.remove();
      else {
        for (const field of card.querySelectorAll("input, select, textarea")) {
          if (["radio", "checkbox"].includes(field.type)) field.checked = false;
          else field.value = "";
        }
      }
      number(list);
      list.querySelector("button[name=more]").focus();
      changed(list);
    });
    card.append(button);
  };
  const addRow = (list, place) => {
    const made = document.createElement("template");
    made.innerHTML = list.querySelector(":scope > template").innerHTML.replaceAll("__row__", place);
    const card = made.content.firstElementChild;
    list.querySelector(":scope > template").before(card);
    decorate(list, card);
    number(list);
    return card;
  };
  for (const list of document.querySelectorAll("[data-rows]")) {
    if (!list.querySelector(":scope > template")) continue;
    for (const card of cards(list)) decorate(list, card);
    const more = list.querySelector("button[name=more]");
    const full = Object.assign(document.createElement("small"), { className: "error-text" });
    full.setAttribute("role", "status");
    more.parentElement.append(full);
    more.addEventListener("click", (event) => {
      event.preventDefault();
      const place = free(list);
      full.textContent = place === undefined ? say(words.rows_most, { n: list.dataset.most }) : "";
      if (place !== undefined) addRow(list, place).querySelector("input, select, textarea").focus();
    });
  }
  const free = (list) => {
    const taken = cards(list).map((card) => placeOf(list, card));
    return [...Array(Number(list.dataset.most)).keys()].find((place) => !taken.includes(place));
  };
  // Values that were kept, with their rows named as the page's: the first kept is the first on the page, and so on.
  const rows = (form, values) => {
    let found = values;
    for (const list of form.querySelectorAll("[data-rows]")) {
      const begin = `${list.dataset.rows}-`;
      const place = (name) => Number(name.slice(begin.length).split("-")[0]);
      const kept = [...new Set(Object.keys(values).filter((name) => name.startsWith(begin)).map(place))].sort((one, other) => one - other);
      while (cards(list).length < kept.length && free(list) !== undefined) addRow(list, free(list));
      const there = cards(list).map((card) => placeOf(list, card));
      found = Object.fromEntries(Object.entries(found).map(([name, value]) => {
        if (!name.startsWith(begin)) return [name, value];
        const old = place(name);
        return [`${begin}${there[kept.indexOf(old)]}${name.slice(begin.length + String(old).length)}`, value];
      }));
    }
    return found;
  };

  // Files: a list that grows with each choice; `chosen` holds {file, id?}, `id` once the phone keeps it.
  const chosen = new Map();
  const megabytes = (bytes) => (bytes / 1048576).toFixed(1);
  const size = (bytes) => (bytes < 104858 ? `${Math.ceil(bytes / 1024)} KB` : `${megabytes(bytes)} MB`);
  const wrongWith = (input, file) => {
    const form = input.form;
    const held = chosen.get(input);
    const ticked = form.querySelectorAll(`input[type=checkbox][name="${input.name}"]:checked`).length;
    const all = [...chosen].filter(([other]) => other.form === form).flatMap(([, list]) => list);
    const told = { name: file.name, n: input.dataset.most, size: megabytes(file.size) };
    if (!file.size) return say(words.empty, told);
    if (file.type && !words.kinds.includes(file.type)) return say(words.wrong_kind, told);
    if (file.size > words.bytes) return say(words.too_big, { ...told, n: Math.floor(words.bytes / 1048576) });
    if (held.length + ticked >= Number(input.dataset.most)) return say(words.too_many, told);
    if (all.reduce((sum, one) => sum + one.file.size, file.size) > words.total) {
      return say(words.too_big_together, { ...told, n: Math.floor(words.total / 1048576) });
    }
    return "";
  };
  const show = (input) => {
    const held = chosen.get(input);
    const list = input.parentElement.querySelector("[data-chosen]");
    list.replaceChildren(...held.map((one) => {
      const item = document.createElement("li");
      const button = Object.assign(document.createElement("button"), { type: "button", className: "link-button", textContent: words.remove_file });
      button.setAttribute("aria-label", `${words.remove_file} ${one.file.name}`);
      button.addEventListener("click", () => {
        chosen.set(input, chosen.get(input).filter((other) => other !== one));
        show(input);
        input.focus();
        input.dispatchEvent(new CustomEvent("chosen", { bubbles: true, detail: { gone: [one] } }));
      });
      item.append(`${one.file.name} · ${size(one.file.size)} `, button);
      return item;
    }));
    const carrier = new DataTransfer();
    for (const one of held) carrier.items.add(one.file);
    input.files = carrier.files;
  };
  const tell = (input, texts) => {
    const box = input.parentElement.querySelector("[data-told]");
    box.replaceChildren(...texts.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
    if (texts.length) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  const carries = (() => {
    try {
      return Boolean(new DataTransfer().items);
    } catch {
      return false;
    }
  })();
  for (const input of carries && words.kinds ? document.querySelectorAll("input[type=file][data-most]") : []) {
    chosen.set(input, []);
    const told = Object.assign(document.createElement("div"), { className: "field-error" });
    told.dataset.told = "";
    told.setAttribute("role", "alert");
    const list = Object.assign(document.createElement("ul"), { className: "files" });
    list.dataset.chosen = "";
    input.before(told);
    input.after(list);
    input.addEventListener("change", () => {
      const one = Number(input.dataset.most) === 1;
      const gone = one && input.files.length ? chosen.get(input) : [];
      if (gone.length) chosen.set(input, []);
      const texts = [];
      for (const file of input.files) {
        const wrong = wrongWith(input, file);
        if (wrong) texts.push(wrong);
        else chosen.set(input, [...chosen.get(input), { file }]);
      }
      tell(input, texts);
      show(input);
      input.dispatchEvent(new CustomEvent("chosen", { bubbles: true, detail: { gone } }));
    });
  }
  window.gonghuiForm = { words, say, rows, chosen, tell, put: (input, held) => { chosen.set(input, held); show(input); } };
})();
