/** The counts that the page shows, in their order. */

/** @import { MetricKey } from "./types.d.ts" */

/**
 * @typedef {object} Metric
 * @property {MetricKey} key
 * @property {string} label
 * @property {string} noun As it stands after a number.
 * @property {(channel: string | null) => boolean} applies Whether a campaign of the channel can have it.
 * @property {string} of Where it applies.
 * @property {number[]} dash Of its line, so that lines differ without their colours.
 */

const anywhere = () => true;

/** @type {readonly Metric[]} */
export const METRICS = [
  { key: "sent", label: "Sent", noun: "messages sent", applies: anywhere, of: "", dash: [] },
  { key: "delivered", label: "Delivered", noun: "messages delivered", applies: anywhere, of: "", dash: [8, 4] },
  { key: "opens", label: "Opens", noun: "e-mail opens", applies: (channel) => channel === "email", of: "e‑mail", dash: [2, 3] },
  {
    key: "impressions",
    label: "Impressions",
    noun: "impressions",
    // A campaign of no known channel has neither, so that nothing is said to be missing.
    applies: (channel) => channel !== null && channel !== "email",
    of: "all but e‑mail",
    dash: [12, 3, 2, 3],
  },
  { key: "clicks", label: "Clicks", noun: "clicks", applies: anywhere, of: "", dash: [6, 2] },
  { key: "conversions", label: "Conversions", noun: "conversions", applies: anywhere, of: "", dash: [14, 4] },
];

/** What is asked of the reports. */
export const ASKED = [...METRICS.map((metric) => metric.key), "conversion_value", "currency"].join(",");

/** @param {MetricKey} key @returns {Metric} */
export function metric(key) {
  const found = METRICS.find((one) => one.key === key);
  if (!found) throw new Error(`no metric ${key}`);
  return found;
}

/** What stands for the views of a channel. @param {string | null} channel @returns {MetricKey} */
export const viewsOf = (channel) => (channel === "email" ? "opens" : "impressions");
