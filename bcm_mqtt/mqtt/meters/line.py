"""The connection to a broker that meters report to."""

import asyncio
import time
from collections.abc import Callable, Hashable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final
from weakref import WeakValueDictionary

from bcm_mqtt.domain.reading.polled.line_health import LineHealth
from bcm_mqtt.mqtt.broker import Broker
from bcm_mqtt.mqtt.client import MqttClient
from bcm_mqtt.mqtt.message import Message
from bcm_mqtt.mqtt.meters.device import Device
from bcm_mqtt.mqtt.meters.payload import LARGEST
from bcm_mqtt.profiles.mqtt import Reports

_TOPIC_AND_MORE: Final = 4096
"""Of a packet beside its payload."""
_LOOKS_EVERY_S: Final = 0.02


class MeterLine:
    """Hears devices from its first read on; used by one loop.

    It connects again by itself. While it is not connected, what was heard stands for `max_age`.
    """

    def __init__(
        self,
        name: str,
        broker: Broker,
        timeout_s: float,
        random: Callable[[], float],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Does not connect yet: see `listen`.

        Args:
            name: Gateway id.
            broker: That the devices report to.
            timeout_s: For which the first read waits for the connection.
            random: 0..1: no two clients may have one id, and this one keeps no session.
            monotonic: A clock that never jumps, s.
        """
        self.name = name
        self.monotonic = monotonic
        self._broker, self._timeout_s, self._random = broker, timeout_s, random
        self._client: MqttClient | None = None
        self._devices: WeakValueDictionary[Hashable, Device] = WeakValueDictionary()
        self._topics: dict[str, list[Hashable]] = {}  # whose, by topic
        self._connections = self._failures = 0
        self._was_connected = False
        self._heard_s: float | None = None
        self._said: dict[Hashable, str] = {}  # what is wrong with devices

    def device(self, key: Hashable, reports: Reports, max_age: timedelta) -> Device:
        """What is heard of a device, for as long as somebody has it.

        Args:
            key: What it is called here; one that stays as it was goes on.
            reports: Its topics.
            max_age: How long a value of it stands.
        """
        known = self._devices.get(key)
        if known and (known.reports, known.max_age) == (reports, max_age):
            return known
        device = self._devices[key] = Device(reports, max_age)
        for topic in reports.topics:
            keys = self._topics.setdefault(topic, [])
            keys[:] = [*(one for one in keys if one != key and one in self._devices), key]
        if self._client and self._client.connected:
            self._client.subscribe_live(*reports.topics)
        return device

    async def listen(self) -> None:
        """Connects at the first call, and waits for that for a timeout at most."""
        if self._client is None:
            self._client = MqttClient(
                self._broker,
                f"bcm-meters-{self.name}-{int(self._random() * 16**8):08x}",
                on_connect=self._connected,
                on_message=self._arrived,
                largest=LARGEST + _TOPIC_AND_MORE,
            )
            self._client.start(asyncio.get_running_loop())
            with suppress(TimeoutError):
                async with asyncio.timeout(self._timeout_s):
                    while not self._client.connected:  # noqa: ASYNC110 - paho says it to no event
                        await asyncio.sleep(_LOOKS_EVERY_S)
        self._failures += self._was_connected and not self._client.connected
        self._was_connected = self._client.connected

    def problems(self, key: Hashable, device: Device, now: datetime) -> list[str]:
        """What is wrong with a device, or with the way to it; `health` has the first of it."""
        found = device.problems(self.monotonic(), now)
        if not self.connected:
            found.append(f"broker {self._broker} is not connected")
        self._said.pop(key, None)
        if wrong := [*found, *filter(None, [device.unheard])]:
            self._said[key] = wrong[0]
        return found

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted the connection and it stands."""
        return self._client is not None and self._client.connected

    @property
    def reachable(self) -> bool:
        """Whether it is connected, or nobody has tried."""
        return self._client is None or self._client.connected

    def silent_units(self) -> list[int]:
        """None: devices here have no unit id."""
        return []

    def health(self) -> LineHealth:
        """Health of the connection; its last error is also what is wrong with a device now."""
        self._said = {key: said for key, said in self._said.items() if key in self._devices}
        wrong = next(iter(self._said.values()), "")
        if not self.reachable:
            wrong = f"broker {self._broker} is not connected"
        ago_s = None if self._heard_s is None else self.monotonic() - self._heard_s
        return LineHealth(self.connected, self._connections, self._failures, ago_s, wrong, ())

    def close(self) -> None:
        """Disconnects; the next read connects again."""
        if self._client:
            self._client.stop()
        self._client = None

    def _connected(self) -> None:
        self._connections += 1
        if self._client:
            self._client.subscribe_live(*self._topics)

    def _arrived(self, message: Message) -> None:
        keys = self._topics.get(message.topic, [])
        devices = [device for key in keys if (device := self._devices.get(key))]
        now_s = self.monotonic()
        for device in devices:
            device.take(message.topic, message.payload, retained=message.retain, now_s=now_s)
            self._heard_s = device.heard_s if device.heard_s is not None else self._heard_s
        if not devices and self._client:
            self._topics.pop(message.topic, None)
            self._client.unsubscribe(message.topic)
