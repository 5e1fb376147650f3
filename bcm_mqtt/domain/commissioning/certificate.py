"""The certificate of a panel: what was checked at each pole, and what was not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.commissioning.result import (
    Result,
    comparison_words,
    mix_ups,
    newest,
    verdict_words,
)
from bcm_mqtt.domain.reading.reading import PER_UNIT
from bcm_mqtt.domain.site.circuit import CircuitVersion, poles_text
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.instrument import Instrument, in_force
from bcm_mqtt.domain.time import BEGINNING

_UNTIL_THEN = "not checked"


@dataclass(frozen=True, slots=True)
class Line:
    """One place of a panel, in words.

    Attributes:
        place: Pole, or phase of the main.
        phase: Of its voltage.
        circuit: Its breaker's poles and description.
        transformer: What switching its load showed.
        polarity: What its power says.
        comparison: With the clamp meter.
        passed: Whether nothing is wrong with what was checked.
        checked: When and by whom; "" where it was not.
    """

    place: str
    phase: str
    circuit: str
    transformer: str
    polarity: str
    comparison: str
    passed: bool = False
    checked: str = ""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is certified of a panel.

    Attributes:
        panel: Its id.
        name: What people call it.
        service: Its nominal voltages.
        verdict: In a few words.
        lines: Of every pole with a transformer, then of the main as far as it was read.
        found: What is wrong, in sentences.
        unchecked: What was not checked, in sentences.
        instruments: Meters and transformers, in sentences.
        clamps: Clamp meters that were used.
        times: First and last check, in words; "" where there was none.
        people: Who checked.
    """

    panel: str
    name: str
    service: str
    verdict: str
    lines: tuple[Line, ...]
    found: tuple[str, ...]
    unchecked: tuple[str, ...]
    instruments: tuple[str, ...]
    clamps: tuple[str, ...]
    times: str
    people: tuple[str, ...]


def certificate(
    directory: Directory, results: Sequence[Result], at: datetime, zone: ZoneInfo
) -> Certificate:
    """What the results of a panel certify; of each place the newest holds.

    Args:
        directory: With circuits and instruments.
        results: All of the panel.
        at: At which circuits and instruments are in force, UTC.
        zone: For dates.
    """
    panel, found = directory.panel, newest(results)
    poles = panel.monitored(tuple(range(1, panel.pole_count + 1)))
    versions = {pole: one for one in directory.at(at).values() for pole in one.poles}
    lines = [_line(directory, pole, versions.get(pole), found, zone) for pole in poles]
    mains = [one for place, one in sorted(found.items()) if one.pole is None]
    lines += [_main_line(one, zone) for one in mains]
    held = [one for place, one in found.items() if one.pole in {*poles, None}]
    wrong = sum(not line.passed for line in lines if line.checked)
    done = sum(bool(found.get(str(pole))) for pole in poles)
    verdict = f"{done} of {len(poles)} poles checked, {wrong or 'none'} with findings"
    times = sorted(one.at for one in held)
    return Certificate(
        panel.id,
        panel.name,
        panel.service.name,
        verdict,
        tuple(lines),
        tuple(_found(directory, held)),
        tuple(_unchecked(directory, poles, found, mains)),
        tuple(_instruments(directory.instruments, poles, at)),
        tuple(sorted({one.clamp for one in held if one.clamp})),
        " to ".join(dict.fromkeys(_local(one, zone) for one in (times[0], times[-1])))
        if times
        else "",
        tuple(sorted({one.who for one in held if one.who})),
    )


def _line(
    directory: Directory,
    pole: int,
    version: CircuitVersion | None,
    found: Mapping[str, Result],
    zone: ZoneInfo,
) -> Line:
    result = found.get(str(pole))
    circuit = f"{poles_text(version.poles)} {version.description}".strip() if version else "none"
    phase = directory.panel.phase(pole)
    if result is None:
        return Line(str(pole), phase, circuit, _UNTIL_THEN, _UNTIL_THEN, _UNTIL_THEN)
    rose = "" if result.step_ma is None else f", {result.step_ma / PER_UNIT:+.1f} A"
    polarity = _UNTIL_THEN if result.step_mw is None else "right"
    return Line(
        str(pole),
        phase,
        circuit,
        verdict_words(result) + rose,
        result.fault or polarity,
        comparison_words(result) or _UNTIL_THEN,
        result.passed,
        f"{_local(result.at, zone)} {result.who}",
    )


