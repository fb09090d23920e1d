"""The brokers below one folder: created together, started and stopped one by one or all."""

import base64
import contextlib
import json
import random
import shutil
import signal
import socket
import time
import uuid

import jars
import security
from broker import Broker, running, with_archive
from failure import Failure, say

START_S, STOP_S = 120, 20
# Below the ports that the kernel gives to clients: nobody takes the port of a broker that is down for a while.
PORTS = range(20000, 32000)

# For tests: little memory, few threads, quick to start, and no surprises. What depends on the number of brokers
# is in Cluster.settings().
SETTINGS = """\
process.roles=broker,controller
controller.listener.names=CONTROLLER
auto.create.topics.enable=false
unclean.leader.election.enable=false
message.max.bytes=2097152
replica.fetch.max.bytes=2097152
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
share.coordinator.state.topic.num.partitions=4
num.network.threads=2
num.io.threads=2
log.cleaner.dedupe.buffer.size=16777216
"""


def free_ports(count):
    chosen = []
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the JVM does
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        chosen.append(port)
        if len(chosen) == count:
            return chosen
    raise Failure(f"there are no {count} free ports in {PORTS.start}-{PORTS.stop - 1} on 127.0.0.1")


class Cluster:
    def __init__(self, folder):
        self.folder = folder.absolute()
        self.file = self.folder / "cluster.json"
        self.plan = json.loads(self.file.read_text()) if self.file.exists() else None
        self.brokers = self.brokers_of(self.plan) if self.plan else []

    def brokers_of(self, plan):
        return [Broker(self.folder, number, *ports) for number, ports in enumerate(plan["ports"], 1)]

    def picked(self, numbers):
        if not self.brokers:
            raise Failure(f"there is no cluster in {self.folder}: make one with tools/dev kafka up")
        for number in numbers:
            if not 1 <= number <= len(self.brokers):
                raise Failure(f"there is no broker {number}: this cluster has 1 to {len(self.brokers)}")
        return [self.brokers[number - 1] for number in numbers]

    def bootstrap(self):
        return ",".join(f"127.0.0.1:{broker.port}" for broker in self.brokers)

    # --- making it ---

    def create(self, count, options, overrides, tls, sasl, advertise=()):
        """Chooses the ports, writes the settings, prepares the data folders. cluster.json comes last: with it the
        cluster exists."""
        if len(advertise) not in (0, count):
            raise Failure(f"--advertise names {len(advertise)} ports for {count} broker(s): name one for each")
        apart = tls or sasl or bool(advertise)  # the other brokers have a listener of their own
        ports = iter(free_ports(count * (3 if apart else 2)))
        # The first byte is 0, so that the id begins with A: one that begins with a dash would be read as an option.
        identity = base64.urlsafe_b64encode(b"\0" + uuid.uuid4().bytes[1:]).decode().rstrip("=")
        plan = {"cluster_id": identity, "ports": [], "options": options, "overrides": overrides,
                "tls": tls, "sasl": sasl, "advertise": list(advertise)}
        for _ in range(count):
            port = next(ports)
            plan["ports"].append([port, next(ports) if apart else port, next(ports)])
        self.plan, self.brokers = plan, self.brokers_of(plan)
        self.remove_files()  # of a making that was cut off
        self.folder.mkdir(parents=True, exist_ok=True)
        if tls:
            security.make_certificates(self.folder / "tls")
        for broker in self.brokers:
            broker.folder.mkdir(exist_ok=True)
            broker.settings.write_text(self.settings(broker))
        self.format()
        jars.write(self.folder / "client.properties", self.client_settings())
        jars.write(self.file, json.dumps(plan, indent=1) + "\n")

    def settings(self, broker):
        copies = min(3, len(self.brokers))
        in_sync = min(2, copies)
        tls, sasl = self.plan["tls"], self.plan["sasl"]
        listeners = [f"CLIENTS://127.0.0.1:{broker.port}", f"CONTROLLER://127.0.0.1:{broker.controller}"]
        protocols = [f"CLIENTS:{security.protocol(tls, sasl)}", "CONTROLLER:PLAINTEXT"]
        advertised = list(listeners[:1])
        if self.plan["advertise"]:
            advertised = [f"CLIENTS://127.0.0.1:{self.plan['advertise'][broker.number - 1]}"]
        if broker.internal != broker.port:
            listeners.append(f"BROKERS://127.0.0.1:{broker.internal}")
            advertised.append(listeners[-1])
            protocols.append("BROKERS:PLAINTEXT")
        voters = ",".join(f"{b.number}@127.0.0.1:{b.controller}" for b in self.brokers)
        lines = {
            "node.id": broker.number,
            "log.dirs": broker.folder / "data",
            "listeners": ",".join(listeners),
            "advertised.listeners": ",".join(advertised),
            "listener.security.protocol.map": ",".join(protocols),
            "inter.broker.listener.name": "CLIENTS" if broker.internal == broker.port else "BROKERS",
            "controller.quorum.voters": voters,
            "default.replication.factor": copies,
            "min.insync.replicas": in_sync,
            "offsets.topic.replication.factor": copies,
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": in_sync,
            "share.coordinator.state.topic.replication.factor": copies,
            "share.coordinator.state.topic.min.isr": in_sync,
            # A killed broker is missed, and may come back, only when its session ends. The only one has nobody to take
            # over, so a session that ends too early, on a busy machine, costs little.
            "broker.heartbeat.interval.ms": 500 if copies > 1 else 250,
            "broker.session.timeout.ms": 3000 if copies > 1 else 1500,
            **security.broker_settings(self.folder / "tls", tls, sasl),
            **self.plan["overrides"],
        }
        return SETTINGS + "".join(f"{key}={value}\n" for key, value in lines.items())

    def client_settings(self):
        lines = {"bootstrap.servers": self.bootstrap(),
                 **security.client_settings(self.folder / "tls", self.plan["tls"], self.plan["sasl"])}
        return "".join(f"{key}={value}\n" for key, value in lines.items())

    def format(self):
        programs = [(broker, broker.format(self.plan["cluster_id"])) for broker in self.brokers]
        try:
            for broker, process in programs:
                if process.wait(START_S):
                    raise Failure((broker.folder / "format.log").read_text() + f"broker {broker.number} refuses its "
                                  f"settings (above; {broker.settings}): correct --set and run this again")
        finally:
            for _, process in programs:
                process.kill()
                process.wait()

    # --- starting and stopping ---

    def start(self, brokers, options=None, wait=True):
        """Starts those that do not run. When that fails or is interrupted, what it started is stopped again."""
        options = self.plan["options"] + with_archive() if options is None else options
        started = {}
        try:
            for broker in brokers:
                if not broker.pid():
                    started[broker] = broker.spawn(options)
            if wait:
                self.wait_until_served(brokers, started)
        except BaseException:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            for process in started.values():
                process.kill()
                process.wait()
            raise

    def wait_until_served(self, brokers, started):
        waiting, end = list(brokers), time.monotonic() + START_S
        numbers = {broker.number for broker in brokers}
        while waiting:
            for broker in started:
                if started[broker].poll() is not None:
                    raise Failure(f"{broker.log_end()}\nbroker {broker.number} ended (above; {broker.log})")
            if time.monotonic() > end:
                late = waiting[0]
                raise Failure(f"{late.log_end()}\nbroker {late.number} does not serve after {START_S} s (above; "
                              f"{late.log}). More than half of the {len(self.brokers)} brokers must run")
            time.sleep(0.05)
            waiting = [broker for broker in waiting if not broker.serves(numbers)]

    def end(self, brokers, how, wait_s=STOP_S):
        """Sends the signal, waits, and kills what has not ended then."""
        end = time.monotonic() + wait_s
        for broker in brokers:
            broker.signal(how)
        while any(broker.pid() for broker in brokers):
            if time.monotonic() > end:
                for broker in brokers:
                    if broker.signal(signal.SIGKILL):
                        say(f"broker {broker.number} did not stop within {wait_s} s and was killed")
                end += STOP_S
            time.sleep(0.05)
        for broker in brokers:
            (broker.folder / "pid").unlink(missing_ok=True)

    def up(self):
        self.start(self.brokers)
        jars.write(self.folder / "bootstrap", self.bootstrap() + "\n")

    def down(self, purge):
        """Ends every broker below the folder, also those of a cluster whose making was cut off."""
        (self.folder / "bootstrap").unlink(missing_ok=True)
        here = [Broker(self.folder, settings.parent.name.removeprefix("broker-"), 0, 0, 0)
                for _, settings in running() if settings.parent.parent == self.folder]
        # Nothing is kept of the data, so nothing need be written in order.
        self.end(here, signal.SIGKILL if purge else signal.SIGTERM)
        if purge:
            self.remove_files()
            self.plan, self.brokers = None, []
        return len(here)

    def remove_files(self):
        """Only what this program makes: --dir may name a folder that holds more."""
        for path in [*self.folder.glob("broker-*"), self.folder / "tls"]:
            shutil.rmtree(path, ignore_errors=True)
        for name in ("cluster.json", "client.properties", "bootstrap"):
            (self.folder / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.folder.rmdir()


def make_archive():
    """Runs a broker once to keep the classes that it loads in a CDS archive: later ones start in half the time."""
    say("preparing an archive of the broker's classes, once")
    cluster = Cluster(jars.HOME / "archive")
    cluster.down(purge=True)
    try:
        cluster.create(1, [], {}, tls=False, sasl=False)
        cluster.start(cluster.brokers, [f"-XX:ArchiveClassesAtExit={jars.ARCHIVE}"])
        cluster.end(cluster.brokers, signal.SIGTERM, START_S)
    finally:
        cluster.down(purge=True)
    if not jars.ARCHIVE.exists():
        say("this Java made no archive; brokers work as well, but take longer to start")
