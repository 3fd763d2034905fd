/** The one place that knows what `POST …/roi` takes and answers. Amounts of money are decimals as texts. */

/** @import { Failure } from "./api.js" */
/** @import { CampaignGroup, Period, Sum, Warning } from "./types.d.ts" */

import { isWhole } from "./aggregate.js";
import { fraction, isDecimal } from "./decimal.js";
import { firstUpper, list } from "./format.js";
import { bounds } from "./period.js";
import { filledIn } from "./records.js";

/**
 * @typedef {object} Entered What the person gave; empty texts say nothing.
 * @property {string} currency
 * @property {Record<string, string>} costs What a message costs, by channel.
 * @property {Record<string, string>} rates Conversions to estimate, in percent, by channel.
 * @property {string} of What the rates are of.
 * @property {string} worth What a conversion is worth, where nobody says.
 * @property {string} results What CleverTap's campaigns brought, as CSV.
 * @property {string} rows Of other channels, as CSV.
 */

/** @type {Entered} */
export const NOTHING = { currency: "", costs: {}, rates: {}, of: "clicks", worth: "", results: "", rows: "" };

/** What a conversion rate may be of. @type {readonly [of: string, label: string][]} */
export const BASES = [
  ["clicks", "clicks"],
  ["sent", "messages sent"],
  ["impressions", "impressions"],
];

/** @typedef {"spend" | "impressions" | "clicks" | "conversions" | "value"} Count */
/** @typedef {"cpa" | "cpc" | "cpm" | "roas" | "roi" | "share_of_spend" | "share_of_conversions"} Ratio */
/** @typedef {Count | Ratio} Figure */
/** @typedef {"money" | "unit" | "count" | "ratio" | "share"} Kind */

/**
 * @typedef {object} Line
 * @property {string | null} channel
 * @property {Partial<Record<Figure, string | null>>} numbers
 * @property {ReadonlySet<Figure>} estimated
 * @property {Partial<Record<Figure, string>>} reasons Why something is null.
 */

/** @typedef {{ currency: string | null, channels: Line[], totals: Line }} Block */
/** @typedef {{ blocks: Block[], attribution: string, notes: string[] }} Comparison */

/** @type {readonly { key: Figure, label: string, kind: Kind, formula?: string, from?: readonly Count[] }[]} */
export const FIGURES = [
  { key: "spend", label: "Spend", kind: "money" },
  { key: "share_of_spend", label: "Of spend", kind: "share" },
  { key: "conversions", label: "Conversions", kind: "count" },
  { key: "share_of_conversions", label: "Of conversions", kind: "share" },
  { key: "value", label: "Value", kind: "money" },
  { key: "cpa", label: "CPA", kind: "unit", formula: "spend ÷ conversions", from: ["spend", "conversions"] },
  { key: "cpc", label: "CPC", kind: "unit", formula: "spend ÷ clicks", from: ["spend", "clicks"] },
  { key: "cpm", label: "CPM", kind: "unit", formula: "spend ÷ impressions × 1000", from: ["spend", "impressions"] },
  { key: "roas", label: "ROAS", kind: "ratio", formula: "value ÷ spend", from: ["value", "spend"] },
  { key: "roi", label: "ROI", kind: "share", formula: "(value − spend) ÷ spend", from: ["value", "spend"] },
];

/** Said of the numbers, and repeated by the answer. */
const ATTRIBUTION = "conversions and value are as entered here or as CleverTap reports them; this page attributes nothing itself";

/** The fields that have something in them. @param {Record<string, string>} fields */
const filled = (fields) => Object.fromEntries(Object.entries(fields).filter(([, text]) => text !== ""));

/** The name of a field's problem. @param {"costs" | "rates"} group @param {string} channel */
export const fieldOf = (group, channel) => `${group}.${channel}`;

