/** The numbers of the period; each is the switch of its line. */

/** @import { Board, MetricKey } from "./types.d.ts" */

import { isWhole, reporting } from "./aggregate.js";
import { Swatch } from "./chart.jsx";
import * as format from "./format.js";
import { METRICS } from "./metrics.js";
import { Skeleton } from "./parts.jsx";

/**
 * @param {object} props
 * @param {Board | null} props.board None while nothing is there.
 * @param {ReadonlySet<MetricKey>} props.off Lines that are switched off.
 * @param {(key: MetricKey) => void} props.toggle
 */
export function Tiles({ board, off, toggle }) {
  if (!board) {
    return (
      <div class="tiles">
        {METRICS.map(({ key }) => (
          <Skeleton key={key} class="tile" />
        ))}
      </div>
    );
  }
  return (
    <div class="tiles" role="group" aria-label="Numbers of the period; press one to show or hide its line">
      {METRICS.map((metric) => (
        <Tile key={metric.key} {...{ metric, board, off, toggle }} />
      ))}
    </div>
  );
}

/** @param {{ metric: import("./metrics.js").Metric, board: Board, off: ReadonlySet<MetricKey>, toggle: (key: MetricKey) => void }} props */
function Tile({ metric: { key, label, of }, board, off, toggle }) {
  const { value } = board.total.sums[key];
  const campaigns = reporting(board.campaigns, key);
  const name = <span class="label">{label}</span>;
  if (value === null) {
    return (
      <div class="tile unknown">
        {name}
        <span class="missing">{campaigns.of > 0 ? "Not reported by CleverTap" : `No campaign here has ${label.toLowerCase()}`}</span>
      </div>
    );
  }
  return (
    <button type="button" class="tile" aria-pressed={!off.has(key)} onClick={() => toggle(key)}>
      {name}
      <span class="value">{format.count(value)}</span>
      <span class="about">
        {campaigns.known === campaigns.of
          ? format.many(campaigns.of, "campaign")
          : `reported for ${format.count(campaigns.known)} of ${format.many(campaigns.of, "campaign")}`}
      </span>
      {of && <span class="about">{of}</span>}
      {key === "conversions" && Object.keys(board.total.value).length > 0 && (
        <span class="about">
          worth{" "}
          {Object.entries(board.total.value)
            .map(([currency, sum]) => format.money(sum, currency) + (currency ? "" : " (currency not stated)"))
            .join(" · ")}
          {!isWhole(board.total.valued) && ", not reported for all rows"}
        </span>
      )}
      <Swatch name={key} />
    </button>
  );
}
