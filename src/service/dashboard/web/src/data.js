/** What is loaded for an account and a period: report rows, campaigns, and what CleverTap reports at all. */

/** @import { Campaign, Field, Period, ReportRow, Walk } from "./types.d.ts" */
/** @import { Session } from "./session.js" */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { CAMPAIGNS, FIELDS, isAbort, page, REPORTS } from "./api.js";
import { ASKED } from "./metrics.js";
import { addDays, bounds, granularity } from "./period.js";
import { begun, PATIENCE_MS, walk } from "./walk.js";

/** Campaigns with numbers in a period may have started long before it; the service looks back as far. */
const LOOKBACK_DAYS = 730;

/** Told to go on, a walk does so for this long. */
const LONGER_MS = 10 * 60_000;

/**
 * @typedef {object} Data
 * @property {Walk<ReportRow>} reports
 * @property {Walk<Campaign>} campaigns
 * @property {Field[] | null} fields
 * @property {() => void} go Goes on with what is paused or failed.
 * @property {() => void} stop
 * @property {() => void} reload
 */

/** @param {Session["api"]} api @param {string} account @param {Period} period @returns {Data} */
export function useData(api, account, period) {
  const [reports, setReports] = useState(() => /** @type {Walk<ReportRow>} */ (begun()));
  const [campaigns, setCampaigns] = useState(() => /** @type {Walk<Campaign>} */ (begun()));
  const [fields, setFields] = useState(/** @type {Field[] | null} */ (null));
  const running = useRef(new AbortController());
  /** Where the walks are; while the same is read again, what is shown is still what was there before. */
  const walks = useRef({ reports, campaigns });
  const latest = useRef(api);
  latest.current = api;

  const run = useCallback(
    async (/** @type {number} */ patience, /** @type {boolean} */ holds) => {
      const { reports: ofReports, campaigns: ofCampaigns } = walks.current;
      running.current.abort();
      const { signal } = (running.current = new AbortController());
      const common = { integrated_account_id: account, truto_ignore_remote_data: "true", limit: "500" };
      /** @template T @param {(change: (shown: Walk<T>) => Walk<T>) => void} set @param {Walk<T>} now */
      const show = (set, now) => {
        const isHeld = holds && (now.state === "loading" || (now.state === "failed" && now.items.length === 0));
        set((shown) => (isHeld ? { ...shown, state: now.state, error: now.error } : now));
      };
      const reading =
        ofReports.state === "done"
          ? Promise.resolve(ofReports)
          : walk(ofReports, {
              page: (cursor) =>
                page(
                  latest.current,
                  REPORTS,
                  {
                    ...common,
                    ...bounds(period, "start_at"),
                    granularity: granularity(period),
                    metrics: ASKED,
                    truto_exclude_fields: "rates,derived",
                    next_cursor: cursor ?? "",
                  },
                  signal,
                ),
              show: (now) => {
                if (signal.aborted) return;
                walks.current.reports = now;
                show(setReports, now);
              },
              patience,
            });
      const naming =
        ofCampaigns.state === "done"
          ? Promise.resolve(ofCampaigns)
          : walk(ofCampaigns, {
              page: (cursor) =>
                page(
                  latest.current,
                  CAMPAIGNS,
                  {
                    ...common,
                    "scheduled_at[gte]": addDays(period.from, -LOOKBACK_DAYS),
                    "scheduled_at[lt]": addDays(period.to, 1),
                    next_cursor: cursor ?? "",
                  },
                  signal,
                ),
              show: (now) => {
                if (signal.aborted) return;
                walks.current.campaigns = now;
                show(setCampaigns, now);
              },
              // Newest first: further back there is none that the rows name.
              enough: ({ coverage }) => {
                const rows = walks.current.reports;
                return rows.state === "done" && coverage !== null && coverage.from <= earliest(rows, period);
              },
              patience,
            });
      await Promise.all([reading, naming]).catch((error) => {
        if (!isAbort(error)) throw error;
      });
    },
    [account, period],
  );

  const start = useCallback(
    (/** @type {boolean} */ holds) => {
      walks.current = { reports: begun(), campaigns: begun() };
      if (!holds) {
        setReports(begun());
        setCampaigns(begun());
      }
      void run(PATIENCE_MS, holds);
    },
    [run],
  );

  useEffect(() => {
    start(false);
    return () => running.current.abort();
  }, [start]);

  useEffect(() => {
    const once = new AbortController();
    latest.current.get(FIELDS, { type: "fields", resource: "reports" }, once.signal).then(
      (answer) => setFields(answer.fields ?? null),
      // It says what the page's words say already; without it one list is missing.
      () => {},
    );
    return () => once.abort();
  }, [account]);

  return {
    reports,
    campaigns,
    fields,
    go: () => void run(LONGER_MS, walks.current.reports.items.length === 0 && reports.items.length > 0),
    stop: () => {
      running.current.abort();
      for (const [name, set] of /** @type {const} */ ([["reports", setReports], ["campaigns", setCampaigns]])) {
        const now = walks.current[name];
        if (now.state === "loading") walks.current = { ...walks.current, [name]: { ...now, state: "paused" } };
        set((/** @type {any} */ shown) => (shown.state === "loading" ? { ...shown, state: "paused" } : shown));
      }
    },
    reload: () => start(true),
  };
}

/** The day before which no campaign of the rows started. @param {Walk<ReportRow>} rows @param {Period} period */
export function earliest({ items }, period) {
  let first = period.from;
  for (const { campaign } of items) {
    const day = campaign.scheduled_at?.slice(0, 10);
    if (day && day < first) first = day;
  }
  // The time is UTC, and the project's day may be the one before.
  return addDays(first, -1);
}
