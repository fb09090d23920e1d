"""One broker: its settings, its process, and whether it serves."""

import contextlib
import os
import pathlib
import re
import signal
import subprocess

import jars
import wire

# The serial collector has the least threads and memory, and costs no throughput that one could measure at this size.
JVM = ["-Xmx384m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", "-Djava.awt.headless=true"]
# Only the first compiler: two thirds of the time to start, and a third less throughput once warm.
QUICK = ["-XX:TieredStopAtLevel=1"]


def running():
    """(pid, settings file) of every broker process on this machine.

    Found by what it runs, not by a pid file: that may be late, or name a process of somebody else by now.
    """
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
                if words[-2:-1] == ["kafka.Kafka"]:
                    yield int(entry.name), pathlib.Path(words[-1])


def command(options, *words):
    log4j = f"-Dlog4j2.configurationFile={jars.SOURCE / 'log4j2.xml'}"
    silent = ["-Xlog:cds=off", "-Xlog:cds+dynamic=off"]  # an archive of another Java is only not used
    return [jars.java(), *JVM, *options, *silent, log4j, "-cp", f"{jars.LIB}/*", *words]


def with_archive():
    return [f"-XX:SharedArchiveFile={jars.ARCHIVE}"] if jars.ARCHIVE.exists() else []


class Broker:
    """`port` is the clients', `internal` the other brokers' and ours: the same one, unless clients have to use TLS or
    SASL, or are told another port."""

    def __init__(self, cluster_folder, number, port, internal, controller):
        self.folder = cluster_folder / f"broker-{number}"
        self.number, self.port, self.internal, self.controller = number, port, internal, controller
        self.settings = self.folder / "server.properties"
        self.log = self.folder / "log"

    def pid(self):
        return next((pid for pid, settings in running() if settings == self.settings), None)

    def serves(self, others):
        """Whether it answers, sees `others` serve, itself among them, and takes an idempotent producer."""
        return others <= wire.members(self.internal) and wire.gives_producer_ids(self.internal)

    def format(self, cluster_id):
        """Starts the program that prepares the data folder; it leaves a prepared one alone."""
        with open(self.folder / "format.log", "w") as log:
            return subprocess.Popen(
                command(QUICK + with_archive(), "kafka.tools.StorageTool", "format", "--ignore-formatted",
                        "--cluster-id", cluster_id, "--config", str(self.settings)),
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)

    def spawn(self, options):
        """In a session of its own: it outlives this program and a Ctrl-C on its terminal."""
        with open(self.log, "w") as log:
            process = subprocess.Popen(command(options, "kafka.Kafka", str(self.settings)), cwd=self.folder,
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                                       start_new_session=True)
        jars.write(self.folder / "pid", f"{process.pid}\n")
        return process

    def signal(self, number):
        pid = self.pid()
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
                if number == signal.SIGTERM:
                    os.kill(pid, signal.SIGCONT)  # a paused one would never read it
        return pid

    def log_end(self):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])

    def row(self):
        pid = self.pid()
        row = {"broker": self.number, "address": f"127.0.0.1:{self.port}", "pid": pid, "state": "stopped", "rss_mb": 0}
        with contextlib.suppress(OSError):
            status = pathlib.Path(f"/proc/{pid}/status").read_text() if pid else ""
            if status:
                row["rss_mb"] = int(re.search(r"VmRSS:\s+(\d+)|$", status)[1] or 0) // 1024
                if re.search(r"^State:\s+T", status, re.M):
                    row["state"] = "paused"
                else:
                    row["state"] = "up" if self.number in wire.members(self.internal) else "starting"
        return row
