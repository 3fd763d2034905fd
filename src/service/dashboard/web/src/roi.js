/** The one place that knows what `POST …/roi` takes and answers. Amounts of money are decimals as texts. */

/** @import { Period } from "./types.d.ts" */

import { isDecimal } from "./decimal.js";
import { bounds } from "./period.js";

/**
 * @typedef {object} Entered What the person gave; empty texts say nothing.
 * @property {string} currency
 * @property {Record<string, string>} costs What a message costs, by channel.
 * @property {string} rows Of other channels, as CSV.
 */

/** @typedef {"spend" | "impressions" | "clicks" | "conversions" | "value"} Count */
/** @typedef {"cpa" | "cpc" | "cpm" | "roas" | "roi" | "share_of_spend" | "share_of_conversions"} Figure */

/**
 * @typedef {object} Line
 * @property {string | null} channel
 * @property {"clevertap" | "caller" | null} source
 * @property {Record<Count | Figure, string | null>} numbers
 * @property {ReadonlySet<string>} estimated
 * @property {Record<string, string>} reasons Why something is null.
 */

/** @typedef {{ currency: string | null, channels: Line[], totals: Line }} Block */
/** @typedef {{ blocks: Block[], basis: string | null, cursor: string | null, partial: boolean }} Comparison */

/** @type {readonly [key: Count | Figure, label: string, kind: "money" | "count" | "ratio" | "share", hint: string][]} */
export const FIGURES = [
  ["spend", "Spend", "money", ""],
  ["share_of_spend", "Share of spend", "share", ""],
  ["conversions", "Conversions", "count", ""],
  ["share_of_conversions", "Share of conversions", "share", ""],
  ["value", "Value", "money", ""],
  ["cpa", "CPA", "money", "spend ÷ conversions"],
  ["cpc", "CPC", "money", "spend ÷ clicks"],
  ["cpm", "CPM", "money", "spend ÷ impressions × 1000"],
  ["roas", "ROAS", "ratio", "value ÷ spend"],
  ["roi", "ROI", "share", "(value − spend) ÷ spend"],
];

/** What cannot be sent, by field; empty when all can. @param {Entered} entered @returns {Record<string, string>} */
export function wrongWith({ currency, costs, rows }) {
  /** @type {Record<string, string>} */
  const wrong = {};
  const given = Object.entries(costs).filter(([, cost]) => cost !== "");
  if (currency !== "" && !/^[A-Za-z]{3}$/.test(currency)) wrong.currency = "Three letters, such as EUR.";
  if (currency === "" && given.length > 0) wrong.currency = "Costs need a currency, such as EUR.";
  for (const [channel, cost] of given) {
    if (!isDecimal(cost)) wrong[channel] = "A number such as 0.0004, with a point.";
  }
  if (given.length === 0 && rows.trim() === "") wrong.rows = "Give what a message costs, or rows of other channels.";
  return wrong;
}

/** @param {Entered} entered @param {Period} period @param {ReadonlySet<string> | null} channels */
export function request({ currency, costs, rows }, period, channels) {
  const range = bounds(period, "start_at");
  const given = Object.fromEntries(Object.entries(costs).filter(([, cost]) => cost !== ""));
  return {
    start_at: { gte: range["start_at[gte]"], lt: range["start_at[lt]"] },
    granularity: "total",
    ...(channels && { channel: [...channels].filter(Boolean) }),
    ...(currency && { currency: currency.toUpperCase() }),
    ...(Object.keys(given).length > 0 && { message_costs: given }),
    ...(rows.trim() && { rows_csv: rows }),
  };
}

/** @param {any} answer @returns {Comparison} */
export function read(answer) {
  const result = answer?.result ?? answer;
  const blocks = Array.isArray(result) ? result : (result?.blocks ?? result?.currencies ?? []);
  return {
    blocks: blocks.map((/** @type {any} */ block) => ({
      currency: block.currency ?? null,
      channels: (block.channels ?? []).map(line),
      totals: line(block.totals ?? {}),
    })),
    basis: text(result?.basis ?? answer?.basis ?? answer?.meta?.basis),
    cursor: text(answer?.next_cursor),
    partial: answer?.is_partial_response === true || result?.complete === false,
  };
}

/** @param {any} from @returns {Line} */
function line(from) {
  const numbers = FIGURES.map(([key]) => [key, decimal(from[key])]);
  const estimated = Array.isArray(from.estimated) ? from.estimated : [];
  return {
    channel: text(from.channel),
    source: text(from.source) === "caller" ? "caller" : text(from.source) === "clevertap" ? "clevertap" : null,
    numbers: Object.fromEntries(numbers),
    estimated: new Set(estimated),
    reasons: from.reasons ?? {},
  };
}

/** @param {unknown} value */
const text = (value) => (typeof value === "string" ? value : null);

/** @param {unknown} value */
const decimal = (value) => (typeof value === "number" ? String(value) : text(value));
