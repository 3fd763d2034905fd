/** The time series: a chart that can be read by eye, by keyboard, as a sentence and as a table. */

/** @import { Board, Bucket, Granularity, MetricKey, Period } from "./types.d.ts" */
/** @import { Column } from "./table.jsx" */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { partial } from "./aggregate.js";
import { csv, download, filename } from "./csv.js";
import * as format from "./format.js";
import { METRICS, metric } from "./metrics.js";
import { Amount, Panel } from "./parts.jsx";
import { bucketOf } from "./period.js";
import { plot, size } from "./plot.js";
import { summary } from "./summary.js";
import { DataTable, Save } from "./table.jsx";

/**
 * @param {object} props
 * @param {Board} props.board
 * @param {Period} props.period
 * @param {Granularity} props.width
 * @param {readonly MetricKey[]} props.keys The lines to draw.
 * @param {string} props.scheme Redraws when it changes.
 * @param {string} props.today
 */
export function Series({ board, period, width, keys, scheme, today }) {
  const [logarithmic, setLogarithmic] = useState(false);
  const columns = useMemo(() => columnsOf(width), [width]);
  const last = lastKnown(board.buckets);
  const [pointed, setPointed] = useState(/** @type {number | null} */ (null));
  const at = pointed ?? last;
  const bucket = board.buckets[at];
  return (
    <Panel
      id="series"
      title="Over time"
      lead={`By ${width}, on the days of the project’s calendar. ${width === "day" ? "" : "The first and the last one may be cut by the period."}`}
      actions={
        <>
          <label class="switch">
            <input type="checkbox" checked={logarithmic} onChange={(event) => setLogarithmic(event.currentTarget.checked)} />
            Logarithmic
          </label>
          <Save what="the time series" save={() => download(filename("series", period), csv(files(columns), board.buckets))} />
        </>
      }
    >
      <p id="series-summary" class="summary">
        {summary(board, period, width)}
      </p>
      {keys.length === 0 ? (
        <div class="plot empty">
          <p>
            {METRICS.some(({ key }) => board.total.sums[key].value !== null)
              ? "Choose a number above to draw it."
              : "There is nothing to draw for these days."}
          </p>
        </div>
      ) : (
        <>
          <Plot {...{ board, width, keys, scheme, logarithmic, at }} point={setPointed} />
          {bucket && <Readout {...{ bucket, width, keys, today }} />}
        </>
      )}
      <details class="alternative">
        <summary>Show as a table</summary>
        <DataTable
          caption={`Numbers by ${width}`}
          columns={columns}
          rows={board.buckets}
          name={({ day }) => day}
          order={{ key: "day", descending: true }}
          noun={width}
        />
      </details>
    </Panel>
  );
}

/**
 * @param {object} props
 * @param {Board} props.board
 * @param {Granularity} props.width
 * @param {readonly MetricKey[]} props.keys
 * @param {string} props.scheme
 * @param {boolean} props.logarithmic
 * @param {number} props.at
 * @param {(at: number | null) => void} props.point
 */
function Plot({ board, width, keys, scheme, logarithmic, at, point }) {
  const target = useRef(/** @type {HTMLDivElement | null} */ (null));
  const chart = useRef(/** @type {import("uplot") | null} */ (null));
  const names = keys.join();
  useEffect(() => {
    const place = target.current;
    if (!place) return undefined;
    const colour = (/** @type {string} */ name) => {
      const probe = place.parentElement?.querySelector(`.probes .${name}`);
      return probe ? getComputedStyle(probe).color : "currentcolor";
    };
    const drawn = plot(place, board.buckets, keys, width, { colour, logarithmic, point });
    chart.current = drawn;
    const watch = new ResizeObserver(() => drawn.setSize(size(place)));
    watch.observe(place);
    return () => {
      watch.disconnect();
      drawn.destroy();
      chart.current = null;
    };
  }, [board, names, width, scheme, logarithmic]);

  /** @param {KeyboardEvent} event */
  const press = (event) => {
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: board.buckets.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = Math.min(Math.max(to, 0), board.buckets.length - 1);
    const drawn = chart.current;
    const x = drawn?.data[0][next];
    if (drawn && x !== undefined) drawn.setCursor({ left: drawn.valToPos(x, "x"), top: 0 });
    point(next);
  };
  return (
    <div class="frame">
      <div class="probes" aria-hidden="true">
        {["axis", "grid", "card", ...keys].map((name) => (
          <i key={name} class={`c-${name}`} />
        ))}
      </div>
      <div
        ref={target}
        class="plot"
        role="group"
        aria-label={`Chart of ${format.list(keys.map((key) => metric(key).label.toLowerCase()))}. Arrow keys read it ${width} by ${width}.`}
        aria-describedby="series-summary"
        tabIndex={0}
        onKeyDown={press}
        onBlur={() => point(null)}
      />
    </div>
  );
}

/** What the chart has at one place. @param {{ bucket: Bucket, width: Granularity, keys: readonly MetricKey[], today: string }} props */
function Readout({ bucket, width, keys, today }) {
  const name = format.bucket(bucket.day, width);
  return (
    <div class="readout" aria-live="polite" aria-atomic="true">
      <strong>
        {name.charAt(0).toUpperCase() + name.slice(1)}
        {bucket.day === bucketOf(today, width) && " (so far)"}
      </strong>
      <ul>
        {keys.map((key) => (
          <li key={key}>
            <Swatch name={key} /> {metric(key).label} <b>{<Amount sum={bucket.sums[key]} />}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** A piece of a line. @param {{ name: MetricKey }} props */
export function Swatch({ name }) {
  return (
    <svg class={`swatch c-${name}`} viewBox="0 0 24 4" preserveAspectRatio="none" aria-hidden="true">
      <path d="M0 2h24" stroke-dasharray={metric(name).dash.join(" ")} />
    </svg>
  );
}

/** The last bucket that has a number. @param {readonly Bucket[]} buckets */
function lastKnown(buckets) {
  const at = buckets.findLastIndex(({ sums }) => METRICS.some(({ key }) => sums[key].value !== null));
  return at < 0 ? buckets.length - 1 : at;
}

/** @param {Granularity} width @returns {Column<Bucket>[]} */
function columnsOf(width) {
  return [
    { key: "day", label: format.sentence(width), value: ({ day }) => day, cell: ({ day }) => format.bucket(day, width) },
    ...METRICS.map(({ key, label, of }) => ({
      key,
      label,
      ...(of && { hint: of }),
      numeric: true,
      value: (/** @type {Bucket} */ { sums }) => sums[key].value,
      cell: (/** @type {Bucket} */ { sums }) => <Amount sum={sums[key]} />,
    })),
  ];
}

/** @param {Column<Bucket>[]} columns */
const files = (columns) => [
  ...columns.map(({ key, value }) => ({ csv: key, value })),
  { csv: "partial", value: (/** @type {Bucket} */ bucket) => partial(bucket).join(" ") || null },
];
