#!/usr/bin/env python3
"""A stranger's dashboard counts what reporting counts, from the public topic and the published descriptor alone.

Two replicas of reporting publish; one is killed, and one is stopped until the other has taken over, and goes on. Two
consumers share a group, of which the second joins late and the first leaves early. The figures must be equal.
"""

import concurrent.futures
import json
import os
import pathlib
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid

SOURCE = pathlib.Path(os.environ["TIERLINE_SOURCE_DIR"])
BUILD = pathlib.Path(os.environ["TIERLINE_BINARY_DIR"])
PYTHON = BUILD / "stranger/bin/python"
DESCRIPTOR = BUILD / "tierline.public.binpb"
PREFIX = "stranger."
TOPIC = PREFIX + "tierline.public.v1"
PARTITIONS = 6
SESSION_S = 2
PAUSES_MAX = 5
MORNING = "2024-03-06T10:00"  # of a working day, on the virtual clocks


def wait_for(what, condition, patience=60):
    end = time.monotonic() + patience
    while not (result := condition()):
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)
    return result


def kafka(folder, *words):
    done = subprocess.run([sys.executable, str(SOURCE / "tools/kafka"), words[0], "--dir", str(folder), *words[1:]],
                          env={**os.environ, "TIERLINE_BUILD_DIR": str(BUILD)}, capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


class Server:
    """A tierline-server that can be killed and started again."""

    def __init__(self, folder, brokers, name, roles, *more):
        self.ports, self.log = folder / f"{name}.ports", folder / f"{name}.log"
        self.command = [str(BUILD / "tierline-server"), "--engine", "kafka", "--kafka-brokers", brokers,
                        "--kafka-topic-prefix", PREFIX, "--kafka-replication", "1", "--partitions", str(PARTITIONS),
                        "--kafka-session-timeout", f"{SESSION_S}s", "--clock", "virtual",
                        "--clock-start", MORNING + ":00Z", "--instance", name, "--roles", roles,
                        "--master-key-file", str(folder / "master.key"), "--data-dir", str(folder / name),
                        "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--port-file", str(self.ports), *more]
        self.process = None

    def start(self):
        self.ports.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stderr=log)
        wait_for("a server to serve", lambda: self.ports.exists() or self.process.poll() is not None, 120)
        assert self.process.poll() is None, self.log.read_text()
        bound = json.loads(self.ports.read_text())
        self.address, self.admin = bound["grpc"], bound["admin"]

    def end(self, how):
        self.process.send_signal(how)
        return self.process.wait(60)

    def metric(self, name):
        page = urllib.request.urlopen(f"http://{self.admin}/metrics", timeout=10).read().decode()
        return float(next(line.split()[-1] for line in page.splitlines() if line.startswith(name + " ")))


def tierline(server, *words):
    """Runs the command; the same again, with the same request id, while nobody answers."""
    command = [str(BUILD / "tierline"), "--address", server.address, "-o", "json", *words]
    for _ in range(20):
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        if done.returncode != 3:
            break
    assert done.returncode == 0, f"{words}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    return json.loads(done.stdout)


class Hotline:
    """Calls and inquiries, a few of each kind."""

    def __init__(self, server):
        self.server, self.calls = server, 0

    def command(self, *words):
        return tierline(self.server, *words, "--request-id", str(uuid.uuid4()))

    def report(self, inquiry, sequence, kind, *cause):
        self.command("call", "report", inquiry, "--sequence", str(sequence), "--kind", kind, "--at",
                     f"{MORNING}:{sequence * 5:02}Z", *cause)

    def call(self, number):
        purpose = "test" if number % 7 == 0 else "public"
        inquiry = self.command("call", "receive", "--from", f"020{1000000 + number}", "--dial", "2345", "--call-id",
                               f"call-{number}", "--at", f"{MORNING}:00Z", "--purpose", purpose)["inquiry_id"]
        if number % 5 != 0:  # the others go on
            self.report(inquiry, 1, "offered")
            if number % 2 == 0:
                self.report(inquiry, 2, "answered")
            cause = ("caller_hung_up", "busy", "office_hung_up", "ring_timeout")[number % 4]
            self.report(inquiry, 3 - number % 2, "ended", "--cause", cause)
        if number % 2 == 0:
            self.command("inquiry", "open", "--inquiry", inquiry, "--office", "910000", "--category", "billing",
                         "--question", "What does a cubic metre cost?")
        if number % 4 == 0:
            self.command("inquiry", "answer", inquiry, "--answer", "It depends on the month.")

    def play(self, calls):
        first, self.calls = self.calls, self.calls + calls
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(self.call, range(first, self.calls)))


