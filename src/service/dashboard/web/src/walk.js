/**
 * Walking along a list, page by page, newest first.
 *
 * CleverTap's report is slow: a walk pauses by itself when it has taken a while, and goes on when it is told to. What
 * is there stays, also when a page fails, and the walk goes on from there.
 */

/** @import { List, Walk } from "./types.d.ts" */

import { ApiError } from "./api.js";

/** How long a walk goes on by itself. */
export const PATIENCE_MS = 60_000;

/** A page that brings nothing and leads to itself would be asked for for ever. */
const IDLE_PAGES = 20;

/** @template T @returns {Walk<T>} */
export const begun = () => ({ items: [], state: "loading", cursor: null, meta: null, warnings: [], coverage: null, error: null });

/**
 * @template T
 * @param {Walk<T>} from Where it is.
 * @param {object} how
 * @param {(cursor: string | null) => Promise<List<T>>} how.page
 * @param {(walk: Walk<T>) => void} how.show After every page.
 * @param {(walk: Walk<T>) => boolean} [how.enough] Whether the rest is not needed.
 * @param {number} how.patience Milliseconds.
 * @param {() => number} [how.now]
 * @returns {Promise<Walk<T>>} Rejected only when it was called off.
 */
export async function walk(from, { page, show, enough = () => false, patience, now = () => performance.now() }) {
  const since = now();
  let at = /** @type {Walk<T>} */ ({ ...from, state: "loading", error: null });
  const shown = (/** @type {Partial<Walk<T>>} */ change) => {
    at = { ...at, ...change };
    show(at);
    return at;
  };
  shown({});
  for (let idle = 0; ; ) {
    let answer;
    try {
      answer = await page(at.cursor);
    } catch (error) {
      // Interrupted, with where it goes on.
      if (error instanceof ApiError && error.code === "not_ready" && error.cursor && error.cursor !== at.cursor) {
        if (now() - since >= patience) return shown({ cursor: error.cursor, state: "paused" });
        shown({ cursor: error.cursor });
        continue;
      }
      if (error instanceof ApiError) return shown({ state: "failed", error });
      throw error;
    }
    const { result, next_cursor: cursor, meta } = answer;
    idle = result.length > 0 || cursor !== at.cursor ? 0 : idle + 1;
    const next = /** @type {Partial<Walk<T>>} */ ({
      items: result.length > 0 ? at.items.concat(result) : at.items,
      cursor,
      meta,
      warnings: merged(at.warnings, meta.warnings),
      coverage: covered(at.coverage, meta.coverage ?? null),
    });
    if (cursor === null) return shown({ ...next, state: "done" });
    if (enough({ ...at, ...next })) return shown({ ...next, state: "done" });
    if (now() - since >= patience || idle >= IDLE_PAGES) return shown({ ...next, state: "paused" });
    shown(next);
  }
}

/** @param {Walk<unknown>["warnings"]} known @param {Walk<unknown>["warnings"]} more */
function merged(known, more) {
  const isNew = more.filter(
    (warning) => !known.some(({ code, field, message }) => code === warning.code && field === warning.field && message === warning.message),
  );
  return isNew.length > 0 ? [...known, ...isNew] : known;
}

/** All the starts that were read. @param {Walk<unknown>["coverage"]} known @param {Walk<unknown>["coverage"]} more */
function covered(known, more) {
  if (!known || !more) return more ?? known;
  return {
    from: more.from < known.from ? more.from : known.from,
    to: more.to > known.to ? more.to : known.to,
    complete: more.complete,
  };
}
