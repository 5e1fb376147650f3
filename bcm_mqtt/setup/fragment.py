"""The units of a scan, as a configuration that `check` accepts, and as JSON for programs."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from bcm_mqtt.config.directory import USUAL_COLUMNS, row_text
from bcm_mqtt.config.gateways import SERIAL_DEFAULTS, TCP_DEFAULTS
from bcm_mqtt.modbus import Serial, Tcp
from bcm_mqtt.modbus.recognition import Candidate, Certainty
from bcm_mqtt.modbus.scan import ScannedUnit, settled
from bcm_mqtt.profiles import Profile, shipped_profiles

_DEFAULT_TIMEOUT_MS = 500
_PLAIN = re.compile(
    r"(?!(?:true|false|null|yes|no|on|off)$)[a-zA-Z/][\w./-]*|\d+(?:\.\d+){3}|\d+ms|\d+/\d+",
    re.ASCII | re.IGNORECASE,
)
"""What YAML takes for a text without quotes."""
Setting = str | int | list[int] | list[str] | dict[str, int]
_Recognised = tuple[ScannedUnit, Candidate]


@dataclass(frozen=True, slots=True)
class ScannedGateway:
    """What answered on a gateway or a serial port.

    Attributes:
        id: Of the gateway in the configuration.
        link: On which the units answered.
        timeout_ms: In which they did.
        units: By unit id.
    """

    id: str
    link: Tcp | Serial
    timeout_ms: int
    units: Sequence[ScannedUnit]


@dataclass(frozen=True, slots=True)
class FoundPanel:
    """A full set of meters, or what is left of them.

    Attributes:
        id: Of the panel; "" of meters that are not a full set.
        gateway: Id of its gateway.
        profile: Of its meters.
        units: Their unit ids, in order.
        remarks: On what is uncertain.
    """

    id: str
    gateway: str
    profile: Profile
    units: tuple[int, ...]
    remarks: tuple[str, ...]

    @property
    def poles(self) -> tuple[int, ...]:
        """That its meters measure."""
        return tuple(sorted(channel.pole for channel in self.profile.channels))

    @property
    def pole_count(self) -> int:
        """Of the panel, where it is not stated."""
        return self.profile.pole_count

    @property
    def settings(self) -> dict[str, Setting]:
        """Of the panel in a configuration, without those that are the default."""
        found: dict[str, Setting] = {
            "gateway": self.gateway,
            "profile": self.profile.id,
            "unit_ids": list(self.units),
        }
        shipped = shipped_profiles()[self.profile.id]
        if self.profile.function_code != shipped.function_code:
            found["function_code"] = self.profile.function_code
        if self.profile.addressing is not shipped.addressing:
            found["addressing"] = str(self.profile.addressing)
        if self.profile.start != shipped.start:
            found["parameters"] = {"start": self.profile.start}
        return found


def fragment(gateways: Sequence[ScannedGateway]) -> str:
    """The gateways, and a panel for each full set of meters; what is uncertain is in comments."""
    found = found_panels(gateways)
    lines = ["site: {id: site1, time_zone: UTC}   # yours", "gateways:"]
    lines += [f"  {one.id}: {yaml_mapping(gateway_settings(one))}" for one in gateways]
    lines.append("panels:" if any(panel.id for panel in found) else "panels: {}")
    for panel in found:
        lines += [f"  # {remark}" for remark in panel.remarks]
        if panel.id:
            lines.append(f"  {panel.id}: {yaml_mapping(panel.settings)}")
    return "\n".join(lines)


def document(gateways: Sequence[ScannedGateway]) -> dict[str, object]:
    """The same for programs, with every unit that answered."""
    found = found_panels(gateways)
    return {
        "gateways": {one.id: gateway_settings(one) for one in gateways},
        "panels": {
            panel.id: {**panel.settings, "poles": list(panel.poles)} for panel in found if panel.id
        },
        "units": [
            {
                "gateway": one.id,
                "unit": unit.unit,
                "candidates": [
                    {"profile": each.profile.id, "certainty": each.certainty.name.lower()}
                    for each in unit.candidates
                ],
            }
            for one in gateways
            for unit in one.units
        ],
        "remarks": [remark for panel in found for remark in panel.remarks],
    }


def circuits_template(gateways: Sequence[ScannedGateway]) -> str:
    """circuits.csv with a row for every pole that a panel measures, to be filled in."""
    lines = [row_text(list(USUAL_COLUMNS))]
    for panel in found_panels(gateways):
        poles = panel.poles if panel.id else ()
        rest = [""] * (len(USUAL_COLUMNS) - 2)
        lines += [row_text([panel.id, str(pole), *rest]) for pole in poles]
    return "\n".join(lines) + "\n"


def gateway_settings(found: ScannedGateway) -> dict[str, str | int]:
    """Of the gateway in a configuration, without those that are the default but for the port."""
    link = found.link
    settings: dict[str, str | int]
    others: dict[str, str | int]
    if isinstance(link, Tcp):
        settings, defaults = {"host": link.host, "port": link.port}, TCP_DEFAULTS
        others = {"framing": str(link.framing), "transaction_ids": str(link.transaction_ids)}
    else:
        settings, defaults = {"serial": link.device}, SERIAL_DEFAULTS
        others = {
            "baudrate": link.baudrate,
            "parity": str(link.parity),
            "stop_bits": link.stop_bits,
        }
    settings |= {key: value for key, value in others.items() if value != defaults[key]}
    if found.timeout_ms > _DEFAULT_TIMEOUT_MS:
        settings["timeout"] = f"{found.timeout_ms}ms"
    return settings


def found_panels(gateways: Iterable[ScannedGateway]) -> list[FoundPanel]:
    """The panels of all gateways, numbered through, and meters that are no full set."""
    found: list[FoundPanel] = []
    number = 0
    for gateway in gateways:
        recognised = [(item, taken) for item, taken in settled(gateway.units) if taken]
        for profile, group in groupby(recognised, key=lambda item: item[1].profile):
            meters, size = list(group), profile.unit_count
            for start in range(0, len(meters), size):
                of_panel = meters[start : start + size]
                remarks = list(_uncertain(of_panel))
                name = ""
                if len(of_panel) == size:
                    number += 1
                    name = f"panel-{number}"
                else:
                    look = f"look like {profile.id}, which has {size} per panel"
                    remarks.append(f"unit ids {_units(of_panel)} {look}")
                units = tuple(unit.unit for unit, _ in of_panel)
                found.append(FoundPanel(name, gateway.id, profile, units, tuple(remarks)))
    return found


def yaml_mapping(settings: Mapping[str, Setting]) -> str:
    """On one line of YAML."""
    return f"{{{', '.join(f'{key}: {yaml_text(value)}' for key, value in settings.items())}}}"


def _uncertain(meters: Sequence[_Recognised]) -> Iterator[str]:
    """Comments on what is uncertain, one for all units to which it applies."""
    remarks = dict[str, list[_Recognised]]()
    for item in meters:
        for remark in _remarks(*item):
            remarks.setdefault(remark, []).append(item)
    for remark, units in remarks.items():
        yield f"unit id{'s' * (len(units) > 1)} {_units(units)}: {remark}"


def _remarks(scanned: ScannedUnit, taken: Candidate) -> Iterator[str]:
    if taken.certainty is Certainty.EMPTY:
        yield "all registers are 0: nothing is connected, or it is something else"
    guess = "" if taken.certainty is Certainty.IDENTIFIED else "a guess: "
    for reason in taken.implausible:
        yield f"{guess}fits {taken.profile.id} but for {reason}"
    others = [item.profile for item in scanned.candidates if item is not taken]
    if others:
        yield f"just as likely {', '.join(dict.fromkeys(map(_variant, others)))}"


def _variant(profile: Profile) -> str:
    """A profile with the settings that it would need."""
    shipped = shipped_profiles()[profile.id]
    if profile.addressing is shipped.addressing and profile.function_code == shipped.function_code:
        return profile.id
    return f"{profile.id} ({profile.addressing}, function code {profile.function_code})"


def _units(meters: Iterable[_Recognised]) -> str:
    return ", ".join(str(unit.unit) for unit, _ in meters)


def yaml_text(value: Setting) -> str:
    """In a mapping on one line; quoted where it could be read as another than a text."""
    if isinstance(value, str) and not _PLAIN.fullmatch(value):
        return json.dumps(value)
    if isinstance(value, dict):
        return yaml_mapping(value)
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return str(value)
