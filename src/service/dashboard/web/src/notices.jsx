/** What to know before the numbers: what failed, what is missing, and how fresh it is. */

/** @import { Data } from "./data.js" */
/** @import { Board, Field, Warning } from "./types.d.ts" */

import * as format from "./format.js";
import { METRICS } from "./metrics.js";
import { Failure, Notice } from "./parts.jsx";

/** Which states of the two walks there are, as one. @param {Data} data */
export function stateOf({ reports, campaigns }) {
  for (const state of /** @type {const} */ (["loading", "failed", "paused"])) {
    if (reports.state === state || campaigns.state === state) return state;
  }
  return "done";
}

/** @param {{ data: Data, board: Board, newToken: () => void, needsReauth: boolean }} props */
export function Notices({ data, board, newToken, needsReauth }) {
  const { reports, campaigns } = data;
  const state = stateOf(data);
  const hasNumbers = reports.items.length > 0 || reports.state === "done";
  const hasSome = reports.items.length > 0 || campaigns.items.length > 0;
  const error = reports.error ?? campaigns.error;
  const pending = board.campaigns.filter((campaign) => campaign.pending).length;
  const warnings = [...reports.warnings, ...campaigns.warnings].filter(isNew).filter(({ code }) => !OF_PROGRAMS.has(code));
  return (
    <div class="notices">
      {needsReauth && error === null && (
        <Notice kind="note" title="This account needs to be connected again">
          <p>
            CleverTap refused its credentials lately. What is shown may be all that can be read; a new connect link mends it.
          </p>
        </Notice>
      )}
      {state === "failed" && (
        <Failure
          error={error}
          what={hasSome ? "What was read before is shown." : ""}
          retry={data.go}
          newToken={newToken}
        />
      )}
      {!hasSome && state === "paused" && (
        <Notice
          kind="note"
          title="Nothing has been read yet"
          actions={
            <button type="button" class="plain" onClick={data.go}>
              Go on
            </button>
          }
        >
          <p>{soFar(data) || "Reading was stopped before CleverTap answered."}</p>
        </Notice>
      )}
      {hasSome && state === "paused" && (
        <Notice
          kind="note"
          title={hasNumbers ? "Not everything has been read" : "The numbers have not been read yet"}
          actions={
            <button type="button" class="plain" onClick={data.go}>
              Load more
            </button>
          }
        >
          <p>
            {soFar(data)}{" "}
            {reports.state === "done"
              ? "The numbers are complete; the status of older campaigns is missing."
              : hasNumbers
                ? "Older campaigns may add to these numbers."
                : "Here are the campaigns without them."}
          </p>
        </Notice>
      )}
      {pending > 0 && (
        <Notice kind="note">
          <p>CleverTap has not finished counting {format.many(pending, "campaign")}: {pending === 1 ? "its" : "their"} numbers will still grow.</p>
        </Notice>
      )}
      {warnings.length > 0 && <Warnings warnings={warnings} />}
    </div>
  );
}

/** One of a kind, by what is shown of it. @param {Warning} warning @param {number} at @param {Warning[]} all */
const isNew = (warning, at, all) => all.findIndex((other) => shownAs(other) === shownAs(warning)) === at;

/** @param {Warning} warning */
const shownAs = ({ code, message }) => (code in WORDS ? code : message);

/** Of interest to whoever walks the list, which this page does. */
const OF_PROGRAMS = new Set(["future_last", "stopped_early", "never_reported", "limit_not_applied", "excluded_field_absent", "partial_bucket"]);

/** @type {Record<string, string>} */
const WORDS = {
  unrecognised_report_shape:
    "CleverTap gave numbers in a form that this service does not know. They are shown as not reported, and nothing is guessed.",
  timezone_needed: "The account has no time zone, so CleverTap’s times, which carry none, cannot be placed.",
};

/** Which campaigns the numbers are of. @param {Data} data */
function soFar({ reports, campaigns }) {
  const { coverage } = reports.state === "done" ? campaigns : reports;
  return coverage ? `Campaigns that started from ${format.day(coverage.from)} to ${format.day(coverage.to)} have been read.` : "";
}

/** @param {{ warnings: Warning[] }} props */
function Warnings({ warnings }) {
  return (
    <Notice kind="note">
      {warnings.map(({ code, message }) => (
        <p key={`${code} ${message}`}>{WORDS[code] ?? `${format.firstUpper(message)}.`}</p>
      ))}
    </Notice>
  );
}

/** How far reading is, and after that when the numbers are from. @param {{ data: Data }} props */
export function Freshness({ data }) {
  if (stateOf(data) === "loading") {
    return (
      <div class="freshness">
        <div class="track" aria-hidden="true" />
        <span>Reading from CleverTap. {soFar(data)}</span>
        <button type="button" class="link" onClick={data.stop}>
          Stop
        </button>
      </div>
    );
  }
  const meta = data.reports.meta ?? data.campaigns.meta;
  if (!meta) return null;
  const { fetched_at: fetched, as_of: asOf, documented_lag: lag, timezone } = meta;
  return (
    <p class="freshness">
      <span>
        <b>Freshness:</b>{" "}
        {fetched && (
          <>
            read from CleverTap on <time dateTime={fetched}>{format.moment(fetched, timezone)}</time>
            {timezone && ` (${timezone})`}.{" "}
          </>
        )}
        {asOf ? <>Its numbers are as of {format.moment(asOf, timezone)}</> : "CleverTap does not say how current its numbers are"}
        {lag ? <>; by its documentation they may lag by up to {format.duration(lag)}.</> : "."}
      </span>
    </p>
  );
}

/** What CleverTap tells at all. @param {{ fields: Field[] }} props */
export function Reported({ fields }) {
  const rows = METRICS.flatMap((metric) => {
    const found = fields.find(({ resource, field }) => resource === "reports" && field === metric.key);
    return found ? [{ ...found, label: metric.label }] : [];
  });
  if (rows.length === 0) return null;
  return (
    <details class="panel reported">
      <summary>What CleverTap reports</summary>
      <p class="lead">An en dash on this page means that CleverTap gave no number. It is never a zero.</p>
      <dl>
        {rows.map(({ field, label, reported, channels, note }) => (
          <div key={field}>
            <dt>{label}</dt>
            <dd>
              {format.sentence(reported)}
              {channels !== "all" && `, ${channels.replaceAll("email", "e‑mail")}`}
              {note && <small>{note}</small>}
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
