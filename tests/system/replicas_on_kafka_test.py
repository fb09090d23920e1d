#!/usr/bin/env python3
"""Two replicas of a service on a real broker: any takes a command, any answers a query, and one that goes hands over."""

import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
import uuid

BUILD = pathlib.Path(os.environ["TIERLINE_BINARY_DIR"])
PACK = pathlib.Path(os.environ["TIERLINE_SOURCE_DIR"]) / "deploy/packs/demo-2345"
BROKERS = pathlib.Path(os.environ["TIERLINE_TEST_KAFKA_FILE"]).read_text().strip()
OFFICE, CATEGORY = "910000", "billing"


class Replica:
    """One process of one role, with a state directory that outlives it."""

    def __init__(self, home, role, number):
        self.home, self.role, self.name = home, role, f"{role}-{number}"
        self.start()

    def command(self, *more):
        return [str(BUILD / "tierline-server"), "--engine", "kafka", "--kafka-brokers", BROKERS, "--kafka-topic-prefix",
                self.home.name + ".", "--kafka-replication", "1", "--kafka-session-timeout", "6s", "--partitions", "4",
                "--master-key-file", str(self.home / "master.key"), "--roles", self.role, "--instance", self.name,
                "--data-dir", str(self.home / self.name), "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0",
                "--port-file", str(self.home / f"{self.name}.port"), *more]

    def start(self):
        self.port_file = self.home / f"{self.name}.port"
        self.port_file.unlink(missing_ok=True)
        self.log = open(self.home / f"{self.name}.log", "ab")
        self.process = subprocess.Popen(self.command(), stdout=self.log, stderr=self.log)

    def ready(self):
        wait_for(lambda: self.port_file.exists() or self.process.poll() is not None, f"{self.name} to be ready")
        assert self.process.poll() is None, (self.home / f"{self.name}.log").read_text()[-2000:]
        self.addresses = json.loads(self.port_file.read_text())
        return self

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        code = self.process.wait(30)
        self.log.close()
        return code

    def metric(self, name):
        page = urllib.request.urlopen(f"http://{self.addresses['admin']}/metrics", timeout=10).read().decode()
        return sum(float(line.split()[-1]) for line in page.splitlines() if re.match(rf"{name}(\{{|\s)", line))


def wait_for(condition, what, seconds=60):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"waited {seconds} s for {what}"
        time.sleep(0.05)


