"""The bridge's figures as Prometheus knows them, read at each scrape.

docs/operations.md says what each of them means.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from bcm_mqtt import __version__
from bcm_mqtt.bridge.vitals.signs import GatewayVitals, PanelVitals, Vitals
from bcm_mqtt.modbus import UnitHealth

_Subject = TypeVar("_Subject")


@dataclass(frozen=True, slots=True)
class _Figure(Generic[_Subject]):
    """A metric of everything of a kind; its value may be None, then there is no sample."""

    family: type[CounterMetricFamily | GaugeMetricFamily]
    name: str
    text: str
    value: Callable[[_Subject], float | None]

    def of(
        self, subjects: Iterable[tuple[tuple[str, ...], _Subject]], labels: tuple[str, ...]
    ) -> Metric:
        family = self.family(self.name, self.text, labels=labels)
        for names, subject in subjects:
            value = self.value(subject)
            if value is not None:
                family.add_metric(names, value)
        return family


_Value: TypeAlias = Callable[[_Subject], float | None]


def _gauge(name: str, text: str, value: _Value[_Subject]) -> _Figure[_Subject]:
    return _Figure(GaugeMetricFamily, name, text, value)


def _counter(name: str, text: str, value: _Value[_Subject]) -> _Figure[_Subject]:
    return _Figure(CounterMetricFamily, name, text, value)


_BRIDGE: tuple[_Figure[Vitals], ...] = (
    _gauge(
        "bcm_bridge_connected", "Whether the broker is connected.", lambda vitals: vitals.connected
    ),
    _gauge(
        "bcm_outbox_snapshots",
        "Snapshots that are not stored yet; without a recorder, not at the broker.",
        lambda vitals: vitals.waiting,
    ),
    _gauge("bcm_outbox_bytes", "Size of the outbox's file.", lambda vitals: vitals.outbox_bytes),
    _gauge(
        "bcm_outbox_lasts_seconds",
        "How long nothing is lost if nothing is stored from now on.",
        lambda vitals: vitals.lasts_s,
    ),
    _counter(
        "bcm_outbox_dropped",
        "Snapshots dropped because of the outbox's limits.",
        lambda vitals: vitals.dropped,
    ),
    _gauge(
        "bcm_outbox_disk_failing",
        "Whether snapshots are published without being safe on disk.",
        lambda vitals: vitals.disk_fails,
    ),
    _counter(
        "bcm_clock_steps",
        "How often the wall clock was set.",
        lambda vitals: vitals.clock.steps,
    ),
    _gauge(
        "bcm_configuration_problem",
        "Whether bcm.yaml was refused.",
        lambda vitals: bool(vitals.configuration_problem),
    ),
    _gauge(
        "bcm_directory_problem",
        "Whether circuits.csv was refused.",
        lambda vitals: bool(vitals.directory_problem),
    ),
)
_GATEWAY: tuple[_Figure[GatewayVitals], ...] = (
    _gauge(
        "bcm_gateway_connected",
        "Whether a connection stands.",
        lambda gateway: gateway.health.connected,
    ),
    _gauge(
        "bcm_gateway_reachable",
        "Whether the last attempt to connect and to get an answer did not fail.",
        lambda gateway: gateway.reachable,
    ),
    _counter(
        "bcm_gateway_connections", "Connections opened.", lambda gateway: gateway.health.connections
    ),
    _counter(
        "bcm_gateway_failures",
        "Connections refused or lost.",
        lambda gateway: gateway.health.failures,
    ),
    _counter(
        "bcm_gateway_overruns",
        "Polls left out because the line is too slow.",
        lambda gateway: gateway.overruns,
    ),
)
_UNIT: tuple[_Figure[UnitHealth], ...] = (
    _gauge(
        "bcm_unit_round_trip_seconds",
        "Smoothed time from request to answer.",
        lambda unit: unit.round_trip_s,
    ),
    _counter("bcm_unit_failures", "Requests without a value.", lambda unit: unit.failures),
    _gauge(
        "bcm_unit_silent",
        "Whether the unit did not answer its last request.",
        lambda unit: unit.silent_in_a_row > 0,
    ),
)
_PANEL: tuple[_Figure[PanelVitals], ...] = (
    _counter("bcm_polls", "Polls finished, whatever came of them.", lambda panel: panel.polls),
    _gauge(
        "bcm_panel_last_poll_timestamp_seconds",
        "When the last poll began.",
        lambda panel: panel.polled_at.timestamp() if panel.polled_at else None,
    ),
    _gauge(
        "bcm_panel_answering",
        "Whether any meter answered the last poll.",
        lambda panel: panel.answering,
    ),
)


def exposition(look: Callable[[], Vitals]) -> Callable[[str], tuple[str, bytes]]:
    """A function that answers a scrape.

    Args:
        look: Gives the vitals; whatever it raises, the answer raises.

    Returns:
        A function from an Accept header to content type and body, in Prometheus' text
        format or as OpenMetrics.
    """
    registry = CollectorRegistry()  # not the library's own, which is global
    registry.register(_Vitals(look))
    ProcessCollector(registry=registry)

    def answer(accept: str) -> tuple[str, bytes]:
        try:
            encode, content_type = choose_encoder(accept)
        except (TypeError, ValueError):  # a version that is none
            encode, content_type = choose_encoder("")
        return content_type, encode(registry)

    return answer


class _Vitals(Collector):
    def __init__(self, look: Callable[[], Vitals]) -> None:
        self._look = look

    def collect(self) -> Iterator[Metric]:
        vitals = self._look()
        now = vitals.time.timestamp()
        gateways = [((key,), gateway) for key, gateway in vitals.gateways.items()]
        panels = [((key,), panel) for key, panel in vitals.panels.items()]
        units = [
            ((key, str(unit.unit)), unit)
            for key, gateway in vitals.gateways.items()
            for unit in gateway.health.units
        ]
        last_answer: _Figure[UnitHealth] = _gauge(
            "bcm_unit_last_answer_timestamp_seconds",
            "Time of the last answer.",
            lambda unit: None if unit.answered_ago_s is None else now - unit.answered_ago_s,
        )
        yield InfoMetricFamily("bcm_build", "This program.", {"version": __version__})
        yield from (figure.of([((), vitals)], ()) for figure in _BRIDGE)
        yield from (figure.of(gateways, ("gateway",)) for figure in _GATEWAY)
        yield from (figure.of(units, ("gateway", "unit")) for figure in (*_UNIT, last_answer))
        yield from (figure.of(panels, ("panel",)) for figure in _PANEL)
