/** The time series in a sentence or two. */

/** @import { Board, Granularity, Period } from "./types.d.ts" */

import * as format from "./format.js";
import { METRICS } from "./metrics.js";

/** @param {Board} board @param {Period} period @param {Granularity} width */
export function summary({ total, buckets, campaigns }, { from, to }, width) {
  const known = METRICS.filter(({ key }) => total.sums[key].value !== null);
  // What could have been: opens are not missing where no e-mail was sent.
  const missing = METRICS.filter(({ key }) => total.sums[key].value === null && total.sums[key].of > 0);
  const sentences = [];
  const span = `From ${format.day(from)} to ${format.day(to)}`;
  if (known.length === 0) {
    sentences.push(`${span} there are no numbers.`);
  } else {
    const counts = known.map(({ key, noun }) => `${format.count(total.sums[key].value ?? 0)} ${noun}`);
    sentences.push(`${span}, over ${format.many(campaigns.length, "campaign")}: ${format.list(counts)}.`);
  }
  const [first] = known;
  const most = first && buckets.reduce((best, one) => ((one.sums[first.key].value ?? -1) > (best.sums[first.key].value ?? -1) ? one : best));
  if (first && most && buckets.length > 1 && (most.sums[first.key].value ?? 0) > 0) {
    const when = width === "day" ? `on ${format.day(most.day)}` : `in ${width === "week" ? "the " : ""}${format.bucket(most.day, width)}`;
    sentences.push(`Most were ${first.label.toLowerCase()} ${when}: ${format.count(most.sums[first.key].value ?? 0)}.`);
  }
  if (missing.length > 0) sentences.push(`Not reported by CleverTap: ${format.list(missing.map(({ noun }) => noun))}.`);
  return sentences.join(" ");
}
