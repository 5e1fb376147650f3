"""Simulated meters of any shipped profile, by what the profile says."""

import math
import re
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

import click

from bcm_mqtt.errors import InputError
from bcm_mqtt.modbus.sunspec import END, MARKED, MARKER
from bcm_mqtt.profiles import FactorKind, Identification, Measure, Profile, shipped_profiles
from bcm_mqtt.simulator import Coding, Field, Fixed, MeterKind

_Command = TypeVar("_Command", bound=Callable[..., object])

MIXED: Final = ("bg08", "powerscout24", "e30", "map12e", "sdm630", "shelly-pro-3em")
"""The kinds of meters of a mixed site: with current alone, and with power and energy."""
MIXED_PER_GATEWAY: Final = 3
_COMMON: Final = 1
"""The model of SunSpec that names maker and device."""
_WIDEST: Final = 4
"""Registers of the longest number."""
_FINEST: Final = -2
"""Of an exponent that a device states: hundredths, fine enough for a breaker."""
_MOST: Final = {"W": 25_000, "var": 25_000, "VA": 25_000}
"""What a breaker's value may be, by unit, which the exponent must leave room for."""
_MOST_OTHERWISE: Final = 300


def meter_options(command: _Command) -> _Command:
    """The options that choose simulated meters."""
    command = click.option(
        "--mixed", is_flag=True, help="Six kinds of meters, three panels to a gateway."
    )(command)
    return click.option(
        "--profile",
        metavar="NAME",
        help="Of the meters: any of `bcm-mqtt profiles`.  [default: bg08]",
    )(command)


def kinds_given(profile: str | None, *, mixed: bool) -> tuple[MeterKind | None, ...]:
    """The meters of a simulated site's panels, by the options of a command.

    Raises:
        InputError: there is no such profile, or both options are given.
    """
    if profile and mixed:
        raise InputError.of("--profile and --mixed: expected one of them")
    names = MIXED if mixed else (profile or "bg08",)
    shipped = shipped_profiles()
    if unknown := [name for name in names if name not in shipped]:
        known = ", ".join(sorted(shipped))
        raise InputError.of(f"--profile {unknown[0]!r}: expected one of {known}")
    return tuple(None if name == "bg08" else described(shipped[name]) for name in names)


def described(profile: Profile) -> MeterKind:
    """The meters that a profile describes."""
    fields, fixed = [], list[Fixed]()
    for measure in profile.measures:
        for at in profile.channels:
            register = profile.register(at, measure)
            if register is None:
                continue
            unit = at.device_id - 1
            word, factor = _stated(measure)
            if measure.factor:
                scale = measure.factor.register(at.channel)
                code = profile.code(scale, measure.function_code)
                words = [0] * (measure.factor.type.registers - 1) + [word & 0xFFFF]
                fixed.append(Fixed(unit, code, profile.address(scale), tuple(words)))
            fields.append(
                Field(
                    pole=at.pole,
                    quantity=measure.quantity.value,
                    unit=unit,
                    function_code=profile.code(register, measure.function_code),
                    address=profile.address(register),
                    words=measure.type.registers,
                    coding=_coding(measure),
                    low_first=measure.word_order.value == "low-first",
                    per_count=float(measure.scale) * factor,
                )
            )
    if profile.sunspec:
        fixed += _chained(profile)
    if profile.identification:
        fixed += _identified(profile, profile.identification)
    return MeterKind(profile.id, profile.unit_count, tuple(fields), tuple(dict.fromkeys(fixed)))


def _chained(profile: Profile) -> Iterator[Fixed]:
    """The chain of a SunSpec device: a common model, then the profile's up to where it begins."""
    at, code = MARKED + len(MARKER), profile.function_code
    yield Fixed(0, code, MARKED, (*MARKER, _COMMON, profile.start - at - 2))
    last = max(row.address for row in profile.quantity_rows()) + _WIDEST
    length = last - profile.start
    yield Fixed(0, code, profile.start, (profile.sunspec[0], length))
    yield Fixed(0, code, profile.start + 2 + length, (END, 0))


def _coding(measure: Measure) -> Coding:
    if measure.type.significand_bits:
        return "float"
    return "signed" if measure.type.signed else "unsigned"


def _stated(measure: Measure) -> tuple[int, float]:
    """What the register that scales a quantity says, and the factor that it means."""
    factor = measure.factor
    if factor is None:
        return 0, 1.0
    if factor.kind is FactorKind.EXPONENT:
        most = _MOST.get(measure.quantity.unit, _MOST_OTHERWISE) / float(measure.scale)
        counts = 2 ** (16 * measure.type.registers - 1) - 1
        power = max(_FINEST, math.ceil(math.log10(most / counts)))
        return power, 10.0**power
    if not factor.values:
        return 1, 1.0
    # The finest that stands for something in all of a device's quantities.
    code, meant = min((one for one in factor.values if one[0] > 0), default=factor.values[0])
    return code, float(meant)


def _identified(profile: Profile, known: Identification) -> Iterator[Fixed]:
    """What such a device says that it is, where that can be made of the profile."""
    if known.pattern:
        text = _example(known.pattern).ljust(2 * known.length)
        words = tuple(
            ord(high) << 8 | ord(low) for high, low in zip(text[::2], text[1::2], strict=True)
        )
    else:
        words = tuple(
            known.values[0] >> 16 * word & 0xFFFF for word in range(known.length - 1, -1, -1)
        )
    code = profile.code(known.register, known.function_code)
    for unit in range(profile.unit_count):
        yield Fixed(unit, code, profile.address(known.register), words)


def _example(pattern: str) -> str:
    """A text that a profile's expression fits: its first alternatives, and nothing before them."""
    text = re.sub(r"^(\.\*|\(\?i\))|\$$", "", pattern)
    return re.sub(r"\[(.)[^]]*\]", r"\1", re.sub(r"\(([^|)]*)\|[^)]*\)", r"\1", text))
