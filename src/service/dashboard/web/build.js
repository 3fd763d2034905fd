/**
 * Bundles the page into ../dist, and says how large it is. Script and style are kept compressed alone, as they are
 * served: the component has them once.
 *
 * `node build.js` writes; `node build.js --check` compares, and fails when what is committed is not what the
 * sources make, or when the page is too large.
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";

import { build } from "esbuild";

/** Page, script and style together, compressed. */
const BUDGET = 100_000;
const DIST = new URL("../dist/", import.meta.url);

const licences = ["preact", "uplot"].map((name) => `${name}\n\n${readFileSync(new URL(`node_modules/${name}/LICENSE`, import.meta.url), "utf8").trim()}`);
const banner = `/*!\nThis file contains these libraries, under their licences:\n\n${licences.join("\n\n")}\n*/`;

const { outputFiles } = await build({
  absWorkingDir: new URL(".", import.meta.url).pathname,
  entryPoints: { app: "src/app.jsx", style: "src/app.css" },
  outdir: "out",
  bundle: true,
  write: false,
  format: "esm",
  minify: true,
  target: ["chrome123", "firefox121", "safari17.5"],
  charset: "utf8",
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  banner: { js: banner, css: banner.replace(/preact[\s\S]*?\n\n(?=uplot\n)/, "") },
});

/** @param {string} name */
const output = (name) => outputFiles.find(({ path }) => path.endsWith(`/${name}`))?.text ?? "";

/** Name, content, whether it is kept compressed. @type {[string, string, boolean][]} */
const files = [
  ["index.html", readFileSync(new URL("src/index.html", import.meta.url), "utf8"), false],
  ["app.js.gz", output("app.js"), true],
  ["app.css.gz", output("style.css"), true],
];

let total = 0;
let stale = false;
mkdirSync(DIST, { recursive: true });
for (const [name, text, isCompressed] of files) {
  const compressed = gzipSync(text, { level: 9 });
  total += compressed.length;
  console.log(`${name}: ${Buffer.byteLength(text)} bytes, ${compressed.length} compressed`);
  const at = new URL(name, DIST);
  // Compressors differ between versions of Node.js; what they hold does not.
  if (existing(at, isCompressed) === text) continue;
  if (process.argv.includes("--check")) {
    console.error(`dist/${name} is not what the sources make: run \`npm ci && npm run build\` here`);
    stale = true;
  } else {
    writeFileSync(at, isCompressed ? compressed : text);
  }
}
console.log(`together ${total} bytes compressed, of at most ${BUDGET}`);
if (total > BUDGET || stale) process.exit(1);

/** What is there, if anything. @param {URL} at @param {boolean} isCompressed */
function existing(at, isCompressed) {
  if (!existsSync(at)) return null;
  const bytes = readFileSync(at);
  return (isCompressed ? gunzipSync(bytes) : bytes).toString("utf8");
}