def _main_line(result: Result, zone: ZoneInfo) -> Line:
    phase = result.place.removeprefix("main ")
    comparison = comparison_words(result)
    checked = f"{_local(result.at, zone)} {result.who}"
    circuit = "main against the sum of the circuits"
    return Line("main", phase, circuit, "", "", comparison, result.passed, checked)


def _found(directory: Directory, results: Sequence[Result]) -> Iterator[str]:
    yield from mix_ups(results, directory.panel)
    for one in sorted(results, key=lambda one: (one.pole is None, one.pole or 0, one.place)):
        where = f"Pole {one.pole}" if one.pole else one.place[0].upper() + one.place[1:]
        if one.fault:
            yield f"{where}: {one.fault}"
        if one.verdict not in {"right", "compared", "elsewhere"}:
            yield f"{where}: {verdict_words(one)}"
        if one.within is False:
            yield f"{where}: {comparison_words(one)}"
        if one.correction:
            listed = one.correction.replace("=", " ").replace(",", ", ")
            yield f"{where}: meters.csv would have {listed}"


def _unchecked(
    directory: Directory,
    poles: Sequence[int],
    found: Mapping[str, Result],
    mains: Sequence[Result],
) -> Iterator[str]:
    panel = directory.panel
    results = {pole: found.get(str(pole)) for pole in poles}
    never = [pole for pole, one in results.items() if one is None]
    if never:
        yield f"Which transformer is on these poles: {_listed(never)}."
    blind = [pole for pole, one in results.items() if one and one.step_mw is None]
    if blind:
        yield (
            f"Polarity and phase of poles {_listed(blind)}: no power was measured, the load was "
            "too small, or it was not their own transformer that answered."
        )
    without = [pole for pole, one in results.items() if one and one.within is None]
    if without:
        yield f"Current against a clamp meter, of poles {_listed(without)}."
    if not mains:
        yield "The sum of the circuits against the main."
    if panel.unmonitored:
        yield f"Poles without a transformer: {_listed(sorted(panel.unmonitored))}."


def _instruments(rows: Sequence[Instrument], poles: Sequence[int], at: datetime) -> Iterator[str]:
    by_row: dict[int, tuple[Instrument | None, list[int]]] = {}
    for pole in poles:
        row = in_force(rows, pole, at)
        by_row.setdefault(id(row), (row, []))[1].append(pole)
    for row, held in by_row.values():
        yield f"Poles {_listed(held)}: {_instrument(row)}"


def _instrument(row: Instrument | None) -> str:
    if row is None:
        return "no row of meters.csv says which meter and transformers these are"
    meter = " ".join(filter(None, (row.maker, row.model))) or "meter of unknown type"
    parts = [
        f"{meter}, serial number {row.serial or 'not stated'}",
        f"class {row.meter_class or 'not stated'}",
        f"transformers of class {row.ct_class or 'not stated'}"
        + (f", {row.ct_rating_amps:f} A" if row.ct_rating_amps else ""),
    ]
    if row.corrects:
        texts = row.texts()
        said = [f"{name} {texts[name]}" for name in ("multiplier", "sign", "voltage_shift")]
        parts.append("corrected by " + ", ".join(one for one in said if one.split()[1:]))
    if row.valid_from != BEGINNING:
        parts.append(f"since {row.valid_from:%Y-%m-%d}")
    return "; ".join(parts)


def _listed(poles: Sequence[int]) -> str:
    """Such as `1-48`, or `1, 3, 5-7`."""
    spans: list[list[int]] = []
    for pole in poles:
        if spans and pole == spans[-1][-1] + 1:
            spans[-1].append(pole)
        else:
            spans.append([pole])
    texts = [str(one[0]) if len(one) == 1 else f"{one[0]}-{one[-1]}" for one in spans]
    return ", ".join(texts)


def _local(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
