// Keyboard use of the desk, and small help with forms. Every key only follows a link or ticks a box that is on the
// page anyway; without this file every page works.
document.documentElement.classList.add("script");
const rows = [...document.querySelectorAll("[data-row]")];
const keysDialog = document.getElementById("keys");
let current = -1;

function select(index) {
  if (!rows.length) return;
  rows[current]?.classList.remove("current");
  current = Math.max(0, Math.min(rows.length - 1, index));
  rows[current].classList.add("current");
  rows[current].querySelector("[data-open]").focus();
}

for (const [index, row] of rows.entries()) {
  row.addEventListener("focusin", () => {
    rows[current]?.classList.remove("current");
    current = index;
    row.classList.add("current");
  });
}

for (const button of document.querySelectorAll("[data-keys-help]")) {
  button.hidden = !keysDialog;
  button.addEventListener("click", () => keysDialog.showModal());
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox]), select, textarea");
  if (typing && event.key === "Escape") typing.blur();
  if (typing || event.target.closest("dialog") || event.ctrlKey || event.metaKey || event.altKey) return;
  const button = document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`);
  if (button) {
    event.preventDefault();
    button.click();
  } else if (event.key === "j") {
    select(current + 1);
  } else if (event.key === "k") {
    select(current - 1);
  } else if (event.key === "x" && current >= 0) {
    const box = rows[current].querySelector("input[type=checkbox]");
    if (box) box.checked = !box.checked;
  } else if (event.key === "?" && keysDialog) {
    keysDialog.showModal();
  } else if (event.key === "/") {
    const first = document.querySelector(".filters input[type=search], .desk-search input");
    if (first) {
      event.preventDefault();
      first.focus();
    }
  }
});

// A form that htmx put into the page: go there, so that keyboard and screen reader are where the eyes are.
document.addEventListener("htmx:afterSwap", (event) => {
  const step = event.target.id === "step" ? event.target : event.target.closest?.("#step");
  const wrong = document.querySelector("#step [aria-invalid=true]");
  const title = document.querySelector("#step [tabindex='-1']");
  if (step || event.target.classList?.contains("step")) {
    (wrong || title)?.focus();
    document.getElementById("step")?.scrollIntoView({ block: "start" });
  }
});

// Take a proposal into a field with one click.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fill]");
  if (!button) return;
  const field = document.getElementById(button.dataset.fill);
  if (!field) return;
  field.value = button.dataset.value;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  field.focus();
});

// The quality card adds up while it is filled in.
const total = document.getElementById("score-total");
if (total) {
  const boxes = [...document.querySelectorAll("input[name^=score_]")];
  const show = () => {
    total.textContent = String(boxes.reduce((sum, box) => sum + (Number(box.value) || 0), 0));
  };
  for (const box of boxes) box.addEventListener("input", show);
  show();
}

// The questions of a callback are only asked of somebody who was reached.
const reached = [...document.querySelectorAll("input[name=reached]")];
const questions = document.getElementById("callback-questions");
if (questions && reached.length) {
  const show = () => {
    questions.hidden = reached.some((box) => box.checked && box.value === "no");
  };
  for (const box of reached) box.addEventListener("change", show);
  show();
}

// Ctrl+Enter sends the registration: an agent's hands stay on the keyboard.
for (const form of document.querySelectorAll("[data-send-keys]")) {
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
}
