/** Spend and return across channels: what the person knows beside what CleverTap reports. */

/** @import { Board, Period } from "./types.d.ts" */
/** @import { Block, Comparison, Entered, Line } from "./roi.js" */
/** @import { Column } from "./table.jsx" */

import { useEffect, useId, useRef, useState } from "preact/hooks";

import { Api, ApiError, isAbort, ROI } from "./api.js";
import { csv, download, filename } from "./csv.js";
import * as format from "./format.js";
import { Failure, None, Notice, Panel } from "./parts.jsx";
import { FIGURES, read, request, wrongWith } from "./roi.js";
import { DataTable, Save } from "./table.jsx";

const RESULTS = "campaign_id,conversions,value\nmsg-20261121-1795139705,49,2425.50";
const ROWS = "channel,campaign,spend,impressions,clicks,conversions,value\ngoogle_ads,Brand,120.50,40000,900,31,2480";

/**
 * @param {object} props
 * @param {Api} props.api
 * @param {string} props.account
 * @param {Board} props.board
 * @param {Period} props.period
 * @param {boolean} props.partial Whether campaigns are still to be read.
 * @param {() => void} props.newToken
 */
export function Roi({ api, account, board, period, partial, newToken }) {
  const [entered, setEntered] = useState(/** @type {Entered} */ ({ currency: "", costs: {}, results: "", rows: "" }));
  const [wrong, setWrong] = useState(/** @type {Record<string, string>} */ ({}));
  const [state, setState] = useState(/** @type {{ busy?: boolean, error?: unknown, comparison?: Comparison }} */ ({}));
  const running = useRef(/** @type {AbortController | null} */ (null));
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));

  // What was compared is no longer what is on the page.
  useEffect(() => {
    setState({});
    return () => running.current?.abort();
  }, [account, board]);

  const compare = async () => {
    const problems = wrongWith(entered);
    setWrong(problems);
    if (Object.keys(problems).length > 0) {
      requestAnimationFrame(() => /** @type {HTMLElement | null} */ (form.current?.querySelector("[aria-invalid=true]"))?.focus());
      return;
    }
    running.current?.abort();
    const run = (running.current = new AbortController());
    setState({ busy: true });
    try {
      const answer = await api.post(ROI, { integrated_account_id: account }, request(entered, period, board.campaigns), run.signal);
      setState({ comparison: read(answer) });
    } catch (error) {
      if (!isAbort(error)) setState({ error });
    }
  };
  const { comparison } = state;
  return (
    <Panel
      id="roi"
      title="Spend and return"
      lead="CleverTap reports no money spent. Say what messages cost, and add what other channels cost and brought; nothing of it is stored."
      actions={
        comparison && (
          <Save what="the comparison" save={() => download(filename("roi", period), csv(files, flat(comparison)))} />
        )
      }
    >
      <form
        ref={form}
        class="roi"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void compare();
        }}
      >
        <Costs {...{ board, entered, setEntered, wrong }} />
        <Lines
          title="What CleverTap’s campaigns brought, as CSV"
          hint={
            <>
              A header and a line for each campaign: <code>campaign_id, conversions, value</code>. Ids are in the campaigns’ CSV. It stands in
              for what CleverTap does not report.
            </>
          }
          example={RESULTS}
          text={entered.results}
          set={(results) => setEntered({ ...entered, results })}
          wrong={wrong.results}
        />
        <Lines
          title="Other channels, as CSV"
          hint={
            <>
              A header and a line for each channel or campaign, of this period:{" "}
              <code>channel, campaign, spend, impressions, clicks, conversions, value, currency</code>. What is not known stays empty.
            </>
          }
          example={ROWS}
          text={entered.rows}
          set={(rows) => setEntered({ ...entered, rows })}
          wrong={wrong.rows}
        />
        <div class="actions">
          <button type="submit" class="primary" aria-disabled={state.busy === true}>
            {state.busy ? "Comparing…" : "Compare"}
          </button>
        </div>
      </form>
      <div aria-live="polite">
        {state.error !== undefined && <Told error={state.error} retry={compare} newToken={newToken} />}
        {comparison && <Result comparison={comparison} partial={partial} />}
      </div>
    </Panel>
  );
}

/** @param {{ error: unknown, retry: () => void, newToken: () => void }} props */
function Told({ error, retry, newToken }) {
  if (error instanceof ApiError && error.code === "not_implemented") {
    return (
      <Notice kind="note" title="This build does not compare spend and return">
        <p>The service answered that the comparison is not part of it. Everything else on this page works without it.</p>
      </Notice>
    );
  }
  return <Failure error={error} what="There is no comparison." retry={retry} newToken={newToken} />;
}

/**
 * @param {{ board: Board, entered: Entered, setEntered: (entered: Entered) => void, wrong: Record<string, string> }} props
 */
function Costs({ board, entered, setEntered, wrong }) {
  const channels = board.channels.flatMap(({ channel }) => (channel ? [channel] : [])).toSorted();
  return (
    <fieldset>
      <legend>What a message costs</legend>
      <p class="hint">Of any channel that you know it of. The currency is also that of values that name none.</p>
      <div class="costs">
        <Field
          label="Currency"
          value={entered.currency}
          wrong={wrong.currency}
          set={(currency) => setEntered({ ...entered, currency: currency.toUpperCase() })}
          placeholder="EUR"
        />
        {channels.map((channel) => (
          <Field
            key={channel}
            label={format.channel(channel)}
            value={entered.costs[channel] ?? ""}
            wrong={wrong[channel]}
            set={(cost) => setEntered({ ...entered, costs: { ...entered.costs, [channel]: cost.trim() } })}
            numeric
          />
        ))}
      </div>
    </fieldset>
  );
}

