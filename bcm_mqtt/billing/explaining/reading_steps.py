"""A pole's readings over 15 minutes: registers, amps, and for how long each stood."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from bcm_mqtt.billing.explaining.steps import SUM, Section, Step, exact
from bcm_mqtt.config import ModbusSource, MqttSource, PanelSettings, SourceSettings
from bcm_mqtt.domain.interval.interval import hold_ms, standing_times
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.reading import PER_UNIT, Snapshot
from bcm_mqtt.domain.time import from_ms, to_ms, to_text
from bcm_mqtt.languages import _, number
from bcm_mqtt.languages.sentences import figures
from bcm_mqtt.profiles import Measure


@dataclass(frozen=True, slots=True)
class Standing:
    """A reading and for how long it stood within an interval."""

    snapshot: Snapshot
    milliamps: int
    begin_ms: int
    end_ms: int

    @property
    def ms(self) -> int:
        """For how long it stood."""
        return self.end_ms - self.begin_ms

    @property
    def amount(self) -> int:
        """What it adds to the interval, in mA x ms."""
        return self.milliamps * self.ms


def standing(snapshots: Sequence[Snapshot], pole: int, begin_ms: int) -> list[Standing]:
    """The readings of a pole that stood in an interval; see `domain.interval.interval`.

    Args:
        snapshots: By time.
        pole: From 1.
        begin_ms: Of the interval.
    """
    read = [
        (item, value)
        for item in snapshots
        if pole <= len(item.current) and (value := item.current[pole - 1]) is not None
    ]
    times = np.array([to_ms(item.time) for item, _ in read], np.int64)
    holds = np.array([hold_ms(item.interval_ms) for item, _ in read], np.int64)
    begins, ends = standing_times(times, times + holds, begin_ms)
    return [
        Standing(item, value, begin, end)
        for (item, value), begin, end in zip(read, begins.tolist(), ends.tolist(), strict=True)
        if begin < end
    ]


def reading_section(
    readings: Sequence[Standing],
    pole: int,
    settings: PanelSettings | None,
    corrected: Step | None = None,
) -> Section:
    """Each reading as it was read and for how long it stood, and their sum.

    Args:
        readings: That stood, at least one.
        pole: Whose.
        settings: Where the panel is read by the configuration; None where it is not in it.
        corrected: What meters.csv makes of their sum, if anything.
    """
    last = readings[-1].snapshot.time
    where, raw = _register(settings.source_of(pole, last), pole) if settings else ("", None)
    steps = [
        Step(
            to_text(item.snapshot.time),
            item.amount,
            "mA ms",
            f"{number(item.milliamps)} mA x {number(item.ms)} ms",
            "; ".join(filter(None, (_counts(item.milliamps, raw), *_cut(item)))),
        )
        for item in readings
    ]
    total = sum(item.amount for item in readings)
    title = _("readings of pole %(pole)s", pole=pole)
    if where:
        title = _("readings of pole %(pole)s: %(where)s", pole=pole, where=where)
    together = Step(_("together"), total, "mA ms", SUM)
    return Section(title, (*steps, together, *([corrected] if corrected else [])))


def _register(source: SourceSettings | None, pole: int) -> tuple[str, Measure | None]:
    """Where a pole is read, and how its current is given; nothing where that is no register."""
    if isinstance(source, MqttSource):
        return _message(source, pole), None
    if not isinstance(source, ModbusSource):
        return "", None
    profile = source.profile
    channel = next((one for one in profile.channels if one.pole == pole), None)
    measures = {measure.quantity: measure for measure in profile.measures}
    measure = measures.get(Quantity.CURRENT)
    if channel is None or measure is None:
        return "", None
    register = profile.register(channel, measure)
    if register is None:
        return "", None
    where = _(
        "unit id %(unit)s, meter %(meter)s channel %(channel)s, register %(register)s "
        "(address %(address)s, function code %(code)s)",
        unit=source.unit_ids[channel.device_id - 1],
        meter=channel.meter,
        channel=channel.channel,
        register=register,
        address=profile.address(register),
        code=profile.code(register, measure.function_code),
    )
    return where, measure


def _message(source: MqttSource, pole: int) -> str:
    """The topic that a pole's current is read from, and where in its messages."""
    for message in source.reports.messages:
        for value in message.values:
            if (value.channel, value.quantity) == (pole, Quantity.CURRENT):
                return _("topic %(topic)s, %(path)s", topic=message.topic, path=value.place)
    return ""


def _counts(milliamps: int, measure: Measure | None) -> str:
    """What stood in the register, where one number makes the current: `read 123 x 0.1 A`."""
    if measure is None or measure.factor:
        return ""
    counts = Fraction(milliamps, PER_UNIT) / Fraction(measure.scale)
    if counts.denominator != 1:
        return ""
    return _(
        "read %(counts)s x %(scale)s A = %(amps)s A",
        counts=number(int(counts)),
        scale=exact(f"{measure.scale:f}"),
        amps=figures(f"{Decimal(milliamps) / PER_UNIT:,}"),
    )


def _cut(item: Standing) -> Iterator[str]:
    """Why a reading did not stand from when it was taken until the next."""
    since = to_ms(item.snapshot.time)
    if item.begin_ms > since:
        yield _("counted from %(time)s", time=to_text(from_ms(item.begin_ms)))
    if item.end_ms == since + hold_ms(item.snapshot.interval_ms):
        yield _("stands for 1.5 polls at most")
