/** A table that sorts, shows as many rows as help, and can be taken along as CSV. */

/** @import { ComponentChildren } from "preact" */
/** @import { Order, Value } from "./sort.js" */

import { useMemo, useState } from "preact/hooks";

import { count, many } from "./format.js";
import { pressed, sorted } from "./sort.js";

/**
 * @template Row
 * @typedef {object} Column
 * @property {string} key
 * @property {string} label
 * @property {string} [hint]
 * @property {boolean} [numeric]
 * @property {(row: Row) => Value} value What it is sorted by, and stands in the file.
 * @property {(row: Row) => ComponentChildren} [cell]
 */

/** Rows shown at first, and more with every press. */
const STEP = 25;

/**
 * @template Row
 * @param {object} props
 * @param {string} props.caption For screen readers.
 * @param {Column<Row>[]} props.columns The first one names the row.
 * @param {readonly Row[]} props.rows
 * @param {(row: Row) => string} props.name Unique.
 * @param {Order} props.order At first.
 * @param {string} props.noun Of a row.
 * @param {ComponentChildren} [props.total] A last row.
 */
export function DataTable({ caption, columns, rows, name, order: first, noun, total }) {
  const [order, setOrder] = useState(first);
  const [most, setMost] = useState(STEP);
  const by = columns.find(({ key }) => key === order.key) ?? columns[0];
  const inOrder = useMemo(() => (by ? sorted(rows, by.value, order.descending) : rows), [rows, by?.key, order.descending]);
  const shown = inOrder.slice(0, most);
  return (
    <>
      <div class="scroll" role="region" aria-label={caption} tabIndex={0}>
        <table>
          <caption class="unseen">{caption}. Headings sort.</caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <Heading key={column.key} column={column} order={order} press={setOrder} />
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={name(row)}>
                {columns.map((column, at) => {
                  const content = column.cell ? column.cell(row) : plain(column.value(row));
                  const kind = column.numeric ? "number" : undefined;
                  return at === 0 ? (
                    <th key={column.key} scope="row" class={kind}>
                      {content}
                    </th>
                  ) : (
                    <td key={column.key} class={kind}>
                      {content}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
          {total && <tfoot>{total}</tfoot>}
        </table>
      </div>
      {rows.length > STEP && (
        <div class="more">
          <p>
            {count(shown.length)} of {many(rows.length, noun)}
          </p>
          {shown.length < rows.length && (
            <button type="button" class="plain" onClick={() => setMost(most + STEP * 2)}>
              Show more
            </button>
          )}
        </div>
      )}
    </>
  );
}

/** @param {Value} value */
const plain = (value) => (typeof value === "number" ? count(value) : value);

/**
 * @template Row
 * @param {{ column: Column<Row>, order: Order, press: (order: Order) => void }} props
 */
function Heading({ column, order, press }) {
  const is = order.key === column.key;
  const direction = is ? (order.descending ? "descending" : "ascending") : "none";
  return (
    <th scope="col" class={column.numeric ? "number" : undefined} aria-sort={direction}>
      <button type="button" onClick={() => press(pressed(order, column.key, column.numeric ?? false))}>
        <span>
          {column.label}
          {column.hint && <small>{column.hint}</small>}
        </span>
        <svg class={`arrow ${direction}`} viewBox="0 0 10 12" aria-hidden="true">
          <path class="up" d="M5 1 8.5 5h-7z" />
          <path class="down" d="M5 11 1.5 7h7z" />
        </svg>
      </button>
    </th>
  );
}

/** Takes a table along. @param {{ save: () => void, what: string, disabled?: boolean }} props */
export const Save = ({ save, what, disabled = false }) => (
  <button type="button" class="plain" onClick={save} disabled={disabled} aria-label={`Download ${what} as CSV`}>
    <svg viewBox="0 0 16 16" aria-hidden="true">
      <path d="M8 2v8m-3-3 3 3 3-3M3 13h10" />
    </svg>
    CSV
  </button>
);
