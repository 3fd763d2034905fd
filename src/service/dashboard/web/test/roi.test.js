/** What goes to the comparison, and what is made of its answers. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { start } from "../src/aggregate.js";
import { fraction } from "../src/decimal.js";
import { records } from "../src/records.js";
import * as roi from "../src/roi.js";

const { NOTHING } = roi;
const PERIOD = { from: "2026-11-01", to: "2026-11-30" };

test("a comparison wants something to compare, and decimals with a point", () => {
  assert.deepEqual(Object.keys(roi.wrongWith(NOTHING)), ["nothing"]);
  assert.deepEqual(Object.keys(roi.wrongWith({ ...NOTHING, costs: { email: "0,1" } })), ["currency", "costs.email"]);
  assert.deepEqual(Object.keys(roi.wrongWith({ ...NOTHING, results: "id,value\n1,2" })), ["results"]);
  assert.deepEqual(Object.keys(roi.wrongWith({ ...NOTHING, results: "campaign_id,value" })), ["results"]);
  assert.deepEqual(roi.wrongWith({ ...NOTHING, currency: "eur", costs: { email: "0.0004", sms: "" } }), {});
});

test("rates are percentages, and the value of a conversion is money", () => {
  assert.deepEqual(Object.keys(roi.wrongWith({ ...NOTHING, rates: { email: "101", sms: "2 %", push: "2.5" } })), ["rates.email", "rates.sms"]);
  assert.deepEqual(Object.keys(roi.wrongWith({ ...NOTHING, worth: "12" })), ["currency"]);
  assert.deepEqual(roi.wrongWith({ ...NOTHING, rates: { push: "2.5" } }), {});
});

test("the campaigns of the page go along, and a sum over some of their rows does not", () => {
  const group = start({ id: "msg-1", remote_id: "1", name: "A", channel: "push", scheduled_at: null });
  group.sums.sent = { value: 10, known: 2, of: 2 };
  group.sums.clicks = { value: 3, known: 1, of: 2 };
  group.value = { INR: "5.5" };
  const results = 'campaign_id,name,conversions,value\nmsg-1,"A, the\nfirst",,"2.50"\nmsg-2,B,,\n';
  const body = roi.request({ ...NOTHING, currency: "eur", costs: { push: "0.1", sms: "" }, results }, PERIOD, [group]);
  assert.deepEqual(body.start_at, { gte: "2026-11-01", lt: "2026-12-01" });
  assert.deepEqual(body.message_costs, { push: "0.1", currency: "EUR" });
  // The name is for people, and the line that nobody filled in says nothing.
  assert.deepEqual(body.results, [{ campaign_id: "msg-1", value: "2.50" }]);
  assert.ok(!("rows_csv" in body) && !("estimate" in body));
  const { counts, ...row } = body.reports[0] ?? assert.fail("no row");
  assert.deepEqual([row.id, row.granularity, row.status], ["msg-1:total", "total", "ready"]);
  assert.deepEqual(counts, { sent: 10, impressions: null, clicks: null, conversions: null, conversion_value: 5.5, currency: "INR" });
});

test("an estimate is asked for by what is entered for it, percentages as exact fractions", () => {
  const estimate = (/** @type {Partial<roi.Entered>} */ entered) => roi.request({ ...NOTHING, ...entered }, PERIOD, []).estimate;
  assert.deepEqual(estimate({ rates: { email: "2.5", sms: "" }, of: "sent" }), { of: "sent", rates: { email: "0.025" } });
  assert.deepEqual(estimate({ worth: "12.5" }), { value_per_conversion: "12.5" });
  const cases = [["2", "0.02"], ["0.1", "0.001"], ["100", "1"], ["0", "0"], ["33.3333333333333333333", "0.333333333333333333333"]];
  for (const [percent, expected] of cases) assert.equal(fraction(percent ?? ""), expected);
});

