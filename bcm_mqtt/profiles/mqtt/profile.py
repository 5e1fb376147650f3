"""What a device that reports over MQTT publishes, and a type of such devices."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from bcm_mqtt.domain.reading.quantity import Quantity

ValuePath = tuple[str, ...]
"""Keys and list indices from the root of a JSON payload; () is the payload itself."""


@dataclass(frozen=True, slots=True)
class MessageValue:
    """Where a message has a quantity.

    Attributes:
        channel: Of the device; in the settings of a source the pole.
        quantity: That it is.
        paths: Where it is: the first that is there.
        scale: What 1 is worth in the quantity's unit.
    """

    channel: int
    quantity: Quantity
    paths: tuple[ValuePath, ...]
    scale: Decimal = Decimal(1)

    @property
    def place(self) -> str:
        """Where it is, as it is written."""
        return " or ".join(".".join(path) or "$" for path in self.paths)


@dataclass(frozen=True, slots=True)
class ReportedMessage:
    """What is published on one topic.

    Attributes:
        topic: Without wildcards.
        values: That it may have; one that is not in a message stands as it was.
        time: Where it has its own time stamp; None where it has none.
        device: Where it names its sender; None where it does not.
    """

    topic: str
    values: tuple[MessageValue, ...]
    time: ValuePath | None = None
    device: ValuePath | None = None


@dataclass(frozen=True, slots=True)
class Availability:
    """A topic that says whether a device, or what it reports through, is there: its last will.

    Attributes:
        topic: Retained, as a rule.
        paths: Where it says so: the first that is there.
        offline: What it says where it is gone.
    """

    topic: str
    paths: tuple[ValuePath, ...]
    offline: str


@dataclass(frozen=True, slots=True)
class Reports:
    """All that is heard of a device.

    Attributes:
        messages: At least one.
        availability: All of them must not say that it is gone.
        steps: In which it gives a quantity, in its unit, where that is known.
    """

    messages: tuple[ReportedMessage, ...]
    availability: tuple[Availability, ...] = ()
    steps: Mapping[Quantity, Decimal] = field(default_factory=dict)

    @property
    def topics(self) -> tuple[str, ...]:
        """Each once."""
        of_messages = (one.topic for one in self.messages)
        return tuple(dict.fromkeys([*of_messages, *(one.topic for one in self.availability)]))

    @property
    def measured(self) -> dict[int, frozenset[Quantity]]:
        """Quantities by channel, ascending."""
        found: dict[int, set[Quantity]] = {}
        for value in self.values:
            found.setdefault(value.channel, set()).add(value.quantity)
        return {channel: frozenset(found[channel]) for channel in sorted(found)}

    @property
    def values(self) -> Iterator[MessageValue]:
        """Of all messages."""
        for message in self.messages:
            yield from message.values

    def placed(self, poles: Mapping[int, int]) -> "Reports":
        """With poles in place of channels; a channel without one is left out."""
        return self._with(
            lambda one: replace(one, channel=poles[one.channel]) if one.channel in poles else None
        )

    def of(self, quantities: frozenset[Quantity]) -> "Reports":
        """With these quantities alone."""
        return self._with(lambda one: one if one.quantity in quantities else None)

    def _with(self, change: Callable[[MessageValue], MessageValue | None]) -> "Reports":
        """With values as they are changed to, and without messages that have none."""
        messages = (
            replace(message, values=tuple(filter(None, map(change, message.values))))
            for message in self.messages
        )
        return replace(self, messages=tuple(one for one in messages if one.values))


@dataclass(frozen=True, slots=True)
class MqttProfile:
    """A device type.

    Attributes:
        id: Name.
        title: What it is.
        source: Where what it says was read.
        checked: A second source, or "".
        parameters: What its topics are made of, with what each is where a source does not say:
            None of one that it has to.
        max_age: How long what was heard stands, where a source does not say.
        reports: With `{parameter}` in the topics.
    """

    id: str
    title: str
    source: str
    checked: str
    parameters: Mapping[str, str | None]
    max_age: timedelta
    reports: Reports

    def with_parameters(self, values: Mapping[str, str]) -> Reports:
        """What a device with these parameters publishes; all must be there."""
        known = {**self.parameters, **values}

        def filled(topic: str) -> str:
            for name, value in known.items():
                topic = topic.replace(f"{{{name}}}", value or "")
            return topic

        return replace(
            self.reports,
            messages=tuple(replace(one, topic=filled(one.topic)) for one in self.reports.messages),
            availability=tuple(
                replace(one, topic=filled(one.topic)) for one in self.reports.availability
            ),
        )
