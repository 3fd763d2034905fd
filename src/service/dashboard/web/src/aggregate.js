/**
 * Rows of a report as sums: by bucket, campaign, channel, and in all.
 *
 * Null is what no row had, and never zero. Only counts of things that happened are added up; those of distinct
 * people are not asked for, as they have no sum. Values of money are added up by currency.
 */

/** @import { Board, Bucket, CampaignGroup, CampaignRef, ChannelGroup, Counts, Granularity, Group, MetricKey, Period, Reported, ReportRow, Sum } from "./types.d.ts" */

import { add } from "./decimal.js";
import { METRICS } from "./metrics.js";
import { bucketOf, buckets } from "./period.js";

/** @returns {Group} */
function empty() {
  const sums = METRICS.map(({ key }) => [key, { value: null, known: 0, of: 0 }]);
  const besideSent = METRICS.map(({ key }) => [key, 0]);
  return {
    sums: /** @type {Record<MetricKey, Sum>} */ (Object.fromEntries(sums)),
    besideSent: /** @type {Record<MetricKey, number>} */ (Object.fromEntries(besideSent)),
    value: {},
    valued: { known: 0, of: 0 },
  };
}

/** @param {Group} group @param {string | null} channel @param {Counts} counts */
function count(group, channel, counts) {
  for (const { key, applies } of METRICS) {
    const number = counts[key] ?? null;
    const sum = group.sums[key];
    if (number === null && !applies(channel)) continue;
    sum.of += 1;
    if (number === null) continue;
    sum.known += 1;
    sum.value = (sum.value ?? 0) + number;
    if ((counts.sent ?? null) !== null) group.besideSent[key] += 1;
  }
  group.valued.of += 1;
  if (counts.conversion_value !== undefined && counts.conversion_value !== null) {
    const currency = counts.currency ?? "";
    group.valued.known += 1;
    group.value[currency] = add(group.value[currency] ?? "0", String(counts.conversion_value));
  }
}

/** The entry of a key, made when it is missing. @template K, V @param {Map<K, V>} map @param {K} key @param {() => V} make */
function entry(map, key, make) {
  let found = map.get(key);
  if (found === undefined) map.set(key, (found = make()));
  return found;
}

/**
 * @param {readonly ReportRow[]} rows
 * @param {Period} period
 * @param {Granularity} width
 * @param {ReadonlySet<string> | null} channels The ones to show; null for all. The empty name is that of no channel.
 * @returns {Board}
 */
export function aggregate(rows, period, width, channels) {
  /** @type {Map<string, Bucket>} */
  const byDay = new Map(buckets(period, width).map((day) => [day, { day, ...empty() }]));
  /** @type {Map<string, CampaignGroup>} */
  const byCampaign = new Map();
  /** @type {Map<string | null, ChannelGroup>} */
  const byChannel = new Map();
  const total = empty();
  for (const row of rows) {
    const { campaign, counts } = row;
    const { channel } = campaign;
    if (channels && !channels.has(channel ?? "")) continue;
    const known = byCampaign.has(campaign.id);
    const ofCampaign = entry(byCampaign, campaign.id, () => start(campaign));
    ofCampaign.pending ||= row.status === "pending";
    ofCampaign.unrecognised ||= row.status === "unrecognised";
    const ofChannel = entry(byChannel, channel, () => ({ channel, campaigns: 0, ...empty() }));
    if (!known) ofChannel.campaigns += 1;
    const bucket = row.window.day === null ? undefined : byDay.get(bucketOf(row.window.day, width));
    for (const group of [total, ofCampaign, ofChannel, bucket]) {
      if (group) count(group, channel, counts);
    }
  }
  return { buckets: [...byDay.values()], campaigns: [...byCampaign.values()], channels: [...byChannel.values()], total };
}

/** A campaign without any row yet. @param {CampaignRef} ref @returns {CampaignGroup} */
export const start = (ref) => ({ ref, pending: false, unrecognised: false, ...empty() });

/**
 * How many campaigns have a number, of those that could.
 * @param {readonly CampaignGroup[]} campaigns @param {MetricKey} key
 */
export function reporting(campaigns, key) {
  const could = campaigns.filter(({ sums }) => sums[key].of > 0);
  return { of: could.length, known: could.filter(({ sums }) => sums[key].known > 0).length };
}

/** Whether a sum is over all rows that could have had a number. @param {Reported} reported */
export const isWhole = ({ known, of }) => known === of;

/** The counts that are sums over some of the rows alone. @param {Group} group */
export const partial = ({ sums }) => METRICS.flatMap(({ key }) => (sums[key].value === null || isWhole(sums[key]) ? [] : [key]));

/**
 * A count as a share of the messages sent; null when one is not known, they are not of the same rows, or none was sent.
 * @param {Group} group @param {MetricKey} key
 */
export function ofSent({ sums, besideSent }, key) {
  const [part, { value: sent, known }] = [sums[key], sums.sent];
  const isOfSame = besideSent[key] === part.known && besideSent[key] === known;
  return part.value === null || !sent || !isOfSame ? null : part.value / sent;
}
