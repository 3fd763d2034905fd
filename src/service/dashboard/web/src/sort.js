/** The order of a table's rows. */

/** @typedef {string | number | null} Value */
/** @typedef {{ key: string, descending: boolean }} Order */

const words = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** @param {string | number} left @param {string | number} right */
function compare(left, right) {
  if (typeof left === "number" && typeof right === "number") return left - right;
  return words.compare(String(left), String(right));
}

/**
 * The rows by a value of theirs. What is not known comes last either way: it is neither small nor large. Rows
 * of equal values keep their places.
 * @template Row
 * @param {readonly Row[]} rows @param {(row: Row) => Value} value @param {boolean} descending
 */
export function sorted(rows, value, descending) {
  return rows.toSorted((left, right) => {
    const [a, b] = [value(left), value(right)];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return descending ? compare(b, a) : compare(a, b);
  });
}

/** What pressing a heading makes of an order. @param {Order} order @param {string} key @param {boolean} numeric @returns {Order} */
export const pressed = (order, key, numeric) =>
  order.key === key ? { key, descending: !order.descending } : { key, descending: numeric };
