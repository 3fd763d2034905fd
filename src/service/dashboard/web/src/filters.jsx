/** Which days and channels. */

/** @import { Period } from "./types.d.ts" */

import { useEffect, useId, useRef, useState } from "preact/hooks";

import * as format from "./format.js";
import { lastDays, PRESETS, wrongWith } from "./period.js";

/**
 * @param {{ period: Period, preset: string, today: string, set: (period: Period, preset: string) => void }} props
 */
export function PeriodPicker({ period, preset, today, set }) {
  const [own, setOwn] = useState(period);
  const [wrong, setWrong] = useState(/** @type {string | null} */ (null));
  const id = useId();
  useEffect(() => setOwn(period), [period]);

  /** @param {string} key */
  const choose = (key) => {
    setWrong(null);
    const found = PRESETS.find(([name]) => name === key);
    set(found ? lastDays(found[2], today) : period, key);
  };
  /** @param {Event} event */
  const apply = (event) => {
    event.preventDefault();
    const problem = wrongWith(own);
    setWrong(problem);
    if (!problem) set(own, "own");
  };
  return (
    <div class="period">
      <label class="inline">
        <span>Period</span>
        <select value={preset} onChange={(event) => choose(event.currentTarget.value)}>
          {PRESETS.map(([key, label]) => (
            <option key={key} value={key}>
              {label}
            </option>
          ))}
          <option value="own">Chosen days</option>
        </select>
      </label>
      {preset === "own" ? (
        <form class="days" onSubmit={apply} noValidate>
          <label class="inline">
            <span>From</span>
            <input
              type="date"
              value={own.from}
              aria-invalid={wrong !== null}
              aria-describedby={wrong ? id : undefined}
              onInput={(event) => setOwn({ ...own, from: event.currentTarget.value })}
            />
          </label>
          <label class="inline">
            <span>To</span>
            <input
              type="date"
              value={own.to}
              aria-invalid={wrong !== null}
              aria-describedby={wrong ? id : undefined}
              onInput={(event) => setOwn({ ...own, to: event.currentTarget.value })}
            />
          </label>
          <button type="submit" class="plain">
            Apply
          </button>
          {wrong && (
            <p class="wrong" id={id} role="alert">
              {wrong}
            </p>
          )}
        </form>
      ) : (
        <p class="span">{format.span(period)}</p>
      )}
    </div>
  );
}

/**
 * @param {object} props
 * @param {readonly (string | null)[]} props.all
 * @param {ReadonlySet<string> | null} props.chosen None for all.
 * @param {(chosen: ReadonlySet<string> | null) => void} props.set
 */
export function ChannelPicker({ all, chosen, set }) {
  const menu = useRef(/** @type {HTMLDetailsElement | null} */ (null));
  useEffect(() => {
    const close = (/** @type {Event} */ event) => {
      const { current } = menu;
      if (!current?.open) return;
      const isKey = event instanceof KeyboardEvent;
      if (isKey ? event.key !== "Escape" : current.contains(/** @type {Node} */ (event.target))) return;
      current.open = false;
      if (isKey) current.querySelector("summary")?.focus();
    };
    for (const kind of ["pointerdown", "keydown", "focusin"]) document.addEventListener(kind, close);
    return () => {
      for (const kind of ["pointerdown", "keydown", "focusin"]) document.removeEventListener(kind, close);
    };
  }, []);
  const is = (/** @type {string | null} */ channel) => !chosen || chosen.has(channel ?? "");
  /** @param {string | null} channel */
  const toggle = (channel) => {
    const next = all.filter((one) => (one === channel ? !is(one) : is(one))).map((one) => one ?? "");
    set(next.length === all.length ? null : new Set(next));
  };
  const shown = all.filter(is);
  const [only] = shown;
  const label =
    shown.length === all.length ? "All channels" : shown.length === 1 && only !== undefined ? format.channel(only) : `${shown.length === 0 ? "No" : shown.length} channels`;
  return (
    <details class="menu" ref={menu}>
      <summary>
        <span class="unseen">Channels: </span>
        <span class="chosen">{label}</span>
      </summary>
      <fieldset>
        <legend class="unseen">Channels to show</legend>
        <div class="actions">
          <button type="button" class="link" onClick={() => set(null)}>
            All
          </button>
          <button type="button" class="link" onClick={() => set(new Set())}>
            None
          </button>
        </div>
        {all.map((channel) => (
          <label key={channel ?? ""} class="switch">
            <input type="checkbox" checked={is(channel)} onChange={() => toggle(channel)} />
            {format.channel(channel)}
          </label>
        ))}
        {all.length === 0 && <p class="hint">No channels yet.</p>}
      </fieldset>
    </details>
  );
}
