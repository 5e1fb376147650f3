"""The directory's payload: a panel with all versions of its circuits, both ways."""

from collections.abc import Iterator
from typing import Any

from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.directory import Directory, pole_conflicts, version_problems
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.site.service import Service
from bcm_mqtt.mqtt.payloads.circuit import version_body, version_of
from bcm_mqtt.mqtt.payloads.codec import encoded
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
)


def encode_directory(directory: Directory) -> bytes:
    """JSON of a directory; equal directories give equal bytes."""
    panel = directory.panel
    return encoded(
        {
            "v": VERSION,
            "panel": panel.id,
            "name": panel.name,
            "service": panel.service.name,
            "poles": panel.pole_count,
            "main_rating": panel.main_rating,
            "power_factor": float(panel.power_factor),
            "feed": panel.feed,
            "redundant_with": panel.redundant_with,
            "unmonitored": sorted(panel.unmonitored),
            "circuits": [
                version_body(version)
                for version in sorted(
                    directory.versions, key=lambda version: (version.poles, version.valid_from)
                )
            ],
        }
    )


def encode_circuit(panel: str, version: CircuitVersion, customer: str) -> bytes:
    """JSON of one circuit as it is now.

    Args:
        panel: Its id.
        version: The one in force.
        customer: Whose it is, be it by the version or by its description.
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


def decode_directory(payload: bytes, panel: str) -> Directory:
    """The directory of a payload that arrived on a panel's topic.

    Raises:
        PayloadError: not a directory of this panel.
    """
    body = panel_body(payload, panel)
    directory = Directory(
        panel=Panel(
            id=panel,
            name=field(body, "name", text, "a text"),
            service=field(body, "service", Service.parse, "a service such as 120/208"),
            pole_count=field(body, "poles", pole, "a number of poles"),
            main_rating=field(body, "main_rating", perhaps(rating), "amps or null"),
            power_factor=field(body, "power_factor", power_factor, "a number"),
            feed=field(body, "feed", text, "a text"),
            redundant_with=field(body, "redundant_with", text, "a text"),
            unmonitored=frozenset(field(body, "unmonitored", poles, "a list of poles")),
        ),
        versions=field(body, "circuits", _versions, "a list of circuit versions"),
    )
    # What a bridge has checked already; nobody else's mistake may get into the store.
    for problem in _contradictions(directory):
        raise PayloadError(f"circuits: {problem}")
    return directory


def _versions(rows: Any) -> tuple[CircuitVersion, ...]:
    if not isinstance(rows, list):
        raise TypeError
    return tuple(version_of(row) for row in rows)


def _contradictions(directory: Directory) -> Iterator[str]:
    for version in directory.versions:
        yield from version_problems(version, directory.panel)
    for _, _, reason in pole_conflicts(directory.versions):
        yield reason
