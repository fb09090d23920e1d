#!/usr/bin/env python3
"""Runs every `tierline` command of the README, as it stands there, against a server of its own."""

import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import tempfile
import time

BUILD = pathlib.Path(os.environ["TIERLINE_BINARY_DIR"])
SOURCE = pathlib.Path(os.environ["TIERLINE_SOURCE_DIR"])


def run(address, line):
    command = [str(BUILD / "tierline"), "--address", address, *shlex.split(line)[1:]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    print(f"ok: {line}")
    return done.stdout


def commands():
    block = re.search(r"## What you can ask\n\n```\n(.*?)```", (SOURCE / "README.md").read_text(), re.S).group(1)
    return [line.split("   ")[0].strip() for line in block.splitlines()]


with tempfile.TemporaryDirectory(prefix="tierline-readme-") as folder:
    ports = pathlib.Path(folder) / "ports"
    server = subprocess.Popen([str(BUILD / "tierline-server"), "--engine", "memory", "--data-dir", folder, "--listen",
                               "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--log-level", "error", "--port-file",
                               str(ports)])
    try:
        deadline = time.monotonic() + 60
        while not ports.exists():
            assert server.poll() is None and time.monotonic() < deadline, "the server is not ready"
            time.sleep(0.01)
        address = json.loads(ports.read_text())["grpc"]
        run(address, f"tierline directory load {SOURCE / 'deploy/packs/12371'} --yes")
        lines = commands()
        assert len(lines) >= 6, lines
        inquiry = ""
        for line in lines:
            out = run(address, line.replace("INQUIRY", inquiry))
            if " inquiry open " in line:
                inquiry = re.search(r"[0-9a-f-]{36}", out).group(0)
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0, "the server did not end in order"
