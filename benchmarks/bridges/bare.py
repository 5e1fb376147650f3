"""What the line itself takes: sockets and nothing else, of one gateway as fast as it answers.

Requests are bytes that were made before, a reply is a count of bytes, a poll is a message of QoS 0
with as many zeros as there are readings. A unit that does not answer gets no second request.
"""

import json
import socket
import struct
import sys
from contextlib import suppress

from benchmarks.bridges.gateways import FIRST_REGISTER, REGISTERS, UNITS

_REPLY = 9 + 2 * REGISTERS
_CONNECT = b"\x10\x10\0\4MQTT\4\2\0\0\0\4bare"


def _text(text: str) -> bytes:
    return len(text).to_bytes(2) + text.encode()


def run(broker: int, port: int) -> None:
    """Polls for ever."""
    published = socket.create_connection(("127.0.0.1", broker))
    published.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    published.sendall(_CONNECT)
    published.recv(4)
    body = _text(f"bare/p-{port}") + json.dumps([0.0] * REGISTERS * UNITS).encode()
    message = b"\x30" + bytes((len(body) & 0x7F | 0x80, len(body) >> 7)) + body
    requests = [
        struct.pack(">HHHBBHH", unit, 0, 6, unit, 3, FIRST_REGISTER, REGISTERS)
        for unit in range(1, UNITS + 1)
    ]
    while True:
        line = socket.create_connection(("127.0.0.1", port), timeout=1.0)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(TimeoutError):
            while True:
                for request in requests:
                    silent = request
                    line.sendall(request)
                    assert len(line.recv(_REPLY)) == _REPLY
                published.sendall(message)
        requests.remove(silent)
        line.close()


if __name__ == "__main__":
    run(*map(int, sys.argv[1:]))