class Stranger:
    """The dashboard: processes of its consumer group, and its table."""

    def __init__(self, folder, brokers):
        self.table, self.brokers, self.folder = folder / "dashboard.sqlite", brokers, folder

    def command(self, subcommand, **options):
        words = [str(PYTHON), str(SOURCE / "tests/system/stranger.py"), subcommand]
        return words + [word for key, value in options.items() for word in ("--" + key, str(value))]

    def join(self, name):
        out = self.folder / f"{name}.out"
        with out.open("wb") as file:
            process = subprocess.Popen(self.command("consume", brokers=self.brokers, topic=TOPIC, group="dashboard",
                                                    descriptor=DESCRIPTOR, table=self.table, name=name),
                                       stdout=file, stderr=subprocess.STDOUT)
        def assigned():
            assert process.poll() is None, out.read_text()
            return any(line.startswith("assigned ") and line != "assigned 0" for line in out.read_text().splitlines())
        wait_for(f"{name} to get partitions", assigned)
        return process

    def ask(self, subcommand, **options):
        done = subprocess.run(self.command(subcommand, **options), capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def totals(self):
        return self.ask("totals", table=self.table)

    def audit(self):
        return self.ask("audit", brokers=self.brokers, topic=TOPIC, descriptor=DESCRIPTOR,
                        asyncapi=SOURCE / "deploy/kafka/asyncapi.yaml")


def reported(server):
    sums = tierline(server, "report", "totals").get("sum", {})
    return {key: int(value) for key, value in sums.items() if key not in ("key", "level")}


def agree(stranger, server):
    """The figures, when both have the same."""
    figures, expected = stranger.totals(), reported(server)
    differences = {key: (value, expected.get(key, 0)) for key, value in figures.items() if value != expected.get(key, 0)}
    assert set(expected) <= set(figures), f"the stranger does not count {set(expected) - set(figures)}"
    if differences:
        print("not yet, the stranger and reporting:", differences, flush=True)
    return None if differences else figures


def publish_something_twice(stranger, hotline, stopped, other):
    """Stops a replica with events under way, and lets it go on when the other has published them."""
    for _ in range(PAUSES_MAX):
        wait_for("both to publish", lambda: stopped.metric("tierline_public_partitions") > 0)
        hotline.play(6)
        stopped.process.send_signal(signal.SIGSTOP)
        wait_for("the other to take over", lambda: other.metric("tierline_public_partitions") == PARTITIONS)
        wait_for("the other to publish", lambda: other.metric("tierline_public_lag_records") == 0)
        stopped.process.send_signal(signal.SIGCONT)
        wait_for("it to be back", lambda: stopped.metric("tierline_public_lag_records") == 0)
        if stranger.audit()["duplicates"] > 0:
            return
    raise AssertionError("nothing was published twice, so that nothing is shown about what is")


def run(folder, brokers, processes):
    (folder / "master.key").write_text(secrets.token_hex(32) + "\n")
    (folder / "master.key").chmod(0o600)
    deciders = Server(folder, brokers, "deciders", "routing,intake,escalation")
    # The first sends late, so that it always has events under way.
    one = Server(folder, brokers, "reporting-1", "reporting", "--kafka-properties", "linger.ms=1500")
    two = Server(folder, brokers, "reporting-2", "reporting")
    for server in (deciders, one, two):
        server.start()
        processes.append(server)
    tierline(deciders, "directory", "load", str(SOURCE / "deploy/packs/demo-2345"), "--yes")
    hotline, stranger = Hotline(deciders), Stranger(folder, brokers)

    first = stranger.join("first")
    processes.append(first)
    hotline.play(24)
    second = stranger.join("second")  # late
    processes.append(second)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        playing = pool.submit(hotline.play, 36)
        time.sleep(0.5)
        one.end(signal.SIGKILL)
        playing.result()
    one.start()
    first.send_signal(signal.SIGTERM)  # early
    assert first.wait(60) == 0, (folder / "first.out").read_text()
    publish_something_twice(stranger, hotline, one, two)
    hotline.play(12)

    figures = wait_for("the stranger's figures to be those of reporting", lambda: agree(stranger, one), 90)
    assert agree(stranger, two), "the replicas of reporting differ"
    assert figures["received"] > 50 and figures["inquiries_opened"] > 20, figures
    for server in (one, two):
        wait_for("the lag to be none", lambda: server.metric("tierline_public_lag_records") == 0)
    print("ok: the stranger counts as reporting does:", {key: value for key, value in figures.items() if value})
    print("ok: the public topic keeps its contract:", stranger.audit())


def as_text(descriptor):
    """Bytes differ in how they encode options, which says nothing."""
    command = ["protoc", f"-I{SOURCE / 'proto'}", "--decode=google.protobuf.FileDescriptorSet",
               "google/protobuf/descriptor.proto", "tierline/base/v1/options.proto"]
    return subprocess.run(command, input=descriptor, capture_output=True, check=True).stdout


def check_descriptor():
    printed = subprocess.run([str(BUILD / "tierline"), "events", "descriptor"], capture_output=True, check=True).stdout
    made = as_text(DESCRIPTOR.read_bytes())
    assert b"InquiryOpened" in made
    assert as_text(printed) == made, "tierline events descriptor prints another one than the build makes"
    print("ok: the program prints the descriptor that the build makes")


def main():
    assert PYTHON.exists(), f"{PYTHON} is missing: run tools/dev setup --for test"
    check_descriptor()
    with tempfile.TemporaryDirectory(prefix="tierline-stranger-") as scratch:
        folder, processes = pathlib.Path(scratch).resolve(), []
        brokers = kafka(folder / "cluster", "up", "--quick", "--set", "group.min.session.timeout.ms=1000")
        try:
            run(folder, brokers, processes)
        except BaseException:
            for log in [*folder.glob("*.log"), *folder.glob("*.out")]:
                print(f"--- {log.name}\n{log.read_text()[-3000:]}", file=sys.stderr)
            raise
        finally:
            for each in processes:
                process = each.process if isinstance(each, Server) else each
                if process.poll() is None:
                    process.kill()
                    process.wait()
            kafka(folder / "cluster", "down", "--purge")


main()
