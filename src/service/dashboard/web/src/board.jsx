/** All that is shown of one account. */

/** @import { Account, MetricKey, Period } from "./types.d.ts" */
/** @import { Session } from "./session.js" */

import { useEffect, useMemo, useState } from "preact/hooks";

import { aggregate } from "./aggregate.js";
import { Campaigns, join } from "./campaigns.jsx";
import { Channels } from "./channels.jsx";
import { Series } from "./chart.jsx";
import { useData } from "./data.js";
import { ChannelPicker, PeriodPicker } from "./filters.jsx";
import * as format from "./format.js";
import { METRICS } from "./metrics.js";
import { Freshness, Notices, Reported, stateOf } from "./notices.jsx";
import { Panel, Skeleton, Unseen } from "./parts.jsx";
import { granularity, lastDays, today as todayOf } from "./period.js";
import { isTokenProblem } from "./problem.js";
import { Roi } from "./roi-panel.jsx";
import { Tiles } from "./tiles.jsx";

/**
 * @param {object} props
 * @param {Session["api"]} props.api
 * @param {Account} props.account
 * @param {string} props.scheme
 * @param {(again: () => void) => void} props.newToken Asks for a token, and then goes on.
 */
export function Board({ api, account, scheme, newToken }) {
  const today = todayOf(account.timezone);
  const [{ period, preset }, setPeriod] = useState(() => ({ period: lastDays(30, today), preset: "30" }));
  const [channels, setChannels] = useState(/** @type {ReadonlySet<string> | null} */ (null));
  const [off, setOff] = useState(/** @type {ReadonlySet<MetricKey>} */ (new Set()));
  const data = useData(api, account.id, period);
  const { reports, campaigns } = data;
  const state = stateOf(data);
  const width = granularity(period);
  const board = useMemo(() => aggregate(reports.items, period, width, channels), [reports.items, period, width, channels]);
  const names = useMemo(() => channelsOf([...reports.items.map(({ campaign }) => campaign), ...campaigns.items]), [reports.items, campaigns.items]);
  const zone = reports.meta?.timezone ?? account.timezone;
  const rows = useMemo(
    () => join(board.campaigns, campaigns.items, (campaign) => isShown(campaign, period, zone, channels)),
    [board, campaigns.items, period, zone, channels],
  );
  const ask = () => newToken(data.go);

  const error = reports.error ?? campaigns.error;
  useEffect(() => {
    if (isTokenProblem(error)) ask();
  }, [error]);

  // Until some have been read, nothing can be said of them: not even that they are not reported.
  const hasNumbers = reports.items.length > 0 || reports.state === "done";
  const isEmpty = state === "done" && rows.length === 0 && channels === null;
  const keys = METRICS.map(({ key }) => key).filter((key) => !off.has(key) && board.total.sums[key].value !== null);
  return (
    <>
      <div class="toolbar" role="group" aria-label="What is shown">
        <PeriodPicker {...{ period, preset, today }} set={(next, key) => setPeriod({ period: next, preset: key })} />
        <ChannelPicker all={names} chosen={channels} set={setChannels} />
        <button type="button" class="plain" onClick={() => state !== "loading" && data.reload()} aria-disabled={state === "loading"}>
          Reload
        </button>
        <Freshness data={data} />
      </div>
      <p class="unseen" role="status">
        {said(state, rows.length)}
      </p>
      <Notices {...{ data, board }} newToken={ask} needsReauth={account.status === "needs_reauth"} />
      {isEmpty ? (
        <Empty {...{ period }} />
      ) : channels?.size === 0 ? (
        <Blank title="No channel is chosen">
          <p>Choose one or more above, or all of them.</p>
          <button type="button" class="plain" onClick={() => setChannels(null)}>
            Show all channels
          </button>
        </Blank>
      ) : (
        <>
          {hasNumbers ? (
            <>
              <Tiles board={board} off={off} toggle={(key) => setOff(toggled(off, key))} />
              <Series {...{ board, period, width, keys, scheme, today }} />
              <Channels {...{ board, period }} />
            </>
          ) : (
            state === "loading" && <Waiting panels={rows.length > 0 ? ["Over time", "Channels"] : ["Over time", "Channels", "Campaigns"]} />
          )}
          {(hasNumbers || rows.length > 0) && <Campaigns rows={rows} walk={campaigns} hasNumbers={hasNumbers} period={period} zone={zone} />}
          {hasNumbers && <Roi {...{ api, board, period }} account={account.id} partial={reports.state !== "done"} newToken={ask} />}
        </>
      )}
      {data.fields && <Reported fields={data.fields} />}
    </>
  );
}

/** The page's shape, before there are numbers. @param {{ panels: string[] }} props */
function Waiting({ panels }) {
  return (
    <div class="waiting">
      <Unseen>Loading</Unseen>
      <Tiles board={null} off={new Set()} toggle={() => {}} />
      {panels.map((title) => (
        <Panel key={title} id={`waiting-${title.toLowerCase().replace(" ", "-")}`} title={title} lead=" ">
          {title === "Over time" && <Skeleton class="sentence" />}
          <Skeleton class={title === "Over time" ? "plot" : "rows"} />
        </Panel>
      ))}
    </div>
  );
}

/** @param {{ period: Period }} props */
const Empty = ({ period }) => (
  <Blank title="Nothing in this period">
    <p>
      From {format.day(period.from)} to {format.day(period.to)} no campaign started, and CleverTap has no numbers of earlier ones. A longer
      period may have some.
    </p>
  </Blank>
);

/** In place of numbers. @param {{ title: string, children: import("preact").ComponentChildren }} props */
const Blank = ({ title, children }) => (
  <section class="panel blank">
    <svg viewBox="0 0 48 48" aria-hidden="true">
      <path d="M8 40h32M12 34v-6m8 6V18m8 16V24m8 10V12" />
    </svg>
    <h2>{title}</h2>
    {children}
  </section>
);

/** @param {ReturnType<typeof stateOf>} state @param {number} campaigns */
function said(state, campaigns) {
  if (state === "loading") return "Loading.";
  const shown = `${format.many(campaigns, "campaign")} shown.`;
  if (state === "paused") return `Not everything has been read. ${shown}`;
  return state === "failed" ? `Loading failed. ${shown}` : `Loaded. ${shown}`;
}

/** @param {ReadonlySet<MetricKey>} keys @param {MetricKey} key */
function toggled(keys, key) {
  const next = new Set(keys);
  if (!next.delete(key)) next.add(key);
  return next;
}

/** @param {readonly { channel: string | null }[]} all */
const channelsOf = (all) =>
  [...new Set(all.map(({ channel }) => channel))].toSorted((left, right) => format.channel(left).localeCompare(format.channel(right)));

/**
 * Whether a campaign without numbers belongs to the period: it started in it.
 * @param {import("./types.d.ts").Campaign} campaign @param {Period} period @param {string | null} zone
 * @param {ReadonlySet<string> | null} channels
 */
function isShown({ channel, scheduled_at: start }, period, zone, channels) {
  if (channels && !channels.has(channel ?? "")) return false;
  if (!start) return true;
  const day = todayOf(zone, new Date(start));
  return day >= period.from && day <= period.to;
}
