/** Spend and return across channels: what the person knows beside what CleverTap reports. */

/** @import { Board, Period } from "./types.d.ts" */
/** @import { Comparison } from "./roi.js" */

import { useEffect, useRef, useState } from "preact/hooks";

import { Api, ApiError, isAbort, ROI } from "./api.js";
import { csv, download, filename } from "./csv.js";
import { Failure, Notice, Panel } from "./parts.jsx";
import { NOTHING, read, request, wrongBy, wrongWith } from "./roi.js";
import { Costs, Estimate, OtherChannels, Results } from "./roi-form.jsx";
import { files, flat, Result } from "./roi-result.jsx";
import { Save } from "./table.jsx";

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
  const [entered, setEntered] = useState(NOTHING);
  const [wrong, setWrong] = useState(/** @type {Record<string, string>} */ ({}));
  const [state, setState] = useState(/** @type {{ busy?: boolean, error?: unknown, comparison?: Comparison }} */ ({}));
  const running = useRef(/** @type {AbortController | null} */ (null));
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));

  // What was compared is no longer what is on the page.
  useEffect(() => {
    setState({});
    return () => running.current?.abort();
  }, [account, board]);

  /** @param {Record<string, string>} problems */
  const correct = (problems) => {
    setWrong(problems);
    requestAnimationFrame(() => /** @type {HTMLElement | null} */ (form.current?.querySelector("[aria-invalid=true]"))?.focus());
  };
  const compare = async () => {
    const problems = wrongWith(entered);
    if (Object.keys(problems).length > 0) return correct(problems);
    setWrong({});
    running.current?.abort();
    const run = (running.current = new AbortController());
    setState({ busy: true });
    try {
      const answer = await api.post(ROI, { integrated_account_id: account }, request(entered, period, board.campaigns), run.signal);
      setState({ comparison: read(answer) });
    } catch (error) {
      if (isAbort(error)) return undefined;
      const places = error instanceof ApiError ? wrongBy(error.failures) : null;
      setState(places ? {} : { error });
      if (places) correct(places);
    }
    return undefined;
  };
  const { comparison } = state;
  const fields = { board, entered, setEntered, wrong };
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
        <Costs {...fields} />
        <div class="folds">
          <Results {...fields} period={period} />
          <Estimate {...fields} />
          <OtherChannels {...fields} period={period} />
        </div>
        <div class="actions">
          <button type="submit" class="primary" aria-disabled={state.busy === true}>
            {state.busy ? "Comparing…" : "Compare"}
          </button>
          {wrong.nothing && (
            <p class="wrong" role="alert">
              {wrong.nothing}
            </p>
          )}
        </div>
      </form>
      <div aria-live="polite">
        {state.error !== undefined && <Told error={state.error} retry={compare} newToken={newToken} />}
        {comparison && <Result {...{ comparison, period, partial }} />}
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
