"""The units of a scan, as a configuration that `check` accepts."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from bcm_mqtt.config.gateways import SERIAL_DEFAULTS, TCP_DEFAULTS
from bcm_mqtt.modbus import Serial, Tcp
from bcm_mqtt.modbus.recognition import Candidate, Certainty
from bcm_mqtt.modbus.scan import ScannedUnit, settled
from bcm_mqtt.profiles import Profile, shipped_profiles

_DEFAULT_TIMEOUT_MS = 500
_Recognised = tuple[ScannedUnit, Candidate]


def fragment(link: Tcp | Serial, timeout_ms: int, scanned: Sequence[ScannedUnit]) -> str:
    """The gateway, and a panel for each full set of meters; what is uncertain is in comments.

    Args:
        link: On which the units answered.
        timeout_ms: In which they did.
        scanned: By unit id.
    """
    recognised = [(item, candidate) for item, candidate in settled(scanned) if candidate]
    panels = list(_panels(recognised))
    return "\n".join(
        [
            "site: {id: site1, time_zone: UTC}   # yours",
            "gateways:",
            f"  gateway-1: {{{_gateway(link, timeout_ms)}}}",
            "panels:" if any(not line.startswith("  #") for line in panels) else "panels: {}",
            *panels,
        ]
    )


def _gateway(link: Tcp | Serial, timeout_ms: int) -> str:
    """Its settings, without those that are the default; the port is always there."""
    settings: dict[str, str | int]
    others: dict[str, str | int]
    if isinstance(link, Tcp):
        settings, defaults = {"host": _text(link.host), "port": link.port}, TCP_DEFAULTS
        others = {"framing": str(link.framing), "transaction_ids": str(link.transaction_ids)}
    else:
        settings, defaults = {"serial": _text(link.device)}, SERIAL_DEFAULTS
        others = {
            "baudrate": link.baudrate,
            "parity": str(link.parity),
            "stop_bits": link.stop_bits,
        }
    settings |= {key: value for key, value in others.items() if value != defaults[key]}
    if timeout_ms > _DEFAULT_TIMEOUT_MS:
        settings["timeout"] = f"{timeout_ms}ms"
    return ", ".join(f"{key}: {value}" for key, value in settings.items())


def _panels(recognised: Iterable[_Recognised]) -> Iterator[str]:
    """Lines for the panels; before each, comments on what is uncertain of it."""
    number = 0
    for profile, group in groupby(recognised, key=lambda item: item[1].profile):
        meters, size = list(group), profile.unit_count
        whole = len(meters) - len(meters) % size
        for start in range(0, whole, size):
            number += 1
            of_panel = meters[start : start + size]
            yield from _uncertain(of_panel)
            yield f"  panel-{number}: {_panel(profile, _units(of_panel))}"
        if rest := meters[whole:]:
            yield from _uncertain(rest)
            yield f"  # unit ids {_units(rest)} look like {profile.id}, which has {size} per panel"


def _panel(profile: Profile, units: str) -> str:
    settings = f"gateway: gateway-1, profile: {profile.id}, unit_ids: [{units}]"
    shipped = shipped_profiles()[profile.id]
    if profile.function_code != shipped.function_code:
        settings += f", function_code: {profile.function_code}"
    if profile.addressing is not shipped.addressing:
        settings += f", addressing: {profile.addressing}"
    return f"{{{settings}}}"


def _uncertain(meters: Sequence[_Recognised]) -> Iterator[str]:
    """Comments on what is uncertain, one for all units to which it applies."""
    remarks = dict[str, list[_Recognised]]()
    for item in meters:
        for remark in _remarks(*item):
            remarks.setdefault(remark, []).append(item)
    for remark, units in remarks.items():
        yield f"  # unit id{'s' * (len(units) > 1)} {_units(units)}: {remark}"


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


def _text(value: str) -> str:
    """As YAML, in a mapping on one line."""
    return value if re.fullmatch(r"[\w./-]+", value, re.ASCII) else json.dumps(value)
