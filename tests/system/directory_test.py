#!/usr/bin/env python3
"""The directory through the command line: a line's life, who is open, fees, what is in force when, what if, and who is there."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

BUILD = pathlib.Path(os.environ["TIERLINE_BINARY_DIR"])
PACK = pathlib.Path(os.environ["TIERLINE_SOURCE_DIR"]) / "deploy/packs/12371"
EVIDENCE = ["--evidence-id", "2009-18", "--evidence", "as filed"]
ADMIN = ["--role", "office_admin", "--office", "320500"]


def expect(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: got {got!r}, wanted {wanted!r}")


class Hotline:
    def __init__(self, folder):
        self.port_file = folder / "port"
        self.server = subprocess.Popen([
            BUILD / "tierline-server", "--data-dir", folder / "data", "--listen", "127.0.0.1:0", "--admin-listen",
            "127.0.0.1:0", "--port-file", self.port_file, "--clock", "virtual", "--clock-start",
            "2009-04-20T10:00:00+08:00"], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not self.port_file.exists() and time.monotonic() < deadline and self.server.poll() is None:
            time.sleep(0.05)
        self.address = json.loads(self.port_file.read_text())["grpc"]

    def run(self, *args):
        return subprocess.run([BUILD / "tierline", "--address", self.address, "-o", "json", *map(str, args)],
                              capture_output=True, text=True, timeout=120, check=False)

    def ask(self, *args):
        done = self.run(*args)
        if done.returncode != 0:
            sys.exit(f"tierline {' '.join(map(str, args))}: exit {done.returncode}\n{done.stderr}")
        return json.loads(done.stdout)

    def route(self, at):
        return self.ask("route", "--from", "051262345678", "--dial", "12371", "--at", at)["decision"]


def draft(folder, name):
    """The pack without Suzhou's line, under another name."""
    path = folder / name
    shutil.copytree(PACK, path)
    settings = json.loads((path / "pack.json").read_text())
    settings["name"] = name
    (path / "pack.json").write_text(json.dumps(settings))
    lines = (path / "lines.csv").read_text().splitlines(keepends=True)
    (path / "lines.csv").write_text("".join(line for line in lines if not line.startswith("320500,")))
    return path


def check_lines(hotline):
    """R-202, R-203, R-115."""
    done = hotline.run(*ADMIN, "line", "step", "file", "320500", *EVIDENCE)
    expect("a skipped step", done.returncode, 1)
    expect("what is allowed instead", "is open; allowed next: suspend, rebind, close" in done.stderr, True)
    hotline.ask(*ADMIN, "line", "step", "rebind", "320500=+8651260320500", *EVIDENCE)
    expect("who answers meanwhile", hotline.route("2009-04-21T10:00:00+08:00")["served_office"], "320000")
    expect("who answered before", hotline.route("2009-04-20T09:00:00+08:00")["served_office"], "320500")
    shut = hotline.ask("line", "list", "--only", "not_open")
    expect("who is not open", [line["office"] for line in shut["lines"]], ["320500"])
    expect("lines open", shut["counts"][-1]["open"], 3215)
    hotline.ask(*ADMIN, "line", "step", "verify", "320500", *EVIDENCE)
    hotline.ask(*ADMIN, "line", "step", "test", "320500=5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21", *EVIDENCE)
    hotline.ask(*ADMIN, "line", "step", "open", "320500", *EVIDENCE)
    expect("the new number", hotline.route("2009-04-21T10:00:00+08:00")["line"], "+8651260320500")
    life = hotline.ask("line", "show", "320500")
    expect("its life", [span["state"] for span in life["spans"]][-4:],
           ["LINE_STATE_REBOUND", "LINE_STATE_REVERIFIED", "LINE_STATE_RETESTED", "LINE_STATE_OPEN"])
    hotline.ask(*ADMIN, "line", "step", "suspend", "--under", "320500", *EVIDENCE)
    shut = hotline.ask("line", "list", "--office", "320500", "--only", "open")
    expect("a city that is suspended as one", shut["lines"], [])


def check_fees(hotline):
    """R-205"""
    expect("fees of 2010 of all but Suzhou", hotline.ask("fees", "--year", 2010)["totals"][-1]["fen"],
           str(363 * 288_000))
    expect("fees of 2009", hotline.ask("fees", "--year", 2009)["totals"][-1]["fen"],
           str((363 * 9 + 1) * 24_000))
    province = hotline.ask("fees", "--year", 2010, "--office", "340000")
    expect("of a province", province["totals"][-1]["fen"], str(17 * 288_000))
    expect("a month to come", province["statements"][0]["lines"][0].get("forecast"), True)
    done = hotline.run("fees", "--from-month", "2009-01", "--until-month", "2011-02")
    expect("more than two years", (done.returncode, "1 to 24 after the first" in done.stderr), (1, True))


