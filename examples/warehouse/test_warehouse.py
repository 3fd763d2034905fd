"""`warehouse.py` against a stand-in for the service that answers what each test scripts: `python3 -m unittest`."""

import contextlib
import datetime
import functools
import http.server
import io
import json
import os
import sqlite3
import sys
import tempfile
import threading
import unittest
import unittest.mock
import urllib.parse

import warehouse

FRIDAY = datetime.datetime(2026, 3, 6, 6)
MONDAY = datetime.datetime(2026, 3, 9, 6)
CUT = object()


def report(day, key="", conversions=None):
    counts = {name: None for name in warehouse.COUNTS}
    counts.update(sent=10, conversions=conversions, conversion_value=None, currency=None)
    campaign = {"id": "c", "remote_id": "1", "name": "Hello", "channel": "email"}
    window = {"day": day}
    return {"row_key": day + key, "campaign": campaign, "window": window, "granularity": "day", "status": "ok", "counts": counts}


def event(day, revenue=None):
    properties = {"Amount": revenue}
    return {"row_key": day, "name": "Charged", "occurred_at": f"{day}T00:00:00Z", "profile_id": "u", "revenue": revenue,
            "currency": "INR", "properties": properties}


def page(*rows, following=None):
    return 200, json.dumps({"result": rows, "next_cursor": following, "meta": {"warnings": []}})


def stream(*rows, following=None, error=None, whole=True):
    meta = {"meta": {"next_cursor": following, "warnings": [], "error": error}}
    return 200, "".join(json.dumps(line) + "\n" for line in [*rows, *([meta] if whole else [])])


def problem(status, code, retryable=False, **more):
    return status, json.dumps({"message": f"said {code}", "code": code, "retryable": retryable, "retry_after": None, **more})


EXPIRED = problem(410, "cursor_expired", details={"restart": "ask again"})
FOREIGN = problem(400, "invalid", details={"failures": [{"field": "next_cursor", "message": "is of another account"}]})
GATEWAY = 502, "<html>Bad Gateway</html>"
DOWN = problem(401, "unauthorized")


