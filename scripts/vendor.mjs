// Copies the front end's parts out of node_modules to where the platform serves them. No CDN, nothing to build.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const target = join(root, "gonghui", "static", "vendor");
const parts = {
  "@picocss/pico/css/pico.min.css": "pico.min.css",
  "chart.js/dist/chart.umd.js": "chart.umd.js",
  "htmx.org/dist/htmx.min.js": "htmx.min.js",
  "mermaid/dist/mermaid.min.js": "mermaid.min.js",
};

mkdirSync(target, { recursive: true });
for (const [from, to] of Object.entries(parts)) {
  // Source maps are not served, and a reference to a missing file stops `collectstatic`.
  const text = readFileSync(join(root, "node_modules", from), "utf8");
  writeFileSync(join(target, to), text.replace(/^\/\/# sourceMappingURL=.*$|\/\*# sourceMappingURL=.*?\*\//gm, ""));
}
console.log(`${Object.keys(parts).length} files in ${target}`);
