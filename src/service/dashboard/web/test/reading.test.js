/** Calls, walks, signing in, errors. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Api, ApiError } from "../src/api.js";
import { explain } from "../src/problem.js";
import { open } from "../src/session.js";
import { begun, walk } from "../src/walk.js";

const TOKEN = "token-4711";

/** An API whose service answers so. @param {(path: string) => [status: number, body: unknown]} answers */
function service(answers) {
  /** @type {{ url: string, init: any }[]} */
  const calls = [];
  const fetched = async (/** @type {any} */ url, /** @type {any} */ init) => {
    calls.push({ url: String(url), init });
    const [status, body] = answers(String(url).replace("https://x.example/below/", ""));
    return new Response(JSON.stringify(body), { status });
  };
  return { api: new Api(TOKEN, "https://x.example/below/", /** @type {any} */ (fetched)), calls };
}

const meta = { fetched_at: null, as_of: null, timezone: null, documented_lag: null, warnings: [] };
const list = (/** @type {unknown[]} */ result, /** @type {string | null} */ cursor = null) => ({ result, next_cursor: cursor, meta });

test("the token is in its header and nowhere else, and nothing is cached or redirected", async () => {
  const { api, calls } = service(() => [200, {}]);
  await api.get("unified/x", { a: "1 2", b: "", c: undefined });
  await api.post("unified/y", {}, { rows: [] });
  assert.equal(calls[0]?.url, "https://x.example/below/unified/x?a=1+2");
  for (const { url, init } of calls) {
    assert.equal(init.headers.authorization, `Bearer ${TOKEN}`);
    assert.deepEqual([init.cache, init.credentials, init.redirect, init.referrerPolicy], ["no-store", "omit", "error", "no-referrer"]);
    assert.ok(!url.includes(TOKEN) && !String(init.body).includes(TOKEN));
  }
  assert.ok(!JSON.stringify(api).includes(TOKEN));
});

test("an error keeps its code, wait, cursor and request, and not the token", async () => {
  const body = { code: "not_ready", message: "counting", retry_after: 7, request_id: "r1", details: { next_cursor: "c2" } };
  const { api } = service(() => [503, body]);
  const error = await api.get("x", {}).catch((reason) => reason);
  assert.ok(error instanceof ApiError);
  assert.deepEqual([error.code, error.status, error.retryAfter, error.requestId, error.cursor], ["not_ready", 503, 7, "r1", "c2"]);
  assert.ok(!`${error.stack}`.includes(TOKEN));
});

test("what is no answer of the service is said to be none", async () => {
  const html = new Api(TOKEN, "https://x.example/", async () => new Response("<html>", { status: 200 }));
  assert.equal((await html.get("x", {}).catch((error) => error)).code, "no_json");
  const down = new Api(TOKEN, "https://x.example/", async () => Promise.reject(new TypeError("failed")));
  assert.equal((await down.get("x", {}).catch((error) => error)).code, "no_connection");
});

test("every code has words, and unknown ones show the service's own", () => {
  assert.equal(explain(new ApiError("provider_unauthorized", "x")).title, "CleverTap refuses this account’s credentials");
  assert.deepEqual(explain(new ApiError("rate_limited", "x", { status: 429, retryAfter: 42 })).wait, 42);
  const unknown = explain(new ApiError("brand_new", "it broke", { status: 502 }));
  assert.deepEqual([unknown.text, unknown.remedy], ["It broke.", "retry"]);
  assert.equal(explain(new ApiError("brand_new", "no", { status: 400 })).remedy, "none");
  assert.equal(explain(new Error("oops")).remedy, "retry");
});

