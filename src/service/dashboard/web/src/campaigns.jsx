/** Campaigns of the period: those that started in it, and those that CleverTap has numbers of in it. */

/** @import { Campaign, CampaignGroup, Period, Walk } from "./types.d.ts" */
/** @import { Column } from "./table.jsx" */

import { useDeferred } from "./hooks.js";
import { useMemo, useState } from "preact/hooks";

import { ofSent, partial, start } from "./aggregate.js";
import { csv, download, filename } from "./csv.js";
import * as format from "./format.js";
import { METRICS, viewsOf } from "./metrics.js";
import { Amount, None, Panel, Percent } from "./parts.jsx";
import { DataTable, Save } from "./table.jsx";

/** @typedef {CampaignGroup & { campaign: Campaign | null }} Row */

/**
 * @param {readonly CampaignGroup[]} groups @param {readonly Campaign[]} campaigns
 * @param {(campaign: Campaign) => boolean} shown Of those without numbers.
 * @returns {Row[]}
 */
export function join(groups, campaigns, shown) {
  const known = new Map(campaigns.map((campaign) => [campaign.id, campaign]));
  const rows = groups.map((group) => ({ ...group, campaign: known.get(group.ref.id) ?? null }));
  const counted = new Set(groups.map(({ ref }) => ref.id));
  const rest = campaigns.filter((campaign) => !counted.has(campaign.id) && shown(campaign));
  return [...rows, ...rest.map((campaign) => ({ ...start(campaign), campaign }))];
}

/**
 * @param {object} props
 * @param {Row[]} props.rows
 * @param {Walk<Campaign>} props.walk
 * @param {boolean} props.hasNumbers Whether any have been read.
 * @param {Period} props.period
 * @param {string | null} props.zone
 */
export function Campaigns({ rows, walk, hasNumbers, period, zone }) {
  const [status, setStatus] = useState("");
  const [text, setText] = useState("");
  const wanted = useDeferred(text.trim().toLowerCase());
  const statuses = useMemo(() => [...new Set(rows.map(statusOf))].toSorted(), [rows]);
  const filtered = useMemo(
    () =>
      rows.filter(
        (row) =>
          (!status || statusOf(row) === status) &&
          (!wanted || `${row.ref.name ?? ""} ${row.ref.remote_id}`.toLowerCase().includes(wanted)),
      ),
    [rows, status, wanted],
  );
  const all = useMemo(() => columnsOf(walk.state, zone, period), [walk.state, zone, period]);
  const columns = hasNumbers ? all : all.filter(({ numeric }) => !numeric);
  return (
    <Panel
      id="campaigns"
      title="Campaigns"
      lead="Those that started in the period, and those with numbers in it. Numbers are of the period, not since the start. Views are opens of e-mail, impressions elsewhere."
      actions={
        <>
          <label class="inline">
            <span>Status</span>
            <select value={status} onChange={(event) => setStatus(event.currentTarget.value)}>
              <option value="">All</option>
              {statuses.map((one) => (
                <option key={one} value={one}>
                  {one === UNREAD ? "Not read yet" : format.sentence(one)}
                </option>
              ))}
            </select>
          </label>
          <label class="inline">
            <span>Name or id</span>
            <input type="search" value={text} onInput={(event) => setText(event.currentTarget.value)} autocomplete="off" spellcheck={false} />
          </label>
          <Save
            what="the campaigns"
            disabled={filtered.length === 0}
            save={() => download(filename("campaigns", period), csv(files, filtered))}
          />
        </>
      }
    >
      {filtered.length > 0 ? (
        <DataTable
          caption="Campaigns of the period"
          columns={columns}
          rows={filtered}
          name={({ ref }) => ref.id}
          order={{ key: "start", descending: true }}
          noun="campaign"
        />
      ) : (
        <p class="nothing">{rows.length > 0 ? "No campaign matches." : "No campaign started in this period, and none has numbers in it."}</p>
      )}
    </Panel>
  );
}

const UNREAD = "unread";

/** @param {Row} row */
const statusOf = ({ campaign }) => (campaign ? (campaign.status ?? "OTHER") : UNREAD);

/** @param {Walk<Campaign>["state"]} state @param {string | null} zone @param {Period} period @returns {Column<Row>[]} */
const columnsOf = (state, zone, period) => [
  {
    key: "name",
    label: "Campaign",
    value: ({ ref }) => ref.name ?? ref.remote_id,
    cell: ({ ref, pending, unrecognised }) => (
      <span class="campaign" title={ref.name ?? ref.remote_id}>
        {ref.name ?? <code>{ref.remote_id}</code>}
        {pending && <small>still being counted</small>}
        {unrecognised && <small>numbers in an unknown form</small>}
      </span>
    ),
  },
  {
    key: "status",
    label: "Status",
    value: (row) => (row.campaign ? statusOf(row) : null),
    cell: (row) => <Status row={row} state={state} />,
  },
  { key: "channel", label: "Channel", value: ({ ref }) => format.channel(ref.channel) },
  {
    key: "start",
    label: "Start",
    value: ({ ref }) => ref.scheduled_at,
    cell: ({ ref, campaign }) =>
      ref.scheduled_at ? format.moment(ref.scheduled_at, zone, period.to.slice(0, 4)) : (campaign?.scheduled_at_remote ?? <None />),
  },
  count("sent", "Sent"),
  count("delivered", "Delivered"),
  {
    key: "views",
    label: "Views",
    numeric: true,
    value: ({ sums, ref }) => sums[viewsOf(ref.channel)].value,
    cell: ({ sums, ref }) => <Amount sum={sums[viewsOf(ref.channel)]} />,
  },
  count("clicks", "Clicks"),
  {
    key: "click_rate",
    label: "Click rate",
    hint: "of sent",
    numeric: true,
    value: (row) => ofSent(row, "clicks"),
    cell: (row) => <Percent fraction={ofSent(row, "clicks")} />,
  },
  count("conversions", "Conversions"),
];

/** @param {"sent" | "delivered" | "clicks" | "conversions"} key @param {string} label @returns {Column<Row>} */
function count(key, label) {
  return { key, label, numeric: true, value: ({ sums }) => sums[key].value, cell: ({ sums }) => <Amount sum={sums[key]} /> };
}

/** @param {{ row: Row, state: Walk<Campaign>["state"] }} props */
function Status({ row, state }) {
  const { campaign } = row;
  if (!campaign) return <None why={state === "loading" ? "loading" : "not read yet"} />;
  const status = statusOf(row);
  return (
    <span class={`status ${status.toLowerCase()}`} {...(campaign.status_remote && { title: `CleverTap: ${campaign.status_remote}` })}>
      {format.sentence(status)}
    </span>
  );
}

/** @type {{ csv: string, value: (row: Row) => string | number | null }[]} */
const files = [
  { csv: "id", value: ({ ref }) => ref.id },
  { csv: "remote_id", value: ({ ref }) => ref.remote_id },
  { csv: "name", value: ({ ref }) => ref.name },
  { csv: "status", value: ({ campaign }) => campaign?.status ?? null },
  { csv: "channel", value: ({ ref }) => ref.channel },
  { csv: "scheduled_at", value: ({ ref }) => ref.scheduled_at },
  ...METRICS.map(({ key }) => ({ csv: key, value: (/** @type {Row} */ { sums }) => sums[key].value })),
  { csv: "partial", value: (row) => partial(row).join(" ") || null },
];
