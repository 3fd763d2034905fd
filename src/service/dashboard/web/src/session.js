/** Signing in: which accounts a token may see. */

/** @import { Account, List } from "./types.d.ts" */

import { ACCOUNTS, Api, ApiError } from "./api.js";

/**
 * @typedef {object} Session
 * @property {Api} api
 * @property {Account[]} accounts Those to choose from.
 * @property {string | null} chosen
 */

/** Accounts that are listed; ids beyond that are typed. */
const MOST = 500;

/**
 * @param {Api} api @param {string} id The account's, or empty to find out.
 * @returns {Promise<Session>}
 */
export async function open(api, id) {
  if (id) {
    const account = await one(api, id);
    return { api, accounts: [{ ...account, id }], chosen: id };
  }
  try {
    const accounts = await all(api);
    return { api, accounts, chosen: accounts.length === 1 ? (accounts[0]?.id ?? null) : null };
  } catch (error) {
    // A token of one account lists nothing, and knows which one it is.
    if (!(error instanceof ApiError && error.code === "other_account")) throw error;
    const account = await one(api, "me");
    return { api, accounts: [account], chosen: account.id };
  }
}

/** @param {Api} api @param {string} id @returns {Promise<Account>} */
const one = (api, id) => api.get(`${ACCOUNTS}/${encodeURIComponent(id)}`, {});

/** @param {Api} api */
async function all(api) {
  /** @type {Account[]} */
  const accounts = [];
  /** @type {string | null} */
  let cursor = "";
  while (cursor !== null && accounts.length < MOST) {
    /** @type {List<Account>} */
    const page = await api.get(ACCOUNTS, { limit: "100", next_cursor: cursor });
    accounts.push(...page.result);
    cursor = page.next_cursor;
  }
  return accounts;
}

/** What an account is called where one is picked. @param {Account} account */
export function label(account) {
  const id = account.id.length > 28 ? `${account.id.slice(0, 18)}…${account.id.slice(-6)}` : account.id;
  return account.tenant_id ? `${account.tenant_id} (${id})` : id;
}
