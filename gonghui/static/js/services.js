// Conditional fields: shown when the field they depend on has one of the wanted values. Without a script they are all
// shown, and the server takes only those that are asked.
(() => {
  "use strict";
  const rows = [...document.querySelectorAll("[data-show-field]")];
  const valueOf = (name) => {
    const inputs = [...document.getElementsByName(name)];
    const picked = inputs.filter((input) => !["radio", "checkbox"].includes(input.type) || input.checked);
    return picked.map((input) => (input.type === "checkbox" && input.value === "on" ? "true" : input.value));
  };
  const update = () => {
    for (const input of rows) {
      const wanted = input.dataset.showFor.split(" ");
      const values = valueOf(input.dataset.showField);
      const shown = input.dataset.showFor === "" ? !values.includes("true") : values.some((value) => wanted.includes(value));
      input.closest(".field").hidden = !shown;
    }
  };
  document.addEventListener("change", update);
  update();
})();
