#!/usr/bin/env python3
"""A voice platform's day with the real server, by the program `tierline`: a menu key by key, a busy line that overflows, a
transfer, a voice message and its call-back, a stream of reports, the dialling guide, explanations."""

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
import uuid
import zoneinfo

BUILD = pathlib.Path(os.environ["TIERLINE_BINARY_DIR"])
SOURCE = pathlib.Path(os.environ["TIERLINE_SOURCE_DIR"])


def write_pack(folder):
    """The second pack, at work all day from yesterday on, but for the Outer Isles, which open in three days."""
    shutil.copytree(SOURCE / "deploy/packs/demo-2345", folder)
    path = folder / "hours.json"
    hours = json.loads(path.read_text())
    zone = json.loads((folder / "pack.json").read_text())["timeZone"]
    today = datetime.datetime.now(zoneinfo.ZoneInfo(zone)).date()
    days = [(today + datetime.timedelta(days=n)).isoformat() for n in range(-1, 4)]
    for book in hours["hours"]:
        open_days = days if book["id"] == "standard" else days[4:]
        book["days"] = [{"date": day, "intervals": ["00:00-24:00"] if day in open_days else []} for day in days]
    path.write_text(json.dumps(hours))


class Server:
    def __init__(self, folder, pack):
        self.ports = folder / "ports"
        self.process = subprocess.Popen([
            str(BUILD / "tierline-server"), "--engine", "memory", "--data-dir", str(folder / "data"), "--listen", "127.0.0.1:0",
            "--admin-listen", "127.0.0.1:0", "--log-level", "error", "--port-file", str(self.ports)])
        deadline = time.monotonic() + 60
        while not self.ports.exists() or not self.ports.read_text().strip():
            assert self.process.poll() is None and time.monotonic() < deadline, "the server is not ready"
            time.sleep(0.01)
        self.address = json.loads(self.ports.read_text())["grpc"]
        self.run("directory", "load", str(pack), "--yes")

    def run(self, *words, code=0, stdin=""):
        command = [str(BUILD / "tierline"), "--address", self.address, *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, input=stdin)
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout if code == 0 else done.stdout + done.stderr

    def ask(self, *words, **more):
        return json.loads(self.run(*words, "-o", "json", **more))

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


def receive(server, dialled, caller=None):
    words = ["call", "receive", "--dial", dialled] + (["--from", caller] if caller else [])
    return server.ask(*words)


def prompts(answer):
    return [prompt["prompt_id"] for prompt in answer.get("prompts", [])]


def types(server, inquiry):
    return [record["type"].split(".")[2] for record in server.ask("history", inquiry)["records"]]


def menu(server):
    call = receive(server, "03102345")
    inquiry = call["inquiry_id"]
    assert prompts(call)[0] == "area_menu", call
    step = server.ask("call", "press", inquiry)
    assert not step.get("chosen") and prompts(step)[0] == "no_input", step
    chosen = server.ask("call", "press", inquiry, "--keys", "1")
    assert chosen["chosen"] and chosen["decision"]["served_office"] == "920000", chosen
    assert types(server, inquiry) == ["call-received", "menu-pressed", "menu-chosen"]
    return inquiry


def overflow(server):  # R-117, case 21
    inquiry = receive(server, "03202345")["inquiry_id"]
    busy = server.ask("call", "report", inquiry, "--sequence", "1", "--kind", "busy")
    assert busy["next"]["served_office"] == "920000" and prompts(busy) == ["overflow"], busy
    wait_for("the superior is told", lambda: "superior-alarmed" in types(server, inquiry))
    # R-118, case 25
    moved = server.ask("call", "transfer", inquiry, "--to", "920100")
    assert moved["decision"]["served_office"] == "920100", moved
    assert "TRANSFER_LOOP" in server.run("call", "transfer", inquiry, "--to", "920200", code=1)
    for sequence, kind in ((2, "offered"), (3, "answered")):
        server.run("call", "report", inquiry, "--sequence", str(sequence), "--kind", kind)
    server.run("call", "report", inquiry, "--sequence", "4", "--kind", "ended", "--cause", "caller_hung_up")
    wait_for("one outcome", lambda: server.ask("call", "show", inquiry)["call"].get("outcome") == "OUTCOME_ANSWERED")
    assert [leg["office"] for leg in server.ask("call", "show", inquiry)["call"]["legs"]] == ["920200", "920000", "920100"]
    explained = server.ask("call", "explain", inquiry)
    conclusion = explained["explanation"]["conclusion"]
    assert conclusion["served_office"] == explained["decision"]["served_office"] == "920100"
    rows = server.run("report", "totals", "--by", "office", "-o", "jsonl").splitlines()
    totals = {row["key"]: row for row in map(json.loads, rows)}
    assert totals["920200"]["legs_blocked"] == "1" and totals["920200"]["overflowed_out"] == "1", totals
    assert totals["920100"]["answered"] == "1" and totals["920000"]["transferred_out"] == "1", totals


