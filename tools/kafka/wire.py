"""Just enough of Kafka's protocol to know that a broker serves, without a client library.

A request is: size, api key, version, correlation id, client id, body. A response: size, correlation id, body. Both
requests are used in their oldest version, of fixed fields; Kafka 4 still speaks it.
"""

import socket
import struct

TIMEOUT_S = 2


def ask(port, key, body):
    client = b"tierline"
    message = struct.pack(">hhih", key, {3: 1, 22: 0}[key], 7, len(client)) + client + body
    with socket.create_connection(("127.0.0.1", port), TIMEOUT_S) as connection, connection.makefile("rb") as stream:
        connection.sendall(struct.pack(">i", len(message)) + message)
        size, correlation = struct.unpack(">ii", stream.read(8))
        answer = stream.read(size - 4)
    if correlation != 7 or len(answer) != size - 4:
        raise OSError("no Kafka broker answers here")
    return answer


def members(port):
    """The ids of the brokers that may serve, as the broker at `port` knows them; none when it does not answer.

    The active controller decides who may serve, so a broker that names itself also proves that the quorum works.
    """
    try:
        answer = ask(port, 3, struct.pack(">i", 0))  # Metadata of no topic
        (count,), at, ids = struct.unpack_from(">i", answer), 4, set()
        for _ in range(count):  # id, host, port, rack or null
            broker, host = struct.unpack_from(">ih", answer, at)
            (rack,) = struct.unpack_from(">h", answer, at + 6 + host + 4)
            at += 6 + host + 4 + 2 + max(rack, 0)
            ids.add(broker)
        return ids
    except (OSError, struct.error):
        return set()


def gives_producer_ids(port):
    """Asks for an idempotent producer's id. A broker refuses the first time, while it fetches a block of them from the
    controller; a client would wait and retry, at the cost of its first second."""
    try:
        answer = ask(port, 22, struct.pack(">hi", -1, 60000))  # InitProducerId: no transactional id, timeout
        return struct.unpack_from(">ih", answer)[1] == 0       # throttle time, error
    except (OSError, struct.error):
        return False
