#!/usr/bin/env python3
"""Malformed and mutated messages at the SIP port, by UDP and TCP: it goes on, and still answers OPTIONS.

The seed is printed; TIERLINE_FUZZ_SEED repeats it, TIERLINE_FUZZ_MESSAGES says how many mutations."""

import contextlib
import os
import pathlib
import random
import signal
import socket
import tempfile

from sip_kit import Phone, Server, new_branch, request

VALID = {"call_id": "a84b4c76e66710@switch.example", "branch": "z9hG4bK776asdhds"}
REPORT = "Call-ID: a@b\r\nSequence: 1\r\nTime: 2009-04-01T10:00:00Z\r\nEvent: ended\r\nCause: busy\r\n"


def corpus(server):
    """Messages that are wrong in a way that somebody thought of."""
    invite = request("INVITE", "sip:12371@tierline.example", server, **VALID)
    message = request("MESSAGE", "sip:tierline.example", server, more=["Content-Type: text/plain"], body=REPORT, **VALID)
    options = request("OPTIONS", "sip:tierline.example", server, **VALID)
    yield from (b"", b"\r\n\r\n", b"\0", b"\xff" * 1000, b"INVITE", b"INVITE sip:12371", b"SIP/2.0 200 OK\r\n\r\n",
                b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    for whole in (invite, message, options):
        yield from (whole[:length] for length in range(0, len(whole), 7))  # truncated anywhere
    for line in invite.split(b"\r\n"):
        yield invite.replace(line + b"\r\n", b"", 1)  # without a header
        yield invite.replace(line, line + b"\r\n" + line, 1)  # with one twice
        yield invite.replace(line, line.split(b":")[0] + b":", 1)  # with an empty one
        yield invite.replace(line, line + b"x" * 60000, 1)[:65000]  # with a huge one
    yield invite.replace(b"Max-Forwards: 70", b"\r\n".join(b"X-%d: y" % i for i in range(3000)))
    for uri in (b"sip:", b"sip:@", b"sip:%", b"sip:%00@a", b"sip:[::1", b"sip:1@a:99999999", b"sip:a@b@c", b"tel:", b"tel:;",
                b"sip:1;phone-context=@a", b"urn:service:sos", b"<sip:1@a>", b"sip:1@a?x=y&", b"sip:" + b"9" * 5000 + b"@a"):
        yield invite.replace(b"sip:12371@tierline.example", uri)
        yield invite.replace(b"<sip:076983311223@switch.example>", b"<" + uri + b">")
        yield invite.replace(b"<sip:switch@127.0.0.1>", b"<" + uri + b">")
        yield invite.replace(b"Max-Forwards: 70", b"P-Asserted-Identity: <" + uri + b">")
    for header in (b"Privacy: ;;;", b"Privacy:", b"P-Asserted-Identity: ,,,<", b"Require:", b"Reason: x", b"Via: x",
                   b"Content-Length: -1", b"Content-Length: 99999999999", b"Record-Route: <sip:" + b"a" * 3000 + b">",
                   b"Route: <sip:x;lr>", b"Contact: *", b"Content-Encoding: deflate", b"Timestamp: 1e99"):
        yield invite.replace(b"Max-Forwards: 70", header)
        yield message.replace(b"Max-Forwards: 70", header)
    for via in (b"maddr=name.invalid", b"maddr=255.255.255.255", b"ttl=999", b"received=x", b"rport=99999", b"branch="):
        yield invite.replace(b";rport;", b";" + via + b";")
    for cseq in (b"0 INVITE", b"99999999999 INVITE", b"1 BYE", b"INVITE", b"-1 INVITE"):
        yield invite.replace(b"1 INVITE", cseq)
    for body in (b"", b":", b"Call-ID", b"Sequence: 99999999999\r\n", b"Time: 0\r\n", b"\0" * 500, b"Event:\xff\xfe\r\n"):
        yield message.replace(REPORT.encode(), body)


def mutate(data, dice):
    data = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 3, 8, 30))):
        at = dice.randrange(len(data)) if data else 0
        kind = dice.randrange(6)
        if kind == 0 and data:
            data[at] = dice.randrange(256)
        elif kind == 1 and data:
            del data[at:at + dice.randrange(1, 40)]
        elif kind == 2:
            data[at:at] = bytes(dice.choice(b"<>@:;,=\"\\%\r\n \t\0()") for _ in range(dice.randrange(1, 9)))
        elif kind == 3 and data:
            data[at:at] = data[at:at + dice.randrange(1, 200)]
        elif kind == 4 and data:
            other = dice.randrange(len(data))
            data[at:at + 20], data[other:other + 20] = data[other:other + 20], data[at:at + 20]
        else:
            data[at:at] = str(dice.choice((0, -1, 2 ** 31, 2 ** 32, 2 ** 64, 10 ** 40))).encode()
    return bytes(data[:65000])


def still_answers(server, phone, after):
    assert server.process.poll() is None, f"it died after {after[-3:]!r}"
    for _ in range(5):
        phone.send(request("OPTIONS", "sip:tierline.example", server, port=phone.port, call_id="alive",
                           branch=new_branch()))
        answer = None
        while (answer := phone.receive(2)) is not None:
            if answer.status == 200 and answer["CSeq"].endswith("OPTIONS"):
                return
    raise AssertionError(f"no answer to OPTIONS after {after[-3:]!r}")


def by_tcp(server, data):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", server.sip_port), timeout=5) as line:
        line.sendall(data)


def main():
    seed = int(os.environ.get("TIERLINE_FUZZ_SEED", random.randrange(2 ** 32)))
    count = int(os.environ.get("TIERLINE_FUZZ_MESSAGES", "10000"))
    print(f"repeat with: TIERLINE_FUZZ_SEED={seed} TIERLINE_FUZZ_MESSAGES={count}", flush=True)
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="tierline-sip-fuzz-") as name:
        server = Server(pathlib.Path(name), engine="memory")
        shooter, watcher = Phone(server), Phone(server)
        try:
            known = list(corpus(server))
            for number, data in enumerate(known):
                shooter.send(data[:65000])
                by_tcp(server, data)
                if number % 20 == 0:
                    still_answers(server, watcher, known[:number + 1])
            still_answers(server, watcher, known)
            valid = [request(method, "sip:12371@tierline.example", server, port=shooter.port,
                             more=["P-Asserted-Identity: <tel:+8613805511234>", "Privacy: none", "Content-Type: text/plain"],
                             body=REPORT if method == "MESSAGE" else "", **VALID)
                     for method in ("INVITE", "MESSAGE", "OPTIONS", "CANCEL", "ACK", "BYE")]
            recent = []
            for number in range(count):
                recent = [*recent[-400:], mutate(dice.choice(valid), dice)]
                shooter.send(recent[-1])
                if number % 50 == 0:
                    by_tcp(server, recent[-1])
                if number % 250 == 0:
                    still_answers(server, watcher, recent)
            still_answers(server, watcher, recent)
            assert watcher.ask("INVITE").status == 302, "a good call is not taken any more"
            print(f"{len(known)} malformed and {count} mutated messages; it still takes calls")
        finally:
            shooter.close()
            watcher.close()
            server.process.send_signal(signal.SIGCONT)
            code = server.stop()
        assert code == 0, f"exit {code}: {(server.folder / 'log').read_text()[-3000:]}"


if __name__ == "__main__":
    main()
