// A vendor's page, as its types have it. Compiled by tests/typescript.rs, and never run.
import { connect, type ConnectOptions, type ConnectResult } from "./connect.js";

export async function link(url: URL): Promise<string | undefined> {
  const options: ConnectOptions = { width: 520, signal: new AbortController().signal };
  const result: ConnectResult = await connect(url, options);
  // @ts-expect-error: only a linked account has an id.
  result.integrated_account_id satisfies string;
  return result.status === "linked" ? result.integrated_account_id : undefined;
}

// @ts-expect-error: the address is needed.
void connect();
// @ts-expect-error: there is no such option.
void connect("https://connect.example.com/connect/x", { target: "_self" });