def check_plan(hotline, folder):
    """R-112, R-201, R-507"""
    call = hotline.ask("call", "receive", "--from", "02584345678", "--dial", "12371", "--at",
                       "2009-04-20T10:00:00+08:00")["inquiry_id"]
    next_pack = draft(folder, "next")
    period = ["--from", "2009-04-01T00:00:00+08:00", "--until", "2009-05-01T00:00:00+08:00"]
    what_if = hotline.ask("directory", "what-if", next_pack, *period)
    expect("what if nothing but Suzhou changed", what_if["calls"], [])
    expect("calls compared", what_if["calls_compared"], "1")
    hotline.ask("directory", "load", next_pack, "--yes", "--effective-at", "2009-06-01T00:00:00+08:00")
    shown = hotline.ask("directory", "show")["hotline"]["name"]
    expect("in force now", shown, "12371")
    shown = hotline.ask("directory", "show", "--at", "2009-06-01T00:00:00+08:00")["hotline"]["name"]
    expect("in force in June", shown, "next")
    done = hotline.run("directory", "policy", "bureau-12345", "--effective-at", "2009-04-01T00:00:00+08:00")
    expect("the past", (done.returncode, "is in the past" in done.stderr), (1, True))
    hotline.ask("directory", "change", "320115", "--parent", "321100", "--effective-at", "2009-05-01T00:00:00+08:00",
                *EVIDENCE)
    parent = [hotline.ask("directory", "office", "320115", "--at", at)["office"]["parent"]
              for at in ("2009-04-30T23:59:59+08:00", "2009-05-01T00:00:00+08:00")]
    expect("the tree of each time", parent, ["320100", "321100"])
    plan = hotline.ask("directory", "plan")["publications"]
    expect("what is published", [next(iter(set(one) & {"pack_hash", "office"})) for one in plan],
           ["pack_hash", "office", "pack_hash"])
    other = draft(folder, "other")
    lines = (other / "lines.csv").read_text().splitlines(keepends=True)
    (other / "lines.csv").write_text("".join(line for line in lines if not line.startswith("320100,")))
    changed = hotline.ask("directory", "what-if", other, *period)["calls"]
    expect("what if Nanjing had no line", [one["inquiry_id"] for one in changed], [])
    offices = (other / "offices.csv").read_text().replace("320100,prefecture,320000,南京市,true",
                                                         "320100,prefecture,320000,南京市,false")
    (other / "offices.csv").write_text(offices)
    changed = hotline.ask("directory", "what-if", other, *period)["calls"]
    expect("what if Nanjing were no seat and had no line",
           [(one["inquiry_id"], one["before"]["intended_office"], one["after"]["intended_office"],
             one["after"]["served_office"]) for one in changed], [(call, "320000", "320100", "320000")])


def check_duty(hotline):
    """R-204"""
    hotline.ask("duty", "leader", "320100", "L-17")
    hotline.ask("duty", "roster", "320100", "--from", "2009-04-21T00:00:00+08:00", "--until",
                "2009-04-22T00:00:00+08:00", "--duty",
                "OP-1=2009-04-21T08:30:00+08:00/2009-04-21T12:00:00+08:00")
    duty = hotline.ask("duty", "show", "320100")
    expect("the leader", duty["leader_id"], "L-17")
    expect("the roster", [one["operator_id"] for one in duty["duties"]], ["OP-1"])
    hotline.ask("duty", "sign-on", "320100", "OP-1", "--at", "2009-04-20T08:40:00+08:00")
    done = hotline.run("duty", "sign-on", "320100", "OP-1")
    expect("signed on twice", (done.returncode, "ALREADY_SIGNED_ON" in done.stderr), (1, True))
    staffing = hotline.ask("duty", "staffing", "320100", "--from-day", "2009-04-20", "--until-day", "2009-04-21")
    day = staffing["days"][0]
    expect("minutes without anybody", day["violation_minutes"], 10)
    expect("the others", day["staffed_minutes"], day["working_minutes"] - 10)
    hotline.ask("duty", "sign-off", "320100", "OP-1")
    staffing = hotline.ask("duty", "staffing", "320100", "--from-day", "2009-04-20", "--until-day", "2009-04-21")
    expect("who is there", staffing["signed_on"], [])


def main():
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        hotline = Hotline(folder)
        try:
            hotline.ask("directory", "load", PACK, "--yes")
            check_lines(hotline)
            check_fees(hotline)
            check_plan(hotline, folder)
            check_duty(hotline)
        finally:
            hotline.server.terminate()
            hotline.server.wait(timeout=30)


if __name__ == "__main__":
    main()