/** What cannot be sent, by field; empty when all can. @param {Entered} entered @returns {Record<string, string>} */
export function wrongWith({ currency, costs, rates, worth, results, rows }) {
  /** @type {Record<string, string>} */
  const wrong = {};
  const given = { costs: filled(costs), rates: filled(rates) };
  const hasMoney = Object.keys(given.costs).length > 0 || worth !== "";
  if (currency !== "" && !/^[A-Za-z]{3}$/.test(currency)) wrong.currency = "Three letters, such as EUR.";
  if (currency === "" && hasMoney) wrong.currency = "Money needs a currency, such as EUR.";
  for (const [channel, cost] of Object.entries(given.costs)) {
    if (!isDecimal(cost)) wrong[fieldOf("costs", channel)] = "A number such as 0.0004, with a point.";
  }
  for (const [channel, rate] of Object.entries(given.rates)) {
    if (!isDecimal(rate) || Number(rate) > 100) wrong[fieldOf("rates", channel)] = "A percentage from 0 to 100, such as 2.5.";
  }
  if (worth !== "" && !isDecimal(worth)) wrong.worth = "A number such as 49.90, with a point.";
  if (results.trim() && !filledIn(results)) {
    wrong.results = "The first line names the columns; a line for each campaign follows, with conversions, value or both.";
  }
  if (!hasMoney && Object.keys(given.rates).length === 0 && !rows.trim() && !results.trim()) {
    wrong.nothing = "Give what a message costs, what campaigns brought, or rows of other channels.";
  }
  return wrong;
}

/**
 * The campaigns on the page go along, so that nothing is read again and the comparison is of what is shown.
 * @param {Entered} entered @param {Period} period @param {readonly CampaignGroup[]} campaigns
 */
export function request({ currency, costs, rates, of, worth, results, rows }, period, campaigns) {
  const range = bounds(period, "start_at");
  const given = { costs: filled(costs), rates: filled(rates) };
  const fractions = Object.fromEntries(Object.entries(given.rates).map(([channel, rate]) => [channel, fraction(rate)]));
  const brought = filledIn(results);
  return {
    start_at: { gte: range["start_at[gte]"], lt: range["start_at[lt]"] },
    granularity: "total",
    attribution: ATTRIBUTION,
    reports: campaigns.map(total),
    ...(currency && { currency: currency.toUpperCase() }),
    ...(Object.keys(given.costs).length > 0 && { message_costs: { ...given.costs, currency: currency.toUpperCase() } }),
    ...(brought && { results_csv: brought }),
    ...((Object.keys(fractions).length > 0 || worth !== "") && {
      estimate: { ...(Object.keys(fractions).length > 0 && { of, rates: fractions }), ...(worth && { value_per_conversion: worth }) },
    }),
    ...(rows.trim() && { rows_csv: rows }),
  };
}

/** A campaign as a row of totals. @param {CampaignGroup} group */
function total({ ref, pending, unrecognised, sums, value, valued }) {
  // A sum over some of the rows would pass for one over all.
  const whole = (/** @type {Sum} */ sum) => (isWhole(sum) ? sum.value : null);
  const [money, ...others] = isWhole(valued) ? Object.entries(value) : [];
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
      conversion_value: money && others.length === 0 ? money[1] : null,
      currency: (others.length === 0 && money?.[0]) || null,
    },
  };
}

/** Where the service's words for a place are on this page. @type {readonly [place: RegExp, field: (rest: string) => string][]} */
const PLACES = [
  [/^rows_csv ?/, () => "rows"],
  [/^results_csv ?/, () => "results"],
  [/^message_costs\.?/, (rest) => (rest === "currency" ? "currency" : fieldOf("costs", rest))],
  [/^estimate\.rates\.?/, (rest) => fieldOf("rates", rest)],
  [/^estimate\.?/, (rest) => (rest === "currency" ? "currency" : "worth")],
  [/^currency$/, () => "currency"],
];

/**
 * What the service found wrong, by field; none when something is wrong that has no field here.
 * @param {readonly Failure[]} failures @returns {Record<string, string> | null}
 */
