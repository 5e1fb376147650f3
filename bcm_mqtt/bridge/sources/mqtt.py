"""Sources that report over MQTT by themselves: a poll is what stands of what was heard."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bcm_mqtt.config import MeterBrokerSettings, MqttSource, PanelSettings, Period
from bcm_mqtt.domain.reading.polled.permission import Permission
from bcm_mqtt.domain.reading.polled.poll import Poll
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import Clock, whole_ms
from bcm_mqtt.mqtt.meters import MeterLine

_NO_UNIT = 0


@dataclass(frozen=True, slots=True)
class MqttPlan:
    """What of a source is in one snapshot.

    Attributes:
        panel: Panel id.
        source: Of the panel's readings; "" where there is only one.
        settings: Of the source.
        quantities: Of this period.
        poles: That others do not read; () are all.
        last: The last pole of its lists.
        request_count: None is made.
        delay_s: Nothing is left alone.
    """

    panel: str
    source: str
    settings: MqttSource
    quantities: frozenset[Quantity]
    poles: tuple[int, ...]
    last: int
    request_count: int = 0
    delay_s: float = 0.0


class MqttReader:
    """Makes snapshots of what was heard."""

    def __init__(self, line: MeterLine, plan: MqttPlan) -> None:
        """Has the line hear the source's topics."""
        self._line, self._plan = line, plan
        self._key = plan.panel, plan.source
        settings = plan.settings
        self._device = line.device(self._key, settings.reports, settings.max_age)

    async def read(self, clock: Clock, seq: int, interval_ms: int) -> Poll:
        """What stands now; what is too old, or was never heard, is a failed read."""
        await self._line.listen()
        time, plan = whole_ms(clock()), self._plan
        now_s = self._line.monotonic()
        is_two = self._device.is_two(now_s)
        values: dict[str, Any] = {}
        missing = answered = False
        for quantity in plan.quantities:
            of_poles: list[int | None] = [None] * plan.last
            for pole, measured in plan.settings.measured.items():
                if quantity in measured and not is_two:
                    of_poles[pole - 1] = self._device.reading(pole, quantity, now_s, time)
                read = of_poles[pole - 1] is not None
                expected = quantity in measured and self._device.expects(pole, quantity)
                missing |= expected and not read
                answered |= read
            values[str(quantity)] = tuple(of_poles)
        problems = self._line.problems(self._key, self._device, time)
        reason = "; ".join(problems[:2]) or "the device gives no value"
        snapshot = Snapshot(
            *(plan.panel, time, seq, interval_ms),
            **values,
            errors={_NO_UNIT: reason} if missing else {},
            source=plan.source,
            poles=plan.poles,
        )
        return Poll(snapshot, answered)

    async def listen(self) -> None:
        """Connects where that was not done yet."""
        await self._line.listen()

    def is_waiting(self, clock: Clock) -> bool:
        """Whether any value was not heard yet of what it measures."""
        now_s, time = self._line.monotonic(), clock()
        return any(
            self._device.reading(pole, quantity, now_s, time) is None
            for pole, measured in self._plan.settings.measured.items()
            for quantity in measured & self._plan.quantities
        )


class Mqtt:
    """The kind."""

    def line(
        self,
        connection: MeterBrokerSettings,
        random: Callable[[], float],
        _permission: Permission | None,
    ) -> MeterLine:
        """The connection to the broker."""
        timeout_s = connection.timeout.total_seconds()
        return MeterLine(connection.id, connection.broker, timeout_s, random)

    def plan(self, panel: PanelSettings, source: MqttSource, period: Period) -> MqttPlan:
        """What is in a snapshot of a period."""
        return MqttPlan(
            *(panel.panel.id, source.name, source, period.quantities),
            poles=() if panel.is_whole else source.poles,
            last=panel.panel.pole_count if panel.is_whole else max(source.poles),
        )

    def reader(self, line: MeterLine, plan: MqttPlan) -> MqttReader:
        """Hears the source's topics."""
        return MqttReader(line, plan)
