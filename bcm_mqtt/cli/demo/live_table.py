"""A breaker panel in the terminal, from the values that arrive over MQTT."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock

from rich.table import Table
from rich.text import Text

from bcm_mqtt.cli.played import PlayedClock
from bcm_mqtt.cli.site import now
from bcm_mqtt.config import Settings
from bcm_mqtt.domain.site.circuit import CircuitId, CircuitVersion, poles_text
from bcm_mqtt.mqtt.client import Message, MqttClient
from bcm_mqtt.mqtt.discovery import ONLINE
from bcm_mqtt.store import Store


@dataclass(slots=True)
class LiveTable:
    """The first panel of a site: odd poles left, even poles right."""

    settings: Settings
    store: Store
    clock: PlayedClock
    bridge_is_online: Event = field(default_factory=Event)
    """Set once, by its retained state."""
    _values: dict[tuple[str, CircuitId, str], float] = field(default_factory=dict)
    _messages: int = 0
    _lock: Lock = field(default_factory=Lock)

    @contextmanager
    def subscribed(self) -> Iterator[None]:
        """Listens to the per-circuit topics while the context is open."""
        topics = self.settings.mqtt.topics
        client = MqttClient(
            self.settings.mqtt.broker,
            f"bcm-demo-{self.settings.site.id}",
            on_connect=lambda: client.subscribe(topics.every_circuit_value, self._state),
            on_message=self._arrived,
        )
        client.start()
        try:
            yield
        finally:
            client.stop()

    def render(self) -> Table:
        """The table as it is now."""
        panel, directory = next(iter(self.settings.directories.items()))
        circuits = directory.shown_at(now())
        with self._lock:
            values, messages = dict(self._values), self._messages
        rows = sum(item.snapshots for item in self.store.figures.info().panels)
        shown = ""
        if self.clock.behind_s():
            time = now().astimezone(self.settings.site.zone)
            shown = f"{time:%a %H:%M}, {self.clock.speed:g} times as fast   "
        table = Table(
            title=Text(
                f"{shown}"
                f"{directory.panel.name}  {directory.panel.service.name} V   "
                f"{messages:,} MQTT messages   {rows:,} snapshots in SQL",
                style="bold",
            ),
            pad_edge=False,
        )
        for _ in range(2):
            for name in ("pole", "circuit", "A", "W", "load"):
                width = {"circuit": 22, "A": 5, "W": 6, "load": 5}.get(name)
                text = name in {"pole", "circuit"}
                table.add_column(
                    name, justify="left" if text else "right", min_width=width, no_wrap=True
                )
        for left in range(1, directory.panel.pole_count + 1, 2):
            cells: list[Text] = []
            for pole in (left, left + 1):
                cells += self._side(panel, pole, circuits.get(pole), values)
            table.add_row(*cells)
        return table

    def _side(
        self,
        panel: str,
        pole: int,
        circuit: CircuitVersion | None,
        values: dict[tuple[str, CircuitId, str], float],
    ) -> list[Text]:
        if circuit is None:
            return [Text(str(pole), style="dim"), *(Text("") for _ in range(4))]
        amps, watts, load = (
            values.get((panel, pole, quantity)) for quantity in ("current", "power", "load")
        )
        style, alarms = "", self.settings.alarms.site
        if load is not None and load > alarms.warning:
            style = "bold red" if load >= alarms.critical else "yellow"
        return [
            Text(poles_text(circuit.poles)),
            Text(circuit.description),
            Text("" if amps is None else f"{amps:.1f}", style=style),
            Text("" if watts is None else f"{watts:,.0f}", style=style),
            Text("" if load is None else f"{load:.0f} %", style=style),
        ]

    @property
    def _state(self) -> str:
        return self.settings.mqtt.topics.bridge_state(self.settings.bridge.id)

    def _arrived(self, message: Message) -> None:
        if message.topic == self._state:
            if message.payload == ONLINE.encode():
                self.bridge_is_online.set()
            return
        try:
            key = self.settings.mqtt.topics.circuit_of(message.topic)
            value = float(message.payload)
        except ValueError:  # an overload's ON or OFF
            return
        with self._lock:
            self._messages += 1
            self._values[key] = value