export function wrongBy(failures) {
  /** @type {Record<string, string>} */
  const wrong = {};
  for (const { field, message } of failures) {
    const [place, name] = PLACES.find(([place]) => place.test(field)) ?? [];
    if (!place || !name) return null;
    const key = name(field.replace(place, ""));
    const said = `${placed(field)}${message}.`;
    wrong[key] = [wrong[key], firstUpper(said)].filter(Boolean).join(" ");
  }
  return failures.length > 0 ? wrong : null;
}

/** `rows_csv line 3.spend` as `line 3, spend `. @param {string} place */
function placed(place) {
  const line = lineOf(place);
  if (line === undefined) return "";
  const [, column] = /\.(\w+)$/.exec(place) ?? [];
  return column ? `line ${line}, ${column} ` : `line ${line} `;
}

/** The line of what was entered. @param {string} place */
const lineOf = (place) => /^(?:rows|results)_csv line (\d+)/.exec(place)?.[1];

/** @param {any} answer @returns {Comparison} */
export function read({ result, meta }) {
  return {
    blocks: result.currencies.map((/** @type {any} */ block) => {
      const totals = line(block.totals, new Set());
      return { currency: block.currency, channels: block.channels.map((/** @type {any} */ one) => line(one, totals.estimated)), totals };
    }),
    attribution: result.attribution,
    notes: notes(meta.warnings),
  };
}

/** What the service warns of, in the page's words. @param {readonly Warning[]} warnings */
function notes(warnings) {
  const unmatched = warnings.filter(({ code }) => code === "results_unmatched");
  const others = warnings.filter(({ code }) => code !== "results_unmatched");
  const sentence = (/** @type {Warning} */ { message }) => `${firstUpper(message.replace(/; their reasons say why$/, ""))}.`;
  const said = others.map(sentence);
  const lines = unmatched.flatMap(({ field }) => lineOf(field ?? "") ?? []);
  // Past a number of them the service counts the rest.
  const more = unmatched.filter(({ field }) => !lineOf(field ?? "")).map(sentence);
  if (lines.length === 0) return [...more, ...said];
  const which = `${lines.length === 1 ? "line" : "lines"} ${list(lines)}`;
  return [`What campaigns brought, ${which}: no such campaign is shown above, so this is in no row and no sum.`, ...more, ...said];
}

/** @param {any} from @param {ReadonlySet<Figure>} whole What is estimated of the totals, if these are others. @returns {Line} */
function line(from, whole) {
  /** @type {Set<Figure>} */
  const estimated = new Set(Array.isArray(from.estimated) ? from.estimated : []);
  const counts = new Set(estimated);
  for (const { key, from: parts = [] } of FIGURES) {
    // What is made of an estimate is one.
    if (parts.some((part) => counts.has(part))) estimated.add(key);
  }
  if (counts.has("conversions") || whole.has("conversions")) estimated.add("share_of_conversions");
  return {
    channel: text(from.channel),
    numbers: Object.fromEntries(FIGURES.map(({ key }) => [key, decimal(from[key])])),
    estimated,
    reasons: from.reasons ?? {},
  };
}

/** @param {unknown} value */
const text = (value) => (typeof value === "string" ? value : null);

/** @param {unknown} value */
const decimal = (value) => (typeof value === "number" ? String(value) : text(value));

/** Reasons in the page's words. @type {readonly [RegExp, string][]} */
const REASONS = [
  [/^no message_costs given$|^message_costs has none for .*/, "no cost of a message is entered"],
  [/^none given, and not reported by CleverTap$/, "not entered, and not reported by CleverTap"],
  [/^none given, not reported by CleverTap, and estimate\.rates has none for .*/, "not entered, not reported by CleverTap, and no rate to estimate it by"],
  [/^no (\w+) given$/, "no $1 in your rows"],
  [/^of \d+ rows \d+ have (\w+) and \d+ have (\w+): the sums are not of the same rows$/, "the sums of $1 and $2 are not of the same rows"],
];

/** @param {string} reason */
export const because = (reason) =>
  [...new Set(reason.split("; ").map((one) => REASONS.reduce((said, [from, to]) => said.replace(from, to), one)))].join("; ");
