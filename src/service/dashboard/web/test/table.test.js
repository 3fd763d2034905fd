/** Order of rows, files, and what spreadsheets make of them. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { csv, field, filename } from "../src/csv.js";
import { pressed, sorted } from "../src/sort.js";

test("what is not known comes last, up and down", () => {
  const rows = [3, null, 1, null, 20];
  const value = (/** @type {number | null} */ row) => row;
  assert.deepEqual(sorted(rows, value, false), [1, 3, 20, null, null]);
  assert.deepEqual(sorted(rows, value, true), [20, 3, 1, null, null]);
});

test("rows of equal values keep their places; numbers in names count as numbers", () => {
  const rows = [["b", 1], ["a", 1], ["c", 0]];
  assert.deepEqual(sorted(rows, ([, number]) => number ?? null, false).map(([name]) => name), ["c", "b", "a"]);
  assert.deepEqual(sorted(["No 10", "no 9", "No 1"], (name) => name, false), ["No 1", "no 9", "No 10"]);
});

test("a heading turns the order round, and begins with the largest number", () => {
  assert.deepEqual(pressed({ key: "a", descending: false }, "a", true), { key: "a", descending: true });
  assert.deepEqual(pressed({ key: "a", descending: false }, "b", true), { key: "b", descending: true });
  assert.deepEqual(pressed({ key: "a", descending: true }, "b", false), { key: "b", descending: false });
});

test("fields are quoted where they need it, and null is empty", () => {
  const cases = /** @type {[string | number | null, string][]} */ ([
    [null, ""],
    [0, "0"],
    [-2.5, "-2.5"],
    [Number.NaN, ""],
    ["plain", "plain"],
    ["a,b", '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ["two\nlines", '"two\nlines"'],
  ]);
  for (const [value, expected] of cases) assert.equal(field(value), expected, JSON.stringify(value));
});

test("no text is a formula to a spreadsheet", () => {
  const formulas = ["=1+1", "+1", "-1+cmd", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "=HYPERLINK(\"http://x\")", "-2+3"];
  for (const text of formulas) {
    assert.ok(field(text).startsWith(`"'`), `${JSON.stringify(text)} became ${field(text)}`);
  }
  // An amount is a number, minus sign and all.
  assert.equal(field("-12.50"), "-12.50");
});

test("a file has a header and a line for each row, ended as RFC 4180 has it", () => {
  const columns = [
    { csv: "name", value: (/** @type {{ name: string, sent: number | null }} */ { name }) => name },
    { csv: "sent", value: (/** @type {{ name: string, sent: number | null }} */ { sent }) => sent },
  ];
  assert.equal(csv(columns, [{ name: "=x", sent: null }, { name: "b", sent: 0 }]), `name,sent\r\n"'=x",\r\nb,0\r\n`);
  assert.equal(filename("campaigns", { from: "2026-11-01", to: "2026-11-30" }), "campaigns_2026-11-01_2026-11-30.csv");
});
