#!/usr/bin/env python3
"""Reports and events of a marketing-automation service in SQLite, kept up to date, and charted.

    warehouse.py load   DB [--since DAY] [--events NAME ...]
    warehouse.py chart  DB [--metric sent] [--by week] [--channel NAME]

`load` reads the last 35 days of reports again (or all since DAY, for the first time) and replaces each row by its
`row_key`; of events the last 3 days. Both reach further back by the days since the last run that came to the end. A run
that was cut goes on where it was, and then reads what has changed since it began. Where to, as whom: SERVICE_URL,
SERVICE_TOKEN and ACCOUNT in the environment.

Python 3.9 or later, and nothing beside its standard library.
"""

import argparse
import datetime
import decimal
import http.client
import json
import os
import sqlite3
import sys
import time
import typing
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
-- When the last walk to the end of a list began, and where one was cut.
create table if not exists complete (
  account text, resource text, event text, began text, primary key (account, resource, event));
create table if not exists cut (
  account text, resource text, event text, began text, span text, cursor text, primary key (account, resource, event));
"""
BUCKETS = {"day": "day", "week": "date(day, 'weekday 0', '-6 days')", "month": "substr(day, 1, 7)"}
# Days that are read again: numbers of reports move for weeks, devices send events late.
OVERLAP = {"reports": 35, "events": 3}
PERIOD = {"reports": "start_at[gte]", "events": "occurred_at[gte]"}
# As many as trailing_days takes.
MOST_TRAILING = 366
MOST_TRIES = 5
INSTANT = "%Y-%m-%dT%H:%M:%SZ"


class List(typing.NamedTuple):
    account: str
    resource: str
    event: str = ""

    def __str__(self):
        return ", ".join(filter(None, self[1:]))

    def say(self, text):
        print(f"{self}: {text}", file=sys.stderr)

    def row(self, db, columns, table):
        return db.execute(f"select {columns} from {table} where (account, resource, event) = (?, ?, ?)", self).fetchone()

    def save_cut(self, db, began, span, cursor):
        row = (*self, began.strftime(INSTANT), json.dumps(span), cursor)
        db.execute("insert or replace into cut values (?, ?, ?, ?, ?, ?)", row)

    def forget_cut(self, db):
        db.execute("delete from cut where (account, resource, event) = (?, ?, ?)", self)


class Problem(Exception):
    """What the service says went wrong, or something on the way to it."""

    def __init__(self, problem):
        super().__init__(problem.get("message"))
        self.retryable, self.wait = problem.get("retryable"), problem.get("retry_after")
        details, code = problem.get("details"), problem.get("code")
        # A read that is not ready goes on at another cursor than it began with.
        self.cursor = details.get("next_cursor") if code == "not_ready" and details else None
        # CleverTap keeps a cursor for a while only, and ours is of one version, account and query.
        fields = [failure["field"] for failure in details["failures"]] if code == "invalid" else []
        self.is_about_cursor = code == "cursor_expired" or "next_cursor" in fields


def now():
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)


def read(text):
    return json.loads(text, parse_float=decimal.Decimal)


def ask(resource, query):
    """The rows of a page of reports, or of a stream of events, and last their `meta`."""
    url = f"{os.environ.get('SERVICE_URL', 'http://127.0.0.1:8080')}/unified/marketing-automation/{resource}"
    request = urllib.request.Request(f"{url}?{urllib.parse.urlencode(query)}")
    request.add_header("Authorization", f"Bearer {os.environ.get('SERVICE_TOKEN', 'sandbox-token')}")
    # A stream reads each cursor of CleverTap's once; a page that ends within one of CleverTap's would read it again.
    request.add_header("Accept", "application/x-ndjson" if resource == "events" else "application/json")
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            if resource == "events":
                yield from map(read, answer)
            else:
                page = read(answer.read())
                yield from page["result"]
                yield {"meta": {"error": None, **page["meta"], "next_cursor": page["next_cursor"]}}
    except urllib.error.HTTPError as error:
        try:
            problem = read(error.read())
        except (OSError, http.client.HTTPException, ValueError):
            problem = None
        if not isinstance(problem, dict) or "retryable" not in problem:
            message = f"HTTP {error.code} {error.reason}, in words that are not the service's"
            problem = {"message": message, "retryable": error.code in (429, 502, 503, 504)}
        raise Problem(problem) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Problem({"message": f"no answer from {url}, or none to be read: {error}", "retryable": True}) from None


def walk(db, source, began, span, cursor):
    """Reads a list from a cursor to its end; a Problem that leaves it is the cursor's."""
    query = {"integrated_account_id": source.account, "truto_ignore_remote_data": "true", **span}
    query.update({"event_name": source.event} if source.event else {"granularity": "day", "limit": 500})
    store = {"reports": store_report, "events": store_event}[source.resource]
    count, tries, since = 0, 0, span.get(PERIOD[source.resource])
    while cursor is not None:
        meta, fetched_at = None, now().strftime(INSTANT)
        try:
            for part in ask(source.resource, {**query, "next_cursor": cursor}):
                if "row_key" not in part:
                    meta = part["meta"]
                    continue
                count += store(db, source.account, part, fetched_at)
                # Rows that come again replace themselves: those of a stream that will be cut may stay.
                if count % 5000 == 0:
                    db.commit()
            if meta is None:
                raise Problem({"message": "the stream was cut", "retryable": True})
            for warning in meta["warnings"]:
                source.say(warning["message"])
            before, cursor = cursor, meta["next_cursor"] or (cursor if meta["error"] else None)
            if cursor:
                source.save_cut(db, began, span, cursor)
            tries = tries if cursor == before else 0
            if meta["error"] or cursor == before:
                raise Problem(meta["error"] or {"message": "the list does not go on", "retryable": True})
        except Problem as problem:
            tries += 1
            if problem.is_about_cursor:
                source.forget_cut(db)
                if since:
                    # No later run would go so far back by itself.
                    source.save_cut(db, began, span, "")
                raise
            if not problem.retryable or tries == MOST_TRIES:
                sys.exit(f"{source}: {problem}")
            cursor = problem.cursor or cursor
            wait = float(problem.wait or 2**tries)
            source.say(f"{problem}: again in {wait:.0f} s")
            time.sleep(wait)
        finally:
            db.commit()
    # It counts where it leaves no gap to the one before.
    days = (began.date() - datetime.date.fromisoformat(since)).days + 1 if since else span["trailing_days"]
    if days >= needed(db, source, began):
        db.execute("insert or replace into complete values (?, ?, ?, ?)", (*source, began.strftime(INSTANT)))
    source.forget_cut(db)
    db.commit()
    return count


