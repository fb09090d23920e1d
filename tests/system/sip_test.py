#!/usr/bin/env python3
"""A voice platform that speaks nothing but SIP: what it sends, what it is answered, and what is recorded."""

import contextlib
import os
import pathlib
import signal
import socket
import tempfile
import time
import uuid

from sip_kit import (DONGGUAN, GATEWAY, LINE_OF_DONGGUAN, NOON, Answer, Phone, Server, call_scenario, finish, new_branch,
                     request, sipp, wait_for)

ALLOW = "INVITE, ACK, CANCEL, OPTIONS, MESSAGE"
REPORTED_AT = "2009-04-01T10:00:{:02d}+08:00"


def a_call_moves_to_the_line_of_its_office(server, work):
    scenario = call_scenario(302, [("Contact", rf"sip:\{LINE_OF_DONGGUAN}@{GATEWAY};user=phone")])
    for transport in ("u1", "t1"):  # one UDP socket, one TCP connection
        (inquiry,) = sipp(server, work, scenario, transport=transport)
        call = server.call(inquiry)
        assert call["decision"]["served_office"] == "441900" and call["platform"] == "sip", call


def a_menu_takes_its_default(server, work):
    """R-116: a redirect server plays no menu; the choice is on record."""
    scenario = call_scenario(302, [("Contact", r"sip:\+8655100340000@")], caller="<sip:055162345678@switch.example>")
    (inquiry,) = sipp(server, work, scenario)
    events = server.events(inquiry)
    assert [name for name, _ in events] == ["call_received", "menu_chosen"], events
    assert events[0][1]["decision"]["action"] == "ROUTE_ACTION_MENU"
    assert events[1][1].get("keys", "") == "" and "ROUTE_REASON_MENU_DEFAULT" in events[1][1]["decision"]["reasons"]


def an_asserted_identity_goes_before_from(server, work):
    """R-110, RFC 3325"""
    scenario = call_scenario(302, [("Contact", rf"sip:\{LINE_OF_DONGGUAN}@")], caller="<sip:li@switch.example>",
                             more=f"P-Asserted-Identity: <tel:+86{DONGGUAN[1:]}>\n")
    (inquiry,) = sipp(server, work, scenario)
    assert server.call(inquiry)["input"]["caller_area"] == "0769"


def a_withheld_number_is_never_recorded(server, work):
    """R-110, RFC 3323"""
    scenario = call_scenario(302, [("Contact", r"sip:\+861000000000@")],
                             caller='"Anonymous" <sip:anonymous@anonymous.invalid>',
                             more=f"P-Asserted-Identity: <tel:+86{DONGGUAN[1:]}>\nPrivacy: id\n")
    (inquiry,) = sipp(server, work, scenario)
    received = server.events(inquiry)[0][1]
    assert received["input"]["caller"] == "CALLER_KIND_WITHHELD" and "caller" not in received, received


def an_unknown_number_is_not_found(server, work):
    """R-111: and the rejection is recorded, with its outcome; so is a number of bytes that are no text."""
    for target in ("sip:12370@tierline.example", "sip:%FF12371@tierline.example"):
        scenario = call_scenario(404, [("Reason", r"Q.850;cause=1;")], target=target)
        (inquiry,) = sipp(server, work, scenario)
        wait_for(lambda: server.call(inquiry).get("outcome") == "OUTCOME_ROUTE_FAILED", "the outcome")


def out_of_hours_no_person_answers(folder, work):
    """R-113"""
    with running(Server(folder / "noon", start=NOON, engine="memory")) as server:
        (inquiry,) = sipp(server, work, call_scenario(480, [("Reason", r"Q.850;cause=20;")]))
        assert server.call(inquiry)["decision"]["action"] == "ROUTE_ACTION_VOICE"
    with running(Server(folder / "voice", "--sip-voicemail", "sip:voice@vm.example", start=NOON,
                        engine="memory")) as server:
        sipp(server, work, call_scenario(302, [("Contact", r"sip:voice@vm.example")]))


def without_a_pack_calls_come_back_later(folder, work):
    with running(Server(folder / "empty", engine="memory", pack=None)) as server, phone_of(server) as phone:
        assert phone.ask("INVITE").status == 503
        assert phone.ask("OPTIONS").status == 200


def a_retransmission_is_absorbed_and_the_same_call_is_one(server, work):
    with phone_of(server) as phone:
        before = server.metric("tierline_commands_repeated")
        call = {"call_id": f"{uuid.uuid4().hex}@switch.example", "branch": new_branch()}
        invite = request("INVITE", "sip:12371@tierline.example", server, port=phone.port, **call)
        for _ in range(3):
            phone.send(invite)
        answers = [phone.final() for _ in range(2)]
        assert all(answer.status == 302 for answer in answers)
        assert len({(a["Contact"], a["To"], a["Tierline-Inquiry"]) for a in answers}) == 1
        assert server.metric("tierline_commands_repeated") == before, "a retransmission became a command"
        again = phone.ask("INVITE", call_id=call["call_id"], cseq=2)  # another transaction: the call itself again
        assert (again["Contact"], again["Tierline-Inquiry"]) == (answers[0]["Contact"], answers[0]["Tierline-Inquiry"])
        wait_for(lambda: server.metric("tierline_commands_repeated") == before + 1, "the command to be a repeated one")
        assert [name for name, _ in server.events(again["Tierline-Inquiry"])] == ["call_received"]
        other = phone.ask("INVITE", call_id=call["call_id"], cseq=3, caller="<sip:02151234567@switch.example>")
        assert other.status == 400 and "repeated with other content" in other["Reason"], other.headers


