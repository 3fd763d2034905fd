#!/usr/bin/env python3
"""Reports and events of a marketing-automation service in SQLite, kept up to date, and charted.

    warehouse.py load   DB [--since DAY] [--events NAME ...]
    warehouse.py chart  DB [--metric sent] [--by week] [--channel NAME]

`load` reads the last 35 days of reports again (or all since DAY, for the first time) and replaces each row by its
`row_key`; of events the last 3 days. After every page it saves the page and the cursor in one transaction: a run that was
cut goes on where it was. Where to, as whom: SERVICE_URL, SERVICE_TOKEN and ACCOUNT in the environment.

Python 3.9 or later, and nothing beside its standard library.
"""

import argparse
import json
import os
import sqlite3
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

COUNTS = ["sent", "delivered", "impressions", "opens", "clicks", "conversions", "unsubscribes", "failed"]
# A null stays null: CleverTap did not say, which is not zero.
SCHEMA = f"""
create table if not exists reports (
  account text, row_key text, campaign_id text, remote_id text, campaign text, channel text,
  day text, granularity text, status text, {", ".join(f"{name} integer" for name in COUNTS)},
  conversion_value text, currency text, fetched_at text, primary key (account, row_key));
create table if not exists events (
  account text, row_key text, name text, occurred_at text, profile_id text, revenue text, currency text,
  properties text, fetched_at text, primary key (account, row_key));
create table if not exists cursors (query text primary key, cursor text);
"""
BUCKETS = {"day": "day", "week": "date(day, 'weekday 0', '-6 days')", "month": "substr(day, 1, 7)"}
MOST_TRIES = 5


def ask(resource, query):
    """One page; waits and asks again when the service says that this may help."""
    url = f"{os.environ.get('SERVICE_URL', 'http://127.0.0.1:8080')}/unified/marketing-automation/{resource}"
    request = urllib.request.Request(f"{url}?{urllib.parse.urlencode(query)}")
    request.add_header("Authorization", f"Bearer {os.environ.get('SERVICE_TOKEN', 'sandbox-token')}")
    for attempt in range(1, MOST_TRIES + 1):
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            problem = json.load(error)
            if problem.get("code") == "cursor_expired":
                return None
            if not problem.get("retryable") or attempt == MOST_TRIES:
                sys.exit(f"{resource}: {problem.get('message')}")
            time.sleep(float(problem.get("retry_after") or 2**attempt))


def sync(db, resource, query, store):
    """Walks a list to its end, from the cursor of a run that was cut, or from its start."""
    query = {"integrated_account_id": os.environ.get("ACCOUNT", "sandbox"), "truto_ignore_remote_data": "true", **query}
    name = f"{resource}?{urllib.parse.urlencode(query)}"
    saved = db.execute("select cursor from cursors where query = ?", (name,)).fetchone()
    cursor, count = (saved[0] if saved else ""), 0
    while True:
        page = ask(resource, {**query, "next_cursor": cursor})
        if page is None:
            # CleverTap keeps its cursors for a while only. Rows that come again replace themselves.
            print(f"{resource}: the saved cursor has expired; from the start", file=sys.stderr)
            cursor = ""
            continue
        for warning in page["meta"]["warnings"]:
            print(f"{resource}: {warning['message']}", file=sys.stderr)
        cursor = page["next_cursor"]
        with db:
            for row in page["result"]:
                count += store(db, query["integrated_account_id"], row, page["meta"]["fetched_at"])
            if cursor:
                db.execute("insert or replace into cursors values (?, ?)", (name, cursor))
            else:
                db.execute("delete from cursors where query = ?", (name,))
        if not cursor:
            return count


def store_report(db, account, row, fetched_at):
    campaign, counts = row["campaign"], row["counts"]
    if row["window"]["day"] is None:
        # Numbers that could not be read have no day; the warnings say so.
        return 0
    values = [account, row["row_key"], campaign["id"], campaign["remote_id"], campaign["name"], campaign["channel"]]
    values += [row["window"]["day"], row["granularity"], row["status"], *(counts[name] for name in COUNTS)]
    value = counts["conversion_value"]
    values += [None if value is None else str(value), counts["currency"], fetched_at]
    db.execute(f"insert or replace into reports values ({', '.join('?' * len(values))})", values)
    return 1


def store_event(db, account, row, fetched_at):
    values = [account, row["row_key"], row["name"], row["occurred_at"], row["profile_id"]]
    revenue = row["revenue"]
    values += [None if revenue is None else str(revenue), row["currency"], json.dumps(row["properties"]), fetched_at]
    db.execute(f"insert or replace into events values ({', '.join('?' * len(values))})", values)
    return 1


def load(arguments):
    db = sqlite3.connect(arguments.db)
    db.executescript(SCHEMA)
    window = {"start_at[gte]": arguments.since, "granularity": "day"} if arguments.since else {"sync": "true"}
    print(f"reports: {sync(db, 'reports', {'limit': 500, **window}, store_report)} rows")
    for name in arguments.events:
        window = {"occurred_at[gte]": arguments.since} if arguments.since else {"sync": "true"}
        count = sync(db, "events", {"event_name": name, "limit": 5000, **window}, store_event)
        print(f"events, {name}: {count}")


def chart(arguments):
    db = sqlite3.connect(arguments.db)
    where = "where channel = ?" if arguments.channel else ""
    rows = db.execute(
        f"select {BUCKETS[arguments.by]} as bucket, sum({arguments.metric}), max(fetched_at) from reports {where} "
        "group by bucket order by bucket",
        [arguments.channel] if arguments.channel else [],
    ).fetchall()
    if not rows:
        sys.exit("no rows: load some first")
    most = max((number or 0 for _, number, _ in rows), default=0)
    print(f"{arguments.metric} by {arguments.by}, {arguments.channel or 'all channels'}, as of {max(row[2] for row in rows)}")
    for bucket, number, _ in rows:
        if number is None:
            print(f"{bucket:>10}  not reported by CleverTap")
        else:
            print(f"{bucket:>10}  {number:>12,}  {'█' * round(50 * number / (most or 1))}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("load")
    command.add_argument("db")
    command.add_argument("--since", metavar="DAY", help="the first day, such as 2026-01-01")
    command.add_argument("--events", nargs="*", default=[], metavar="NAME")
    command.set_defaults(run=load)
    command = commands.add_parser("chart")
    command.add_argument("db")
    command.add_argument("--metric", choices=COUNTS, default="sent")
    command.add_argument("--by", choices=BUCKETS, default="week")
    command.add_argument("--channel")
    command.set_defaults(run=chart)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
