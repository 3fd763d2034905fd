/**
 * This service's own API, called from its own page.
 *
 * The token lives in a private field and goes into one header: never into an address, a store or an error. Nothing
 * is cached, no cookie is sent, and no redirect is followed.
 */

/** @import { List } from "./types.d.ts" */

/** @typedef {Record<string, string | undefined>} Query */
/** @typedef {{ field: string, message: string }} Failure */

/** Why there is no answer. */
export class ApiError extends Error {
  /**
   * @param {string} code The service's own, or `no_connection` and `no_json`, which are ours.
   * @param {string} message
   * @param {{ status?: number, retryAfter?: number | null, requestId?: string | null, cursor?: string | null, failures?: Failure[] }} [about]
   */
  constructor(code, message, about = {}) {
    super(message);
    this.name = "ApiError";
    this.code = code;
    this.status = about.status ?? 0;
    /** Seconds to wait, where that is known. */
    this.retryAfter = about.retryAfter ?? null;
    this.requestId = about.requestId ?? null;
    /** Where a list goes on, when it was interrupted. */
    this.cursor = about.cursor ?? null;
    /** What of the input cannot be used, and where it stands. */
    this.failures = about.failures ?? [];
  }
}

export class Api {
  #token;
  #base;
  #fetch;

  /** @param {string} token @param {string} base Where the service is mounted. @param {typeof fetch} [request] */
  constructor(token, base, request = (...given) => fetch(...given)) {
    this.#token = token;
    this.#base = base;
    this.#fetch = request;
  }

  /** @param {string} path @param {Query} query @param {AbortSignal} [signal] @returns {Promise<any>} */
  get(path, query, signal) {
    return this.#call(path, query, { method: "GET", signal: signal ?? null });
  }

  /** @param {string} path @param {Query} query @param {unknown} body @param {AbortSignal} [signal] @returns {Promise<any>} */
  post(path, query, body, signal) {
    const headers = { "content-type": "application/json" };
    return this.#call(path, query, { method: "POST", headers, body: JSON.stringify(body), signal: signal ?? null });
  }

  /** @param {string} path @param {Query} query @param {RequestInit} init */
  async #call(path, query, init) {
    const address = new URL(path, this.#base);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== "") address.searchParams.set(name, value);
    }
    let answer;
    try {
      answer = await this.#fetch(address, {
        ...init,
        headers: { ...init.headers, accept: "application/json", authorization: `Bearer ${this.#token}` },
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
        referrerPolicy: "no-referrer",
      });
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw new ApiError("no_connection", "the service cannot be reached");
    }
    let body;
    try {
      body = await answer.json();
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw new ApiError("no_json", "the answer is not of this service", { status: answer.status });
    }
    if (answer.ok) return body;
    throw problem(answer, body);
  }
}

/** @param {Response} answer @param {any} body */
function problem(answer, body) {
  const text = (/** @type {unknown} */ value) => (typeof value === "string" ? value : null);
  const seconds = body?.retry_after ?? Number.parseInt(answer.headers.get("retry-after") ?? "", 10);
  return new ApiError(text(body?.code) ?? "no_json", text(body?.message) ?? answer.statusText, {
    status: answer.status,
    retryAfter: Number.isFinite(seconds) ? seconds : null,
    requestId: text(body?.request_id) ?? answer.headers.get("x-request-id"),
    cursor: text(body?.details?.next_cursor),
    failures: Array.isArray(body?.details?.failures) ? body.details.failures : [],
  });
}

/** Whether it was called off, by us. @param {unknown} error */
export const isAbort = (error) => error instanceof DOMException && error.name === "AbortError";

export const REPORTS = "unified/marketing-automation/reports";
export const CAMPAIGNS = "unified/marketing-automation/campaigns";
export const ROI = "unified/marketing-automation/roi";
export const FIELDS = "integration/clevertap/capabilities";
export const ACCOUNTS = "integrated-account";

/**
 * A list's page. @template T @param {Api} api @param {string} path @param {Query} query @param {AbortSignal} [signal]
 * @returns {Promise<List<T>>}
 */
export const page = (api, path, query, signal) => api.get(path, query, signal);
