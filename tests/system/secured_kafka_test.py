#!/usr/bin/env python3
"""A server signs in to a broker that wants TLS and a password, and says so when it can not."""

import os
import pathlib
import secrets
import signal
import subprocess
import sys
import tempfile
import time

BUILD = pathlib.Path(os.environ["TIERLINE_BINARY_DIR"])
TOOL = pathlib.Path(os.environ["TIERLINE_SOURCE_DIR"]) / "tools/kafka"


def kafka(*words):
    return subprocess.run([sys.executable, TOOL, *words], check=True, stdout=subprocess.PIPE, text=True, timeout=250,
                          env={**os.environ, "TIERLINE_BUILD_DIR": str(BUILD)}).stdout.strip()


def secret(path, text):
    path.write_text(text + "\n")
    path.chmod(0o600)
    return str(path)


def command(home, brokers, password, ca):
    return [str(BUILD / "tierline-server"), "--engine", "kafka", "--kafka-brokers", brokers, "--kafka-replication", "1",
            "--partitions", "2", "--kafka-security-protocol", "sasl_ssl", "--kafka-ssl-ca", str(ca),
            "--kafka-sasl-mechanism", "PLAIN", "--kafka-sasl-username", "tierline", "--kafka-sasl-password-file", password,
            "--master-key-file", str(home / "master.key"), "--data-dir", str(home / "data"), "--listen", "127.0.0.1:0",
            "--admin-listen", "127.0.0.1:0", "--port-file", str(home / "port")]


def serves(home, words):
    server = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    try:
        until = time.monotonic() + 60
        while not (home / "port").exists() and server.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        assert (home / "port").exists(), "not ready within 60 s"
        server.send_signal(signal.SIGTERM)
        _, errors = server.communicate(timeout=30)
        assert server.returncode == 0, errors
    finally:
        server.kill()
        server.wait()


def ends_at_once_when_told_to_while_it_waits_for_a_broker(words):
    server = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    for line in server.stderr:  # until it has tried
        if "uthentication" in line:
            break
    server.send_signal(signal.SIGTERM)
    server.communicate(timeout=5)
    assert server.returncode == 0, server.returncode


def main():
    with tempfile.TemporaryDirectory(prefix="tierline-secured-") as folder:
        home = pathlib.Path(folder)
        secret(home / "master.key", secrets.token_hex(32))
        try:
            brokers = kafka("up", "--quick", "--tls", "--sasl", "--dir", str(home / "kafka"))
            ca = home / "kafka/tls/ca.pem"
            serves(home, command(home, brokers, secret(home / "password", "tierline-secret"), ca))
            wrong = command(home, brokers, secret(home / "wrong", "guess"), ca)
            ends_at_once_when_told_to_while_it_waits_for_a_broker(wrong)
        finally:
            kafka("down", "--purge", "--dir", str(home / "kafka"))
    print("ok")


if __name__ == "__main__":
    main()
