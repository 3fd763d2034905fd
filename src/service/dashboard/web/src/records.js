/**
 * The template of results, as it comes back: CSV (RFC 4180) without what says nothing to the service.
 *
 * Only the service reads what the cells mean; here none is moved, dropped or judged.
 */

import { encoded } from "./csv.js";

/** A cell, bare or in quotes, and what ends it. */
const CELL = /("(?:[^"]|"")*"|[^,\r\n]*)(,|\r\n?|\n|$)/gy;

/** Columns that name a campaign; a line of no more than these was not filled in. */
const NAMING = ["campaign_id", "name"];

/**
 * The same CSV without names, which are for people, and without the lines that nobody filled in. Each line keeps its
 * number, so that what is said of one holds for what was entered.
 * @param {string} text @returns {string} Empty when no line says anything.
 */
export function filledIn(text) {
  const [header, ...rows] = lines(text);
  if (!header) return "";
  const columns = header.cells.map((name) => name.toLowerCase());
  const named = columns.indexOf("name");
  const isFilled = (/** @type {string[]} */ cells) => cells.some((cell, at) => cell && !NAMING.includes(columns[at] ?? ""));
  const said = rows.filter(({ cells }) => isFilled(cells));
  if (said.length === 0) return "";
  let out = "";
  let at = 1;
  for (const { line, cells } of [header, ...said]) {
    out += "\n".repeat(line - at) + `${cells.flatMap((cell, place) => (place === named ? [] : [encoded(cell)])).join(",")}\n`;
    // A cell that is sent may itself have lines.
    at = line + 1 + cells.reduce((sum, cell, place) => sum + (place === named ? 0 : cell.split("\n").length - 1), 0);
  }
  return out;
}

/** @param {string} text */
function lines(text) {
  /** @type {{ line: number, cells: string[] }[]} */
  const all = [];
  /** @type {string[]} */
  let cells = [];
  let [line, first] = [1, 1];
  for (const [, cell = "", end] of text.trimEnd().matchAll(CELL)) {
    const bare = /^".*"$/s.test(cell) ? cell.slice(1, -1).replaceAll('""', '"') : cell;
    // The mark of UTF-8 is white space, and is trimmed away with it.
    cells.push(bare.trim());
    line += cell.split("\n").length - 1;
    if (end === ",") continue;
    if (cells.some(Boolean)) all.push({ line: first, cells });
    cells = [];
    first = line += 1;
    // At the end of the text the expression would match once more, and for ever.
    if (!end) break;
  }
  return all;
}