def needed(db, source, began):
    """How many days a walk has to go back."""
    last = source.row(db, "began", "complete")
    since_last = (began - datetime.datetime.strptime(last[0], INSTANT)).days if last else 0
    return OVERLAP[source.resource] + max(since_last, 0)


def span_of(db, source, began, since):
    days = needed(db, source, began)
    if since:
        return {PERIOD[source.resource]: since}
    if days > OVERLAP[source.resource] + 1:
        source.say(f"the last complete run was {days - OVERLAP[source.resource]} days ago: reads {days} days")
    if days > MOST_TRAILING:
        return {PERIOD[source.resource]: str(began.date() - datetime.timedelta(days))}
    return {"trailing_days": days}


def sync(db, source, since):
    """Goes on with a walk that was cut, if there is one, and then walks from the start for what has changed since."""
    count, cut = 0, source.row(db, "began, span, cursor", "cut")
    if cut:
        began, span = datetime.datetime.strptime(cut[0], INSTANT), json.loads(cut[1])
        cut_since = span.get(PERIOD[source.resource])
        if since in (None, cut_since):
            source.say(f"goes on with the run of {cut[0]}, which was cut")
            try:
                count, since = walk(db, source, began, span, cut[2]), None
            except Problem as problem:
                source.say(f"{problem}: from the start")
                since = cut_since
        else:
            source.say(f"leaves the run of {cut[0]} where it was cut, as --since is another ({cut[1]})")
    for is_last in (False, True):
        began = now()
        try:
            return count + walk(db, source, began, span_of(db, source, began, since), "")
        except Problem as problem:
            if is_last:
                sys.exit(f"{source}: {problem}, for the second time")
            source.say(f"{problem}: from the start")


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
    values += [None if revenue is None else str(revenue), row["currency"]]
    values += [json.dumps(row["properties"], default=float), fetched_at]
    db.execute(f"insert or replace into events values ({', '.join('?' * len(values))})", values)
    return 1


def account():
    return os.environ.get("ACCOUNT", "sandbox")


def load(arguments):
    db = sqlite3.connect(arguments.db)
    db.executescript(SCHEMA)
    lists = [List(account(), "reports"), *(List(account(), "events", name) for name in arguments.events)]
    for source in lists:
        print(f"{source}: {sync(db, source, arguments.since)} rows")


def chart(arguments):
    db = sqlite3.connect(arguments.db)
    db.executescript(SCHEMA)
    where, values = ("and channel = ?", [arguments.channel]) if arguments.channel else ("", [])
    rows = db.execute(
        f"select {BUCKETS[arguments.by]} as bucket, sum({arguments.metric}), count({arguments.metric}), count(*), "
        f"max(fetched_at) from reports where account = ? {where} group by bucket order by bucket",
        [account(), *values],
    ).fetchall()
    if not rows:
        sys.exit(f"no rows of the account {account()}: load some first")
    most = max(row[1] or 0 for row in rows)
    of = f"{account()}, {arguments.channel or 'all channels'}"
    print(f"{arguments.metric} by {arguments.by}, {of}, as of {max(row[4] for row in rows)}")
    for bucket, number, told, count, _ in rows:
        if not told:
            print(f"{bucket:>10}  not reported by CleverTap")
        else:
            part = "" if told == count else f"  reported in {told} of {count} rows"
            print(f"{bucket:>10}  {number:>12,}  {'█' * round(50 * number / (most or 1))}{part}")


def day(text):
    return str(datetime.date.fromisoformat(text))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("load")
    command.add_argument("db")
    command.add_argument("--since", type=day, metavar="DAY", help="the first day, such as 2026-01-01")
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
    try:
        main()
        sys.stdout.flush()
    except BrokenPipeError:  # Whoever read the chart has seen enough of it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
