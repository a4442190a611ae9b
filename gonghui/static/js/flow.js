// Draws the flow's diagram where its text stands; without JavaScript the text and the table remain.
const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
window.mermaid.initialize({
  startOnLoad: false,
  theme: dark ? "dark" : "neutral",
  securityLevel: "strict",
  themeVariables: dark ? {} : { noteBkgColor: "#faf4ee", noteTextColor: "#2a2320", noteBorderColor: "#8a7f76" },
});
window.mermaid.run({ querySelector: "pre.mermaid" });
