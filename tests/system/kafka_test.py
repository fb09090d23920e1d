#!/usr/bin/env python3
"""The life of a broker under tools/kafka: it comes up once, survives SIGKILL, and nothing of it stays behind."""

import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

PROGRAM = pathlib.Path(os.environ["TIERLINE_SOURCE_DIR"]) / "tools/kafka"
ENVIRONMENT = {**os.environ, "TIERLINE_BUILD_DIR": os.environ["TIERLINE_BINARY_DIR"]}


def command(folder, *words):
    return [sys.executable, str(PROGRAM), words[0], "--dir", str(folder), *words[1:]]


def kafka(folder, *words, code=0):
    done = subprocess.run(command(folder, *words), capture_output=True, text=True, timeout=250, env=ENVIRONMENT)
    assert done.returncode == code, f"{words}: exit {done.returncode}, expected {code}\n{done.stdout}{done.stderr}"
    return done.stdout.strip() if code in (0, 3) else done.stderr


def processes(folder):
    """Everything that runs on a file below the folder, found without the program under test."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and f"{folder}/broker-" in (entry / "cmdline").read_text():
                found.append(int(entry.name))
        except OSError:
            pass
    return found


def comes_up_once_and_survives_sigkill(folder):
    address = kafka(folder, "up", "--quick")
    assert (folder / "bootstrap").read_text().strip() == address
    status = json.loads(kafka(folder, "status", "-o", "json"))
    (broker,) = status["brokers"]
    assert status["bootstrap"] == broker["address"] == address and broker["state"] == "up", status
    assert processes(folder) == [broker["pid"]] == [int((folder / "broker-1/pid").read_text())], status

    assert kafka(folder, "up") == address, "up again names another address"
    assert processes(folder) == [broker["pid"]], "up again touched the broker"
    assert "has 1 broker" in kafka(folder, "up", "--brokers", "3", code=1)

    kafka(folder, "kill", "--broker", "1")
    assert processes(folder) == []
    stopped = json.loads(kafka(folder, "status", "-o", "json", code=3))["brokers"][0]
    assert stopped["state"] == "stopped" and stopped["pid"] is None, stopped
    kafka(folder, "start", "--broker", "1")
    again = json.loads(kafka(folder, "status", "-o", "json"))["brokers"][0]
    assert again["address"] == address and again["pid"] != broker["pid"], again

    kafka(folder, "pause", "--broker", "1")
    assert "paused" in kafka(folder, "status", code=3)
    kafka(folder, "down")
    assert processes(folder) == [] and not (folder / "bootstrap").exists()
    kafka(folder, "down", "--purge")
    assert not folder.exists(), list(folder.iterdir())


def asks_clients_for_tls_and_a_certificate_they_can_check(folder):
    host, port = kafka(folder, "up", "--quick", "--tls", "--sasl").split(":")
    for authority, works in ((folder / "tls/ca.pem", True), (None, False)):
        context = ssl.create_default_context(cafile=authority)
        try:
            with socket.create_connection((host, int(port)), 10) as plain:
                with context.wrap_socket(plain, server_hostname=host):
                    assert works, "a client without the CA trusts the broker"
        except ssl.SSLCertVerificationError as error:
            assert not works, error
    assert "security.protocol=SASL_SSL" in (folder / "client.properties").read_text()
    kafka(folder, "down", "--purge")


def leaves_nothing_when_a_broker_refuses_its_settings(folder):
    said = kafka(folder, "up", "--set", "num.io.threads=none", code=1)
    assert "num.io.threads" in said and "--set" in said, said
    assert processes(folder) == []
    kafka(folder, "down", "--purge")


def leaves_nothing_when_interrupted(folder):
    with subprocess.Popen(command(folder, "up", "--quick"), stderr=subprocess.DEVNULL, env=ENVIRONMENT) as up:
        end = time.monotonic() + 100
        while not (folder / "broker-1/pid").exists():
            assert up.poll() is None and time.monotonic() < end, "no broker was started"
            time.sleep(0.01)
        up.send_signal(signal.SIGINT)
        assert up.wait(60) == 130, up.returncode
    assert processes(folder) == []


def cleans_up_after_a_start_that_was_killed(folder):
    with subprocess.Popen(command(folder, "up", "--quick"), stderr=subprocess.DEVNULL, env=ENVIRONMENT) as up:
        end = time.monotonic() + 100
        while not processes(folder) or not (folder / "broker-1/pid").exists():
            assert up.poll() is None and time.monotonic() < end, "no broker was started"
            time.sleep(0.01)
        up.kill()
    assert processes(folder), "the broker should have outlived its start"
    kafka(folder, "down", "--purge")
    assert processes(folder) == []


with tempfile.TemporaryDirectory(prefix="tierline-kafka-") as scratch:
    cluster = pathlib.Path(scratch).resolve() / "cluster"
    try:
        for test in (comes_up_once_and_survives_sigkill, asks_clients_for_tls_and_a_certificate_they_can_check,
                     leaves_nothing_when_a_broker_refuses_its_settings, leaves_nothing_when_interrupted,
                     cleans_up_after_a_start_that_was_killed):
            start = time.monotonic()
            test(cluster)
            print(f"ok: {test.__name__} ({time.monotonic() - start:.1f} s)", flush=True)
    finally:
        kafka(cluster, "down", "--purge")
