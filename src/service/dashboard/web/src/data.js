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
  const [generation, setGeneration] = useState(0);
  const running = useRef(new AbortController());
  const latest = useRef({ api, reports, campaigns });
  latest.current = { api, reports, campaigns };

  const run = useCallback(
    async (/** @type {Walk<ReportRow>} */ ofReports, /** @type {Walk<Campaign>} */ ofCampaigns, /** @type {number} */ patience) => {
      running.current.abort();
      const { signal } = (running.current = new AbortController());
      const common = { integrated_account_id: account, truto_ignore_remote_data: "true", limit: "500" };
      let rows = ofReports;
      /** @template T @param {(walk: Walk<T>) => void} set */
      const show = (set) => (/** @type {Walk<T>} */ now) => {
        if (!signal.aborted) set(now);
      };
      const reading =
        ofReports.state === "done"
          ? Promise.resolve(ofReports)
          : walk(ofReports, {
              page: (cursor) =>
                page(
                  latest.current.api,
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
                rows = now;
                show(setReports)(now);
              },
              patience,
            });
      const naming =
        ofCampaigns.state === "done"
          ? Promise.resolve(ofCampaigns)
          : walk(ofCampaigns, {
              page: (cursor) =>
                page(
                  latest.current.api,
                  CAMPAIGNS,
                  {
                    ...common,
                    "scheduled_at[gte]": addDays(period.from, -LOOKBACK_DAYS),
                    "scheduled_at[lt]": addDays(period.to, 1),
                    next_cursor: cursor ?? "",
                  },
                  signal,
                ),
              show: show(setCampaigns),
              // Newest first: further back there is none that the rows name.
              enough: (now) => rows.state === "done" && now.coverage !== null && now.coverage.from <= earliest(rows, period),
              patience,
            });
      await Promise.all([reading, naming]).catch((error) => {
        if (!isAbort(error)) throw error;
      });
    },
    [account, period],
  );

  useEffect(() => {
    const fresh = { reports: /** @type {Walk<ReportRow>} */ (begun()), campaigns: /** @type {Walk<Campaign>} */ (begun()) };
    setReports(fresh.reports);
    setCampaigns(fresh.campaigns);
    void run(fresh.reports, fresh.campaigns, PATIENCE_MS);
    return () => running.current.abort();
  }, [run, generation]);

  useEffect(() => {
    const once = new AbortController();
    latest.current.api.get(FIELDS, { type: "fields", resource: "reports" }, once.signal).then(
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
    go: () => void run(latest.current.reports, latest.current.campaigns, LONGER_MS),
    stop: () => {
      running.current.abort();
      if (latest.current.reports.state === "loading") setReports({ ...latest.current.reports, state: "paused" });
      if (latest.current.campaigns.state === "loading") setCampaigns({ ...latest.current.campaigns, state: "paused" });
    },
    reload: () => setGeneration(generation + 1),
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