def ask(replica, *words, code=0):
    done = subprocess.run([BUILD / "tierline", "--address", replica.addresses["grpc"], "-o", "json", *words],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == code, f"{replica.name} {words}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    return json.loads(done.stdout) if code == 0 else done.stderr


def open_inquiry(replica):
    return ask(replica, "inquiry", "open", "--office", OFFICE, "--category", CATEGORY)["inquiry_id"]


def digests(replica, *more):
    partitions = ask(replica, "report", "digest", *more)["partitions"]
    return [(row["offset"], row["digest"]) for row in partitions], partitions


def agree(one, other):
    wait_for(lambda: digests(one)[0] == digests(other)[0], "both replicas to have read the same")


def any_replica_takes_a_command_and_answers_a_query(intakes, reports):
    inquiries = [open_inquiry(intakes[i % 2]) for i in range(12)]
    for intake in intakes:  # whose inquiries fall into a partition of the other by chance
        while intake.metric("tierline_commands_forwarded_total") == 0:
            assert len(inquiries) < 60, f"{intake.name} passes nothing on"
            inquiries.append(open_inquiry(intake))
    wait_for(lambda: sum(intake.metric("tierline_partitions_owned") for intake in intakes) == 4, "one owner each")
    for inquiry in inquiries[:12]:
        for intake in intakes:  # the other one reads on until it has it
            wait_for(lambda: ask_found(intake, inquiry), f"{intake.name} to know {inquiry}")
    ask(reports[1], "history", inquiries[0])  # exits 4 when the chain does not hold
    return inquiries


def ask_found(replica, inquiry):
    done = subprocess.run([BUILD / "tierline", "--address", replica.addresses["grpc"], "inquiry", "show", inquiry],
                          capture_output=True, timeout=60)
    return done.returncode == 0


def reports_on_a_stream_reach_the_owners(routings):
    """R-120: a platform has one stream to one replica; the calls belong to both."""
    wait_for(lambda: all(one.metric("tierline_partitions_owned") >= 2 for one in routings),
             "both to own some of the four, and one the directory")
    calls = [ask(routings[0], "call", "receive", "--dial", "2345")["inquiry_id"] for _ in range(12)]
    lines = [json.dumps({"request_id": str(uuid.uuid4()), "inquiry_id": call, "sequence": 1, "kind": "CALL_REPORT_KIND_OFFERED",
                         "switch_time_ms": int(time.time() * 1000)}) for call in calls]
    for one in (routings[1], routings[0]):  # and again, on a stream to the other one
        done = subprocess.run([BUILD / "tierline", "--address", one.addresses["grpc"], "-o", "jsonl", "call", "reports", "-"],
                              input="\n".join(lines), capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        acks = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(acks) == len(calls) and not any("error" in ack for ack in acks), acks
    assert all(one.metric("tierline_commands_forwarded_total") > 0 for one in routings)


def a_client_that_retries_sees_nothing_of_a_hand_over(intakes, inquiries):
    leaving, staying = intakes
    probe = subprocess.Popen(["bash", "-c", "for i in {1..40}; do \"$0\" --address \"$1\" inquiry note \"${@:$((i % 12 + 2)):1}\" "
                              "--note still || exit 1; done", BUILD / "tierline", staying.addresses["grpc"], *inquiries[:12]],
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    time.sleep(0.5)
    assert leaving.stop() == 0, "SIGTERM does not end in 0"
    _, error = probe.communicate(timeout=90)
    assert probe.returncode == 0, error
    wait_for(lambda: staying.metric("tierline_partitions_owned") == 4, "the successor to own everything")


def nothing_is_lost_with_a_state_directory(reports):
    agree(*reports)
    before, _ = digests(reports[0])
    assert reports[1].stop(signal.SIGKILL) != 0
    shutil.rmtree(reports[1].home / reports[1].name / "state")
    reports[1].start()
    reports[1].ready()
    agree(*reports)
    after, rows = digests(reports[1], "--recompute")
    assert after == before, (before, after)
    assert all(row["recomputed"] == row["digest"] for row in rows), rows


def refuses_what_replicas_must_agree_on(home):
    def refusal(*more):
        spare = Replica.__new__(Replica)
        spare.home, spare.role, spare.name = home, "intake", "intake-9"
        done = subprocess.run(spare.command(*more), capture_output=True, text=True, timeout=60)
        assert done.returncode == 1, done.stderr
        return done.stderr + done.stdout

    assert "fixed for ever" in refusal("--partitions", "5")
    other = home / "other.key"
    other.write_text(secrets.token_hex(32) + "\n")
    other.chmod(0o600)
    assert "master key" in refusal("--master-key-file", str(other))


def main():
    with tempfile.TemporaryDirectory(prefix="tierline-replicas-") as folder:
        home = pathlib.Path(folder)
        key = home / "master.key"
        key.write_text(secrets.token_hex(32) + "\n")
        key.chmod(0o600)
        replicas = [Replica(home, role, number) for role in ("routing", "intake", "reporting") for number in (1, 2)]
        try:
            for replica in replicas:
                replica.ready()
            routings, intakes, reports = replicas[:2], replicas[2:4], replicas[4:]
            ask(routings[1], "directory", "load", str(PACK), "--yes")
            wait_for(lambda: all(one.metric("tierline_partitions_owned") == 2 for one in intakes), "both to own a half")
            for one in intakes:
                wait_for(lambda: one.metric("tierline_directory_position") > 2, "the pack")
            reports_on_a_stream_reach_the_owners(routings)
            inquiries = any_replica_takes_a_command_and_answers_a_query(intakes, reports)
            a_client_that_retries_sees_nothing_of_a_hand_over(intakes, inquiries)
            nothing_is_lost_with_a_state_directory(reports)
            refuses_what_replicas_must_agree_on(home)
        finally:
            for replica in replicas:
                if replica.process.poll() is None:
                    replica.process.kill()
                    replica.process.wait()
    print("ok")


if __name__ == "__main__":
    main()
