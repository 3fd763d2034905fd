/** Signing in, and entering a new token in place of one that is over. */

/** @import { Session } from "./session.js" */

import { useEffect, useId, useRef, useState } from "preact/hooks";

import { Api } from "./api.js";
import { useArrival } from "./hooks.js";
import { Mark } from "./parts.jsx";
import { explain } from "./problem.js";
import { open } from "./session.js";

/** Where the service is mounted: this page is `dashboard` below it. */
const BASE = new URL("./", document.baseURI).href;

/** @param {{ done: (session: Session) => void, returned: boolean }} props */
export function SignIn({ done, returned }) {
  const heading = useArrival(returned);
  return (
    <main class="entry">
      <h1 ref={heading} tabIndex={-1}>
        <Mark />
        Marketing dashboard
      </h1>
      <p class="lead">Campaigns and their numbers, as CleverTap reports them.</p>
      <Form submit="Open the dashboard" done={done} />
      <p class="fine">
        The token stays in the memory of this page: it is not stored, and not part of any address. Reloading or closing the page forgets
        it.
      </p>
    </main>
  );
}

/**
 * @param {{ done: (session: Session) => void, leave: () => void, account: string }} props
 */
export function NewToken({ done, leave, account }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="entry" aria-labelledby="over" onCancel={leave}>
      <h2 id="over">The token is no longer valid</h2>
      <p class="lead">It has expired or was withdrawn. What is on the page stays; enter another token to go on.</p>
      <Form submit="Go on" done={done} account={account} leave={leave} />
    </dialog>
  );
}

/** @param {{ submit: string, done: (session: Session) => void, account?: string, leave?: () => void }} props */
function Form({ submit, done, account, leave }) {
  const [token, setToken] = useState("");
  const [id, setId] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {{ field: "token" | "id", title: string, text: string } | null} */ (null));
  const fields = { token: useRef(/** @type {HTMLInputElement | null} */ (null)), id: useRef(/** @type {HTMLInputElement | null} */ (null)) };
  const names = { token: useId(), id: useId(), error: useId(), hint: useId() };

  useEffect(() => {
    if (error) fields[error.field].current?.focus();
  }, [error]);

  /** @param {Event} event */
  const send = async (event) => {
    event.preventDefault();
    if (busy) return;
    const wrong = wrongWith(token.trim());
    if (wrong) return setError({ field: "token", ...wrong });
    setBusy(true);
    setError(null);
    try {
      done(await open(new Api(token.trim(), BASE), account ?? id.trim()));
    } catch (reason) {
      const { title, text } = explain(reason);
      const field = /** @type {{ code?: string }} */ (reason).code === "account_not_found" && !account ? "id" : "token";
      setError({ field, title, text });
      setBusy(false);
    }
    return undefined;
  };
  /** @param {"token" | "id"} field */
  const about = (field) => ({
    "aria-invalid": error?.field === field,
    "aria-describedby": [error?.field === field && names.error, field === "id" && names.hint].filter(Boolean).join(" ") || undefined,
  });
  const told = error && (
    <p class="wrong" id={names.error} role="alert">
      <b>{error.title}.</b> {error.text}
    </p>
  );
  return (
    <form onSubmit={send} noValidate>
      <div class="field">
        <label for={names.token}>Token</label>
        {error?.field === "token" && told}
        <input
          ref={fields.token}
          id={names.token}
          type="password"
          // What browsers offer to keep as a password they do not offer to keep as this.
          autocomplete="one-time-code"
          autocapitalize="off"
          spellcheck={false}
          required
          value={token}
          onInput={(event) => setToken(event.currentTarget.value)}
          {...about("token")}
        />
      </div>
      {account === undefined && (
        <div class="field">
          <label for={names.id}>
            Integrated account <small>optional</small>
          </label>
          <p class="hint" id={names.hint}>
            Leave it empty to choose from a list, or with a token of one account.
          </p>
          {error?.field === "id" && told}
          <input
            ref={fields.id}
            id={names.id}
            type="text"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            value={id}
            onInput={(event) => setId(event.currentTarget.value)}
            {...about("id")}
          />
        </div>
      )}
      <div class="actions">
        <button type="submit" class="primary" aria-disabled={busy}>
          {busy ? "Checking…" : submit}
        </button>
        {leave && (
          <button type="button" class="plain" onClick={leave}>
            Sign out
          </button>
        )}
      </div>
    </form>
  );
}

/** Headers take visible ASCII; the browser would refuse the rest with a message of its own. @param {string} token */
function wrongWith(token) {
  if (!token) return { title: "Enter a token", text: "" };
  const text = "A token has no spaces and no letters beyond ASCII.";
  return /^[\x21-\x7e]+$/.test(token) ? null : { title: "This is no token", text };
}
