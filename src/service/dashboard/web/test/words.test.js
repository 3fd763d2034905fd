/** Days, and numbers as people read them. */

import assert from "node:assert/strict";
import { test } from "node:test";

import * as format from "../src/format.js";
import { addDays, bounds, bucketOf, buckets, granularity, lastDays, today, wrongWith } from "../src/period.js";

test("days are counted over months, leap days and changes of clocks", () => {
  assert.equal(addDays("2028-02-28", 1), "2028-02-29");
  assert.equal(addDays("2026-03-29", 1), "2026-03-30");
  assert.deepEqual(lastDays(30, "2026-11-24"), { from: "2026-10-26", to: "2026-11-24" });
  assert.deepEqual(bounds({ from: "2026-10-26", to: "2026-11-30" }, "start_at"), { "start_at[gte]": "2026-10-26", "start_at[lt]": "2026-12-01" });
});

test("today is the project's day, not the browser's", () => {
  const at = new Date("2026-11-24T20:00:00Z");
  assert.equal(today("Asia/Kolkata", at), "2026-11-25");
  assert.equal(today("America/New_York", at), "2026-11-24");
  assert.match(today("No/Such", at), /^2026-11-2[45]$/);
});

test("buckets hold their days; weeks begin on Monday", () => {
  assert.equal(bucketOf("2026-11-22", "week"), "2026-11-16");
  assert.equal(bucketOf("2026-11-23", "week"), "2026-11-23");
  assert.deepEqual(buckets({ from: "2026-11-22", to: "2026-11-24" }, "week"), ["2026-11-16", "2026-11-23"]);
  assert.deepEqual(buckets({ from: "2025-12-31", to: "2026-02-01" }, "month"), ["2025-12-01", "2026-01-01", "2026-02-01"]);
  assert.deepEqual([7, 92, 93, 400].map((days) => granularity(lastDays(days, "2026-11-24"))), ["day", "day", "week", "month"]);
});

test("a period that cannot be asked for is told why", () => {
  assert.equal(wrongWith({ from: "2026-11-01", to: "2026-11-01" }), null);
  assert.match(wrongWith({ from: "", to: "2026-11-01" }) ?? "", /both/);
  assert.match(wrongWith({ from: "2026-11-02", to: "2026-11-01" }) ?? "", /after/);
  assert.match(wrongWith({ from: "2020-01-01", to: "2026-11-01" }) ?? "", /two years/);
});

test("numbers, money and durations read well", () => {
  assert.equal(format.percent(0.0457), "4.6%");
  assert.equal(format.percent(0.00042), "0.042%");
  assert.equal(format.percent(0), "0.0%");
  assert.equal(format.money("2309026.5", ""), "2,309,026.50");
  assert.equal(format.money("12.3", "EUR"), "EUR\u00a012.30");
  assert.equal(format.money("5", "points"), "points 5.00");
  assert.equal(format.amount("-1234.5", "EUR"), "-1,234.50");
  assert.equal(format.amount("1234", "JPY"), "1,234");
  assert.equal(format.unitAmount("0.009001", "EUR"), "0.009001");
  assert.equal(format.duration("PT4H"), "4 hours");
  assert.equal(format.duration("P1DT1H"), "1 day 1 hour");
  assert.equal(format.duration("soon"), "soon");
  assert.equal(format.moment("2026-11-24T13:27:48Z", "Asia/Kolkata"), "24 Nov 2026, 18:57");
  assert.equal(format.moment("2026-11-24T13:27:48Z", null), "24 Nov 2026, 13:27 UTC");
  assert.equal(format.channel("web_pop_up"), "Web pop-up");
  assert.equal(format.channel("google_ads"), "Google ads");
});
