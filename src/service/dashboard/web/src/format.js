/** Numbers, days and names as people read them. */

/** @import { Granularity } from "./types.d.ts" */

/** What stands where CleverTap gave no number. */
export const NOT_REPORTED = "not reported by CleverTap";

/** The reader's English: the page's words are English, and so are its numbers and days. */
const languages = typeof navigator === "undefined" ? [] : navigator.languages;
const LOCALE = languages.find((language) => /^en\b/i.test(language)) ?? "en-GB";

const whole = new Intl.NumberFormat(LOCALE);
const short = new Intl.NumberFormat(LOCALE, { notation: "compact", maximumFractionDigits: 1 });
const share = new Intl.NumberFormat(LOCALE, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const small = new Intl.NumberFormat(LOCALE, { style: "percent", maximumSignificantDigits: 2 });
const plain = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** @param {number} number */
export const count = (number) => whole.format(number);

/** For axes. @param {number} number */
export const compact = (number) => short.format(number);

/** @param {number} fraction */
export const percent = (fraction) => (fraction !== 0 && Math.abs(fraction) < 0.001 ? small : share).format(fraction);

/** @param {string} currency Empty where none is stated. @param {Intl.NumberFormatOptions} [digits] */
function monies(currency, digits = {}) {
  if (!/^[A-Z]{3}$/i.test(currency)) return new Intl.NumberFormat(LOCALE, { minimumFractionDigits: 2, maximumFractionDigits: 2, ...digits });
  return new Intl.NumberFormat(LOCALE, { style: "currency", currency, currencyDisplay: "code", ...digits });
}

/** @param {string} decimal @param {string} currency */
export function money(decimal, currency) {
  const format = monies(currency);
  const text = format.format(/** @type {Intl.StringNumericLiteral} */ (decimal));
  return currency && !format.resolvedOptions().currency ? `${currency} ${text}` : text;
}

/** Money whose currency stands elsewhere, with as many digits as it has. @param {string} decimal @param {string} currency @param {Intl.NumberFormatOptions} [digits] */
export const amount = (decimal, currency, digits) =>
  monies(currency, digits)
    .formatToParts(/** @type {Intl.StringNumericLiteral} */ (decimal))
    .flatMap(({ type, value }) => (type === "currency" || type === "literal" ? [] : [value]))
    .join("");

/** The same for one of something, which may be a fraction of a cent. @param {string} decimal @param {string} currency */
export const unitAmount = (decimal, currency) =>
  amount(decimal, currency, unitDigits(Math.abs(Number(decimal))));

/** @param {number} size @returns {Intl.NumberFormatOptions} */
const unitDigits = (size) => (size < 1 ? { minimumFractionDigits: 2, maximumFractionDigits: size < 0.01 ? 6 : 4 } : {});

/** @param {string | number} decimal */
export const ratio = (decimal) => plain.format(/** @type {Intl.StringNumericLiteral} */ (String(decimal)));

/** @param {Intl.DateTimeFormatOptions} options */
const dates = (options) => new Intl.DateTimeFormat(LOCALE, { timeZone: "UTC", ...options });
const DAY = dates({ day: "numeric", month: "short", year: "numeric" });
const DAY_OF_YEAR = dates({ day: "numeric", month: "short" });
const MONTH = dates({ month: "long", year: "numeric" });

/** @param {string} text `YYYY-MM-DD` */
const date = (text) => new Date(`${text}T00:00:00Z`);

/** @param {string} text `YYYY-MM-DD` */
export const day = (text) => DAY.format(date(text));

/** @param {{ from: string, to: string }} period */
export const span = ({ from, to }) => DAY.formatRange(date(from), date(to));

/** @param {string} text `YYYY-MM-DD` */
export const dayOfYear = (text) => DAY_OF_YEAR.format(date(text));

/** @param {string} text Its first day. @param {Granularity} width */
export function bucket(text, width) {
  if (width === "month") return MONTH.format(date(text));
  return width === "week" ? `week of ${day(text)}` : day(text);
}

/**
 * A moment where the project is; in UTC when that is not known.
 * @param {string} rfc3339 @param {string | null} zone @param {string} [year] One that goes without saying.
 */
export function moment(rfc3339, zone, year) {
  const at = new Date(rfc3339);
  if (Number.isNaN(at.getTime())) return rfc3339;
  /** @param {string} timeZone */
  const text = (timeZone) => {
    const isKnown = year !== undefined && new Intl.DateTimeFormat("en", { timeZone, year: "numeric" }).format(at) === year;
    /** @type {Intl.DateTimeFormatOptions} */
    const days = { day: "numeric", month: "short", ...(!isKnown && { year: "numeric" }) };
    return new Intl.DateTimeFormat(LOCALE, { ...days, hour: "numeric", minute: "2-digit", timeZone }).format(at);
  };
  try {
    return zone ? text(zone) : `${text("UTC")} UTC`;
  } catch {
    return `${text("UTC")} UTC`;
  }
}

/** A duration such as `PT4H`, in words; as it is when it is another kind. @param {string} iso */
export function duration(iso) {
  const found = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(iso);
  if (!found) return iso;
  const parts = [
    [found[1], "day"],
    [found[2], "hour"],
    [found[3], "minute"],
  ].flatMap(([number, unit]) => (number ? [`${number} ${unit}${number === "1" ? "" : "s"}`] : []));
  return parts.join(" ") || iso;
}

/** @param {number} number @param {string} noun */
export const many = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;

/** @type {Record<string, string>} */
const CHANNELS = {
  email: "E-mail",
  push: "Push",
  web_push: "Web push",
  sms: "SMS",
  whatsapp: "WhatsApp",
  in_app: "In-app",
  app_inbox: "App inbox",
  web_pop_up: "Web pop-up",
  web_exit_intent: "Web exit intent",
  web_native_display: "Web native display",
  web_inbox: "Web inbox",
  native_display: "Native display",
  webhook: "Webhook",
  audience: "Audience",
  tiktok: "TikTok",
  other: "Other",
};

/** @param {string | null} name */
export const channel = (name) => (name ? (CHANNELS[name] ?? sentence(name)) : "Channel not reported");

/** A word of the API's as people write it. @param {string} word */
export function sentence(word) {
  const words = word.replaceAll("_", " ").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Some words and their `and`. @param {readonly string[]} words */
export const list = (words) => new Intl.ListFormat("en", { type: "conjunction" }).format(words);

/** @param {string} text */
export const firstUpper = (text) => text.charAt(0).toUpperCase() + text.slice(1);
