/** The one place that knows what `POST …/roi` takes and answers. Amounts of money are decimals as texts. */

/** @import { CampaignGroup, Period, Sum } from "./types.d.ts" */

import { isDecimal } from "./decimal.js";
import { bounds } from "./period.js";

/**
 * @typedef {object} Entered What the person gave; empty texts say nothing.
 * @property {string} currency
 * @property {Record<string, string>} costs What a message costs, by channel.
 * @property {string} results What CleverTap's campaigns brought, as CSV.
 * @property {string} rows Of other channels, as CSV.
 */

/** @typedef {"spend" | "impressions" | "clicks" | "conversions" | "value"} Count */
/** @typedef {"cpa" | "cpc" | "cpm" | "roas" | "roi" | "share_of_spend" | "share_of_conversions"} Figure */

/**
 * @typedef {object} Line
 * @property {string | null} channel
 * @property {Record<Count | Figure, string | null>} numbers
 * @property {ReadonlySet<string>} estimated
 * @property {Record<string, string>} reasons Why something is null.
 */

/** @typedef {{ currency: string | null, channels: Line[], totals: Line }} Block */
/** @typedef {{ blocks: Block[], attribution: string }} Comparison */

/** @type {readonly [key: Count | Figure, label: string, kind: "money" | "unit" | "count" | "ratio" | "share", hint: string][]} */
export const FIGURES = [
  ["spend", "Spend", "money", ""],
  ["share_of_spend", "Of spend", "share", ""],
  ["conversions", "Conversions", "count", ""],
  ["share_of_conversions", "Of conversions", "share", ""],
  ["value", "Value", "money", ""],
  ["cpa", "CPA", "unit", "spend ÷ conversions"],
  ["cpc", "CPC", "unit", "spend ÷ clicks"],
  ["cpm", "CPM", "unit", "spend ÷ impressions × 1000"],
  ["roas", "ROAS", "ratio", "value ÷ spend"],
  ["roi", "ROI", "share", "(value − spend) ÷ spend"],
];

/** What cannot be sent, by field; empty when all can. @param {Entered} entered @returns {Record<string, string>} */
export function wrongWith({ currency, costs, results, rows }) {
  /** @type {Record<string, string>} */
  const wrong = {};
  const given = Object.entries(costs).filter(([, cost]) => cost !== "");
  if (currency !== "" && !/^[A-Za-z]{3}$/.test(currency)) wrong.currency = "Three letters, such as EUR.";
  if (currency === "" && given.length > 0) wrong.currency = "Costs need a currency, such as EUR.";
  for (const [channel, cost] of given) {
    if (!isDecimal(cost)) wrong[channel] = "A number such as 0.0004, with a point.";
  }
  if (results.trim() && !("campaign_id" in (records(results)[0] ?? {}))) {
    wrong.results = "The first line names the columns, one of them campaign_id; a line for each campaign follows.";
  }
  if (given.length === 0 && !rows.trim() && !results.trim()) wrong.rows = "Give what a message costs, or rows of other channels.";
  return wrong;
}

/**
 * The campaigns on the page go along, so that nothing is read again and the comparison is of what is shown.
 * @param {Entered} entered @param {Period} period @param {readonly CampaignGroup[]} campaigns
 */
export function request({ currency, costs, results, rows }, period, campaigns) {
  const range = bounds(period, "start_at");
  const given = Object.fromEntries(Object.entries(costs).filter(([, cost]) => cost !== ""));
  return {
    start_at: { gte: range["start_at[gte]"], lt: range["start_at[lt]"] },
    granularity: "total",
    reports: campaigns.map(total),
    ...(currency && { currency: currency.toUpperCase() }),
    ...(Object.keys(given).length > 0 && { message_costs: { ...given, currency: currency.toUpperCase() } }),
    ...(results.trim() && { results: records(results) }),
    ...(rows.trim() && { rows_csv: rows }),
  };
}

/** A campaign as a row of totals. @param {CampaignGroup} group */
function total({ ref, pending, unrecognised, sums, value }) {
  // A sum over some of the rows would pass for one over all.
  const whole = (/** @type {Sum} */ sum) => (sum.known === sum.of ? sum.value : null);
  const [money, ...others] = Object.entries(value);
  return {
    id: `${ref.id}:total`,
    campaign: { id: ref.id, remote_id: ref.remote_id, name: ref.name, channel: ref.channel },
    window: { day: null },
    granularity: "total",
    status: unrecognised ? "unrecognised" : pending ? "pending" : "ready",
    counts: {
      sent: whole(sums.sent),
      impressions: whole(sums.impressions),
      clicks: whole(sums.clicks),
      conversions: whole(sums.conversions),
      conversion_value: money && others.length === 0 ? Number(money[1]) : null,
      currency: (others.length === 0 && money?.[0]) || null,
    },
  };
}

/** Lines of CSV as objects, by the names in the first; empty cells are left out. @param {string} text */
export function records(text) {
  const [names = [], ...lines] = text
    .trim()
    .split(/\r?\n/)
    .map((line) => cells(line));
  return lines.map((line) =>
    Object.fromEntries(names.map((name, at) => [name.toLowerCase(), line[at] ?? ""]).filter(([name, cell]) => name && cell)),
  );
}

/** @param {string} line */
const cells = (line) =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, bare]) => (quoted?.replaceAll('""', '"') ?? bare ?? "").trim());

/** @param {any} answer @returns {Comparison} */
export function read({ result }) {
  return {
    blocks: result.currencies.map((/** @type {any} */ block) => ({
      currency: block.currency,
      channels: block.channels.map(line),
      totals: line(block.totals),
    })),
    attribution: result.attribution,
  };
}

/** @param {any} from @returns {Line} */
function line(from) {
  const numbers = FIGURES.map(([key]) => [key, decimal(from[key])]);
  const estimated = Array.isArray(from.estimated) ? from.estimated : [];
  return {
    channel: text(from.channel),
    numbers: Object.fromEntries(numbers),
    estimated: new Set(estimated),
    reasons: from.reasons ?? {},
  };
}

/** @param {unknown} value */
const text = (value) => (typeof value === "string" ? value : null);

/** @param {unknown} value */
const decimal = (value) => (typeof value === "number" ? String(value) : text(value));
