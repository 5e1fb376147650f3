"""The directory's payload: a panel with its circuits' versions and instruments, both ways."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.companion import Companion
from bcm_mqtt.domain.site.directory import Directory, pole_conflicts, version_problems
from bcm_mqtt.domain.site.formula.formula import members_text
from bcm_mqtt.domain.site.formula.spans import FormulaSpan
from bcm_mqtt.domain.site.instrument import instrument_conflicts, instrument_problems
from bcm_mqtt.domain.site.panel import Panel, Service
from bcm_mqtt.mqtt.payloads.circuit import version_body, version_of
from bcm_mqtt.mqtt.payloads.codec import Codec, Form, encoded, number
from bcm_mqtt.mqtt.payloads.fields import (
    VERSION,
    PayloadError,
    field,
    panel_body,
    perhaps,
    pole,
    poles,
    power_factor,
    rating,
    text,
    time,
)
from bcm_mqtt.mqtt.payloads.instrument import instrument_body, instruments_of


def _step(value: Any) -> Decimal:
    step = Decimal(str(number(value)))
    if not 0 < step <= _LARGEST_STEP:
        raise ValueError
    return step


_LARGEST_STEP = 1_000
_COMPANION = Codec(Companion, panel=Form(read=text), poles=Form("a list of poles", poles, list))
_COMPANION_FORM = Form("an object", perhaps(_COMPANION.read), omitted=True)
_PANEL = Codec(
    Panel,
    id=Form(read=text, key="panel"),
    service=Form("a service such as 120/208", Service.parse, lambda service: service.name),
    pole_count=Form("a number of poles", pole, key="poles"),
    main_rating=Form("amps or null", perhaps(rating)),
    power_factor=Form(read=power_factor),
    current_step=Form("amps or null", perhaps(_step), omitted=True),
    power_step=Form("watts or null", perhaps(_step), omitted=True),
    valid_from=Form("a time or null", perhaps(time), omitted=True),
    valid_to=Form("a time or null", perhaps(time), omitted=True),
    unmonitored=Form("a list of poles", lambda value: frozenset(poles(value)), sorted),
    voltage_from=_COMPANION_FORM,
    power_factor_from=_COMPANION_FORM,
    states_unity=Form(omitted=True),
)


def encode_directory(directory: Directory) -> bytes:
    """JSON of a directory; equal directories give equal bytes."""
    versions = sorted(directory.versions, key=lambda version: (version.poles, version.valid_from))
    body = {
        "v": VERSION,
        **_PANEL.body(directory.panel),
        "circuits": [version_body(version) for version in versions],
    }
    if directory.instruments:  # else as releases before them published it
        rows = sorted(
            directory.instruments, key=lambda row: (row.poles, row.valid_from, row.unit_id or 0)
        )
        body["instruments"] = [instrument_body(row) for row in rows]
    return encoded(body)


def encode_circuit(panel: str, version: CircuitVersion, customer: str) -> bytes:
    """JSON of one circuit as it is now.

    Args:
        panel: Its id.
        version: The one in force.
        customer: By the version or by its description; "" if it is unallocated.
    """
    return encoded(
        {
            "v": VERSION,
            "panel": panel,
            "pole": version.first_pole,
            **version_body(version),
            "customer": customer,
        }
    )


def encode_formula(span: FormulaSpan, customer: str) -> bytes:
    """JSON of a formula circuit as it is now.

    Args:
        span: Of now, with the measured circuits that it comes to.
        customer: By the version or by its description; "" where it is unallocated.
    """
    version = span.version
    return encoded(
        {
            "v": VERSION,
            "panel": version.panel,
            "formula": version.id,
            "members": members_text(span.terms),
            "description": version.description,
            "customer": customer,
            "valid_from": version.valid_from,
        }
    )


def decode_directory(payload: bytes, panel: str) -> Directory:
    """The directory of a payload that arrived on a panel's topic.

    Raises:
        PayloadError: not a directory of this panel.
    """
    body = panel_body(payload, panel)
    directory = Directory(
        panel=_PANEL.read(body),
        versions=field(body, "circuits", _versions, "a list of circuit versions"),
        instruments=field(body, "instruments", instruments_of, "a list of instruments")
        if "instruments" in body
        else (),
    )
    # A bridge has checked it; the mistake of another sender must not get into the store.
    for problem in _contradictions(directory):
        raise PayloadError(problem)
    return directory


def _versions(rows: Any) -> tuple[CircuitVersion, ...]:
    if not isinstance(rows, list):
        raise TypeError
    return tuple(version_of(row) for row in rows)


def _contradictions(directory: Directory) -> Iterator[str]:
    for version in directory.versions:
        for problem in version_problems(version, directory.panel):
            yield f"circuits: {problem}"
    for _, _, reason in pole_conflicts(directory.versions):
        yield f"circuits: {reason}"
    for row in directory.instruments:
        for column, message in instrument_problems(row, directory.panel):
            yield f"instruments: {column}: {message}"
    for _, _, reason in instrument_conflicts(directory.instruments):
        yield f"instruments: {reason}"
