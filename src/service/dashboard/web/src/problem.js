/** What went wrong, in words for the person at the page, and what can be done about it. */

import { ApiError } from "./api.js";

/**
 * @typedef {object} Problem
 * @property {string} title
 * @property {string} text
 * @property {"token" | "retry" | "none"} remedy
 * @property {number | null} wait Seconds before it is worth trying again.
 * @property {string | null} requestId
 */

/** @type {Record<string, [title: string, text: string | null, remedy: Problem["remedy"]]>} */
const KNOWN = {
  no_connection: [
    "The service cannot be reached",
    "Your connection may be down, or the service is. Nothing is lost; try again in a moment.",
    "retry",
  ],
  no_json: [
    "Something else answered",
    "The answer did not come from this service. A proxy or a login page in between may have answered instead.",
    "retry",
  ],
  unauthorized: [
    "This token is not valid",
    "It is unknown, has expired, or was withdrawn. Enter another one.",
    "token",
  ],
  insufficient_scope: ["This token may not read that", "Use a token whose scope is “read” or more.", "token"],
  other_account: ["This token is of another account", "Choose the account that it was made for, or use another token.", "token"],
  account_not_found: ["There is no such account", "Check the integrated account id.", "none"],
  provider_unauthorized: [
    "CleverTap refuses this account’s credentials",
    "The account needs to be connected again, with a new connect link: its passcode was changed or withdrawn, or its region is wrong.",
    "retry",
  ],
  rate_limited: [
    "Too many requests for now",
    "CleverTap, or the limit that this service keeps for the account, asks to wait.",
    "retry",
  ],
  unreachable: [
    "CleverTap cannot be reached",
    "It may be down, or something in between is. Nothing is lost; try again in a moment.",
    "retry",
  ],
  denied_by_host: ["CleverTap cannot be reached", null, "none"],
  undecodable: ["CleverTap’s answer cannot be understood", null, "retry"],
  provider_refused: ["CleverTap refused the request", null, "retry"],
  not_ready: ["CleverTap is not ready yet", "It is still putting the numbers together.", "retry"],
  timed_out: ["CleverTap took too long", "Its report is slow. Trying again often works; a shorter period is faster.", "retry"],
  does_not_fit: ["CleverTap took too long", null, "none"],
  cursor_expired: ["The list has moved on", "CleverTap no longer knows where we were. Reload to start again.", "none"],
  configuration: ["The service is not set up", null, "none"],
  not_configured: ["The service is not set up for this", null, "none"],
  needs_store: ["This service keeps no accounts", null, "none"],
  not_implemented: ["Not part of this service", "This build of the service does not have it.", "none"],
  unsupported: ["CleverTap does not have this", null, "none"],
  invalid: ["The request cannot be used", null, "none"],
};

/** @param {unknown} error @returns {Problem} */
export function explain(error) {
  if (!(error instanceof ApiError)) {
    return { title: "Something went wrong on this page", text: String(error), remedy: "retry", wait: null, requestId: null };
  }
  const [title, text, remedy] = KNOWN[error.code] ?? [
    "Something went wrong",
    null,
    error.status >= 500 || error.status === 429 ? "retry" : "none",
  ];
  return {
    title,
    text: text ?? `${asSentence(error.message)}`,
    remedy,
    wait: error.retryAfter,
    requestId: error.requestId,
  };
}

/** @param {string} message */
function asSentence(message) {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** Whether the token is at fault, so that another one mends it. @param {unknown} error */
export const isTokenProblem = (error) => error instanceof ApiError && error.code === "unauthorized";
