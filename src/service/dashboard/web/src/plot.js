/** The chart itself: uPlot, with the page's colours. */

/** @import { Bucket, Granularity, MetricKey } from "./types.d.ts" */

import uPlot from "uplot";

import * as format from "./format.js";
import { metric } from "./metrics.js";
import { seconds } from "./period.js";

/**
 * @typedef {object} Look
 * @property {(name: string) => string} colour Of a class, as the page has it now.
 * @property {boolean} logarithmic
 * @property {(at: number | null) => void} point
 */

/**
 * @param {HTMLElement} target @param {readonly Bucket[]} buckets @param {readonly MetricKey[]} keys
 * @param {Granularity} width @param {Look} look
 */
export function plot(target, buckets, keys, width, { colour, logarithmic, point }) {
  const font = `12px ${getComputedStyle(target).fontFamily}`;
  const axis = { font, stroke: colour("c-axis"), ticks: { show: false } };
  const lines = { stroke: colour("c-grid"), width: 1 };
  /** @type {uPlot.AlignedData} */
  const data = [
    buckets.map(({ day }) => seconds(day)),
    ...keys.map((key) => buckets.map(({ sums }) => sums[key].value)),
  ];
  /** @type {uPlot.Options} */
  const options = {
    ...size(target),
    padding: [12, 28, 0, 4],
    // Days are the project's, wherever the browser is.
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "UTC"),
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false, setScale: false }, points: { size: 9, width: 2 } },
    scales: {
      x: { time: true, range: (_, low, high) => (low === high ? [low - 43_200, high + 43_200] : [low, high]) },
      y: logarithmic
        ? // The inverse hyperbolic sine is a logarithm that has a place for zero.
          { distr: 4, asinh: 1, range: (_, __, high) => [0, Math.max(high, 1) * 1.25] }
        : { range: (_, __, high) => [0, Math.max(high, 1) * 1.08] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 76,
        size: 30,
        values: (_, splits) => splits.map((at) => label(at, width)),
        splits: (_, __, low, high, increment) => ticks(buckets, low, high, increment),
      },
      {
        ...axis,
        grid: lines,
        size: 52,
        ...(logarithmic && { splits: (_, __, ___, high) => powers(high) }),
        values: (_, splits) => splits.map((at) => (Number.isInteger(at) ? format.compact(at) : "")),
      },
    ],
    series: [
      {},
      ...keys.map((key) => ({
        label: metric(key).label,
        stroke: colour(`c-${key}`),
        width: 2,
        dash: metric(key).dash,
        spanGaps: false,
        points: { size: 6, width: 2, stroke: colour(`c-${key}`), fill: colour("c-card"), space: 14 },
      })),
    ],
    hooks: { setCursor: [(chart) => point(chart.cursor.idx ?? null)] },
  };
  return new uPlot(options, data, target);
}

/** @param {HTMLElement} target */
export const size = (target) => ({ width: Math.max(target.clientWidth, 200), height: Math.max(target.clientHeight, 160) });

/** The buckets that get a label: evenly spread, the last one among them. @param {readonly Bucket[]} buckets @param {number} low @param {number} high @param {number} increment */
function ticks(buckets, low, high, increment) {
  const all = buckets.map(({ day }) => seconds(day)).filter((at) => at >= low && at <= high);
  const [first, second] = all;
  if (first === undefined || second === undefined) return all;
  const step = Math.max(1, Math.ceil(increment / (second - first) - 0.01));
  return all.filter((_, at) => (all.length - 1 - at) % step === 0);
}

/** @param {number} at @param {Granularity} width */
function label(at, width) {
  const day = new Date(at * 1000).toISOString().slice(0, 10);
  return width === "month" ? format.bucket(day, width).replace(/^(\p{L}{3})\p{L}*/u, "$1") : format.dayOfYear(day);
}

/** @param {number} high */
function powers(high) {
  const all = [0];
  for (let at = 1; at <= high; at *= 10) all.push(at);
  return all;
}
