"""What is heard of one device, or of all that a source reads of a panel."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.mqtt.meters.payload import (
    ABSENT,
    UnreadableError,
    amount,
    at,
    decoded,
    shown,
    time_stamp,
)
from bcm_mqtt.mqtt.meters.two_devices import TwoDevices
from bcm_mqtt.profiles.mqtt import Availability, ReportedMessage, Reports

MOST_A_SECOND: Final = 50
"""Messages of one topic that are read; a device publishes one or two."""
CLOCK_OFF_S: Final = 60.0
"""By how much a time stamp may be ahead of the clock, as much as bridges' clocks may be off."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """A value as it came.

    Attributes:
        thousandths: None where the device says that it has none.
        at_s: When, on the steady clock.
        stamp: By the device's clock; None where it does not say.
    """

    thousandths: int | None
    at_s: float
    stamp: datetime | None


class Device:
    """The newest values, and what is wrong with them; used by one thread."""

    def __init__(self, reports: Reports, max_age: timedelta) -> None:
        """Nothing was heard yet.

        Args:
            reports: Which topics it has, with poles as channels.
            max_age: How long a value stands.
        """
        self.reports, self.max_age = reports, max_age
        self._max_age_s = max_age.total_seconds()
        self._messages = {one.topic: one for one in reports.messages}
        self._availability = {one.topic: one for one in reports.availability}
        self._values: dict[tuple[int, Quantity], _Heard] = {}
        self._ever = set[tuple[int, Quantity]]()  # what it was once heard to have
        self._complaints: dict[str, str] = {}  # by topic
        self._offline = set[str]()  # topics that say so
        self._retained = set[str]()  # topics of which nothing else was heard
        self._pace = {topic: _Pace() for topic in self._messages}
        self._two = {topic: TwoDevices(self._max_age_s) for topic in self._messages}
        self.heard_s: float | None = None

    def take(self, topic: str, payload: bytes, *, retained: bool, now_s: float) -> None:
        """A message that came, whatever it holds.

        Args:
            topic: One of the device's.
            payload: As it came.
            retained: Whether it is from before the subscription.
            now_s: On a clock that never jumps.
        """
        if availability := self._availability.get(topic):
            self._complain(topic, self._hear_of(availability, payload))
        if message := self._messages.get(topic):
            if retained:
                self._retained.add(topic)
            elif self._pace[topic].takes(now_s):
                self._retained.discard(topic)
                self._complain(topic, self._read(message, payload, now_s))

    def reading(self, pole: int, quantity: Quantity, now_s: float, now: datetime) -> int | None:
        """What stands of a pole, in thousandths; None where nothing does.

        Args:
            pole: Of the panel.
            quantity: Which.
            now_s: On the clock of `take`.
            now: The same instant, by the clock that time stamps are checked against.
        """
        heard = self._values.get((pole, quantity))
        if heard is None or self._age_s(heard, now_s, now) > self._max_age_s:
            return None
        return heard.thousandths

    def expects(self, pole: int, quantity: Quantity) -> bool:
        """Whether it should have a value: not where it gives others, and never gave this one."""
        return not self._ever or (pole, quantity) in self._ever

    def problems(self, now_s: float, now: datetime) -> list[str]:
        """What is wrong with it, what matters most first."""
        return list(dict.fromkeys(self._problems(now_s, now)))

    @property
    def unheard(self) -> str:
        """What it gave never, where it gave something; or ""."""
        every = {(value.channel, value.quantity) for value in self.reports.values}
        never = sorted(every - self._ever) if self._ever else []
        if not never:
            return ""
        pole, quantity = never[0]
        more = f" and {len(never) - 1} more" if len(never) > 1 else ""
        return f"never heard: {quantity.label} of pole {pole}{more}"

    def is_two(self, now_s: float) -> bool:
        """Whether two devices publish on one of its topics."""
        return any(two.sign(now_s) for two in self._two.values())

    def _hear_of(self, availability: Availability, payload: bytes) -> str:
        """Whether it is there; gives what is wrong with the message."""
        paths = availability.paths
        try:
            try:
                said = at(decoded(payload, is_json=any(paths)), paths)
            except UnreadableError:  # a plain word, where a profile has both forms
                said = decoded(payload, is_json=False) if () in paths else ABSENT
        except UnreadableError as error:
            return str(error)
        if said is ABSENT or isinstance(said, dict | list):
            return "a message does not say whether the device is there"
        word = str(said).lower() if isinstance(said, bool) else str(said)
        if word == availability.offline:
            self._offline.add(availability.topic)
            self._values.clear()
        else:
            self._offline.discard(availability.topic)
        return ""

    def _read(self, message: ReportedMessage, payload: bytes, now_s: float) -> str:
        """Its values; gives what is wrong with the message."""
        is_json = any(path for value in message.values for path in value.paths)
        try:
            data = decoded(payload, is_json=is_json)
        except UnreadableError as error:
            return str(error)
        two = self._two[message.topic]
        if message.device is not None:
            sender = at(data, (message.device,))
            if isinstance(sender, str):
                two.sent_by(shown(sender).strip("'\""), now_s)
        stamp = time_stamp(at(data, (message.time,))) if message.time is not None else None
        complaint = ""
        for value in message.values:
            found = at(data, value.paths)
            if found is ABSENT:
                continue
            self.heard_s = now_s
            try:
                thousandths = amount(found, value)
            except UnreadableError as error:
                complaint, thousandths = str(error), None
            key = value.channel, value.quantity
            self._values[key] = _Heard(thousandths, now_s, stamp)
            self._ever.add(key)
            if value.quantity is Quantity.ENERGY and thousandths is not None:
                two.counts(value.channel, thousandths, now_s)
        return complaint

    def _complain(self, topic: str, complaint: str) -> None:
        if complaint:
            self._complaints[topic] = complaint
        else:
            self._complaints.pop(topic, None)

    def _problems(self, now_s: float, now: datetime) -> Iterator[str]:
        for topic, two in self._two.items():
            if sign := two.sign(now_s):
                yield f"two devices publish on {topic}: {sign}"
        for topic in sorted(self._offline):
            yield f"{topic} says that it is gone"
        for topic, complaint in self._complaints.items():
            yield f"{topic}: {complaint}"
        for topic, pace in self._pace.items():
            if pace.is_too_fast(now_s):
                yield f"{topic}: more than {MOST_A_SECOND} messages a second, the rest is not read"
        yield from self._late(now_s, now)

    def _late(self, now_s: float, now: datetime) -> Iterator[str]:
        """What is wrong with the times of values, or that there are none."""
        if self._offline:
            return
        if not self._values:
            topic = next(iter(self._messages))
            if self._retained:
                topic = min(self._retained)
                yield f"{topic}: only a retained message, which is no reading: waiting for the next"
            else:
                yield f"nothing was heard on {topic} yet"
            return
        for heard in self._values.values():
            late_s = self._late_s(heard, now_s, now)
            if late_s < -CLOCK_OFF_S:
                yield f"its clock is {-late_s:.0f} s ahead: its time stamps are not used"
            elif late_s > self._max_age_s:
                yield f"its readings are {_long(late_s)} old by its own clock: set it"
        age_s = max(now_s - heard.at_s for heard in self._values.values())
        if age_s > self._max_age_s:
            yield f"not every value was heard for {_long(age_s)}, longer than max_age"

    def _age_s(self, heard: _Heard, now_s: float, now: datetime) -> float:
        return now_s - heard.at_s + max(0.0, self._late_s(heard, now_s, now))

    @staticmethod
    def _late_s(heard: _Heard, now_s: float, now: datetime) -> float:
        """How old a value was when it came, by the device's clock."""
        if heard.stamp is None:
            return 0.0
        return (now - heard.stamp).total_seconds() - (now_s - heard.at_s)


class _Pace:
    """How many messages of a topic came in this second."""

    def __init__(self) -> None:
        self._second_s = float("-inf")
        self._count = 0
        self._too_fast_s = float("-inf")

    def takes(self, now_s: float) -> bool:
        """Whether one more is read."""
        if now_s - self._second_s >= 1:
            self._second_s, self._count = now_s, 0
        self._count += 1
        if self._count > MOST_A_SECOND:
            self._too_fast_s = now_s
            return False
        return True

    def is_too_fast(self, now_s: float) -> bool:
        """Whether some were left out in the last minute."""
        return now_s - self._too_fast_s < CLOCK_OFF_S


def _long(seconds: float) -> str:
    """A duration in the unit that suits it."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
