/** What goes to the comparison, and what is made of its answers. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { start } from "../src/aggregate.js";
import { fraction } from "../src/decimal.js";
import * as roi from "../src/roi.js";

const { NOTHING } = roi;
const PERIOD = { from: "2026-11-01", to: "2026-11-30" };

test("a comparison wants something to compare, and decimals with a point", () => {
  assert.deepEqual(Object.keys(roi.wrongWith(NOTHING)), ["nothing"]);
  assert.deepEqual(Object.keys(roi.wrongWith({ ...NOTHING, costs: { email: "0,1" } })), ["currency", "costs.email"]);
  assert.deepEqual(Object.keys(roi.wrongWith({ ...NOTHING, results: "campaign_id,value\n1," })), ["results"]);
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
  assert.equal(body.results_csv, "campaign_id,conversions,value\nmsg-1,,2.50\n");
  assert.ok(!("rows_csv" in body) && !("estimate" in body));
  const { counts, ...row } = body.reports[0] ?? assert.fail("no row");
  assert.deepEqual([row.id, row.granularity, row.status], ["msg-1:total", "total", "ready"]);
  assert.deepEqual(counts, { sent: 10, impressions: null, clicks: null, conversions: null, conversion_value: "5.5", currency: "INR" });
});

test("an estimate is asked for by what is entered for it, percentages as exact fractions", () => {
  const estimate = (/** @type {Partial<roi.Entered>} */ entered) => roi.request({ ...NOTHING, ...entered }, PERIOD, []).estimate;
  assert.deepEqual(estimate({ rates: { email: "2.5", sms: "" }, of: "sent" }), { of: "sent", rates: { email: "0.025" } });
  assert.deepEqual(estimate({ worth: "12.5" }), { value_per_conversion: "12.5" });
  const cases = [["2", "0.02"], ["0.1", "0.001"], ["100", "1"], ["0", "0"], ["33.3333333333333333333", "0.333333333333333333333"]];
  for (const [percent, expected] of cases) assert.equal(fraction(percent ?? ""), expected);
});

test("results go as they are entered: no cell is moved or dropped, and each line keeps its number", () => {
  const sent = (/** @type {string} */ results) => roi.request({ ...NOTHING, results }, PERIOD, []).results_csv;
  assert.equal(sent("period,campaign_id,conversions,value\n,900,50,2500"), "period,campaign_id,conversions,value\n,900,50,2500\n");
  // One cell too many is for the service to refuse.
  assert.equal(sent("campaign_id,conversions,value\n900,1,234,50"), "campaign_id,conversions,value\n900,1,234,50\n");
  assert.equal(sent("a;b\r\n1;2"), '"a;b"\n"1;2"\n');
  const text = '\uFEFFCampaign_ID,name,conversions\r\na,"x, ""y""\n2",\r\n\r\nb,"two\nlines",2\nc,z,"3\n4"\rd,,5\r\n\r\n';
  assert.equal(sent(text), 'Campaign_ID,conversions\n\n\n\nb,2\n\nc,"3\n4"\nd,5\n');
  assert.equal(sent("campaign_id,conversions\na,\n"), undefined);
});

test("what the service finds wrong stands at its field, with its line", () => {
  const wrong = roi.wrongBy(
    [
      { field: "rows_csv line 2.spend", message: "must be a decimal number" },
      { field: "rows_csv line 4", message: "has 3 cells where the header has 2" },
      { field: "results_csv line 3.value", message: "must be a decimal number" },
      { field: "estimate.rates.email", message: "must be a fraction" },
      { field: "message_costs.sms", message: "has too many digits" },
    ],
  );
  assert.deepEqual(wrong, {
    rows: "Line 2, spend must be a decimal number. Line 4 has 3 cells where the header has 2.",
    results: "Line 3, value must be a decimal number.",
    "rates.email": "Must be a fraction.",
    "costs.sms": "Has too many digits.",
  });
  assert.equal(roi.wrongBy([{ field: "start_at.gte", message: "is no day" }]), null, "for which there is no field");
  assert.equal(roi.wrongBy([]), null);
});

/** An answer with one block. @param {object} line @param {object} [totals] @param {object[]} [warnings] */
const answer = (line, totals = line, warnings = []) => ({
  result: { attribution: "as given", complete: true, currencies: [{ currency: "EUR", rows: [], channels: [line], totals }] },
  meta: { warnings },
});

test("an answer keeps its nulls, with their reasons in the page's words", () => {
  const line = { channel: "email", spend: "234.16", clicks: 26013, cpa: null, estimated: [], reasons: { cpa: "none given, and not reported by CleverTap" } };
  const [block] = roi.read(answer(line)).blocks;
  const [read] = block?.channels ?? [];
  assert.deepEqual([read?.numbers.spend, read?.numbers.cpa, read?.numbers.roas], ["234.16", null, null]);
  assert.equal(roi.because(read?.reasons.cpa ?? ""), "not entered, and not reported by CleverTap");
  assert.equal(roi.because("message_costs has none for sms; message_costs has none for push"), "no cost of a message is entered");
});

test("what is made of an estimate is marked as one, and so is a share of an estimated whole", () => {
  const channels = (/** @type {string[]} */ own, /** @type {string[]} */ totals) =>
    [...(roi.read(answer({ channel: "a", estimated: own }, { estimated: totals })).blocks[0]?.channels[0]?.estimated ?? [])].toSorted();
  assert.deepEqual(channels(["conversions"], ["conversions"]), ["conversions", "cpa", "share_of_conversions"]);
  assert.deepEqual(channels(["value"], ["value"]), ["roas", "roi", "value"]);
  assert.deepEqual(channels([], ["conversions", "value"]), ["share_of_conversions"]);
  assert.deepEqual(channels([], []), []);
});

test("results of campaigns that are not shown are told by their lines", () => {
  const warnings = [
    { code: "spend_missing", field: "spend", message: "2 rows in EUR have no spend, and are in no sum of it; their reasons say why" },
    { code: "results_unmatched", field: "results_csv line 3", message: "…" },
    { code: "results_unmatched", field: "results_csv line 4", message: "…" },
    { code: "results_unmatched", field: "results", message: "and 5 more of results are in no row and no sum" },
    { code: "results_without_row", field: "results", message: "1 of results are for a period without a row" },
  ];
  const { notes } = roi.read(answer({ estimated: [] }, undefined, warnings));
  assert.deepEqual(notes, [
    "What campaigns brought, lines 3 and 4: no such campaign is shown above, so this is in no row and no sum.",
    "And 5 more of results are in no row and no sum.",
    "2 rows in EUR have no spend, and are in no sum of it.",
    "1 of results are for a period without a row.",
  ]);
});
