/** Channels beside each other. */

/** @import { Board, ChannelGroup, MetricKey, Period, Sum } from "./types.d.ts" */
/** @import { Column } from "./table.jsx" */

import { isWhole, ofSent, partial } from "./aggregate.js";
import { csv, download, filename } from "./csv.js";
import * as format from "./format.js";
import { METRICS, viewsOf } from "./metrics.js";
import { Amount, Monies, Panel, Percent } from "./parts.jsx";
import { DataTable, Save } from "./table.jsx";

/** @param {ChannelGroup} group @returns {Sum} */
const views = ({ sums, channel }) => sums[viewsOf(channel)];

/** @param {{ board: Board, period: Period }} props */
export function Channels({ board, period }) {
  const most = Math.max(1, ...board.channels.map(({ sums }) => sums.sent.value ?? 0));
  const all = columns(most);
  return (
    <Panel
      id="channels"
      title="Channels"
      lead="Rates are of the messages sent. Views are opens of e-mail, and impressions on every other channel."
      actions={<Save what="the channels" save={() => download(filename("channels", period), csv(files, board.channels))} />}
    >
      <DataTable
        caption="Channels of the period"
        columns={all}
        rows={board.channels}
        name={({ channel }) => channel ?? ""}
        order={{ key: "sent", descending: true }}
        noun="channel"
      />
    </Panel>
  );
}

/** @param {number} most @returns {Column<ChannelGroup>[]} */
const columns = (most) => [
  { key: "channel", label: "Channel", value: ({ channel }) => format.channel(channel) },
  { key: "campaigns", label: "Campaigns", numeric: true, value: ({ campaigns }) => campaigns },
  {
    key: "sent",
    label: "Sent",
    numeric: true,
    value: ({ sums }) => sums.sent.value,
    cell: ({ sums }) => (
      <span class="barred">
        {sums.sent.value !== null && <Bar share={sums.sent.value / most} />}
        <Amount sum={sums.sent} />
      </span>
    ),
  },
  count("delivered", "Delivered"),
  {
    key: "views",
    label: "Views",
    numeric: true,
    value: (group) => views(group).value,
    cell: (group) => <Amount sum={views(group)} />,
  },
  rate("view_rate", "View rate", ({ channel }) => viewsOf(channel)),
  count("clicks", "Clicks"),
  rate("click_rate", "Click rate", () => "clicks"),
  count("conversions", "Conversions"),
  {
    key: "value",
    label: "Value",
    numeric: true,
    // Of different currencies there is no order; of one there is.
    value: ({ value }) => (Object.keys(value).length === 1 ? Number(Object.values(value)[0]) : null),
    cell: (group) => <Monies of={group} />,
  },
];

/** @param {"delivered" | "clicks" | "conversions"} key @param {string} label @returns {Column<ChannelGroup>} */
function count(key, label) {
  return {
    key,
    label,
    numeric: true,
    value: ({ sums }) => sums[key].value,
    cell: ({ sums }) => <Amount sum={sums[key]} />,
  };
}

/** @param {string} key @param {string} label @param {(group: ChannelGroup) => MetricKey} part @returns {Column<ChannelGroup>} */
function rate(key, label, part) {
  return {
    key,
    label,
    hint: "of sent",
    numeric: true,
    value: (group) => ofSent(group, part(group)),
    cell: (group) => <Percent fraction={ofSent(group, part(group))} />,
  };
}

/** How one number stands to the largest; the number itself is beside it. @param {{ share: number }} props */
function Bar({ share }) {
  return (
    <svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      <rect width="100" height="4" />
      <rect width={100 * share} height="4" />
    </svg>
  );
}

/** @type {{ csv: string, value: (group: ChannelGroup) => string | number | null }[]} */
const files = [
  { csv: "channel", value: ({ channel }) => channel },
  { csv: "campaigns", value: ({ campaigns }) => campaigns },
  ...METRICS.map(({ key }) => ({ csv: key, value: (/** @type {ChannelGroup} */ { sums }) => sums[key].value })),
  { csv: "conversion_values", value: ({ value }) => monies(value) },
  { csv: "partial", value: (group) => partialOf(group) },
];

/** The columns that are sums over some of the rows. @param {ChannelGroup} group */
function partialOf(group) {
  const hasSome = group.valued.known > 0 && !isWhole(group.valued);
  return [...partial(group), ...(hasSome ? ["conversion_values"] : [])].join(" ") || null;
}

/** @param {Record<string, string>} value */
const monies = (value) =>
  Object.entries(value)
    .map(([currency, sum]) => `${sum} ${currency}`.trim())
    .join("; ") || null;