def a_cancelled_call_was_ended_by_its_caller(server, work):
    """The server stands still while both messages come, so that the CANCEL is there before the answer."""
    cancel = call_scenario(487, [("Reason", r"Q.850;cause=16;")]).replace(
        '  <recv response="100"', """  <send>
    <![CDATA[
CANCEL sip:12371@tierline.example SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch-1]
From: <sip:076983311223@switch.example>;tag=[pid]t[call_number]
To: <sip:12371@tierline.example>
Call-ID: [call_id]
CSeq: 1 CANCEL
Max-Forwards: 70
Content-Length: 0

    ]]>
  </send>
  <recv response="200"/>
  <recv response="100\"""", 1).replace("branch=[branch-3]", "branch=[branch-5]")
    cancel = cancel.replace(' retrans="500"', "")  # sipp goes on after an answer only where it would repeat
    server.process.send_signal(signal.SIGSTOP)
    call_id = f"{uuid.uuid4().hex}@switch.example"
    run, folder = sipp(server, work, cancel, "-cid_str", call_id, "-trace_msg", "-message_file", "sent", wait=False)
    sent = folder / "sent"  # and, as both are of one machine, in the server's socket
    wait_for(lambda: sent.exists() and "\nCANCEL sip:" in sent.read_text(), "the CANCEL to be sent")
    server.process.send_signal(signal.SIGCONT)
    (inquiry,) = finish(run, folder)
    wait_for(lambda: server.call(inquiry).get("outcome") == "OUTCOME_ABANDONED", "the call to be abandoned")
    with phone_of(server) as phone:  # there is nothing more to cancel
        assert phone.ask("CANCEL").status == 481
        body = f"Call-ID: {call_id}\nSequence: 1\nTime: {REPORTED_AT.format(1)}\nEvent: ended\nCause: caller-hung-up\n"
        for _ in range(2):  # nor to report: the end that is on record is the CANCEL's, whose report is another command
            late = phone.ask("MESSAGE", more=["Content-Type: text/plain"], body=body)
            assert late.status == 400 and "DUPLICATE_SEQUENCE" in late["Reason"], late.headers
    assert [name for name, _ in server.events(inquiry)].count("call_reported") == 1


def reports_by_message_end_the_call(server, work):
    """R-120"""
    with phone_of(server) as phone:
        call_id = f"{uuid.uuid4().hex}@switch.example"
        inquiry = phone.ask("INVITE", call_id=call_id)["Tierline-Inquiry"]

        def report(sequence, event, *more, call=call_id):
            body = "\r\n".join([f"Call-ID: {call}", f"Sequence: {sequence}",
                                f"Time: {REPORTED_AT.format(5 * sequence)}", f"Event: {event}", *more, ""])
            return phone.ask("MESSAGE", "sip:tierline.example", more=["Content-Type: text/plain"], body=body)

        assert report(2, "answered").status == 200  # in any order
        assert report(1, "offered").status == 200
        assert report(1, "offered").status == 200, "a repeated report is answered like the first"
        assert report(1, "answered").status == 400, "another one of the same sequence is refused"
        assert report(3, "ended", "Cause: office-hung-up").status == 200
        wait_for(lambda: server.call(inquiry).get("outcome") == "OUTCOME_ANSWERED", "the outcome")
        assert report(1, "offered", call="unknown@switch.example").status == 481
        for event in ("exploded", "busy"):  # of busy, where the call goes next can not be said here
            wrong = report(1, event)
            assert wrong.status == 400 and "no event" in wrong["Reason"], wrong.headers
        assert phone.ask("MESSAGE", more=["Content-Type: application/sdp"], body="v=0").status == 415


def a_busy_line_is_busy_when_it_is_asked_again(server, work):
    with phone_of(server) as phone:
        call_id = f"{uuid.uuid4().hex}@switch.example"
        inquiry = phone.ask("INVITE", call_id=call_id)["Tierline-Inquiry"]
        body = f"Call-ID: {call_id}\nSequence: 1\nTime: {REPORTED_AT.format(3)}\nEvent: ended\nCause: busy\n"
        assert phone.ask("MESSAGE", more=["Content-Type: text/plain"], body=body).status == 200
        wait_for(lambda: server.call(inquiry).get("outcome") == "OUTCOME_BLOCKED", "the outcome")
        busy = phone.ask("INVITE", call_id=call_id, cseq=2)
        assert busy.status == 486 and busy["Reason"].startswith("Q.850;cause=17;"), busy.headers


