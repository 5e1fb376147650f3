"""A simulated site: panel ids, gateways, unit ids and the rows of circuits.csv."""

from datetime import UTC, datetime

import pytest

from bcm_mqtt.simulator import CIRCUIT_COLUMNS, SimulatedSite

START = datetime(2026, 1, 1, 5, tzinfo=UTC)


def test_panels_come_in_pairs_and_fill_one_gateway_after_another() -> None:
    places = SimulatedSite(panels=5, seed=7, panels_per_gateway=2).places
    assert [(place.panel.panel_id, place.gateway_id, place.first_unit_id) for place in places] == [
        ("rpp-1a", "sim-1", 1),
        ("rpp-1b", "sim-1", 9),
        ("rpp-2a", "sim-2", 1),
        ("rpp-2b", "sim-2", 9),
        ("rpp-3a", "sim-3", 1),
    ]


def test_the_rows_of_the_directory_name_every_breaker() -> None:
    site = SimulatedSite(panels=2, seed=7)
    rows = site.circuit_rows(START)
    assert len(rows) == sum(len(place.panel.circuits) for place in site.places)
    assert all(tuple(row) == CIRCUIT_COLUMNS for row in rows)
    pump = next(row for row in rows if row["description"] == "House-Chiller-Pump-1")
    first = int(pump["poles"].split("+")[0])
    assert pump == {
        "panel": "rpp-1a",
        "poles": f"{first}+{first + 2}+{first + 4}",
        "description": "House-Chiller-Pump-1",
        "customer": "",
        "rating": "30",
        "connection": "3P",
        "power_factor": "0.88",
        "valid_from": "2026-01-01T05:00:00+00:00",
    }


def test_a_date_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        SimulatedSite(panels=1, seed=7).circuit_rows(START.replace(tzinfo=None))


@pytest.mark.parametrize(("panels", "panels_per_gateway"), [(0, 1), (1, 0), (1, 31)])
def test_what_no_line_can_carry_is_refused(panels: int, panels_per_gateway: int) -> None:
    with pytest.raises(ValueError, match="panel"):
        SimulatedSite(panels=panels, seed=7, panels_per_gateway=panels_per_gateway)


def test_a_full_line_ends_at_the_last_unit_id_that_fits() -> None:
    site = SimulatedSite(panels=30, seed=7, panels_per_gateway=30)
    assert site.places[-1].first_unit_id + 7 == 240
    assert list(site.gateways(lambda: START)) == ["sim-1"]


def test_gateways_take_successive_ports() -> None:
    site = SimulatedSite(panels=3, seed=7, panels_per_gateway=1)
    gateways = site.gateways(lambda: START, first_port=15020)
    assert [gateway.port for gateway in gateways.values()] == [15020, 15021, 15022]
