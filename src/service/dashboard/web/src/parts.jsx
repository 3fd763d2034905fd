/** Small parts that several panels use. */

/** @import { ComponentChildren } from "preact" */
/** @import { Group, Sum } from "./types.d.ts" */

import { useEffect, useState } from "preact/hooks";

import { isWhole } from "./aggregate.js";
import * as format from "./format.js";
import { explain } from "./problem.js";

/** Seen by screen readers alone. @param {{ children: ComponentChildren }} props */
export const Unseen = ({ children }) => <span class="unseen">{children}</span>;

/** The page's mark, as on its tab. */
export const Mark = () => (
  <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="7" />
    <path d="M9 23v-6m7 6V9m7 14v-9" />
  </svg>
);

/** An en dash, with what it means. @param {{ why?: string }} props */
export function None({ why = format.NOT_REPORTED }) {
  return (
    <span class="none" title={why.charAt(0).toUpperCase() + why.slice(1)}>
      <span aria-hidden="true">–</span>
      <Unseen>{why}</Unseen>
    </span>
  );
}

/** A sum, and whether some of its rows had no number. @param {{ sum: Sum }} props */
export function Amount({ sum }) {
  if (sum.value === null) return <None />;
  const number = format.count(sum.value);
  return isWhole(sum) ? <>{number}</> : <Partial>{number}</Partial>;
}

/** A sum over some of the rows, which would pass for one over all. @param {{ children: ComponentChildren }} props */
const Partial = ({ children }) => (
  <span title="CleverTap did not report it for all of the rows">
    {children}
    <span aria-hidden="true">*</span>
    <Unseen> (not reported for all rows)</Unseen>
  </span>
);

/** A fraction. @param {{ fraction: number | null, why?: string }} props */
export const Percent = ({ fraction, why }) =>
  fraction === null ? <None why={why ?? "not known: CleverTap did not report both numbers"} /> : <>{format.percent(fraction)}</>;

/** Said of money without a name. */
export const UNSTATED = "currency that CleverTap does not state";

/** Values of money, a line for each currency, and whether some rows had none. @param {{ of: Group }} props */
export function Monies({ of: { value, valued } }) {
  const all = Object.entries(value);
  if (all.length === 0) return <None />;
  const sums = (
    <>
      {all.map(([currency, sum], at) => (
        <span class="money" key={currency} title={currency ? undefined : `In a ${UNSTATED}`}>
          {at > 0 && " · "}
          {format.money(sum, currency)}
          {!currency && <Unseen>, in a {UNSTATED}</Unseen>}
        </span>
      ))}
    </>
  );
  return isWhole(valued) ? sums : <Partial>{sums}</Partial>;
}

/**
 * A panel with a heading.
 * @param {{ id: string, title: string, lead?: ComponentChildren, actions?: ComponentChildren, children: ComponentChildren }} props
 */
export function Panel({ id, title, lead, actions, children }) {
  return (
    <section class="panel" aria-labelledby={id}>
      <header>
        <div>
          <h2 id={id}>{title}</h2>
          {lead && <p class="lead">{lead}</p>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </section>
  );
}

/** Something to read before the numbers. @param {{ kind: "error" | "note", title?: string, children: ComponentChildren, actions?: ComponentChildren }} props */
export function Notice({ kind, title, children, actions }) {
  return (
    <div class={`notice ${kind}`} role={kind === "error" ? "alert" : undefined}>
      <div>
        {title && <p class="title">{title}</p>}
        {children}
      </div>
      {actions && <div class="actions">{actions}</div>}
    </div>
  );
}

/** Seconds left until something may be tried again. @param {number | null} wait @param {unknown} of */
function useCountdown(wait, of) {
  const [left, setLeft] = useState(wait ?? 0);
  useEffect(() => {
    const until = Date.now() + (wait ?? 0) * 1000;
    const look = () => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
    look();
    const timer = setInterval(look, 500);
    return () => clearInterval(timer);
  }, [wait, of]);
  return left;
}

/**
 * What went wrong, with its remedy.
 * @param {{ error: unknown, what: string, retry?: () => void, newToken?: () => void }} props
 */
export function Failure({ error, what, retry, newToken }) {
  const problem = explain(error);
  const left = useCountdown(problem.wait, error);
  const again = retry && problem.remedy !== "none" && problem.remedy !== "token";
  return (
    <Notice
      kind="error"
      title={problem.title}
      actions={
        <>
          {again && (
            <button type="button" class="plain" onClick={retry} disabled={left > 0}>
              {left > 0 ? `Try again in ${left > 90 ? `${Math.ceil(left / 60)} min` : `${left} s`}` : "Try again"}
            </button>
          )}
          {newToken && problem.remedy === "token" && (
            <button type="button" class="plain" onClick={newToken}>
              Enter a token
            </button>
          )}
        </>
      }
    >
      <p>
        {problem.text} {what}
      </p>
      {problem.requestId && (
        <p class="fine">
          Request <code>{problem.requestId}</code>
        </p>
      )}
    </Notice>
  );
}

/** Stands where numbers will be. @param {{ class: string }} props */
export const Skeleton = (props) => <div class={`skeleton ${props.class}`} aria-hidden="true" />;
