/** The dashboard: signed out, choosing an account, or at the board. */

/** @import { Scheme } from "./header.jsx" */
/** @import { Session } from "./session.js" */

import { render } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Board } from "./board.jsx";
import { Header } from "./header.jsx";
import { useMedia } from "./hooks.js";
import { NewToken, SignIn } from "./signin.jsx";

function App() {
  const [session, setSession] = useState(/** @type {Session | null} */ (null));
  const [returned, setReturned] = useState(false);
  const [again, setAgain] = useState(/** @type {{ run: () => void } | null} */ (null));
  const [scheme, setScheme] = useState(/** @type {Scheme} */ ("system"));
  const isDark = useMedia("(prefers-color-scheme: dark)");
  useEffect(() => {
    document.documentElement.dataset.scheme = scheme;
  }, [scheme]);

  if (!session) return <SignIn done={setSession} returned={returned} />;
  const { api, accounts, chosen } = session;
  const account = accounts.find(({ id }) => id === chosen) ?? (chosen === null ? null : { id: chosen, region: null, timezone: null });
  const leave = () => {
    setSession(null);
    setReturned(true);
    setAgain(null);
  };
  return (
    <>
      <Header
        {...{ accounts, chosen, scheme, setScheme, leave }}
        choose={(id) => setSession({ ...session, chosen: id })}
      />
      <main>
        {account ? (
          <Board
            key={account.id}
            {...{ api, account }}
            scheme={scheme === "system" ? (isDark ? "dark" : "light") : scheme}
            newToken={(run) => setAgain({ run })}
          />
        ) : (
          <section class="panel blank">
            <h2>{accounts.length > 0 ? "Choose an account" : "No account is listed"}</h2>
            <p>
              {accounts.length > 0
                ? "This token may see more than one. Choose whose numbers to show, above."
                : "This service lists no accounts to this token. Accounts that you keep yourself can be opened by their id, above."}
            </p>
          </section>
        )}
      </main>
      {again && chosen !== null && (
        <NewToken
          account={chosen}
          leave={leave}
          done={(renewed) => {
            setSession({ ...session, api: renewed.api });
            setAgain(null);
            // Once the page has the new token.
            setTimeout(again.run);
          }}
        />
      )}
    </>
  );
}

const place = document.getElementById("app");
if (place) {
  place.replaceChildren();
  render(<App />, place);
}
