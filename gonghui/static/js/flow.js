// Draws the flow's diagram where its text stands; without JavaScript the text and the table remain.
const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
window.mermaid.initialize({
  startOnLoad: false,
  theme: dark ? "dark" : "neutral",
  securityLevel: "strict",
});
window.mermaid.run({ querySelector: "pre.mermaid" });
