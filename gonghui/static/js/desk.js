// Keyboard use of the desk. Every key only follows a link or ticks a box that is on the page anyway.
const rows = [...document.querySelectorAll("[data-row]")];
let current = -1;

function select(index) {
  if (!rows.length) return;
  rows[current]?.classList.remove("current");
  current = Math.max(0, Math.min(rows.length - 1, index));
  rows[current].classList.add("current");
  rows[current].querySelector("[data-open]").focus();
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox]), select, textarea, dialog");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
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
  } else if (event.key === "/") {
    const first = document.querySelector(".filters select, .filters input");
    if (first) {
      event.preventDefault();
      first.focus();
    }
  }
});
