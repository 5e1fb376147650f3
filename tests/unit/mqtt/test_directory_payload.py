"""The directory's JSON: the panel and all versions of its circuits, the same both ways."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.panel import Connection, Panel, Service, breaker_poles, why_not
from bcm_mqtt.domain.time import from_ms
from bcm_mqtt.mqtt.payloads import decode_directory, encode_directory

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
FACTORS = st.integers(1, 1000).map(lambda thousandths: Decimal(thousandths) / 1000)
MOVED = datetime(2026, 3, 10, 4, tzinfo=UTC)
EXAMPLE = Directory(
    Panel(
        "rpp-1a",
        "RPP 1A",
        Service.parse("120/208"),
        48,
        main_rating=225,
        power_factor=Decimal("0.95"),
        feed="A",
        redundant_with="rpp-1b",
        unmonitored=frozenset({48, 47}),
    ),
    (
        CircuitVersion((2, 4, 6), "Bürø-1", 30, Connection.WYE, "acme", Decimal("0.9")),
        CircuitVersion((1,), "Customer2-A-1", 20, valid_from=MOVED),
        CircuitVersion((1,), "Customer1-A-1"),
    ),
)


@st.composite
def directories(draw: st.DrawFn) -> Directory:
    """Directories as a bridge may have them: breakers apart, versions at different instants."""
    service = Service.parse(draw(st.sampled_from(["120/208", "120/240", "277/480", "480"])))
    panel = Panel(
        "rpp-1a",
        draw(TEXTS),
        service,
        48,
        main_rating=draw(st.none() | st.integers(1, 10_000)),
        power_factor=draw(FACTORS),
        feed=draw(st.sampled_from(["", "A", "B"])),
        redundant_with=draw(st.sampled_from(["", "rpp-1b"])),
        unmonitored=draw(st.frozensets(st.integers(1, 48), max_size=5)),
        current_step=draw(st.none() | FACTORS),
        power_step=draw(st.none() | FACTORS),
        valid_from=draw(st.none() | st.integers(0, 2**42).map(from_ms)),
        valid_to=draw(st.none() | st.integers(0, 2**42).map(from_ms)),
    )
    versions = []
    for first in draw(st.sets(st.sampled_from([1, 2, 13, 14, 25, 26, 37, 38]))):
        fed = [item for item in Connection if not why_not(item, service)]
        for at in draw(st.sets(st.integers(0, 2**42), min_size=1, max_size=3)):
            connection = draw(st.sampled_from(fed))
            versions.append(
                CircuitVersion(
                    breaker_poles(first, connection.pole_count or 2),
                    draw(TEXTS),
                    draw(st.none() | st.integers(1, 10_000)),
                    connection,
                    draw(TEXTS),
                    draw(st.none() | FACTORS),
                    draw(st.none() | FACTORS),
                    from_ms(at),
                )
            )
    return Directory(panel, tuple(versions))


def by_place(directory: Directory) -> Directory:
    """With its versions in the order of the payload."""
    versions = sorted(directory.versions, key=lambda item: (item.poles, item.valid_from))
    return Directory(directory.panel, tuple(versions))


def test_a_directory_names_the_step_of_its_meters_where_it_is_known() -> None:
    stepped = replace(EXAMPLE, panel=replace(EXAMPLE.panel, current_step=Decimal("0.1")))
    assert json.loads(encode_directory(stepped))["current_step"] == 0.1
    assert decode_directory(encode_directory(stepped), "rpp-1a").panel == stepped.panel


def test_a_directory_names_its_service_poles_and_all_versions() -> None:
    body: dict[str, Any] = json.loads(encode_directory(EXAMPLE))
    circuits = body.pop("circuits")
    assert body == {
        "v": 1,
        "panel": "rpp-1a",
        "name": "RPP 1A",
        "service": "120/208",
        "poles": 48,
        "main_rating": 225,
        "power_factor": 0.95,
        "feed": "A",
        "redundant_with": "rpp-1b",
        "unmonitored": [47, 48],
    }
    assert [(item["poles"], item["description"], item["valid_from"]) for item in circuits] == [
        ([1], "Customer1-A-1", "1970-01-01T00:00:00.000Z"),
        ([1], "Customer2-A-1", "2026-03-10T04:00:00.000Z"),
        ([2, 4, 6], "Bürø-1", "1970-01-01T00:00:00.000Z"),
    ]
    assert circuits[2] == {
        "poles": [2, 4, 6],
        "description": "Bürø-1",
        "customer": "acme",
        "rating": 30,
        "connection": "3P",
        "power_factor": 0.9,
        "valid_from": "1970-01-01T00:00:00.000Z",
    }
    assert (circuits[0]["rating"], circuits[0]["power_factor"]) == (None, None)


def test_equal_directories_give_equal_bytes_whatever_the_order_of_their_versions() -> None:
    mixed = Directory(EXAMPLE.panel, tuple(reversed(EXAMPLE.versions)))
    assert encode_directory(mixed) == encode_directory(EXAMPLE)


@settings(max_examples=40, deadline=None)
@given(directories())
def test_a_directory_comes_back_as_it_was(directory: Directory) -> None:
    assert decode_directory(encode_directory(directory), "rpp-1a") == by_place(directory)


def test_a_panel_without_circuits_comes_back() -> None:
    empty = Directory(EXAMPLE.panel)
    assert decode_directory(encode_directory(empty), "rpp-1a") == empty
