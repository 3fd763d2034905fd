/** Null stays null: sums, ratios, sentences. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { aggregate, ofSent, partial, reporting } from "../src/aggregate.js";
import { add } from "../src/decimal.js";
import { NOTHING, request } from "../src/roi.js";
import { summary } from "../src/summary.js";

/** @import { Counts, ReportRow } from "../src/types.d.ts" */

const PERIOD = { from: "2026-11-02", to: "2026-11-04" };
const NONE = { sent: null, delivered: null, opens: null, impressions: null, clicks: null, conversions: null, conversion_value: null, currency: null };

/** @param {string} id @param {string | null} channel @param {string | null} day @param {Counts} counts @returns {ReportRow} */
const row = (id, channel, day, counts) => ({
  id: `${id}:day:${day}`,
  campaign: { id, remote_id: id, name: id, channel, scheduled_at: null },
  window: { day, timezone: null },
  status: day === null ? "unrecognised" : "ready",
  counts: { ...NONE, ...counts },
});

test("a count that no row has is null everywhere, and a zero is a zero", () => {
  const board = aggregate([row("a", "push", "2026-11-02", { sent: 0 }), row("a", "push", "2026-11-03", { sent: 5 })], PERIOD, "day", null);
  assert.deepEqual(board.buckets.map(({ sums }) => sums.sent.value), [0, 5, null]);
  assert.deepEqual(board.buckets.map(({ sums }) => sums.delivered.value), [null, null, null]);
  assert.deepEqual(board.total.sums.sent, { value: 5, known: 2, of: 2 });
  assert.deepEqual(board.total.sums.conversions, { value: null, known: 0, of: 2 });
});

test("a sum over some of the rows says so", () => {
  const rows = [row("a", "push", "2026-11-02", { delivered: 3 }), row("b", "push", "2026-11-02", {})];
  const board = aggregate(rows, PERIOD, "day", null);
  assert.deepEqual(board.total.sums.delivered, { value: 3, known: 1, of: 2 });
  assert.deepEqual(reporting(board.campaigns, "delivered"), { known: 1, of: 2 });
});

test("opens are of e-mail and impressions of the rest; neither is missing of the other", () => {
  const rows = [row("a", "email", "2026-11-02", { opens: 7 }), row("b", "push", "2026-11-02", { impressions: 9 }), row("c", null, "2026-11-02", {})];
  const { total } = aggregate(rows, PERIOD, "day", null);
  assert.deepEqual(total.sums.opens, { value: 7, known: 1, of: 1 });
  assert.deepEqual(total.sums.impressions, { value: 9, known: 1, of: 1 });
});

test("money is added by currency, to the last digit", () => {
  const rows = [
    row("a", "push", "2026-11-02", { conversion_value: 0.1, currency: "INR" }),
    row("a", "push", "2026-11-03", { conversion_value: 0.2, currency: "INR" }),
    row("b", "push", "2026-11-03", { conversion_value: 5, currency: "USD" }),
    row("c", "push", "2026-11-03", { conversion_value: 1.5 }),
  ];
  assert.deepEqual(aggregate(rows, PERIOD, "day", null).total.value, { INR: "0.3", USD: "5", "": "1.5" });
  assert.equal(add("9007199254740993", "0.01"), "9007199254740993.01");
  assert.equal(add("-1.5", "1e-7"), "-1.4999999");
  assert.equal(add("1e21", "1"), "1000000000000000000001");
});

test("a row without a day counts as a campaign, and in no bucket", () => {
  const board = aggregate([row("a", "push", null, {})], PERIOD, "day", null);
  assert.equal(board.campaigns[0]?.unrecognised, true);
  assert.ok(board.buckets.every(({ sums }) => sums.sent.of === 0));
});

test("channels that are not chosen are left out; the empty name is that of no channel", () => {
  const rows = [row("a", "push", "2026-11-02", { sent: 1 }), row("b", null, "2026-11-02", { sent: 2 }), row("c", "sms", "2026-11-02", { sent: 4 })];
  const board = aggregate(rows, PERIOD, "day", new Set(["push", ""]));
  assert.equal(board.total.sums.sent.value, 3);
  assert.deepEqual(board.channels.map(({ channel, campaigns }) => [channel, campaigns]), [["push", 1], [null, 1]]);
});

test("a ratio wants both numbers, of the same rows, and no zero below", () => {
  const rate = (/** @type {Counts[]} */ ...rows) =>
    ofSent(aggregate(rows.map((counts, at) => row(`c${at}`, "push", "2026-11-02", counts)), PERIOD, "day", null).total, "clicks");
  assert.equal(rate({ clicks: 1, sent: 4 }), 0.25);
  assert.equal(rate({ clicks: 0, sent: 4 }), 0);
  assert.equal(rate({ sent: 4 }), null);
  assert.equal(rate({ clicks: 1 }), null);
  assert.equal(rate({ clicks: 1, sent: 0 }), null);
  assert.equal(rate({ clicks: 1, sent: 2 }, { sent: 2 }), null);
  assert.equal(rate({ clicks: 1, sent: 2 }, { clicks: 2 }), null);
  assert.equal(rate({ sent: 100 }, { clicks: 50 }), null, "as many rows, but others");
  assert.equal(rate({ clicks: 1, sent: 4 }, {}), 0.25, "a row with neither takes nothing away");
});

test("money over some of the rows says so, and so does the file of its counts", () => {
  const rows = [10, null, 20].map((value, at) =>
    row("a", "push", `2026-11-0${at + 2}`, { sent: 1, clicks: value, conversion_value: value, currency: value === null ? null : "EUR" }),
  );
  const [campaign] = aggregate(rows, PERIOD, "day", null).campaigns;
  assert.ok(campaign);
  assert.deepEqual([campaign.value, campaign.valued], [{ EUR: "30" }, { known: 2, of: 3 }]);
  assert.deepEqual(partial(campaign), ["clicks"]);
  // What is compared would take it for all.
  const { counts } = request({ ...NOTHING, currency: "EUR" }, PERIOD, [campaign]).reports[0] ?? assert.fail("no row");
  assert.deepEqual([counts.sent, counts.conversion_value, counts.currency], [3, null, null]);
});

test("the sentence names what CleverTap does not report, and no zero for it", () => {
  const board = aggregate([row("a", "push", "2026-11-03", { sent: 1200, impressions: 300, clicks: 0 })], PERIOD, "day", null);
  assert.equal(
    summary(board, PERIOD, "day"),
    "From 2 Nov 2026 to 4 Nov 2026, over 1 campaign: 1,200 messages sent, 300 impressions, and 0 clicks. " +
      "Most were sent on 3 Nov 2026: 1,200. Not reported by CleverTap: messages delivered and conversions.",
  );
  assert.equal(summary(aggregate([], PERIOD, "day", null), PERIOD, "day"), "From 2 Nov 2026 to 4 Nov 2026 there are no numbers.");
});
