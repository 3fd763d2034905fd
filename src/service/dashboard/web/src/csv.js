/**
 * Tables as CSV (RFC 4180), to be opened by spreadsheets.
 *
 * A text that a spreadsheet would take for a formula gets an apostrophe in front: names of campaigns come from
 * elsewhere. Numbers are written bare; what is not known is an empty field, never a zero.
 */

/** @typedef {string | number | null} Value */

const FORMULA = /^(\s*[=+\-@＝＋－＠]|[\t\r\n])/u;
/** A number as this page writes amounts: no formula, though it may begin with a minus. */
const AMOUNT = /^-?\d+(\.\d+)?$/;

/** @param {Value} value */
export function field(value) {
  if (value === null) return "";
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  const text = FORMULA.test(value) && !AMOUNT.test(value) ? `'${value}` : value;
  return encoded(text);
}

/** A text as a cell, in quotes where it needs them. @param {string} text */
export const encoded = (text) => (/[",\r\n;\t']/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/**
 * @template Row
 * @param {readonly { csv: string, value: (row: Row) => Value }[]} columns @param {readonly Row[]} rows
 */
export function csv(columns, rows) {
  const lines = [columns.map((column) => field(column.csv)), ...rows.map((row) => columns.map((column) => field(column.value(row))))];
  return lines.map((line) => `${line.join(",")}\r\n`).join("");
}

/** @param {string} what @param {{ from: string, to: string }} period */
export const filename = (what, { from, to }) => `${what}_${from}_${to}.csv`;

/** Hands a file to the person at the page. @param {string} name @param {string} content */
export function download(name, content) {
  // The mark tells spreadsheets that it is UTF-8.
  const address = URL.createObjectURL(new Blob(["\uFEFF", content], { type: "text/csv;charset=utf-8" }));
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  link.click();
  URL.revokeObjectURL(address);
}
