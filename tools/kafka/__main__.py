#!/usr/bin/env python3
"""A real Kafka broker, or three, on the loopback interface: for tests and for the laptop.

  tools/dev kafka up                       one broker; prints its address; up again prints the same
  tools/dev kafka up --brokers 3           three brokers and voters, replication 3, min.insync.replicas 2
  tools/dev kafka up --set log.cleaner.backoff.ms=500    with a broker setting of your own
  tools/dev kafka status -o json
  tools/dev kafka kill --broker 2          SIGKILL; likewise stop (SIGTERM), pause (SIGSTOP), resume, start
  tools/dev kafka down --purge             stops all brokers and deletes their data
  kcat -F build/kafka/cluster/client.properties -L

Files, below --dir:
  bootstrap            the clients' addresses, while the cluster is up
  client.properties    the same and the TLS and SASL settings, as librdkafka names them
  cluster.json         what `up` chose when it made the cluster: ports, options
  broker-N/            server.properties, pid, log, data/

Exit codes: 0 done; 1 it failed, and stderr says what to do; 2 wrong usage; 3 (status) not every broker is up;
130 interrupted: what this call started is stopped.
"""

import argparse
import json
import pathlib
import signal
import sys

import jars
from broker import QUICK
from cluster import Cluster, make_archive
from failure import Failure, say

BROKERS_MAX = 5


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tools/dev kafka", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--dir", type=pathlib.Path, default=jars.HOME / "cluster",
                        help="the cluster's folder (%(default)s)")

    def command(name, help_, **options):
        return commands.add_parser(name, help=help_, description=help_, **options)

    commands_of_one = {"start": "start brokers and wait until they serve", "stop": "SIGTERM, and wait for the end",
                       "kill": "SIGKILL, and wait for the end", "pause": "SIGSTOP: alive, but silent",
                       "resume": "SIGCONT"}

    up = command("up", "make the cluster unless it exists, start what does not run, wait until all serve",
                 parents=[shared])
    up.add_argument("--brokers", type=int, metavar="N", choices=range(1, BROKERS_MAX + 1),
                    help=f"1 to {BROKERS_MAX} (as the cluster is; 1 for a new one)")
    up.add_argument("--fresh", action="store_true", help="down --purge first")
    up.add_argument("--quick", action="store_true", help="a third less time to start, and a third less throughput")
    up.add_argument("--set", dest="overrides", action="append", default=[], type=setting, metavar="KEY=VALUE",
                    help="a broker setting of a new cluster; again for more")
    up.add_argument("--tls", action="store_true", help="clients use TLS; the CA is <dir>/tls/ca.pem")
    up.add_argument("--sasl", action="store_true", help="clients sign in with a password, as <dir>/client.properties says")

    up.add_argument("--advertise", type=ports, default=[], metavar="PORT,...",
                    help="ports of 127.0.0.1 that clients are told instead of the brokers' own, one each: of proxies")

    down = command("down", "stop all brokers", parents=[shared])
    down.add_argument("--purge", action="store_true", help="and delete the cluster")
    status = command("status", "what runs", parents=[shared])
    status.add_argument("-o", "--output", choices=["table", "json"], default="table")
    for name, help_ in commands_of_one.items():
        one = command(name, help_, parents=[shared])
        one.add_argument("--broker", type=int, action="append", required=True, metavar="N", help="again for more")
        if name == "start":
            one.add_argument("--no-wait", action="store_true", help="do not wait, as when the others have yet to start")
    command("fetch", "resolve the jars into the build folder, as `up` does when they are missing")
    return parser.parse_args(arguments)


def setting(text):
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise argparse.ArgumentTypeError(f"'{text}' is not KEY=VALUE")
    return key, value


def ports(text):
    return [int(port) for port in text.split(",")]


def up(it, args):
    if args.fresh:
        it.down(purge=True)
    if not it.plan:
        it.create(args.brokers or 1, QUICK if args.quick else [], dict(args.overrides), args.tls, args.sasl,
                  args.advertise)
    elif args.brokers not in (None, len(it.brokers)):
        raise Failure(f"the cluster in {it.folder} has {len(it.brokers)} broker(s), not {args.brokers}: "
                      "add --fresh to replace it and its data, or give another --dir")
    it.up()
    print(it.bootstrap())


def status(it, output):
    rows = [each.row() for each in it.brokers]
    if not rows:
        say(f"there is no cluster in {it.folder}: make one with tools/dev kafka up")
    if output == "json":
        print(json.dumps({"dir": str(it.folder), "bootstrap": it.bootstrap(), "brokers": rows}, indent=1))
    else:
        print(f"{'broker':<7} {'address':<16} {'pid':>8} {'state':<9} {'rss_mb':>6}")
        for row in rows:
            pid = row["pid"] or "-"
            print(f"{row['broker']:<7} {row['address']:<16} {pid:>8} {row['state']:<9} {row['rss_mb']:>6}")
    return 0 if rows and all(row["state"] == "up" for row in rows) else 3


def run(args):
    if args.command in ("up", "fetch"):
        jars.fetch(make_archive)
    if args.command == "fetch":
        return 0
    if args.command == "status":  # only looks, and need not wait for who is starting brokers
        return status(Cluster(args.dir), args.output)
    with jars.locked(args.dir):
        it = Cluster(args.dir)
        match args.command:
            case "up":
                up(it, args)
            case "down":
                say(f"stopped {it.down(args.purge)} broker(s) in {it.folder}")
            case "start":
                it.start(it.picked(args.broker), wait=not args.no_wait)
            case "stop":
                it.end(it.picked(args.broker), signal.SIGTERM)
            case "kill":
                it.end(it.picked(args.broker), signal.SIGKILL)
            case "pause" | "resume":
                for each in it.picked(args.broker):
                    if not each.signal(signal.SIGSTOP if args.command == "pause" else signal.SIGCONT):
                        raise Failure(f"broker {each.number} does not run: start it first")
    return 0


def interrupted(number, _):
    raise SystemExit(128 + number)


def main():
    args = parse(sys.argv[1:])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    try:
        return run(args)
    except Failure as failure:
        say(failure)
        return 1


if __name__ == "__main__":
    sys.exit(main())
