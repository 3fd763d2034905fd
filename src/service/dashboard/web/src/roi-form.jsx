/** What the person enters for a comparison: costs of messages, results of campaigns, rates to estimate by, other channels. */

/** @import { ComponentChildren } from "preact" */
/** @import { Board, CampaignGroup, Period } from "./types.d.ts" */
/** @import { Entered } from "./roi.js" */

import { useId } from "preact/hooks";

import { csv, download, filename } from "./csv.js";
import * as format from "./format.js";
import { BASES, fieldOf } from "./roi.js";

/**
 * @typedef {object} Fields
 * @property {Board} board
 * @property {Entered} entered
 * @property {(entered: Entered) => void} setEntered
 * @property {Record<string, string>} wrong
 */

/** @param {Board} board */
const channelsOf = (board) => board.channels.flatMap(({ channel }) => (channel ? [channel] : [])).toSorted();

/** @param {Fields} props */
export function Costs({ board, entered, setEntered, wrong }) {
  return (
    <fieldset>
      <legend>What a message costs</legend>
      <p class="hint">Of any channel that you know it of. The currency is also taken for all money here that names none.</p>
      <div class="costs">
        <Field
          label="Currency"
          value={entered.currency}
          wrong={wrong.currency}
          set={(currency) => setEntered({ ...entered, currency: currency.trim().toUpperCase() })}
          placeholder="EUR"
        />
        {channelsOf(board).map((channel) => (
          <Field
            key={channel}
            label={format.channel(channel)}
            value={entered.costs[channel] ?? ""}
            wrong={wrong[fieldOf("costs", channel)]}
            set={(cost) => setEntered({ ...entered, costs: { ...entered.costs, [channel]: cost.trim() } })}
            numeric
          />
        ))}
      </div>
    </fieldset>
  );
}

/** @param {Fields} props */
export function Estimate({ board, entered, setEntered, wrong }) {
  const of = useId();
  const isWrong = wrong.worth !== undefined || Object.keys(wrong).some((field) => field.startsWith("rates."));
  const isFilled = entered.worth !== "" || Object.values(entered.rates).some(Boolean);
  return (
    <Fold title="Estimate what nobody reports" open={isWrong || isFilled}>
      <p class="hint">
        For campaigns of which neither you nor CleverTap says what they brought: conversions as a percentage, by channel, and the value of
        each. Whatever rests on an estimate is marked “estimated”, here and in the file.
      </p>
      <div class="costs" role="group" aria-label="Conversion rates in percent">
        <div class="field">
          <label for={of}>Percent of</label>
          <select id={of} value={entered.of} onChange={(event) => setEntered({ ...entered, of: event.currentTarget.value })}>
            {BASES.map(([key, label]) => (
              <option key={key} value={key}>
                {label}
              </option>
            ))}
          </select>
        </div>
        <Field
          label="Value of each"
          value={entered.worth}
          wrong={wrong.worth}
          set={(worth) => setEntered({ ...entered, worth: worth.trim() })}
          numeric
        />
        {channelsOf(board).map((channel) => (
          <Field
            key={channel}
            label={`${format.channel(channel)},\u00a0%`}
            value={entered.rates[channel] ?? ""}
            wrong={wrong[fieldOf("rates", channel)]}
            set={(rate) => setEntered({ ...entered, rates: { ...entered.rates, [channel]: rate.trim() } })}
            numeric
          />
        ))}
      </div>
    </Fold>
  );
}

/** @type {{ csv: string, value: (group: CampaignGroup) => string | null }[]} */
const TEMPLATE = [
  { csv: "campaign_id", value: ({ ref }) => ref.id },
  { csv: "name", value: ({ ref }) => ref.name },
  { csv: "conversions", value: () => null },
  { csv: "value", value: () => null },
];

/** @param {Fields & { period: Period }} props */
export function Results({ board, entered, setEntered, wrong, period }) {
  return (
    <Lines
      title="What CleverTap’s campaigns brought"
      hint={
        <>
          As CSV, with a line for each campaign: <code>campaign_id, conversions, value</code>. It stands in for what CleverTap does not report.
          The template has the campaigns of this page; lines that you leave empty say nothing.
        </>
      }
      example={`campaign_id,conversions,value\n${board.campaigns[0]?.ref.id ?? "msg-20261121-1795139705"},49,2425.50`}
      text={entered.results}
      set={(results) => setEntered({ ...entered, results })}
      wrong={wrong.results}
    >
      <button type="button" class="plain" onClick={() => download(filename("results", period), csv(TEMPLATE, board.campaigns))}>
        Save the template
      </button>
    </Lines>
  );
}

const ROWS = "channel,campaign,spend,impressions,clicks,conversions,value\ngoogle_ads,Brand,120.50,40000,900,31,2480";

/** @param {Fields & { period: Period }} props */
export function OtherChannels({ entered, setEntered, wrong, period }) {
  return (
    <Lines
      title="What other channels cost and brought"
      hint={
        <>
          As CSV, from {format.day(period.from)} to {format.day(period.to)}, with a line for each channel or campaign:{" "}
          <code>channel, campaign, spend, impressions, clicks, conversions, value, currency</code>. What is not known stays empty.
        </>
      }
      example={ROWS}
      text={entered.rows}
      set={(rows) => setEntered({ ...entered, rows })}
      wrong={wrong.rows}
    />
  );
}

/** @param {{ title: string, open: boolean, children: ComponentChildren }} props */
const Fold = ({ title, open, children }) => (
  <details class="rows" open={open}>
    <summary>{title}</summary>
    {children}
  </details>
);

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
 * @param {ComponentChildren} props.hint
 * @param {string} props.example
 * @param {string} props.text
 * @param {(text: string) => void} props.set
 * @param {string | undefined} props.wrong
 * @param {ComponentChildren} [props.children] Beside the button for a file.
 */
function Lines({ title, hint, example, text, set, wrong, children }) {
  const id = useId();
  return (
    <Fold title={title} open={wrong !== undefined || text !== ""}>
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
      <div class="actions">
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
        {children}
      </div>
    </Fold>
  );
}
