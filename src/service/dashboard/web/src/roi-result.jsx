/** A comparison: a table for each currency, what is missing in it, and the same as a file. */

/** @import { Period } from "./types.d.ts" */
/** @import { Block, Comparison, Figure, Kind, Line } from "./roi.js" */
/** @import { Column } from "./table.jsx" */

import * as format from "./format.js";
import { None, Notice } from "./parts.jsx";
import { because, FIGURES } from "./roi.js";
import { DataTable } from "./table.jsx";

/** @param {{ comparison: Comparison, period: Period, partial: boolean }} props */
export function Result({ comparison: { blocks, attribution, notes }, period, partial }) {
  const isEstimated = blocks.some(({ channels }) => channels.some(({ estimated }) => estimated.size > 0));
  return (
    <div class="result">
      <h3>{format.span(period)}</h3>
      <p class="basis">
        Attribution: {attribution}. {blocks.length > 1 && "Money of different currencies is not added up. "}
        {isEstimated && "What is marked “estimated” rests, wholly or in part, on the rates and values that you entered."}
      </p>
      {partial && (
        <Notice kind="note" title="Not all of CleverTap’s campaigns are in it">
          <p>Older ones have not been read, so sums and shares may still change.</p>
        </Notice>
      )}
      {notes.length > 0 && (
        <Notice kind="note">
          {notes.map((note) => (
            <p key={note}>{note}</p>
          ))}
        </Notice>
      )}
      {blocks.map((block) => (
        <div key={block.currency ?? ""} class="block">
          <h4>{block.currency ? `In ${block.currency}` : "Without money"}</h4>
          <DataTable
            caption={`Spend and return in ${block.currency ?? "no currency"}`}
            columns={columns(block)}
            rows={block.channels.filter(isKnown)}
            name={({ channel }) => channel ?? ""}
            order={{ key: "spend", descending: true }}
            noun="channel"
            total={<Totals block={block} />}
          />
          <Unknown block={block} />
          <Missing block={block} />
        </div>
      ))}
      <p class="fine formulas">{FORMULAS}</p>
    </div>
  );
}

const FORMULAS = FIGURES.flatMap(({ label, formula }) => (formula ? [`${label}: ${formula}`] : [])).join(" · ");

/** @param {Block} block @returns {Column<Line>[]} */
const columns = ({ currency }) => [
  {
    key: "channel",
    label: "Channel",
    value: ({ channel }) => format.channel(channel),
  },
  ...FIGURES.map(({ key, label, kind }) => ({
    key,
    label,
    numeric: true,
    value: (/** @type {Line} */ { numbers }) => numberOf(numbers[key]),
    cell: (/** @type {Line} */ line) => <Cell {...{ line, name: key, kind, currency }} />,
  })),
];

/** @param {string | null | undefined} text */
const numberOf = (text) => (text === null || text === undefined ? null : Number(text));

/** @param {{ block: Block }} props */
const Totals = ({ block }) => (
  <tr>
    <th scope="row">Total</th>
    {FIGURES.map(({ key, kind }) => (
      <td key={key} class="number">
        <Cell line={block.totals} name={key} kind={kind} currency={block.currency} />
      </td>
    ))}
  </tr>
);

/** @param {{ line: Line, name: Figure, kind: Kind, currency: string | null }} props */
function Cell({ line, name, kind, currency }) {
  const number = line.numbers[name] ?? null;
  if (number === null) return <None why={because(line.reasons[name] ?? "not known")} />;
  const shown = {
    // The heading has the currency.
    money: () => format.amount(number, currency ?? ""),
    unit: () => format.unitAmount(number, currency ?? ""),
    count: () => format.count(Number(number)),
    ratio: () => format.ratio(number),
    share: () => format.percent(Number(number)),
  }[kind]();
  return line.estimated.has(name) ? (
    <>
      {shown}
      <small class="estimated">estimated</small>
    </>
  ) : (
    <>{shown}</>
  );
}

/** Whether a line has any of the numbers. @param {Line} line */
const isKnown = ({ numbers }) => FIGURES.some(({ key }) => (numbers[key] ?? null) !== null);

/** Rows of dashes would hide the others. @param {{ block: Block }} props */
function Unknown({ block }) {
  const names = block.channels.filter((line) => !isKnown(line)).map(({ channel }) => format.channel(channel));
  return names.length > 0 && <p class="fine">None of these numbers is known of {format.list(names)}.</p>;
}

/** Why cells are empty, for whoever cannot point at them. @param {{ block: Block }} props */
function Missing({ block }) {
  /** @type {Map<string, Set<string>>} */
  const rows = new Map();
  for (const line of [...block.channels, block.totals]) {
    for (const { key } of FIGURES) {
      if ((line.numbers[key] ?? null) !== null) continue;
      const reason = because(line.reasons[key] ?? "not known");
      rows.set(reason, (rows.get(reason) ?? new Set()).add(line === block.totals ? "Total" : format.channel(line.channel)));
    }
  }
  if (rows.size === 0) return null;
  return (
    <details class="alternative">
      <summary>Why some cells are empty</summary>
      <dl class="reasons">
        {[...rows].map(([reason, names]) => (
          <div key={reason}>
            <dt>{format.firstUpper(reason)}</dt>
            <dd>{[...names].join(", ")}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

/** @typedef {{ line: Line, currency: string | null }} Row */

/** @param {Comparison} comparison @returns {Row[]} */
export const flat = ({ blocks }) =>
  blocks.flatMap((block) => [...block.channels, { ...block.totals, channel: "total" }].map((line) => ({ line, currency: block.currency })));

/** @type {{ csv: string, value: (row: Row) => string | null }[]} */
export const files = [
  { csv: "channel", value: ({ line }) => line.channel },
  { csv: "currency", value: ({ currency }) => currency },
  ...FIGURES.map(({ key }) => ({ csv: key, value: (/** @type {Row} */ { line }) => line.numbers[key] ?? null })),
  { csv: "estimated", value: ({ line }) => estimatedOf(line) },
];

/** The columns that are estimates; none of what is not known. @param {Line} line */
const estimatedOf = ({ estimated, numbers }) =>
  FIGURES.flatMap(({ key }) => (estimated.has(key) && (numbers[key] ?? null) !== null ? [key] : [])).join(" ") || null;
