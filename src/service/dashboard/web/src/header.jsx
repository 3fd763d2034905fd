/** Whose numbers, how they look, and the way out. */

/** @import { Account } from "./types.d.ts" */

import { useState } from "preact/hooks";

import { useArrival } from "./hooks.js";
import { Mark } from "./parts.jsx";
import { label } from "./session.js";

const SCHEMES = /** @type {const} */ ([
  ["system", "System"],
  ["light", "Light"],
  ["dark", "Dark"],
]);

/** @typedef {"system" | "light" | "dark"} Scheme */

/**
 * @param {object} props
 * @param {readonly Account[]} props.accounts
 * @param {string | null} props.chosen
 * @param {(id: string) => void} props.choose
 * @param {Scheme} props.scheme
 * @param {(scheme: Scheme) => void} props.setScheme
 * @param {() => void} props.leave
 */
export function Header({ accounts, chosen, choose, scheme, setScheme, leave }) {
  const heading = useArrival();
  return (
    <header class="top">
      <h1 ref={heading} tabIndex={-1}>
        <Mark />
        Marketing dashboard
      </h1>
      <AccountPicker {...{ accounts, chosen, choose }} />
      <label class="inline scheme">
        <span>Theme</span>
        <select value={scheme} onChange={(event) => setScheme(/** @type {Scheme} */ (event.currentTarget.value))}>
          {SCHEMES.map(([key, name]) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <button type="button" class="plain" onClick={leave}>
        Sign out
      </button>
    </header>
  );
}

/** No account is called so. */
const OTHER = "another account, by its id";

/** @param {{ accounts: readonly Account[], chosen: string | null, choose: (id: string) => void }} props */
export function AccountPicker({ accounts, chosen, choose }) {
  const [typing, setTyping] = useState(false);
  const [typed, setTyped] = useState("");
  /** @param {Event} event */
  const apply = (event) => {
    event.preventDefault();
    if (!typed.trim()) return;
    choose(typed.trim());
    setTyping(false);
  };
  const known = accounts.some(({ id }) => id === chosen);
  return (
    <div class="account">
      <label class="inline">
        <span>Account</span>
        <select
          value={typing ? OTHER : (chosen ?? "")}
          onChange={(event) => {
            const { value } = event.currentTarget;
            setTyping(value === OTHER);
            if (value !== OTHER) choose(value);
          }}
        >
          {chosen === null && (
            <option value="" disabled>
              Choose one
            </option>
          )}
          {chosen !== null && !known && <option value={chosen}>{label({ id: chosen, region: null, timezone: null })}</option>}
          {accounts.map((account) => (
            <option key={account.id} value={account.id}>
              {label(account)}
            </option>
          ))}
          <option value={OTHER}>Another, by its id…</option>
        </select>
      </label>
      {typing && (
        <form class="days" onSubmit={apply}>
          <label class="inline">
            <span>Id</span>
            <input type="text" value={typed} onInput={(event) => setTyped(event.currentTarget.value)} autocomplete="off" spellcheck={false} autofocus />
          </label>
          <button type="submit" class="plain">
            Open
          </button>
        </form>
      )}
    </div>
  );
}
