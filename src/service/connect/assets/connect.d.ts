/** What became of it. */
export type ConnectResult =
  | {
      status: "linked";
      /** What the API takes as `integrated_account_id`: an id, or, where the service has no store, a sealed token of a few hundred characters. */
      integrated_account_id: string;
    }
  /** The person pressed cancel or closed the pop-up. */
  | { status: "cancelled" };

export interface ConnectOptions {
  /** Of the pop-up, in CSS pixels; 520 unless told. */
  width?: number;
  /** Of the pop-up, in CSS pixels; 760 unless told. */
  height?: number;
  /** Aborted, it closes the pop-up, and the promise is rejected with its reason. */
  signal?: AbortSignal;
}

/**
 * Opens the connect page in a pop-up, and waits until it is through. Call it in the handler of a click, or the
 * browser blocks the pop-up.
 *
 * The link token must have been made with this page's origin as its `origin`: the result goes to that origin and
 * no other. A page that sends `Cross-Origin-Opener-Policy: same-origin` hears nothing from its pop-ups; send
 * `same-origin-allow-popups`.
 *
 * @param url The `url` of a link token: `https://…/connect/…`.
 * @returns Rejected when the browser blocks the pop-up, when `url` is none, and when `options.signal` is aborted.
 */
export function connect(url: string | URL, options?: ConnectOptions): Promise<ConnectResult>;
