"""A server that listens for SIP, callers by sipp, and a plain socket for what sipp does not send."""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
import uuid

BUILD = pathlib.Path(os.environ["TIERLINE_BINARY_DIR"])
SOURCE = pathlib.Path(os.environ["TIERLINE_SOURCE_DIR"])
PACK = SOURCE / "deploy/packs/12371"
WORKING = "2009-04-01T10:00:00+08:00"  # a Wednesday
NOON = "2009-04-01T12:30:00+08:00"
GATEWAY = "gateway.example:5070"
DONGGUAN = "076983311223"  # a prefecture without counties: no menu
LINE_OF_DONGGUAN = "+8676900441900"


class Server:
    """tierline-server with SIP, on a data folder that outlives it."""

    def __init__(self, folder, *flags, start=WORKING, engine="embedded", pack=PACK):
        self.folder, self.flags, self.start_at, self.engine = pathlib.Path(folder), flags, start, engine
        self.folder.mkdir(parents=True, exist_ok=True)
        self.start()
        if pack:
            self.cli("directory", "load", pack, "--yes")

    def start(self):
        ports = self.folder / "ports"
        ports.unlink(missing_ok=True)
        self.log = open(self.folder / "log", "ab")
        clock = ["--clock", "virtual", "--clock-start", self.start_at] if self.start_at else []
        self.process = subprocess.Popen(
            [BUILD / "tierline-server", "--engine", self.engine, "--data-dir", self.folder / "data", "--listen",
             "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--port-file", ports, "--log-level", "debug", *clock,
             "--sip-listen", "127.0.0.1:0", "--sip-gateway", GATEWAY, *self.flags], stdout=self.log, stderr=self.log)
        wait_for(lambda: ports.exists() or self.process.poll() is not None, "the server to be ready")
        assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
        self.addresses = json.loads(ports.read_text())
        self.sip = self.addresses["sip"]
        self.sip_port = int(self.sip.rsplit(":", 1)[1])

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        code = self.process.wait(60)
        self.log.close()
        return code

    def cli(self, *words, code=0):
        done = subprocess.run([BUILD / "tierline", "--address", self.addresses["grpc"], "-o", "json", *map(str, words)],
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == code, f"{words}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def call(self, inquiry):
        return json.loads(self.cli("call", "show", inquiry))["call"]

    def events(self, inquiry):
        """The inquiry's events as (name, content)."""
        records = json.loads(self.cli("history", inquiry))["records"]
        events = [record["event"] for record in records]
        return [next((name, body) for name, body in event.items() if isinstance(body, dict) and name != "actor")
                for event in events]

    def metric(self, name, **labels):
        page = urllib.request.urlopen(f"http://{self.addresses['admin']}/metrics", timeout=10).read().decode()
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        return sum(float(line.split()[-1]) for line in page.splitlines()
                   if re.match(rf"{name}(\{{|\s)", line) and all(w in line for w in wanted))


def wait_for(condition, what, seconds=60):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"waited {seconds} s for {what}"
        time.sleep(0.02)


def request(method, target, server, *, call_id, branch, caller="<sip:076983311223@switch.example>", cseq=1, more=(),
            transport="UDP", body="", to_tag="", port=5060):
    """A request as bytes; `more` are headers."""
    lines = [f"{method} {target} SIP/2.0", f"Via: SIP/2.0/{transport} 127.0.0.1:{port};rport;branch={branch}",
             "Max-Forwards: 70", f"To: <{target}>{to_tag}", f"From: {caller};tag=1928301774", f"Call-ID: {call_id}",
             f"CSeq: {cseq} {method}",
             "Contact: <sip:switch@127.0.0.1>", *more, f"Content-Length: {len(body.encode())}", "", body]
    return "\r\n".join(lines).encode()


def new_branch():
    return "z9hG4bK" + uuid.uuid4().hex


class Phone:
    """One UDP socket."""

    def __init__(self, server):
        self.server = server
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendto(data, ("127.0.0.1", self.server.sip_port))

    def receive(self, seconds=10):
        """The next answer, or None."""
        self.socket.settimeout(seconds)
        try:
            return Answer(self.socket.recv(65536))
        except socket.timeout:
            return None

    def final(self, branch="", seconds=10):
        """The next final answer, of any transaction or the one of `branch`."""
        until = time.monotonic() + seconds
        while True:
            answer = self.receive(max(0.01, until - time.monotonic()))
            if answer is None or answer.status >= 200 and branch in answer["Via"]:
                return answer

    def ask(self, method, target="sip:12371@tierline.example", **more):
        more.setdefault("call_id", f"{uuid.uuid4().hex}@switch.example")
        more.setdefault("branch", new_branch())
        self.send(request(method, target, self.server, port=self.port, **more))
        answer = self.final(more["branch"])
        assert answer is not None, f"no answer to {method}"
        if method == "INVITE":
            self.send(request("ACK", target, self.server, port=self.port, **more))
        return answer


class Answer:
    def __init__(self, data):
        head, _, self.body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        first, *lines = head.split("\r\n")
        assert first.startswith("SIP/2.0 "), first
        self.status = int(first.split()[1])
        self.headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            self.headers.setdefault(name.strip().lower(), value.strip())

    def __getitem__(self, name):
        return self.headers.get(name.lower(), "")


CALL = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="call">
  <send retrans="500" start_rtd="1">
    <![CDATA[
INVITE {target} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: {caller};tag=[pid]t[call_number]
To: <{target}>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:switch@[local_ip]:[local_port]>
Max-Forwards: 70
{more}Content-Length: 0

    ]]>
  </send>
  <recv response="100" optional="true"/>
  <recv response="{status}" rtd="1">
    <action>
{checks}
      <ereg regexp="[0-9a-f-]{{36}}" search_in="hdr" header="Tierline-Inquiry:" assign_to="inquiry"/>
      <log message="[$inquiry]"/>
    </action>
  </recv>
  <Reference variables="{used}"/>
  <send>
    <![CDATA[
ACK {target} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch-3]
From: {caller};tag=[pid]t[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

    ]]>
  </send>
</scenario>
"""

# What sipp itself answers as a redirect server: the limit of the tool on this machine.
REDIRECT = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="redirect">
  <recv request="INVITE"/>
  <send>
    <![CDATA[
SIP/2.0 302 Moved Temporarily
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:+8676900441900@gateway.example;user=phone>
Content-Length: 0

    ]]>
  </send>
  <recv request="ACK"/>
</scenario>
"""

CHECK = ('      <ereg regexp="{regexp}" search_in="hdr" header="{header}:" check_it="true" assign_to="checked"/>')


def call_scenario(status, checks=(), target="sip:12371@tierline.example", caller=f"<sip:{DONGGUAN}@switch.example>",
                  more="", named=True):
    """A caller by sipp who expects `status`, and headers that match (name, regular expression)."""
    scenario = CALL if named else re.sub(r"    <action>.*?</action>\n|  <Reference.*?\n", "", CALL, flags=re.S)
    return scenario.format(status=status, target=target, caller=caller, more=more,
                       used="inquiry,checked" if checks else "inquiry", checks="\n".join(CHECK.format(header=name, regexp=regexp) for name, regexp in checks))


def sipp(server, folder, scenario, *flags, transport="u1", calls=1, rate=10, timeout_s=60, wait=True):
    """Runs sipp to its end; the inquiries that the answers named."""
    assert shutil.which("sipp"), "sipp is missing: run tools/dev setup"
    work = pathlib.Path(folder) / f"sipp-{uuid.uuid4().hex}"
    work.mkdir()
    (work / "scenario.xml").write_text(scenario)
    command = ["sipp", "-sf", "scenario.xml", server.sip, "-i", "127.0.0.1", "-m", str(calls), "-r", str(rate), "-t",
               transport, "-nostdin", "-timeout", f"{timeout_s}s", "-timeout_error", "-trace_logs", "-log_file", "log",
               "-trace_err", "-error_file", "errors", *flags]
    run = subprocess.Popen(command, cwd=work, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if not wait:
        return run, work
    return finish(run, work)


def finish(run, work):
    _, error = run.communicate(timeout=180)
    said = (work / "errors").read_text(errors="replace") if (work / "errors").exists() else ""
    assert run.returncode == 0, f"sipp: exit {run.returncode}\n{error.decode()[-800:]}\n{said[:3000]}"
    return (work / "log").read_text().split() if (work / "log").exists() else []
