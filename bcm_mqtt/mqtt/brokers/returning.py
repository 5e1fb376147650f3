"""When a bridge goes back to a broker that is before its own in the order: once that is steady."""

import asyncio
import logging
import socket
from collections.abc import Callable
from secrets import token_hex
from typing import Final

from bcm_mqtt.mqtt.client import Broker, MqttClient

_LOG = logging.getLogger(__name__)
_LOOKS_EVERY_S: Final = 30.0
_STEADY_LOOKS: Final = 10
"""So many times in a row it must have answered: five minutes."""
_ANSWERS_WITHIN_S: Final = 3.0


async def go_back(client: MqttClient, leave: Callable[[], object]) -> None:
    """Has a client go back once an earlier broker of its order is steady; for ever.

    So all that follow the order by themselves, such as a virtual address, meet at one broker.

    Args:
        client: Of the bridge, driven by the running loop.
        leave: Called before it leaves its broker.
    """
    steady, last = 0, -1
    while True:
        await asyncio.sleep(_LOOKS_EVERY_S)
        number = await asyncio.to_thread(_first_that_answers, client.course.earlier)
        steady = steady + 1 if number == last else 1
        last = number
        if number >= 0 and steady >= _STEADY_LOOKS and client.connected:
            steady = 0
            place = client.course.earlier[number].place
            _LOG.info("broker %s answers again, and is the bridge's from now on", place)
            leave()
            client.change_to(number)


def _first_that_answers(brokers: tuple[Broker, ...]) -> int:
    """Its number; -1 where none does."""
    return next((number for number, one in enumerate(brokers) if _answers(one)), -1)


def _answers(broker: Broker) -> bool:
    """Whether a broker takes a connection, and says so."""
    try:  # one that is away is known at once, and without a line in the log
        socket.create_connection((broker.host, broker.port), _ANSWERS_WITHIN_S).close()
    except OSError:
        return False
    client = MqttClient(broker, f"bcm-look-{token_hex(4)}", logs_connections=False)
    client.start()
    try:
        return client.ready.wait(_ANSWERS_WITHIN_S)
    finally:
        client.stop()