test("a walk goes to the end and keeps one of each warning", async () => {
  const twice = { ...list([1, 2], "b"), meta: { ...meta, warnings: [{ code: "w", message: "m" }], coverage: { from: "2026-02-01", to: "2026-03-01", complete: false } } };
  const last = { ...list([3]), meta: { ...meta, warnings: [{ code: "w", message: "m" }], coverage: { from: "2026-01-01", to: "2026-01-31", complete: true } } };
  /** @type {(string | null)[]} */
  const asked = [];
  /** @type {string[]} */
  const shown = [];
  const end = await walk(begun(), {
    page: async (cursor) => (asked.push(cursor), cursor ? last : twice),
    show: ({ state, items }) => shown.push(`${state} ${items.length}`),
    patience: 1000,
    now: () => 0,
  });
  assert.deepEqual(asked, [null, "b"]);
  assert.deepEqual(shown, ["loading 0", "loading 2", "done 3"]);
  assert.deepEqual([end.items, end.warnings.length], [[1, 2, 3], 1]);
  assert.deepEqual(end.coverage, { from: "2026-01-01", to: "2026-03-01", complete: true });
});

test("a walk pauses when it has taken long, goes on from there, and stops when there is enough", async () => {
  let clock = 0;
  const page = async (/** @type {string | null} */ cursor) => ((clock += 40), list([cursor], `${cursor ?? ""}x`));
  const how = { page, show: () => {}, patience: 100, now: () => clock };
  const paused = await walk(begun(), how);
  assert.deepEqual([paused.state, paused.items.length, paused.cursor], ["paused", 3, "xxx"]);
  const more = await walk(paused, { ...how, enough: ({ items }) => items.length >= 4 });
  assert.deepEqual([more.state, more.items], ["done", [null, "x", "xx", "xxx"]]);
});

test("a page that fails leaves what was read, and the walk goes on from it", async () => {
  let fails = true;
  const page = async (/** @type {string | null} */ cursor) => {
    if (cursor === "b" && fails) throw new ApiError("rate_limited", "wait", { retryAfter: 1 });
    return cursor === null ? list([1], "b") : list([2]);
  };
  const how = { page, show: () => {}, patience: 1000, now: () => 0 };
  const failed = await walk(begun(), how);
  assert.deepEqual([failed.state, failed.items, failed.cursor], ["failed", [1], "b"]);
  fails = false;
  const done = await walk(failed, how);
  assert.deepEqual([done.state, done.items, done.error], ["done", [1, 2], null]);
});

test("a walk that leads nowhere pauses, and one that is interrupted goes on where it is told", async () => {
  const still = await walk(begun(), { page: async () => list([], "same"), show: () => {}, patience: 1000, now: () => 0 });
  assert.equal(still.state, "paused");
  const page = async (/** @type {string | null} */ cursor) => {
    if (cursor === null) throw new ApiError("not_ready", "later", { status: 503, cursor: "b" });
    return list([cursor]);
  };
  assert.deepEqual((await walk(begun(), { page, show: () => {}, patience: 1000, now: () => 0 })).items, ["b"]);
});

test("one account is opened, several are to choose from, all pages of them", async () => {
  const single = service(() => [200, list([{ id: "a" }])]);
  assert.equal((await open(single.api, "")).chosen, "a");
  const many = service((path) => [200, path.includes("next_cursor=2") ? list([{ id: "b" }]) : list([{ id: "a" }], "2")]);
  const session = await open(many.api, "");
  assert.deepEqual([session.accounts.map(({ id }) => id), session.chosen], [["a", "b"], null]);
});

test("a token of one account knows which; an id that is given is looked at", async () => {
  const own = service((path) => (path.startsWith("integrated-account/me") ? [200, { id: "mine" }] : [403, { code: "other_account" }]));
  assert.equal((await open(own.api, "")).chosen, "mine");
  const named = service((path) => (path === "integrated-account/a%2Fb" ? [200, { id: "other" }] : [404, { code: "account_not_found" }]));
  assert.equal((await open(named.api, "a/b")).chosen, "a/b");
  await assert.rejects(open(named.api, "c"), { code: "account_not_found" });
});
