/** Exact sums of decimals, as texts: binary fractions would not add up to what CleverTap shows. */

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d{1,3}))?$/i;

/** @param {string} text @returns {{ units: bigint, scale: number } | null} */
function read(text) {
  const found = DECIMAL.exec(text);
  if (!found) return null;
  const [, sign, whole = "", fraction = "", exponent = "0"] = found;
  let units = BigInt(`${whole}${fraction}`);
  let scale = fraction.length - Number(exponent);
  if (scale < 0) {
    units *= 10n ** BigInt(-scale);
    scale = 0;
  }
  return { units: sign ? -units : units, scale };
}

/** @param {bigint} units @param {number} scale */
function write(units, scale) {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, "");
  return `${units < 0n ? "-" : ""}${whole}${fraction && `.${fraction}`}`;
}

/**
 * The sum. What is no decimal adds nothing; the service sends none.
 * @param {string} left @param {string} right
 */
export function add(left, right) {
  const [a, b] = [read(left), read(right)];
  if (!a) return right;
  if (!b) return left;
  const scale = Math.max(a.scale, b.scale);
  const at = (/** @type {{ units: bigint, scale: number }} */ one) => one.units * 10n ** BigInt(scale - one.scale);
  return write(at(a) + at(b), scale);
}

/** Whether it is a decimal in plain digits, as people type amounts. @param {string} text */
export const isDecimal = (text) => /^\d+(\.\d+)?$/.test(text);

/** A percentage as a fraction, exactly. @param {string} percent A decimal in plain digits. */
export function fraction(percent) {
  const { units, scale } = read(percent) ?? { units: 0n, scale: 0 };
  return write(units, scale + 2);
}
