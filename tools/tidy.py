#!/usr/bin/env python3
"""Holds the structure of the tree: what the compiler does not say.

  tools/tidy.py               checks the tree, prints one sentence per violation, exits 1 if there are any
  tools/tidy.py --root DIR    the same for another tree
  tools/tidy.py --selftest    seeds each violation into a temporary tree and expects its sentence

The tables below are the rules. services/README.md explains them.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SERVICES = ["routing", "intake", "escalation", "reporting"]
PURE = ["base", "directory", *SERVICES]

# Who may include whom, by the first folder below services/. Every room may include itself and protos.
ROOMS = {
    "base": [],
    "directory": ["base"],
    **{service: ["base", "directory"] for service in SERVICES},
    "runtime": ["base"],
    "sip": ["base", "runtime"],
    "server": ["base", "directory", "runtime", "sip", *SERVICES],
}
# services/<service>/rpc*.{h,cc} translates between gRPC and commands, so it knows both sides.
RPC_FILE = ["base", "directory", "runtime"]
TOOLS = ["base", "directory", "runtime"]
# The audit of a day derives its routes again, by the rules themselves.
LOAD = [*TOOLS, "routing"]
RUNTIME_ROOMS = ["config", "host", "keys", "log", "observe", "partition", "rpc", "search", "store"]

# Third-party headers and the folders that may include them.
THIRD_PARTY = {
    "grpc": ["services/runtime/rpc", "tests/runtime", "tests/kit", "tests/system", "tests/bench"],
    "librdkafka/": ["services/runtime/log", "tests"],
    "rocksdb/": ["services/runtime/log", "services/runtime/store", "tests"],
    "prometheus/": ["services/runtime/observe", "tests"],
    "spdlog/": ["services/runtime/observe", "tests"],
    "fmt/": ["services/runtime/observe", "tests"],
    "httplib.h": ["services/runtime/observe", "tests"],
    "CLI/": ["services/runtime/config", "tools", "tests/chaos"],
    "xapian": ["services/runtime/search"],
    "sofia-sip/": ["services/sip", "tests/sip"],
    "openssl/": ["services/base", "services/runtime/keys", "tests"],
    "nlohmann/": ["services/directory", "tools", "tests"],
    "gtest/": ["tests"],
    "gmock/": ["tests"],
    "rapidcheck": ["tests"],
    "benchmark/": ["tests/bench"],
}

# Pure code takes time, chance and the world as arguments.
IMPURE_HEADERS = ["absl/random/", "absl/synchronization/", "absl/time/clock.h", "atomic", "condition_variable",
                  "fcntl.h", "filesystem", "fstream", "future", "iostream", "mutex", "random", "sys/",
                  "thread", "unistd.h"]
IMPURE_CALLS = re.compile(r"\b(absl::Now|absl::GetCurrentTimeNanos|std::getenv|getenv|std::rand|std::time|"
                          r"(?:system|steady|high_resolution)_clock::now)\s*\(")

HEADER_LINES_MAX = 400
LONG_HEADERS = {}  # path: why it may be longer

VAGUE_NAMES = {"common", "helper", "helpers", "impl", "manager", "misc", "util", "utils"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b")
CODE = {".h", ".cc", ".proto", ".py", ".sh", ".cmake"}
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
ONEOF_SWITCH = re.compile(r"\bswitch\s*\([^{};]*_case\(\)\s*\)\s*\{")


def tracked(root):
    """Files of the tree as git sees them, committed or not; without git, all but build folders."""
    listing = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard", "-z"],
                             capture_output=True, text=True, check=False)
    if listing.returncode == 0:
        paths = listing.stdout.split("\0")
    else:
        paths = [os.path.relpath(os.path.join(folder, name), root)
                 for folder, _, names in os.walk(root) for name in names]
    skipped = ("build", ".git/", "node_modules/", "tools/lint/node_modules/")
    return sorted(p for p in set(paths)
                  if p and not p.startswith(skipped) and os.path.isfile(os.path.join(root, p)))


def room_of(path):
    """(top folder, room, name for sentences) of a source file: services/runtime/log/x.cc -> runtime."""
    parts = path.split("/")
    if parts[0] == "services" and len(parts) > 2:
        return parts[1]
    return parts[0]


def check_include(path, target, quoted):
    """Yields what is wrong with one include of `target` in the file `path`."""
    room, first = room_of(path), target.split("/")[0]
    name = path.rsplit("/", 1)[1]
    is_rpc = room in SERVICES and path.startswith(f"services/{room}/rpc")

    for prefix, folders in THIRD_PARTY.items():
        if target.startswith(prefix) and not any(path.startswith(f + "/") for f in folders):
            yield f"{'/'.join(path.split('/')[:-1])} may not include {target}: only {', '.join(folders)} may"

    if target.startswith("services/") and target.split("/")[1] in ROOMS:
        yield f'write "{target.removeprefix("services/")}", not "{target}"'
        return
    if quoted and "/" not in target and room != "tests":
        yield f'name the folder: "{target}" may lie anywhere'
        return

    if first in ROOMS or first in ("tests", "tools"):
        if room in ROOMS:
            allowed = RPC_FILE if is_rpc else ROOMS[room]
        elif room == "tools":
            allowed = [*(LOAD if path.startswith("tools/load/") else TOOLS), "tools"]
        else:
            allowed = [*ROOMS, "tests", "tools"]
        if first != room and first not in allowed:
            yield f"{room} may not include {first}"

    if first == "tierline" and target.endswith(".pb.h"):
        package = target.split("/")[1]
        if package in SERVICES and room != package and (room in PURE or room == "runtime"):
            yield f"{room} may not include the messages of {package}, only its events"

    if room in PURE and not is_rpc and name != "main.cc":
        for header in IMPURE_HEADERS:
            if target == header or (header.endswith("/") and target.startswith(header)):
                yield f"{room} is pure and may not include <{target}>"


def without_comment(line):
    return line.split("//", 1)[0]


def check_code(path, text):
    """Yields (line, sentence) for a C++ file."""
    room = room_of(path)
    is_rpc = room in SERVICES and path.startswith(f"services/{room}/rpc")
    for number, line in enumerate(text.split("\n"), 1):
        include = INCLUDE.match(line)
        if include:
            for sentence in check_include(path, include[2], include[1] == '"'):
                yield number, sentence
        elif room in PURE and not is_rpc and path.startswith("services/"):
            call = IMPURE_CALLS.search(without_comment(line))
            if call:
                yield number, f"{room} is pure and may not call {call[1]}"

    if path.startswith("services/"):
        # Owners are exhaustive; those who follow others' events name what they want and ignore the rest.
        follower = room == "reporting" or path.rsplit("/", 1)[1].startswith("react")
        for switch in () if follower else ONEOF_SWITCH.finditer(text):
            depth, end = 1, switch.end()
            while depth and end < len(text):
                depth += {"{": 1, "}": -1}.get(text[end], 0)
                if depth == 1 and re.match(r"\bdefault\s*:", text[end:end + 12]):
                    yield (text.count("\n", 0, end) + 1,
                           "a switch over a oneof has no default: the compiler names the missing case")
                end += 1
        parts = path.split("/")
        known = (parts[1] in ROOMS and parts[1] != "runtime" and len(parts) == 3
                 or parts[1] == "runtime" and len(parts) == 4 and parts[2] in RUNTIME_ROOMS
                 or parts[1] == "runtime" and len(parts) == 3 and path.endswith(".h")
                 or parts[1:3] == ["reporting", "projections"] and len(parts) == 4)
        if not known:
            yield 1, f"{'/'.join(parts[:-1])} is no room: nothing builds this file"

    if path.endswith(".h"):
        lines = text.count("\n")
        if lines > HEADER_LINES_MAX and path not in LONG_HEADERS:
            yield lines, f"a header has at most {HEADER_LINES_MAX} lines: split it, or list it with its reason"
        if "#pragma once" not in text and not re.search(r"^#ifndef \w+_H_?$", text, re.M):
            yield 1, "a header needs #pragma once or an include guard"


def check(root):
    """All sentences of the tree at `root`."""
    sentences = []
    for path in tracked(root):
        data = pathlib.Path(root, path).read_bytes()
        if b"\0" in data[:8192]:
            continue
        if data and not data.endswith(b"\n"):
            sentences.append(f"{path}:{data.count(10) + 1}: the file must end with a newline")
        stem = path.rsplit("/", 1)[-1].split(".")[0]
        if VAGUE_NAMES & {*path.lower().split("/"), *stem.lower().split("_")} and pathlib.Path(path).suffix in CODE:
            sentences.append(f"{path}:1: name the file or folder after what it does, not {stem}")
        if pathlib.Path(path).suffix not in CODE or path.startswith(("proto/google/", "proto/grpc/")):
            continue
        text = data.decode()
        if path != "tools/tidy.py":
            for number, line in enumerate(text.split("\n"), 1):
                if UNFINISHED.search(line):
                    sentences.append(f"{path}:{number}: finish it or leave it out: {UNFINISHED.search(line)[1]}")
        if path.endswith((".h", ".cc")):
            sentences += [f"{path}:{number}: {sentence}" for number, sentence in check_code(path, text)]
    return sentences


# path, text, and the sentence that must be said about it.
SEEDS = [
    ("services/intake/intake.cc", '\n\n#include "runtime/log/event_log.h"\n',
     "services/intake/intake.cc:3: intake may not include runtime"),
    ("services/routing/react.cc", '#include "intake/intake.h"\n',
     "services/routing/react.cc:1: routing may not include intake"),
    ("services/routing/rpc.cc", '#include "escalation/escalation.h"\n',
     "services/routing/rpc.cc:1: routing may not include escalation"),
    ("services/base/ids.cc", '#include "directory/directory.h"\n',
     "services/base/ids.cc:1: base may not include directory"),
    ("services/runtime/partition/processor.cc", '#include "directory/directory.h"\n',
     "services/runtime/partition/processor.cc:1: runtime may not include directory"),
    ("services/runtime/host/host.cc", '#include "tests/kit/fake_clock.h"\n',
     "services/runtime/host/host.cc:1: runtime may not include tests"),
    ("tools/cli/main.cc", '#include "intake/intake.h"\n',
     "tools/cli/main.cc:1: tools may not include intake"),
    ("services/runtime/host/wire.cc", "#include <grpcpp/server.h>\n",
     "services/runtime/host/wire.cc:1: services/runtime/host may not include grpcpp/server.h: only services/runtime/rpc"),
    ("services/server/phone.cc", "#include <sofia-sip/nta.h>\n",
     "services/server/phone.cc:1: services/server may not include sofia-sip/nta.h: only services/sip"),
    ("services/sip/desk.cc", '#include "routing/routing.h"\n',
     "services/sip/desk.cc:1: sip may not include routing"),
    ("services/runtime/rpc/db.cc", "#include <rocksdb/db.h>\n",
     "services/runtime/rpc/db.cc:1: services/runtime/rpc may not include rocksdb/db.h: only"),
    ("services/escalation/rules.cc", '#include "tierline/intake/v1/intake.pb.h"\n',
     "services/escalation/rules.cc:1: escalation may not include the messages of intake, only its events"),
    ("services/escalation/clock.cc", '#include "absl/time/clock.h"\n',
     "services/escalation/clock.cc:1: escalation is pure and may not include <absl/time/clock.h>"),
    ("services/escalation/now.cc", "auto t = absl::Now();\n",
     "services/escalation/now.cc:1: escalation is pure and may not call absl::Now"),
    ("services/intake/local.cc", '#include "intake.h"\n',
     'services/intake/local.cc:1: name the folder: "intake.h" may lie anywhere'),
    ("services/intake/root.cc", '#include "services/base/ids.h"\n',
     'services/intake/root.cc:1: write "base/ids.h", not "services/base/ids.h"'),
    ("services/intake/evolve.cc", "void f() {\n  switch (e.kind_case()) {\n    case 1: {}\n    default: break;\n  }\n}\n",
     "services/intake/evolve.cc:4: a switch over a oneof has no default"),
    ("services/intake/deep/x.cc", "int x;\n",
     "services/intake/deep/x.cc:1: services/intake/deep is no room"),
    ("services/base/long.h", "#pragma once\n" + "// x\n" * HEADER_LINES_MAX,
     "services/base/long.h:401: a header has at most 400 lines"),
    ("services/base/open.h", "int x;\n", "services/base/open.h:1: a header needs #pragma once"),
    ("services/base/util.cc", "int x;\n", "services/base/util.cc:1: name the file or folder after what it does"),
    ("services/base/later.cc", "int x;  // TODO\n", "services/base/later.cc:1: finish it or leave it out: TODO"),
    ("services/base/README.md", "no newline", "services/base/README.md:1: the file must end with a newline"),
]

CLEAN = [
    ("services/base/ids.h", "#pragma once\n#include <string>\n"),
    ("services/intake/intake.cc", '#include "intake/intake.h"\n#include "base/ids.h"\n#include "directory/directory.h"\n'
                                  '#include "tierline/events/v1/event.pb.h"\n'),
    ("services/intake/rpc.cc", '#include "runtime/rpc/server.h"\n#include "tierline/intake/v1/intake.pb.h"\n'),
    ("services/runtime/rpc/server.cc", "#include <grpcpp/server.h>\n"),
    ("services/server/main.cc", '#include "intake/rpc.h"\n#include "runtime/host/host.h"\n'),
    ("tests/intake/intake_test.cc", '#include "tests/kit/scenario.h"\n#include <gtest/gtest.h>\n'),
]


def write(root, path, text):
    file = pathlib.Path(root, path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def selftest():
    failures = []
    with tempfile.TemporaryDirectory() as root:
        for path, text in CLEAN:
            write(root, path, text)
        failures += [f"said about a clean tree: {s}" for s in check(root)]
    for path, text, expected in SEEDS:
        with tempfile.TemporaryDirectory() as root:
            write(root, path, text)
            found = check(root)
            if len(found) != 1 or not found[0].startswith(expected):
                failures.append(f"expected: {expected}\n     said: {found or 'nothing'}")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", default=str(pathlib.Path(__file__).resolve().parent.parent))
    parser.add_argument("--selftest", action="store_true")
    args = parser.parse_args()
    sentences = selftest() if args.selftest else check(args.root)
    for sentence in sentences:
        print(sentence)
    if sentences:
        return 1
    print(f"ok: {len(SEEDS)} violations found" if args.selftest else "ok: the structure holds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
