// Draws the flow's diagram where its text stands; without JavaScript the text and the table remain.
const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
// At its own size: squeezed into the page its words could not be read.
window.mermaid.initialize({
  startOnLoad: false,
  theme: dark ? "dark" : "neutral",
  securityLevel: "strict",
  state: { useMaxWidth: false },
});
window.mermaid.run({ querySelector: "pre.mermaid" });