test("CSV becomes objects, quotes, line ends and mark and all, each with its line", () => {
  const text = '\uFEFFCampaign_ID,conversions,note\r\na,,"x, ""y"""\r\n\r\nb,2,"two\nlines"\nc,"3" x,\r\n\r\n';
  assert.deepEqual(records(text), [
    { line: 2, cells: { campaign_id: "a", note: 'x, "y"' } },
    { line: 4, cells: { campaign_id: "b", conversions: "2", note: "two\nlines" } },
    { line: 6, cells: { campaign_id: "c", conversions: '"3" x' } },
  ]);
  assert.deepEqual(records(""), []);
  assert.deepEqual(records("a,b\rc,d"), [{ line: 2, cells: { a: "c", b: "d" } }]);
});

test("what the service finds wrong stands at its field, with its line", () => {
  const entered = { ...NOTHING, results: "campaign_id,value\nmsg-1,\nmsg-2,x" };
  const wrong = roi.wrongBy(
    [
      { field: "rows_csv line 2.spend", message: "must be a decimal number" },
      { field: "rows_csv line 4", message: "has 3 cells where the header has 2" },
      { field: "results[0].value", message: "must be a decimal number" },
      { field: "estimate.rates.email", message: "must be a fraction" },
      { field: "message_costs.sms", message: "has too many digits" },
    ],
    entered,
  );
  assert.deepEqual(wrong, {
    rows: "Line 2, spend must be a decimal number. Line 4 has 3 cells where the header has 2.",
    // The line that says nothing was not sent.
    results: "Line 3, value must be a decimal number.",
    "rates.email": "Must be a fraction.",
    "costs.sms": "Has too many digits.",
  });
  assert.equal(roi.wrongBy([{ field: "start_at.gte", message: "is no day" }], entered), null, "for which there is no field");
  assert.equal(roi.wrongBy([], entered), null);
});

/** An answer with one block. @param {object} line @param {object} [totals] @param {object[]} [warnings] */
const answer = (line, totals = line, warnings = []) => ({
  result: { attribution: "as given", complete: true, currencies: [{ currency: "EUR", rows: [], channels: [line], totals }] },
  meta: { warnings },
});

test("an answer keeps its nulls, with their reasons in the page's words", () => {
  const line = { channel: "email", spend: "234.16", clicks: 26013, cpa: null, estimated: [], reasons: { cpa: "none given, and not reported by CleverTap" } };
  const [block] = roi.read(answer(line), NOTHING).blocks;
  const [read] = block?.channels ?? [];
  assert.deepEqual([read?.numbers.spend, read?.numbers.cpa, read?.numbers.roas], ["234.16", null, null]);
  assert.equal(roi.because(read?.reasons.cpa ?? ""), "not entered, and not reported by CleverTap");
  assert.equal(roi.because("message_costs has none for sms; message_costs has none for push"), "no cost of a message is entered");
});

test("what is made of an estimate is marked as one, and so is a share of an estimated whole", () => {
  const channels = (/** @type {string[]} */ own, /** @type {string[]} */ totals) =>
    [...(roi.read(answer({ channel: "a", estimated: own }, { estimated: totals }), NOTHING).blocks[0]?.channels[0]?.estimated ?? [])].toSorted();
  assert.deepEqual(channels(["conversions"], ["conversions"]), ["conversions", "cpa", "share_of_conversions"]);
  assert.deepEqual(channels(["value"], ["value"]), ["roas", "roi", "value"]);
  assert.deepEqual(channels([], ["conversions", "value"]), ["share_of_conversions"]);
  assert.deepEqual(channels([], []), []);
});

test("results of campaigns that are not shown are told by their lines", () => {
  const warnings = [
    { code: "spend_missing", field: "spend", message: "2 rows in EUR have no spend, and are in no sum of it; their reasons say why" },
    { code: "results_unmatched", field: "results[0]", message: "…" },
    { code: "results_unmatched", field: "results[1]", message: "…" },
  ];
  const { notes } = roi.read(answer({ estimated: [] }, undefined, warnings), { ...NOTHING, results: "campaign_id,value\na,\nb,2\nc,3" });
  assert.deepEqual(notes, [
    "What campaigns brought, lines 3 and 4: no such campaign is shown above, so this is in no row and no sum.",
    "2 rows in EUR have no spend, and are in no sum of it.",
  ]);
});
