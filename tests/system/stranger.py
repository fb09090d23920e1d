#!/usr/bin/env python3
"""A dashboard by somebody who has never seen Tierline's code.

What it knows is the AsyncAPI document and the published descriptor; what it is made of is a Kafka client, the
CloudEvents SDK and protobuf, from PyPI. Its table has the events' ids as the primary key: what comes twice counts once.

  stranger.py consume --brokers B --topic T --group G --descriptor D --table FILE     until SIGTERM
  stranger.py totals --table FILE                                 the figures of `tierline report totals`, as JSON
  stranger.py audit --brokers B --topic T --descriptor D --asyncapi A     reads everything, and checks the contract
"""

import argparse
import json
import signal
import sqlite3

import yaml
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

EVENT = "tierline.events.v1.Event"
TABLE = """create table if not exists events (id text primary key, type text, subject text, outcome text, purpose text,
                                               kind text, goes_on integer, reached integer, callback integer);
           create table if not exists deliveries (id text, consumer text)"""


def event_class(path):
    with open(path, "rb") as file:
        files = descriptor_pb2.FileDescriptorSet.FromString(file.read())
    pool = descriptor_pool.DescriptorPool()
    for each in files.file:
        pool.Add(each)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(EVENT))


class ProtobufData(JSONFormat):
    """The SDK's way to say what the bytes of application/protobuf are."""

    def __init__(self, message_class):
        super().__init__()
        self.message_class = message_class

    def read_data(self, body, datacontenttype):
        assert datacontenttype == "application/protobuf", datacontenttype
        return self.message_class.FromString(body)


def decode(message, data_format):
    headers = dict(message.headers())
    return from_binary(KafkaMessage(headers=headers, key=message.key(), value=message.value()), data_format)


def enum_name(message, field):
    number = getattr(message, field)
    return message.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number[number].name


def row(event):
    body = event.get_data()
    arm = getattr(body, body.WhichOneof("event"))
    fields = arm.DESCRIPTOR.fields_by_name
    named = {name: enum_name(arm, name) if name in fields else None for name in ("outcome", "purpose", "kind")}
    goes_on = "next" in fields and arm.HasField("next")
    reached = "reached" in fields and arm.reached
    callback = "limit" in fields and arm.limit == "callback"
    return event.get_id(), event.get_type(), event.get_subject(), *named.values(), goes_on, reached, callback


