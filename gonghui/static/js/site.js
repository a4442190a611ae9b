// Small comforts. Every page works without this file.

// A form that was sent once is not sent again by a second tap; the server would notice anyway.
document.addEventListener("submit", (event) => {
  const form = event.target;
  // A page's own script sends this one.
  if (event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  const button = event.submitter;
  if (button && button.tagName === "BUTTON" && !button.classList.contains("link-button")) {
    button.setAttribute("aria-busy", "true");
  }
  setTimeout(() => {
    delete form.dataset.sent;
    if (button) button.removeAttribute("aria-busy");
  }, 8000);
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