class Service(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path, _, query = self.path.partition("?")
        self.server.asked.append({"resource": path.rpartition("/")[2], **dict(urllib.parse.parse_qsl(query))})
        status, body = self.server.script.pop(0) if self.server.script else (500, '{"retryable": false, "message": "unscripted"}')
        if body is not CUT:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


class Warehouse(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = os.path.join(folder.name, "marketing.db")
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.waits = self.replace(warehouse.time, "sleep")
        self.environment = {"SERVICE_URL": f"http://127.0.0.1:{self.server.server_port}", "ACCOUNT": "one", "no_proxy": "127.0.0.1"}

    def replace(self, *what):
        patch = unittest.mock.patch.object(*what)
        self.addCleanup(patch.stop)
        return patch.start()

    def run_it(self, *arguments, at=MONDAY, answers=(), account="one"):
        """What it asked, printed, and ended with; it has to take up all answers."""
        self.server.script, self.server.asked, out, err, end = list(answers), [], io.StringIO(), io.StringIO(), None
        with unittest.mock.patch.object(warehouse, "now", lambda: at), \
                unittest.mock.patch.dict(os.environ, {**self.environment, "ACCOUNT": account}), \
                unittest.mock.patch.object(sys, "argv", ["warehouse.py", arguments[0], self.file, *arguments[1:]]), \
                contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                warehouse.main()
            except SystemExit as exit:
                end = exit.code
        self.assertEqual(self.server.script, [], f"not asked for: {err.getvalue()} {end}")
        self.said = err.getvalue()
        return self.server.asked, out.getvalue(), end

    def load(self, *answers, at=MONDAY, events=(), since=(), account="one"):
        """The windows and cursors that were asked for, and what it ended with."""
        asked, _, end = self.run_it("load", *since, *events, at=at, answers=answers, account=account)
        spans = [query.get("trailing_days") or query.get("start_at[gte]") or query.get("occurred_at[gte]") for query in asked]
        return [(query["resource"], span, query.get("next_cursor", "")) for query, span in zip(asked, spans)], end

    def rows(self, query):
        with contextlib.closing(sqlite3.connect(self.file)) as db:
            return db.execute(query).fetchall()

    def test_after_a_cut_run_all_is_read_that_has_changed_since(self):
        thursday = FRIDAY - datetime.timedelta(1)
        charged = ["--events", "Charged"]
        self.assertEqual(self.load(page(), stream(), at=thursday, events=charged)[1], None)
        broken = stream(event("2026-03-04"), following="second", error=json.loads(DOWN[1]))
        _, end = self.load(page(report("2026-03-05"), following="p2"), DOWN, at=FRIDAY)
        self.assertEqual(end, "reports: said unauthorized")
        _, end = self.load(page(), page(), broken, at=FRIDAY, events=charged)
        self.assertEqual(end, "events, Charged: said unauthorized")
        asked, end = self.load(page(), stream(event("2026-03-05")), stream(event("2026-03-07")), events=charged)
        # Wednesday to Friday from where it was cut; then from Thursday's run on, less the overlap.
        self.assertEqual(asked[1:], [("events", "4", "second"), ("events", "6", "")])
        self.assertIsNone(end)
        self.assertEqual(len(self.rows("select * from events")), 3)
        self.assertEqual(self.load(page(), stream(), events=charged)[0][1], ("events", "3", ""))

    def test_a_cut_run_of_reports_is_finished_and_then_read_anew(self):
        self.load(page(report("2026-03-05"), following="p2"), DOWN, at=FRIDAY)
        asked, end = self.load(page(), page(report("2026-03-08")))
        self.assertEqual(asked, [("reports", "35", "p2"), ("reports", "38", "")])
        self.assertIsNone(end)
        self.assertEqual(self.rows("select * from cut"), [])

    def test_a_pause_widens_what_is_read_again(self):
        self.load(page(), at=MONDAY - datetime.timedelta(50))
        self.assertEqual(self.load(page())[0], [("reports", "85", "")])
        self.assertIn("50 days ago: reads 85 days", self.said)
        # More than trailing_days takes.
        later = MONDAY + datetime.timedelta(400)
        self.assertEqual(self.load(page(), at=later)[0], [("reports", str((later - datetime.timedelta(435)).date()), "")])
        self.assertEqual(self.load(page(), at=later)[0], [("reports", "35", "")])

    def test_since_counts_as_a_complete_run_only_if_it_leaves_no_gap(self):
        self.load(page(), at=MONDAY - datetime.timedelta(50))
        self.load(page(), since=["--since", "2026-03-01"])
        self.assertEqual(self.load(page())[0], [("reports", "85", "")])
        self.load(page(), at=MONDAY + datetime.timedelta(50), since=["--since", "2026-01-01"])
        self.assertEqual(self.load(page(), at=MONDAY + datetime.timedelta(50))[0], [("reports", "35", "")])

    def test_a_first_load_that_was_cut_is_finished_by_the_daily_command(self):
        since = ["--since", "2025-01-01"]
        self.load(page(report("2025-01-01"), following="p2"), DOWN, since=since)
        self.assertEqual(self.load(EXPIRED, page())[0], [("reports", "2025-01-01", "p2"), ("reports", "2025-01-01", "")])
        self.assertEqual(self.load(page())[0], [("reports", "35", "")])

    def test_a_first_load_is_not_forgotten_when_its_cursor_is(self):
        self.load(page(following="p2"), DOWN, since=["--since", "2025-01-01"])
        self.load(EXPIRED, DOWN)
        self.assertEqual(self.load(page(), page())[0], [("reports", "2025-01-01", ""), ("reports", "35", "")])
        self.assertEqual(self.rows("select * from cut"), [])

    def test_a_cursor_that_is_refused_is_given_up_and_never_for_ever(self):
        for refusal in [EXPIRED, FOREIGN]:
            self.load(page(report("2026-03-05"), following="p2"), DOWN)
            asked, end = self.load(refusal, page())
            self.assertEqual([cursor for _, _, cursor in asked], ["p2", ""])
            self.assertIsNone(end)
        twice = [page(following="p2"), EXPIRED, page(following="p3"), EXPIRED]
        asked, end = self.load(*twice)
        self.assertEqual([cursor for _, _, cursor in asked], ["", "p2", "", "p3"])
        self.assertEqual(end, "reports: said cursor_expired, for the second time")
        self.assertEqual(self.rows("select * from cut"), [])

    def test_what_stands_before_the_service_is_asked_again_and_not_for_ever(self):
        self.assertIsNone(self.load(GATEWAY, (200, "<html>"), (0, CUT), page(report("2026-03-05")))[1])
        self.assertEqual(len(self.waits.mock_calls), 3)
        _, end = self.load(*[GATEWAY] * 5)
        self.assertEqual(end, "reports: HTTP 502 Bad Gateway, in words that are not the service's")
        _, end = self.load((404, "no such page"))
        self.assertEqual(end, "reports: HTTP 404 Not Found, in words that are not the service's")
        self.environment["SERVICE_URL"] = "http://127.0.0.1:1"
        self.assertIn("Connection refused", self.load()[1])

    def test_a_list_that_does_not_go_on_is_not_walked_for_ever(self):
        _, end = self.load(*[page(following="p2")] * 6)
        self.assertEqual(end, "reports: the list does not go on")

    def test_a_stream_without_its_last_line_was_cut(self):
        broken = stream(event("2026-03-04"), whole=False)
        half = 200, stream(event("2026-03-04"))[1][:-30]
        later = stream(following="third", error=json.loads(problem(503, "not_ready", retryable=True, details=None)[1]))
        charged = ["--events", "Charged"]
        asked, end = self.load(page(), broken, half, later, stream(event("2026-03-05")), events=charged)
        self.assertEqual([cursor for _, _, cursor in asked[1:]], ["", "", "", "third"])
        self.assertIsNone(end)
        self.assertEqual(len(self.rows("select * from events")), 2)

    def test_a_read_that_is_not_ready_goes_on_where_it_says(self):
        wait = problem(503, "not_ready", retryable=True, details={"next_cursor": "begun"})
        asked, _ = self.load(page(), wait, stream(), events=["--events", "Charged"])
        self.assertEqual([cursor for _, _, cursor in asked[1:]], ["", "begun"])

    def test_money_stays_as_it_came(self):
        status, text = stream(event("2026-03-04", revenue=12.5))
        exact = text.replace('"revenue": 12.5', '"revenue": 12345678901234567.10')
        self.load(page(), (status, exact), events=["--events", "Charged"])
        self.assertEqual(self.rows("select revenue, properties from events"), [("12345678901234567.10", '{"Amount": 12.5}')])

    def test_a_chart_is_of_one_account_and_says_what_it_lacks(self):
        rows = [report("2026-03-02", key=str(number)) for number in range(19)]
        self.load(page(*rows, report("2026-03-02", key="last", conversions=7)))
        self.load(page(report("2026-03-02", conversions=1000)), account="two")
        chart = functools.partial(self.run_it, "chart")
        line = chart("--metric", "conversions")[1].splitlines()[1]
        self.assertIn(" 7  ", line)
        self.assertTrue(line.endswith("reported in 1 of 20 rows"), line)
        self.assertIn(" 200  ", chart()[1])
        self.assertNotIn(" of 20 rows", chart()[1])
        self.assertIn("not reported by CleverTap", chart("--metric", "opens")[1])
        self.assertIn("1,000", chart("--metric", "conversions", account="two")[1])
        self.assertEqual(chart(account="three")[2], "no rows of the account three: load some first")


if __name__ == "__main__":
    unittest.main()
