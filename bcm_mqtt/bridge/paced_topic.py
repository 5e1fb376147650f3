"""A topic of a live value, which is published at the pace of its quantity."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from bcm_mqtt.mqtt.pace import AT_ONCE, REFRESH, Pace
from bcm_mqtt.mqtt.payloads import number

_DECIMALS = {"power": 0}  # the others have one
_REFRESH_S = REFRESH.total_seconds()
Value = tuple[str, bytes]
"""Topic and payload, to be published with QoS 0: it will come again."""


@dataclass(slots=True)
class PacedTopic:
    """A topic, and what was last published on it; times are seconds of a clock never set.

    Attributes:
        name: Of the topic.
        decimals: Of its payload.
        pace: When it says a value again.
        interval_s: At least from one value to the next.
        payload: The last.
        amount: Of which it was made.
        published_s: When; long ago where nothing was.
    """

    name: str
    decimals: int
    pace: Pace
    interval_s: float
    payload: bytes = b""
    amount: float = 0.0
    published_s: float = -inf

    @classmethod
    def of(cls, name: str, quantity: str, paces: Mapping[str, Pace]) -> "PacedTopic":
        """Of a quantity, on which nothing was published yet."""
        pace = paces.get(quantity, AT_ONCE)
        return cls(name, _DECIMALS.get(quantity, 1), pace, pace.interval.total_seconds())

    def say(self, amount: float, now_s: float, values: list[Value]) -> float:
        """Adds its value where that must be published; when to look again, if it stays."""
        due_s = self.published_s + self.interval_s
        if now_s < due_s:  # whatever it is
            return due_s
        payload = number(amount, self.decimals)
        matters = self.pace is AT_ONCE or self.pace.says(self.amount, amount)
        if payload == self.payload or not matters:
            due_s = self.published_s + _REFRESH_S
            if now_s < due_s:
                return due_s
        self.payload, self.amount, self.published_s = payload, amount, now_s
        values.append((self.name, payload))
        return now_s + _REFRESH_S
