/**
 * Opens the connect page in a pop-up. An ES module:
 *
 *     import { connect } from "https://connect.example.com/connect.js";
 *
 * and, from a script that is no module, `const { connect } = await import("https://…/connect.js")`. Types are in
 * connect.d.ts beside it. The connect page itself loads it too, to send its result back.
 */

const TYPE = "marketing-automation:connect";
/** How often the pop-up is looked at, and for how long after its end a message may still be on its way. */
const LOOK_MS = 250;
const GRACE_MS = 500;

/** @type {typeof import("./connect.d.ts").connect} */
export const connect = async (url, { width = 520, height = 760, signal } = {}) => {
  const page = new URL(url, location.href);
  if (page.protocol !== "https:" && page.protocol !== "http:") {
    throw new TypeError("connect: the address of the connect page begins with https:");
  }
  signal?.throwIfAborted();
  page.searchParams.set("display", "popup");
  const popup = open(page.href, "_blank", `popup,${place(width, height)}`);
  if (!popup) {
    throw new Error("connect: the browser blocked the pop-up; call connect() in the handler of a click");
  }
  try {
    return await result(popup, page.origin, signal);
  } finally {
    popup.close();
  }
};

/**
 * What the pop-up says; cancelled when it is closed without a word.
 *
 * @param {Window} popup
 * @param {string} origin
 * @param {AbortSignal} [signal]
 * @returns {Promise<import("./connect.d.ts").ConnectResult>}
 */
function result(popup, origin, signal) {
  const done = new AbortController();
  return new Promise((resolve, reject) => {
    const hear = (/** @type {MessageEvent} */ { source, origin: sender, data }) => {
      if (source !== popup || sender !== origin || data?.type !== TYPE) return;
      const { type: _, ...result } = data;
      resolve(result);
    };
    addEventListener("message", hear, { signal: done.signal });
    signal?.addEventListener("abort", () => reject(signal.reason), { signal: done.signal });
    const look = () => {
      if (done.signal.aborted) return;
      if (popup.closed) setTimeout(() => resolve({ status: "cancelled" }), GRACE_MS);
      else setTimeout(look, LOOK_MS);
    };
    look();
  }).finally(() => done.abort());
}

/**
 * In the middle of the window that opens it.
 *
 * @param {number} width
 * @param {number} height
 */
function place(width, height) {
  const left = Math.round(screenX + Math.max(0, outerWidth - width) / 2);
  const top = Math.round(screenY + Math.max(0, outerHeight - height) / 2);
  return `width=${width},height=${height},left=${left},top=${top}`;
}

/**
 * On the connect page's last page: tells the window that opened it, or goes on to the vendor.
 *
 * @param {HTMLElement} page
 */
function finish(page) {
  const { status, account, origin } = page.dataset;
  if (origin && opener) {
    const message = account ? { type: TYPE, status, integrated_account_id: account } : { type: TYPE, status };
    opener.postMessage(message, origin);
    close();
    return;
  }
  page.querySelector("form")?.submit();
  // Without an origin, the page goes there by itself.
  const onward = page.querySelector("a");
  if (origin && onward) location.replace(onward.href);
}

/**
 * On the form: says that it is being checked, and is sent once.
 *
 * @param {HTMLFormElement} form
 */
function send(form) {
  let sent = false;
  const show = (/** @type {boolean} */ now) => {
    sent = now;
    form.querySelector("button")?.setAttribute("aria-disabled", String(sent));
    const status = form.querySelector("[role=status]");
    if (status) status.textContent = sent ? (form.dataset.checking ?? "") : "";
  };
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    show(true);
  });
  // Come back to from the browser's memory, it can be sent again.
  addEventListener("pageshow", () => show(false));
}

const own = globalThis.document?.querySelector("main");
const form = own?.querySelector("form");
if (own?.dataset.connect === "result") finish(own);
if (own?.dataset.connect === "form" && form) send(form);
