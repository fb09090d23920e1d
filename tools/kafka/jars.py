"""Java, and the broker's jars: deploy/kafka/pom.xml resolved into the build folder."""

import contextlib
import fcntl
import functools
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import time

from failure import Failure, say

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE = ROOT / "deploy/kafka"
HOME = pathlib.Path(os.environ.get("TIERLINE_BUILD_DIR") or ROOT / "build").absolute() / "kafka"
LIB = HOME / "lib"
ARCHIVE = HOME / "classes.jsa"

LOCK = ".lock"
JAVA_MIN = 17
FETCH_S = 900


@contextlib.contextmanager
def locked(folder):
    """One at a time per folder. Who waits here waits for a fetch or a start, which have deadlines."""
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        file = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR)
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            if os.path.samestat(os.fstat(file), os.stat(folder / LOCK)):
                break
        except FileNotFoundError:  # who held it removed it with the folder
            pass
        os.close(file)
    try:
        yield
    finally:
        if os.listdir(folder) == [LOCK]:
            os.unlink(folder / LOCK)
            os.rmdir(folder)
        os.close(file)


def write(path, text):
    """Replaces `path` in one step, so that no reader sees half of it."""
    part = path.with_name(path.name + ".part")
    part.write_text(text)
    part.rename(path)


def program(name):
    path = shutil.which(name)
    if not path:
        raise Failure(f"{name} is not installed: run tools/dev setup --for kafka")
    return path


@functools.cache
def java():
    home = pathlib.Path(os.environ.get("JAVA_HOME", "/nowhere"), "bin/java")
    path = str(home) if home.exists() else program("java")
    said = subprocess.run([path, "-version"], capture_output=True, text=True, timeout=60).stderr
    version = re.search(r'version "(\d+)', said)
    if not version or int(version[1]) < JAVA_MIN:
        raise Failure(f"{path} is not Java {JAVA_MIN} or later: run tools/dev setup --for kafka, or set JAVA_HOME")
    return path


def run_maven(command, log):
    """Writes Maven's output to `log` and tells every few seconds how far it is."""
    with open(log, "w") as file, subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                                  stderr=subprocess.STDOUT, text=True) as maven:
        try:
            files, start = 0, time.monotonic()
            told = start
            for line in maven.stdout:
                file.write(line)
                files += "Downloaded from" in line
                now = time.monotonic()
                if now - told > 2:
                    told = now
                    say(f"  {files} files fetched in {now - start:.0f} s")
                if now - start > FETCH_S:
                    raise Failure(f"Maven is not done after {FETCH_S} s: look into {log}, then run this again")
        except BaseException:
            maven.terminate()
            raise
    return maven.returncode


def resolve():
    log, part = HOME / "maven.log", HOME / "lib.part"
    shutil.rmtree(part, ignore_errors=True)
    say(f"resolving the broker's jars into {LIB} (45 MB)")
    if run_maven([program("mvn"), "-B", "-f", str(SOURCE / "pom.xml"), f"-Dkafka.lib={part}",
                  "dependency:copy-dependencies"], log):
        errors = [line for line in log.read_text().splitlines() if "ERROR" in line][:3]
        raise Failure("\n".join(["Maven could not resolve deploy/kafka/pom.xml; check the network and Maven's settings,"
                                 f" then run this again. {log} has the whole of:", *errors]))
    shutil.rmtree(LIB, ignore_errors=True)
    part.rename(LIB)


def fetch(make_archive):
    """Resolves the jars unless they are there as the pom wants them, and calls make_archive() after that."""
    stamp = HOME / "fetched"
    want = hashlib.sha256((SOURCE / "pom.xml").read_bytes()).hexdigest()
    with locked(HOME):
        if LIB.exists() and stamp.exists() and stamp.read_text() == want:
            return
        java()  # refuses before the download, not after it
        stamp.unlink(missing_ok=True)
        ARCHIVE.unlink(missing_ok=True)
        resolve()
        make_archive()
        write(stamp, want)
