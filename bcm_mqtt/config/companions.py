"""Which poles measure the voltages and power factors of panels that measure current alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from bcm_mqtt.config.sources.panel import PanelSettings
from bcm_mqtt.config.sources.settings import ModbusSource
from bcm_mqtt.config.values import unknown
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.site.companion import Companion
from bcm_mqtt.domain.site.panel import Panel, breaker_poles
from bcm_mqtt.errors import Problem
from bcm_mqtt.located import Document

_NAME = re.compile(r"([a-z0-9_-]+)(?::([1-9][0-9]{0,2}))?")
_PLURALS: Final = {Quantity.VOLTAGE: "voltages", Quantity.POWER_FACTOR: "power factors"}


@dataclass(frozen=True, slots=True)
class MeterName:
    """A panel, or the meter at one of its poles; `pole` is its first, None for the whole panel."""

    panel: str
    pole: int | None

    @classmethod
    def parse(cls, text: str) -> "MeterName":
        """The meter of `PANEL` or `PANEL:POLE`.

        Raises:
            ValueError: it is not so written.
        """
        if match := _NAME.fullmatch(text):
            return cls(match[1], int(match[2]) if match[2] else None)
        message = f"{text!r} is no meter: expected PANEL or PANEL:POLE such as msb-1 or msb-1:1"
        raise ValueError(message)


def with_companions(
    document: Document, data: Mapping[str, Any], panels: Mapping[str, PanelSettings]
) -> tuple[dict[str, PanelSettings], list[Problem]]:
    """The panels with their companions, and what is wrong with the companions.

    Args:
        document: For the places of the problems.
        data: Validated `panels`; one that is wrong is not reported again by those that name it.
        panels: The good ones by id.
    """
    problems: list[Problem] = []

    def companion_of(key: str, name: str, quantity: Quantity) -> Companion | None:
        meter: MeterName | None = data[key].get(name)
        if meter is None:
            return None
        try:
            _check_name(name, key, meter, data)
            if meter.panel not in panels:
                return None
            return _companion(panels[key].panel, meter, panels[meter.panel], quantity)
        except ValueError as error:
            problems.append(document.problem(("panels", key, name), str(error)))
            return None

    completed = {
        key: replace(
            settings,
            panel=replace(
                settings.panel,
                voltage_from=companion_of(key, "voltage_from", Quantity.VOLTAGE),
                power_factor_from=companion_of(key, "power_factor_from", Quantity.POWER_FACTOR),
            ),
        )
        for key, settings in panels.items()
    }
    return completed, problems


def _check_name(name: str, key: str, meter: MeterName, data: Mapping[str, Any]) -> None:
    """A companion is there, and measures by itself: one that does not would go in circles."""
    if meter.panel not in data:
        raise ValueError(unknown("panel", meter.panel, data))
    onward: MeterName | None = data[meter.panel].get(name)
    if meter.panel != key and onward is not None and onward.panel != meter.panel:
        message = f"panel {meter.panel} has {name} {onward.panel}: expected a panel without it"
        raise ValueError(message)


def _companion(
    panel: Panel, meter: MeterName, other: PanelSettings, quantity: Quantity
) -> Companion:
    """The poles that measure a quantity for each phase of a panel.

    Raises:
        ValueError: they do not, or it has other voltages.
    """
    service, plural = panel.service, _PLURALS[quantity]
    if quantity is Quantity.VOLTAGE and service.v_ln is None:
        message = f"service {service.name} has no neutral, to which companions measure voltages"
        raise ValueError(message)
    if other.panel.service != service:
        found, needed = other.panel.service.name, service.name
        message = f"panel {meter.panel} has service {found}: expected {needed} as of this panel"
        raise ValueError(message)
    measured = _measured(other, quantity)
    if meter.pole is not None:
        wanted = breaker_poles(meter.pole, len(panel.phase_letters))
        measured = [pole for pole in measured if pole in wanted]
    where = meter.panel if meter.pole is None else f"{meter.panel}:{meter.pole}"
    if not measured:
        message = f"{_meters(other)} measures no {plural} at {where}"
        raise ValueError(message)
    by_phase = {
        letter: [pole for pole in measured if other.panel.phase(pole) == letter]
        for letter in panel.phase_letters
    }
    if missing := [letter for letter, poles in by_phase.items() if not poles]:
        message = f"{where} measures no {plural} of phase {', '.join(missing)}"
        raise ValueError(message)
    if quantity is Quantity.POWER_FACTOR and any(len(poles) > 1 for poles in by_phase.values()):
        message = (
            f"panel {meter.panel} measures the power factors of several circuits: "
            f"expected one of them, such as {meter.panel}:{measured[0]}"
        )
        raise ValueError(message)
    return Companion(meter.panel, tuple(poles[0] for poles in by_phase.values()))


def _measured(other: PanelSettings, quantity: Quantity) -> list[int]:
    """The poles of which a panel measures a quantity; power factors need a transformer."""
    return sorted(
        pole
        for source in other.sources
        for pole, quantities in source.measured.items()
        if quantity in quantities
        and not (quantity is Quantity.POWER_FACTOR and pole in other.panel.unmonitored)
    )


def _meters(other: PanelSettings) -> str:
    """What measures a panel, where that has a name."""
    profiles = sorted({one.profile.id for one in other.sources if isinstance(one, ModbusSource)})
    return f"profile {' or '.join(profiles)}" if profiles else f"panel {other.panel.id}"