def message(server):
    call = receive(server, "0212345", "0310 2123456")
    inquiry = call["inquiry_id"]
    assert call["decision"]["action"] == "ROUTE_ACTION_VOICE" and prompts(call) == ["after_hours"], call
    left = server.ask("call", "message", inquiry, "--recording", "vm/17", "--call-back", "0310 2123456")
    assert left["office"] == "930000" and int(left["callback_due_at_ms"]) > int(left["callback_from_ms"]) > 0, left
    opened = wait_for("the inquiry", lambda: server.ask("inquiry", "show", inquiry)["inquiry"])
    assert opened["channel"] == "INQUIRY_CHANNEL_VOICE_MESSAGE" and opened["office"] == "930000", opened
    wait_for("the clock of the call-back", lambda: "deadline-set" in types(server, inquiry))
    server.run("inquiry", "callback", inquiry)
    server.run("inquiry", "callback", inquiry, "--reached", "--remark", "told")
    wait_for("the clock is met", lambda: "deadline-met" in types(server, inquiry))
    # case 5: nobody can be called back whose number nobody knows.
    withheld = receive(server, "0212345")["inquiry_id"]
    left = server.ask("call", "message", withheld, "--recording", "vm/18")
    assert int(left["callback_due_at_ms"]) == 0, left


def stream(server):
    calls = [receive(server, "03202345")["inquiry_id"] for _ in range(5)]
    lines = [json.dumps({"request_id": str(uuid.uuid4()), "inquiry_id": inquiry, "sequence": sequence, "kind": kind,
                         "cause": cause, "switch_time_ms": int(time.time() * 1000) + 1000 * sequence})
             for sequence, kind, cause in ((1, 1, 0), (2, 2, 0), (3, 3, 1)) for inquiry in calls]
    for _ in range(2):  # again does no harm
        acks = [json.loads(line) for line in server.run("call", "reports", "-", "-o", "jsonl", stdin="\n".join(lines)).splitlines()]
        assert len(acks) == 15 and not any("error" in ack for ack in acks), acks
    for inquiry in calls:
        wait_for("the outcome", lambda: server.ask("call", "show", inquiry)["call"].get("outcome") == "OUTCOME_ANSWERED")
        assert types(server, inquiry).count("call-reported") == 3
    refused = json.dumps({"request_id": str(uuid.uuid4()), "inquiry_id": calls[0], "sequence": 1, "kind": 1,
                          "switch_time_ms": 1})
    assert "DUPLICATE_SEQUENCE" in server.run("call", "reports", "-", code=1, stdin=refused)
    busy = json.dumps({"request_id": str(uuid.uuid4()), "inquiry_id": receive(server, "03202345")["inquiry_id"], "sequence": 1,
                       "kind": "CALL_REPORT_KIND_BUSY", "switch_time_ms": int(time.time() * 1000)})
    assert json.loads(server.run("call", "reports", "-", "-o", "jsonl", stdin=busy))["next"]["served_office"] == "920000"


def guide(server):
    entry = server.ask("guide", "--from", "020", "--to", "920000")["entries"][0]
    assert (entry["dialled"], entry["keys"]) == ("03102345", "1"), entry
    assert "Uplands: dial 03102345" in entry["text"]["en"], entry
    assert "Millbridge" in server.run("guide", "--area", "0310")


def explain(server):
    out = server.run("route", "--from", "0310 2123456", "--dial", "03202345", "--at", "2024-03-05T10:00+00:00", "--explain")
    for words in ("R-102", "R-101", "R-114", "R-117", "Stonefield", "So a person at Stonefield answers."):
        assert words in out, out
    answer = server.ask("route", "--dial", "2345", "--at", "2024-03-05T10:00+00:00", "--explain")
    steps = {step["rule"]: step for step in answer["explanation"]["steps"]}
    assert not steps["R-102"].get("applied") and steps["R-102"]["text"]["en"] == "No area code was dialled.", steps


with tempfile.TemporaryDirectory(prefix="tierline-calls-") as name:
    folder = pathlib.Path(name)
    write_pack(folder / "pack")
    server = Server(folder, folder / "pack")
    try:
        for part in (menu, overflow, message, stream, guide, explain):
            part(server)
            print(f"ok: {part.__name__}")
    finally:
        server.stop()