/**
 * @param {{ label: string, value: string, wrong: string | undefined, set: (value: string) => void, placeholder?: string, numeric?: boolean }} props
 */
function Field({ label, value, wrong, set, placeholder, numeric = false }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="text"
        inputMode={numeric ? "decimal" : "text"}
        autocomplete="off"
        spellcheck={false}
        value={value}
        {...(placeholder && { placeholder })}
        aria-invalid={wrong !== undefined}
        aria-describedby={wrong === undefined ? undefined : `${id}-wrong`}
        onInput={(event) => set(event.currentTarget.value)}
      />
      {wrong !== undefined && (
        <p class="wrong" id={`${id}-wrong`}>
          {wrong}
        </p>
      )}
    </div>
  );
}

/**
 * @param {object} props
 * @param {string} props.title
 * @param {import("preact").ComponentChildren} props.hint
 * @param {string} props.example
 * @param {string} props.text
 * @param {(text: string) => void} props.set
 * @param {string | undefined} props.wrong
 */
function Lines({ title, hint, example, text, set, wrong }) {
  const id = useId();
  return (
    <details class="rows" open={wrong !== undefined || text !== ""}>
      <summary>{title}</summary>
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
      {wrong !== undefined && (
        <p class="wrong" id={`${id}-wrong`}>
          {wrong}
        </p>
      )}
      <label class="unseen" for={id}>
        {title}
      </label>
      <textarea
        id={id}
        rows={5}
        spellcheck={false}
        placeholder={example}
        value={text}
        aria-invalid={wrong !== undefined}
        aria-describedby={`${id}-hint${wrong === undefined ? "" : ` ${id}-wrong`}`}
        onInput={(event) => set(event.currentTarget.value)}
      />
      <label class="file">
        Read from a file
        <input
          type="file"
          accept=".csv,text/csv"
          onChange={(event) => {
            const [file] = event.currentTarget.files ?? [];
            void file?.text().then(set);
          }}
        />
      </label>
    </details>
  );
}

/** @param {{ comparison: Comparison, partial: boolean }} props */
function Result({ comparison: { blocks, attribution }, partial }) {
  return (
    <>
      <p class="basis">Attribution: {attribution}.</p>
      {partial && (
        <Notice kind="note" title="Not all of CleverTap’s campaigns are in it">
          <p>Older ones have not been read, so sums and shares may still change.</p>
        </Notice>
      )}
      {blocks.map((block) => (
        <div key={block.currency ?? ""} class="block">
          <h3>{block.currency ?? "Without money"}</h3>
          <DataTable
            caption={`Spend and return in ${block.currency ?? "no currency"}`}
            columns={columns(block)}
            rows={block.channels}
            name={({ channel }) => channel ?? ""}
            order={{ key: "spend", descending: true }}
            noun="channel"
            total={<Totals block={block} />}
          />
        </div>
      ))}
      <p class="fine formulas">{FORMULAS}</p>
    </>
  );
}

const FORMULAS = FIGURES.flatMap(([, label, , formula]) => (formula ? [`${label}: ${formula}`] : [])).join(" · ");

/** @param {Block} block @returns {Column<Line>[]} */
const columns = ({ currency }) => [
  {
    key: "channel",
    label: "Channel",
    value: ({ channel }) => format.channel(channel),
  },
  ...FIGURES.map(([key, label, kind]) => ({
    key,
    label,
    numeric: true,
    value: (/** @type {Line} */ { numbers }) => (numbers[key] === null ? null : Number(numbers[key])),
    cell: (/** @type {Line} */ line) => <Figure {...{ line, name: key, kind, currency }} />,
  })),
];

/** @param {{ block: Block }} props */
const Totals = ({ block }) => (
  <tr>
    <th scope="row">Total</th>
    {FIGURES.map(([key, , kind]) => (
      <td key={key} class="number">
        <Figure line={block.totals} name={key} kind={kind} currency={block.currency} />
      </td>
    ))}
  </tr>
);

/** @param {{ line: Line, name: string, kind: "money" | "unit" | "count" | "ratio" | "share", currency: string | null }} props */
function Figure({ line, name, kind, currency }) {
  const number = line.numbers[/** @type {keyof Line["numbers"]} */ (name)] ?? null;
  if (number === null) return <None why={line.reasons[name] ?? "not known"} />;
  const shown = {
    money: () => format.money(number, currency ?? ""),
    unit: () => format.unitPrice(number, currency ?? ""),
    count: () => format.count(Number(number)),
    ratio: () => format.ratio(number),
    share: () => format.percent(Number(number)),
  }[kind]();
  return line.estimated.has(name) ? (
    <>
      {shown} <small>estimate</small>
    </>
  ) : (
    <>{shown}</>
  );
}

/** @param {Comparison} comparison */
const flat = ({ blocks }) =>
  blocks.flatMap((block) => [...block.channels, { ...block.totals, channel: "total" }].map((line) => ({ line, currency: block.currency })));

/** @type {{ csv: string, value: (row: { line: Line, currency: string | null }) => string | null }[]} */
const files = [
  { csv: "channel", value: ({ line }) => line.channel },
  { csv: "currency", value: ({ currency }) => currency },
  ...FIGURES.map(([key]) => ({ csv: key, value: (/** @type {{ line: Line }} */ { line }) => line.numbers[key] })),
];
