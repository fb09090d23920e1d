#!/usr/bin/env python3
"""Two replicas take calls by SIP: whichever owns the call decides, the same call is one, and a hand-over fails nobody."""

import os
import pathlib
import secrets
import signal
import tempfile
import uuid

from sip_kit import PACK, Phone, Server, call_scenario, finish, sipp, wait_for

BROKERS = pathlib.Path(os.environ["TIERLINE_TEST_KAFKA_FILE"]).read_text().strip()


def replica(folder, number, pack=None):
    key = folder / "master.key"
    if not key.exists():
        key.write_text(secrets.token_hex(32) + "\n")
        key.chmod(0o600)
    return Server(folder / f"routing-{number}", "--kafka-brokers", BROKERS, "--kafka-topic-prefix", folder.name + ".",
                  "--kafka-replication", "1", "--kafka-session-timeout", "6s", "--partitions", "4", "--master-key-file", key,
                  "--roles", "routing", "--instance", f"routing-{number}", "--sip-voicemail", "sip:voice@vm.example",
                  start=None, engine="kafka", pack=pack)


def main():
    with tempfile.TemporaryDirectory(prefix="tierline-sip-kafka-") as name:
        folder = pathlib.Path(name)
        work = folder / "work"
        work.mkdir()
        one = replica(folder, 1, PACK)
        two = replica(folder, 2)
        running = [one, two]
        try:
            wait_for(lambda: all(server.metric("tierline_partitions_owned") >= 2 for server in running), "each to own some")
            wait_for(lambda: two.metric("tierline_directory_position") == one.metric("tierline_directory_position"),
                     "the second to know the pack")
            for server in running:  # whatever the hour, a line or the voicemail
                assert len(set(sipp(server, work, call_scenario(302), calls=40, rate=40))) == 40
                assert server.metric("tierline_commands_forwarded_total") > 0, "it owns every call by chance"
            print("ok: a replica passes on the calls that another one owns")

            call_id = f"{uuid.uuid4().hex}@switch.example"
            answers = []
            for cseq, server in enumerate((one, two, one), 1):
                phone = Phone(server)
                answers.append(phone.ask("INVITE", call_id=call_id, cseq=cseq))
                phone.close()
            assert {answer.status for answer in answers} == {302}
            assert len({(answer["Tierline-Inquiry"], answer["Contact"]) for answer in answers}) == 1, "one call became two"
            print("ok: the same call is one through either")

            run, there = sipp(two, work, call_scenario(302), calls=300, rate=50, wait=False)
            assert running.pop(0).stop(signal.SIGTERM) == 0
            assert len(set(finish(run, there))) == 300
            print("ok: calls wait for the successor while one replica leaves")
        finally:
            for server in running:
                assert server.stop() == 0, (server.folder / "log").read_text()[-2000:]


if __name__ == "__main__":
    main()
