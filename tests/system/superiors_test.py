#!/usr/bin/env python3
"""What superiors do with the real server, by the program `tierline`: what is urgent climbs by the wall clock, an order by a
date, a take-over; and clocks that follow another pack."""

import contextlib
import datetime
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import zoneinfo

BUILD = pathlib.Path(os.environ["TIERLINE_BINARY_DIR"])
SOURCE = pathlib.Path(os.environ["TIERLINE_SOURCE_DIR"])
ZONE = zoneinfo.ZoneInfo(json.loads((SOURCE / "deploy/packs/demo-2345/pack.json").read_text())["timeZone"])
TOMORROW = (datetime.datetime.now(ZONE).date() + datetime.timedelta(days=1)).isoformat()


def write_pack(folder, working_days):
    """The second pack, at work all day tomorrow; a level may keep silent for a second."""
    shutil.copytree(SOURCE / "deploy/packs/demo-2345", folder)
    for path, change in ((folder / "hours.json", work_tomorrow), (folder / "policies/standard.json", shorten)):
        content = json.loads(path.read_text())
        change(content, working_days)
        path.write_text(json.dumps(content))


def work_tomorrow(hours, _):
    for book in hours["hours"]:
        book["days"] = [{"date": TOMORROW, "intervals": ["00:00-24:00"]}]


def shorten(policy, working_days):
    policy["urgentAcknowledgeS"] = 1
    for limit in policy["limits"]:
        if limit["id"] == "default":
            limit["workingDays"] = working_days


class Server:
    def __init__(self, folder):
        self.ports = folder / "ports"
        self.process = subprocess.Popen([
            str(BUILD / "tierline-server"), "--engine", "memory", "--data-dir", str(folder / "data"), "--listen", "127.0.0.1:0",
            "--admin-listen", "127.0.0.1:0", "--log-level", "error", "--port-file", str(self.ports)])
        deadline = time.monotonic() + 60
        while not self.ports.exists() or not self.ports.read_text().strip():
            assert self.process.poll() is None and time.monotonic() < deadline, "the server is not ready"
            time.sleep(0.01)
        self.address = json.loads(self.ports.read_text())["grpc"]

    def run(self, *words, code=0):
        command = [str(BUILD / "tierline"), "--address", self.address, *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout if code == 0 else done.stdout + done.stderr

    def ask(self, *words):
        return json.loads(self.run(*words, "-o", "json"))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0, "the server did not end in order"


def wait_for(what, ask):
    deadline = time.monotonic() + 20
    while True:
        with contextlib.suppress(AssertionError):
            answer = ask()
            if answer:
                return answer
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def records(server, inquiry, name):
    return [record for record in server.ask("history", inquiry)["records"] if record["type"].split(".")[2] == name]


def register(server, *flags, solvable=True):
    inquiry = server.ask("inquiry", "open", "--office", "920300", "--category", "billing", "--question", "?", *flags)["inquiry_id"]
    server.run("inquiry", "register", inquiry, "--explanation", "later", "--next-step", "then",
               *([] if solvable else ["--not-solvable"]))
    wait_for("the clock", lambda: records(server, inquiry, "deadline-set"))
    return inquiry


def supervise(server, inquiry, **more):
    evidence = records(server, inquiry, "inquiry-registered")[0]["id"]
    return server.run("inquiry", "supervise", inquiry, "--office", "900000", "--due", TOMORROW, "--reason", "late", "--evidence",
                      evidence, **more)


def urgent(server):
    inquiry = register(server, "--urgent")
    told = wait_for("everybody to be told", lambda: (lambda told: len(told) == 3 and told)(records(server, inquiry, "urgent-reported")))
    offices = [record["event"]["urgent_reported"]["office"] for record in told]
    assert offices == ["920000", "900000", ""], offices
    server.run("inquiry", "acknowledge-urgent", inquiry, "--office", "900000")
    assert "ALREADY_ACKNOWLEDGED" in server.run("inquiry", "acknowledge-urgent", inquiry, "--office", "900000", code=1)
    reports = server.ask("deadline", "show", inquiry)["urgent_reports"]
    assert [report["skipped"] for report in reports] == [True, True, False], reports
    assert [report["acknowledged_at_ms"] != "0" for report in reports] == [False, True, False], reports
    assert "kept silent" in server.run("history", inquiry)


def order(server):
    inquiry = register(server)
    supervise(server, inquiry)
    server.run("inquiry", "acknowledge", inquiry, "--office", "920300")
    assert "SUPERVISION_STANDS" in supervise(server, inquiry, code=1)
    assert "acknowledged" in server.run("deadline", "show", inquiry)
    server.run("inquiry", "close", inquiry, "--outcome", "resolved")
    wait_for("the order is fulfilled", lambda: records(server, inquiry, "supervision-fulfilled"))
    assert "NOT_SOLVABLE" in supervise(server, register(server, solvable=False), code=1)


def take_over(server):
    inquiry = register(server)
    words = ("inquiry", "take-over", inquiry, "--reason", "ours", "--office")
    assert "NOT_A_SUPERIOR" in server.run(*words, "910000", code=1)
    server.run(*words, "920000")
    moved = wait_for("the clock goes on", lambda: records(server, inquiry, "deadline-recomputed"))[0]
    assert moved["event"]["deadline_recomputed"]["office"] == "920000", moved
    assert server.ask("inquiry", "show", inquiry)["inquiry"]["office"] == "920000"
    assert [holder["office"] for holder in server.ask("deadline", "show", inquiry)["holders"]] == ["920300", "920000"]
    assert server.ask("report", "totals")["sum"]["taken_over"] == "1"


def another_pack(server):
    inquiry = register(server)
    before = records(server, inquiry, "deadline-set")[0]["event"]["deadline_set"]["due_at_ms"]
    server.run("directory", "load", str(folder / "longer"), "--yes")
    moved = wait_for("the clock follows", lambda: records(server, inquiry, "deadline-recomputed"))
    assert moved[0]["event"]["deadline_recomputed"]["previous_due_at_ms"] == before, moved
    assert int(moved[0]["event"]["deadline_recomputed"]["due_at_ms"]) > int(before), moved
    assert "recomputed" in server.run("history", inquiry)


with tempfile.TemporaryDirectory(prefix="tierline-superiors-") as name:
    folder = pathlib.Path(name)
    write_pack(folder / "pack", 5)
    write_pack(folder / "longer", 9)
    server = Server(folder)
    try:
        server.run("directory", "load", str(folder / "pack"), "--yes")
        for part in (urgent, order, take_over, another_pack):
            part(server)
            print(f"ok: {part.__name__}")
    finally:
        server.stop()
