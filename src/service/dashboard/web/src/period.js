/** Days of the project's calendar, as texts `YYYY-MM-DD`: no time of day, no zone of the browser's. */

/** @import { Granularity, Period } from "./types.d.ts" */

const DAY = 86_400_000;

/** @param {string} day */
const millis = (day) => Date.parse(`${day}T00:00:00Z`);

/** @param {number} at */
const text = (at) => new Date(at).toISOString().slice(0, 10);

/** @param {string} day @param {number} days */
export const addDays = (day, days) => text(millis(day) + days * DAY);

/** Seconds, for the chart's axis. @param {string} day */
export const seconds = (day) => millis(day) / 1000;

/** Days in it. @param {Period} period */
export const length = ({ from, to }) => Math.round((millis(to) - millis(from)) / DAY) + 1;

/**
 * Today where the project is; where the browser is, when that is not known.
 * @param {string | null} zone @param {Date} [now]
 */
export function today(zone, now = new Date()) {
  const options = /** @type {const} */ ({ year: "numeric", month: "2-digit", day: "2-digit" });
  try {
    return new Intl.DateTimeFormat("en-CA", { ...options, ...(zone && { timeZone: zone }) }).format(now);
  } catch {
    // A zone that this browser does not know.
    return new Intl.DateTimeFormat("en-CA", options).format(now);
  }
}

/** What can be picked by name: key, label, days. */
export const PRESETS = /** @type {const} */ ([
  ["7", "Last 7 days", 7],
  ["30", "Last 30 days", 30],
  ["90", "Last 90 days", 90],
  ["365", "Last 12 months", 365],
]);

/** The last so many days, today included. @param {number} days @param {string} last @returns {Period} */
export const lastDays = (days, last) => ({ from: addDays(last, 1 - days), to: last });

/** Why it cannot be asked for, or null. @param {Period} period */
export function wrongWith({ from, to }) {
  if (Number.isNaN(millis(from)) || Number.isNaN(millis(to))) return "Give both days.";
  if (from > to) return "The first day comes after the last.";
  if (length({ from, to }) > 731) return "At most two years at a time.";
  return null;
}

/** How finely it is drawn. @param {Period} period @returns {Granularity} */
export function granularity(period) {
  const days = length(period);
  return days <= 92 ? "day" : days <= 372 ? "week" : "month";
}

/** First day of the bucket that a day is in; weeks begin on Monday. @param {string} day @param {Granularity} width */
export function bucketOf(day, width) {
  if (width === "month") return `${day.slice(0, 7)}-01`;
  if (width === "week") return addDays(day, -((new Date(millis(day)).getUTCDay() + 6) % 7));
  return day;
}

/** First days of all the buckets that touch a period. @param {Period} period @param {Granularity} width */
export function buckets(period, width) {
  const all = [];
  for (let day = bucketOf(period.from, width); day <= period.to; ) {
    all.push(day);
    day = width === "month" ? bucketOf(addDays(day, 31), width) : addDays(day, width === "week" ? 7 : 1);
  }
  return all;
}

/** The bounds of a query. @param {Period} period @param {string} field @returns {Record<string, string>} */
export const bounds = ({ from, to }, field) => ({ [`${field}[gte]`]: from, [`${field}[lt]`]: addDays(to, 1) });
