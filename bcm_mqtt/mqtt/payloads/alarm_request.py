"""Requests about alarms, both ways."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bcm_mqtt.domain.reading.alarm import MAIN
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.mqtt.payloads.codec import Codec, Form, number
from bcm_mqtt.mqtt.payloads.fields import changes, field, only, perhaps, pole, text

LONGEST_SHELF_H = 24 * 7
_ALARMS, _HOURS_KEY, _BY = "alarms", "hours", "by"
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class AlarmSelection:
    """The alarms that a request is about; None stands for every one.

    Attributes:
        panel: Panel id.
        pole: First pole, or MAIN.
        kind: Of the alarm.
    """

    panel: str | None = None
    pole: int | None = None
    kind: AlarmKind | None = None

    @property
    def words(self) -> str:
        """Such as `panel rpp-1a, pole main`."""
        parts = {
            "panel": self.panel,
            "pole": "main" if self.pole == MAIN else self.pole,
            "kind": self.kind,
        }
        return ", ".join(f"{name} {value}" for name, value in parts.items() if value is not None)


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """A request to acknowledge alarms, all or none.

    Attributes:
        alarms: To acknowledge.
        by: Who requests it, for the journal; "" where that is not said.
    """

    alarms: tuple[AlarmSelection, ...]
    by: str = ""


@dataclass(frozen=True, slots=True)
class Shelve:
    """A request to put alarms on the shelf, or back, all or none.

    Attributes:
        alarms: To shelve.
        hours: For how long; 0 puts them back, None puts them out of service.
        by: Who requests it, for the journal; "" where that is not said.
    """

    alarms: tuple[AlarmSelection, ...]
    hours: float | None
    by: str = ""


def _pole_or_main(value: Any) -> int:
    return MAIN if value == "main" else pole(value)


def _selections(body: Mapping[str, Any], *others: str) -> tuple[AlarmSelection, ...]:
    """The alarms of a request: one selection by itself, or several in a list.

    `others` are its keys that say nothing of that.
    """
    named = {key: value for key, value in body.items() if key not in others}
    return changes(named, _ALARMS, _selection)


def _by(body: Mapping[str, Any]) -> str:
    """Who requests it; "" where it does not say."""
    return field({_BY: "", **body}, _BY, _name, f"a name of at most {_LONGEST_NAME} characters")


def _name(value: Any) -> str:
    if len(text(value)) > _LONGEST_NAME:
        raise ValueError
    return text(value)


def _by_body(by: str) -> dict[str, str]:
    """Left out where nobody is named: bridges of an earlier release do not know it."""
    return {_BY: by} if by else {}


def _selection(body: Mapping[str, Any]) -> AlarmSelection:
    only(body, _SELECTION.keys)
    return _SELECTION.read(body)


def _selections_body(alarms: tuple[AlarmSelection, ...]) -> dict[str, Any]:
    """One selection is written by itself, as bridges of an earlier release expect it."""
    if len(alarms) == 1:
        return dict(_SELECTION.body(alarms[0]))
    return {_ALARMS: [_SELECTION.body(selection) for selection in alarms]}


def shelve_of(body: Mapping[str, Any]) -> Shelve:
    """What a request to shelve says.

    Raises:
        PayloadError: it is none.
    """
    hours = field(body, _HOURS_KEY, perhaps(_hours), _HOURS)
    return Shelve(_selections(body, _HOURS_KEY, _BY), hours, _by(body))


def _hours(value: Any) -> float:
    if not 0 <= number(value) <= LONGEST_SHELF_H:
        raise ValueError
    return timedelta(hours=value) / timedelta(hours=1)


_HOURS = f"hours above 0 to {LONGEST_SHELF_H}, 0 to put back or null for out of service"
_SELECTION = Codec(
    AlarmSelection,
    brief=True,
    panel=Form("a panel's id", text),
    pole=Form(
        "a circuit's first pole or main",
        _pole_or_main,
        lambda pole: "main" if pole == MAIN else pole,
    ),
    kind=Form(f"one of {', '.join(AlarmKind)}", AlarmKind),
)


def acknowledge_of(body: Mapping[str, Any]) -> Acknowledge:
    """What a request to acknowledge says.

    Raises:
        PayloadError: it is none.
    """
    return Acknowledge(_selections(body, _BY), _by(body))


def acknowledge_body(request: Acknowledge) -> dict[str, Any]:
    """Its JSON object."""
    return {**_selections_body(request.alarms), **_by_body(request.by)}


def shelve_body(request: Shelve) -> dict[str, Any]:
    """Its JSON object."""
    hours = {_HOURS_KEY: request.hours}
    return {**_selections_body(request.alarms), **hours, **_by_body(request.by)}