def consume(args):
    data_format = ProtobufData(event_class(args.descriptor))
    table = sqlite3.connect(args.table, timeout=60, isolation_level=None)
    consumer = Consumer({"bootstrap.servers": args.brokers, "group.id": args.group, "enable.auto.commit": False,
                         "auto.offset.reset": "earliest", "session.timeout.ms": 6000})
    going = True

    def stop(*_):
        nonlocal going
        going = False

    signal.signal(signal.SIGTERM, stop)
    consumer.subscribe([args.topic], on_assign=lambda _, got: print(f"assigned {len(got)}", flush=True))
    while going:
        messages = consumer.consume(500, 0.2)
        for message in messages:
            assert not message.error(), message.error()
        if not messages:
            continue
        rows = [row(decode(message, data_format)) for message in messages]
        table.execute("begin immediate")
        table.executemany("insert or ignore into events values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        table.executemany("insert into deliveries values (?, ?)", [(each[0], args.name) for each in rows])
        table.execute("commit")
        consumer.commit(asynchronous=False)  # behind the table: at least once
    consumer.close()


def totals(args):
    table = sqlite3.connect(args.table, timeout=60)

    def count(what, *parameters):
        return table.execute(f"select count(*) from events where {what}", parameters).fetchone()[0]

    test = "purpose in ('CALL_PURPOSE_TEST', 'CALL_PURPOSE_SPOT_CHECK')"
    received, ended = "tierline.routing.call-received.v1", "tierline.routing.call-ended.v1"

    def of(name, what="true"):
        """Of what did not come from a test call."""
        tests = f"select subject from events where type = '{received}' and {test}"
        return count(f"type = ? and {what} and subject not in ({tests})", f"tierline.{name}.v1")

    figures = {"received": count(f"type = ? and not {test}", received),
               "test_calls": count(f"type = ? and {test}", received)}
    for outcome in ("ANSWERED", "ABANDONED", "BLOCKED", "NO_ANSWER", "AFTER_HOURS", "MENU_EXIT", "ROUTE_FAILED",
                    "UNKNOWN"):
        figures[outcome.lower()] = count(f"type = ? and outcome = ? and not {test}", ended, "OUTCOME_" + outcome)
    figures["in_progress"] = figures["received"] - count(f"type = ? and not {test}", ended)
    figures |= {"inquiries_opened": of("intake.inquiry-opened"), "answered_on_the_spot": of("intake.inquiry-answered"),
                "registered": of("intake.inquiry-registered"), "reopened": of("intake.inquiry-reopened"),
                "closed": of("intake.inquiry-closed") + of("intake.inquiry-answered"),
                "taken_over": of("intake.inquiry-taken-over"),
                "deadlines_set": of("escalation.deadline-set", "not callback"),
                "deadlines_warned": of("escalation.deadline-warned"),
                "deadlines_missed": of("escalation.deadline-missed", "not callback"),
                "deadlines_met": of("escalation.deadline-met", "not callback"),
                "callbacks_set": of("escalation.deadline-set", "callback"),
                "callbacks_missed": of("escalation.deadline-missed", "callback"),
                "callbacks_met": of("escalation.deadline-met", "callback"),
                "legs_blocked": of("routing.superior-alarmed", "kind = 'CALL_REPORT_KIND_BUSY'"),
                "legs_no_answer": of("routing.superior-alarmed", "kind <> 'CALL_REPORT_KIND_BUSY'"),
                "overflowed_out": of("routing.leg-failed", "goes_on"), "transferred_out": of("routing.call-transferred"),
                "voice_messages": of("routing.voice-message-left"), "callbacks_made": of("intake.callback-made", "reached")}
    print(json.dumps(figures))


def secrets_in(message, path=""):
    """Fields that are set and that the contract says are absent."""
    for field, value in message.ListFields():
        name = f"{path}{field.name}"
        if field.type == field.TYPE_BYTES or field.type == field.TYPE_MESSAGE and field.message_type.name == "Sealed":
            yield name
        elif field.type == field.TYPE_MESSAGE:
            repeated = not hasattr(value, "ListFields")
            for each in value if repeated else [value]:
                yield from secrets_in(each, name + ".")


def everything(brokers, topic):
    """Every message of the topic, partition by partition."""
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "audit", "enable.auto.commit": False,
                         "enable.partition.eof": True})
    partitions = consumer.list_topics(topic, 30).topics[topic].partitions
    for partition in partitions:
        consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING)])
        while True:
            message = consumer.poll(30)
            assert message is not None, f"no end of partition {partition}"
            if message.error() and message.error().code() == KafkaError._PARTITION_EOF:
                break
            assert not message.error(), message.error()
            yield message
    consumer.close()


def audit(args):
    with open(args.asyncapi, encoding="utf-8") as file:
        document = yaml.safe_load(file)
    names = {key: each["name"] for key, each in document["components"]["messages"].items()}
    known = {names[key] for key in document["channels"]["public"]["messages"]}
    described = set(document["components"]["messageTraits"]["event"]["headers"]["properties"])
    inside = {"ce_writerepoch", "ce_writerseq", "ce_prev"}
    data_format = ProtobufData(event_class(args.descriptor))
    first, last, of_subject, duplicates, types = {}, {}, {}, 0, set()
    for message in everything(args.brokers, args.topic):
        headers = dict(message.headers())
        assert set(headers) <= described - inside, f"undescribed headers {set(headers) - described | set(headers) & inside}"
        event = decode(message, data_format)
        types.add(event.get_type())
        assert event.get_type() in known, f"{event.get_type()} is not in the AsyncAPI document"
        assert message.key().decode() == event.get_subject() == event.get_data().subject, event.get_id()
        leaks = list(secrets_in(event.get_data()))
        assert not leaks, f"{event.get_type()} {event.get_id()} shows {leaks}"
        place = message.partition(), int(event.get_extension("historyoffset"))
        assert of_subject.setdefault(event.get_subject(), place[0]) == place[0], event.get_subject()
        if event.get_id() in first:
            assert first[event.get_id()] == (place, message.value()), f"{event.get_id()} is there twice and differs"
            duplicates += 1
            continue
        first[event.get_id()] = place, message.value()
        assert place[1] > last.get(place[0], -1), f"{event.get_id()} came out of order at {place}"
        last[place[0]] = place[1]
    print(json.dumps({"events": len(first), "duplicates": duplicates, "types": sorted(types)}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for run, options in ((consume, ["brokers", "topic", "group", "descriptor", "table", "name"]), (totals, ["table"]),
                         (audit, ["brokers", "topic", "descriptor", "asyncapi"])):
        command = commands.add_parser(run.__name__)
        command.set_defaults(run=run)
        for option in options:
            command.add_argument("--" + option, required=True)
    args = parser.parse_args()
    if "table" in args:
        with sqlite3.connect(args.table, timeout=60) as table:
            table.executescript(TABLE)
    args.run(args)


if __name__ == "__main__":
    main()
