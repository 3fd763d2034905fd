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

/** See connect.d.ts. */
export async function connect(url, { width = 520, height = 760, signal } = {}) {
  const page = new URL(url, location.href);
  if (page.protocol !== "https:" && page.protocol !== "http:") {
    throw new TypeError("connect: the address of the connect page begins with https:");
  }
  signal?.throwIfAborted();
  page.searchParams.set("display", "popup");
  const popup = window.open(page.href, "_blank", `popup,${place(width, height)}`);
  if (!popup) {
    throw new Error("connect: the browser blocked the pop-up; call connect() in the handler of a click");
  }
  return new Promise((resolve, reject) => {
    let timer;
    const end = (settle, value) => {
      clearTimeout(timer);
      removeEventListener("message", hear);
      signal?.removeEventListener("abort", abort);
      settle(value);
    };
    const hear = ({ source, origin, data }) => {
      if (source !== popup || origin !== page.origin || data?.type !== TYPE) return;
      const { type, ...result } = data;
      end(resolve, result);
    };
    const abort = () => {
      popup.close();
      end(reject, signal.reason);
    };
    const look = () => {
      timer = popup.closed
        ? setTimeout(end, GRACE_MS, resolve, { status: "cancelled" })
        : setTimeout(look, LOOK_MS);
    };
    addEventListener("message", hear);
    signal?.addEventListener("abort", abort);
    look();
  });
}

/** In the middle of the window that opens it. */
function place(width, height) {
  const left = Math.round(screenX + Math.max(0, outerWidth - width) / 2);
  const top = Math.round(screenY + Math.max(0, outerHeight - height) / 2);
  return `width=${width},height=${height},left=${left},top=${top}`;
}

/** On the connect page's last page: tells the window that opened it, or goes on to the vendor. */
function finish(page) {
  const { status, account, origin } = page.dataset;
  if (window.opener && origin) {
    const message = { type: TYPE, status };
    if (account) message.integrated_account_id = account;
    window.opener.postMessage(message, origin);
    window.close();
    return;
  }
  page.querySelector("form")?.submit();
  const onward = page.querySelector("a");
  if (onward) location.replace(onward.href);
}

/** On the form: says that it is being checked, and is sent once. */
function send(form) {
  const status = form.querySelector("[role=status]");
  const show = (sent) => {
    form.querySelector("button").setAttribute("aria-disabled", sent);
    status.textContent = sent ? form.dataset.checking : "";
  };
  form.addEventListener("submit", (event) => {
    if (status.textContent) event.preventDefault();
    show(true);
  });
  // Come back to from the browser's memory, it can be sent again.
  addEventListener("pageshow", () => show(false));
}

const own = globalThis.document?.querySelector("main[data-connect]");
if (own?.dataset.connect === "result") finish(own);
if (own?.dataset.connect === "form") send(own.querySelector("form"));
