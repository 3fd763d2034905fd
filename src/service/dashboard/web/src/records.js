/** CSV that people paste or read from a file (RFC 4180), as objects. */

/** A cell, bare or in quotes, and what ends it. */
const CELL = /("(?:[^"]|"")*"|[^,\r\n]*)(,|\r\n?|\n|$)/gy;

/**
 * Rows as objects by the names in the first; empty cells are left out, and so are empty lines.
 * @param {string} text @returns {{ line: number, cells: Record<string, string> }[]} Each with the line it begins on.
 */
export function records(text) {
  const [header, ...rows] = lines(text);
  const names = header?.cells.map((name) => name.toLowerCase()) ?? [];
  return rows.map(({ line, cells }) => ({
    line,
    cells: Object.fromEntries(names.map((name, at) => [name, cells[at] ?? ""]).filter(([name, cell]) => name && cell)),
  }));
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
