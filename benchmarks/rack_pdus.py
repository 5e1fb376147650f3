"""Agents of rack PDUs with 48 outlets whose loads wander, each on a port of its own: a process."""

import asyncio
import sys
from bisect import bisect_right
from collections.abc import Mapping
from random import Random

from bcm_mqtt.snmp import ber
from bcm_mqtt.snmp.pdu import Kind

OUTLETS = 48
_TABLE = "1.3.6.1.4.1.318.1.1.26.9.4.3.1"
_UPTIME = "1.3.6.1.2.1.1.3.0"
_MOST = 12
"""A in one outlet."""


class Pdu(asyncio.DatagramProtocol):
    """Answers GETBULK as an APC rack PDU does; `served` counts the values of all."""

    served = 0

    def __init__(self, number: int, names: Mapping[tuple[int, ...], bytes]) -> None:
        self._random = Random(number)
        self._names, self._order = names, sorted(names)
        self._tenths = [self._random.randint(5, 10 * _MOST) for _ in range(OUTLETS + 1)]
        self._kwh = [self._random.randint(1000, 90_000) for _ in range(OUTLETS + 1)]

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        """It serves."""
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """A request."""
        _, at, _ = ber.opened(data, 0)
        head, (_, at) = at, ber.number(data, at)
        _, at = ber.taken(data, at, ber.OCTETS)
        tag, inner, _ = ber.opened(data, at)
        assert tag == Kind.GET_BULK
        number, inner = ber.number(data, inner)
        single, inner = ber.number(data, inner)
        repetitions, inner = ber.number(data, inner)
        _, inner, end = ber.opened(data, inner)
        asked, _ = ber.variables(data, inner, end)
        pairs = b"".join(self._pairs(list(asked), single, repetitions))
        rest = ber.integer(0) * 2 + ber.encoded(ber.SEQUENCE, pairs)
        pdu = ber.encoded(0xA2, ber.integer(number) + rest)
        self._transport.sendto(ber.encoded(ber.SEQUENCE, data[head:at] + pdu), addr)

    def _pairs(self, asked: list[bytes], single: int, repetitions: int) -> list[bytes]:
        starts = [bisect_right(self._order, arcs(ber.oid_text(name))) for name in asked]
        rows = [self._order[start] for start in starts[:single]]
        for row in range(repetitions):
            rows += [self._order[start + row] for start in starts[single:]]
        type(self).served += len(rows)
        return [ber.encoded(ber.SEQUENCE, self._names[row] + self._value(row)) for row in rows]

    def _value(self, row: tuple[int, ...]) -> bytes:
        column, outlet = row[-2:]
        if column == 6:
            moved = self._tenths[outlet] + self._random.randint(-2, 2)
            self._tenths[outlet] = min(max(moved, 0), 10 * _MOST)
            return ber.integer(self._tenths[outlet])
        if column == 7:
            return ber.integer(23 * self._tenths[outlet])
        if column == 11:
            self._kwh[outlet] += self._random.random() < 0.01
            return ber.integer(self._kwh[outlet])
        return ber.encoded(ber.TICKS, (123_456).to_bytes(4, "big"))


def arcs(text: str) -> tuple[int, ...]:
    """An object identifier as numbers."""
    return tuple(map(int, text.split(".")))


async def serve(count: int, first_port: int) -> None:
    """So many PDUs on ports that follow one another; says what it has served, again and again."""
    texts = [f"{_TABLE}.{column}.{n}" for column in (6, 7, 11) for n in range(1, OUTLETS + 1)]
    names = {arcs(one): ber.encoded(ber.OID, ber.oid(one)) for one in (_UPTIME, *texts)}
    after = arcs("1.3.6.1.4.1.318.1.1.26.9.4.3.1.99.1")  # what a walk ends on
    names[after] = ber.encoded(ber.OID, ber.oid(".".join(map(str, after))))
    loop = asyncio.get_running_loop()
    for number in range(count):
        place = "127.0.0.1", first_port + number
        await loop.create_datagram_endpoint(lambda n=number: Pdu(n, names), local_addr=place)
    print("serving", flush=True)
    while True:
        await asyncio.sleep(1)
        print(f"{Pdu.served} values served", flush=True)


if __name__ == "__main__":
    asyncio.run(serve(*map(int, sys.argv[1:])))