def other_requests_have_their_answers(server, work):
    with phone_of(server) as phone:
        options = phone.ask("OPTIONS")
        assert options.status == 200 and options["Allow"] == ALLOW, options.headers
        for method in ("REGISTER", "SUBSCRIBE", "BYE", "FROBNICATE"):
            refused = phone.ask(method)
            assert refused.status == 405 and refused["Allow"] == ALLOW, (method, refused.headers)
            assert refused["Reason"].startswith("Q.850;cause="), refused.headers
        extended = phone.ask("INVITE", more=["Require: 100rel, frob"])
        assert extended.status == 420 and extended["Unsupported"] == "100rel, frob", extended.headers
        assert phone.ask("INVITE", to_tag=";tag=1").status == 481, "no dialog was ever begun"
        assert phone.ask("INVITE", "mailto:12371@tierline.example").status == 416
        long = socket.create_connection(("127.0.0.1", server.sip_port))
        long.sendall(request("OPTIONS", "sip:tierline.example", server, call_id="long", branch=new_branch(),
                             transport="TCP", more=[f"Subject: {'x' * 40000}"]))
        long.settimeout(10)
        with contextlib.suppress(ConnectionResetError):
            data = long.recv(65536)
            assert not data or Answer(data).status == 413, data
        long.close()


def too_many_calls_at_once_come_back_later(folder, work):
    with running(Server(folder / "small", "--sip-in-flight-max", "4", engine="memory")) as server:
        with phone_of(server) as phone:
            server.process.send_signal(signal.SIGSTOP)
            for _ in range(40):
                phone.send(request("INVITE", "sip:12371@tierline.example", server, port=phone.port,
                                   call_id=f"{uuid.uuid4().hex}@switch.example", branch=new_branch()))
            server.process.send_signal(signal.SIGCONT)
            seen = [phone.final() for _ in range(40)]
            later = [answer for answer in seen if answer.status == 503]
            assert later and all(int(answer["Retry-After"]) >= 1 for answer in later), [a.status for a in seen]
            assert {answer.status for answer in seen} == {302, 503}
            assert phone.ask("INVITE").status == 302


def a_restart_keeps_the_call(server, work):
    with phone_of(server) as phone:
        call_id = f"{uuid.uuid4().hex}@switch.example"
        first = phone.ask("INVITE", call_id=call_id)
        server.stop(signal.SIGKILL)
        server.start()
        again = phone.ask("INVITE", call_id=call_id, cseq=2)
        assert again.status == 302 and again["Contact"] == first["Contact"], again.headers
        assert again["Tierline-Inquiry"] == first["Tierline-Inquiry"]
        assert [name for name, _ in server.events(first["Tierline-Inquiry"])] == ["call_received"]


def thousands_of_calls_have_each_its_answer(server, work):
    calls, rate = int(os.environ.get("TIERLINE_SIP_CALLS", "3000")), 200
    before = server.metric("tierline_sip_requests_total", method="INVITE", code="302")
    inquiries = sipp(server, work, call_scenario(302), calls=calls, rate=rate, timeout_s=calls / rate + 60)
    assert len(set(inquiries)) == calls, f"{len(set(inquiries))} inquiries of {calls} calls"
    assert server.metric("tierline_sip_requests_total", method="INVITE", code="302") == before + calls
    assert server.metric("tierline_sip_invite_seconds_count") >= calls
    assert server.metric("tierline_sip_in_flight") == 0


def nobody_is_named(server):
    """No number in the log of the server, nor in any file of its data."""
    for path in server.folder.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        for number in (DONGGUAN, DONGGUAN[1:], "55162345678", "2151234567"):
            assert number.encode() not in data, f"{number} stands in {path}"


@contextlib.contextmanager
def phone_of(server):
    phone = Phone(server)
    try:
        yield phone
    finally:
        phone.close()


@contextlib.contextmanager
def running(server):
    try:
        yield server
    finally:
        server.process.send_signal(signal.SIGCONT)
        assert server.stop() == 0, (server.folder / "log").read_text()[-2000:]


def main():
    with tempfile.TemporaryDirectory(prefix="tierline-sip-") as name:
        folder = pathlib.Path(name)
        work = folder / "work"
        work.mkdir()
        with running(Server(folder / "main")) as server:
            for check in (a_call_moves_to_the_line_of_its_office, a_menu_takes_its_default,
                          an_asserted_identity_goes_before_from, a_withheld_number_is_never_recorded,
                          an_unknown_number_is_not_found, a_retransmission_is_absorbed_and_the_same_call_is_one,
                          a_cancelled_call_was_ended_by_its_caller, reports_by_message_end_the_call,
                          a_busy_line_is_busy_when_it_is_asked_again, other_requests_have_their_answers,
                          a_restart_keeps_the_call, thousands_of_calls_have_each_its_answer):
                check(server, work)
                print(f"ok: {check.__name__}", flush=True)
        nobody_is_named(server)
        for check in (out_of_hours_no_person_answers, without_a_pack_calls_come_back_later,
                      too_many_calls_at_once_come_back_later):
            check(folder, work)
            print(f"ok: {check.__name__}", flush=True)


if __name__ == "__main__":
    main()
