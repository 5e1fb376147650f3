"""A panel has sources: what each reads, what it is called, and what does not go together."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bcm_mqtt.bridge.sources import panel_pollings
from bcm_mqtt.config import ModbusSource, PanelSettings
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.time import BEGINNING, to_ms
from unit.config.site_files import changed, complaints, loaded

SECOND = timedelta(seconds=1)
ONE = "    gateway: babel-1\n    first_unit_id: 9\n"
GATEWAYS = "gateways:\n  babel-2: {host: 10.0.0.22, poll_interval: 5s}\n"


def sources(*rows: str, more: str = "") -> dict[str, str | bytes]:
    """The files with a list of sources for the panel rpp-1b."""
    listed = "".join(f"      - {{{row}}}\n" for row in rows)
    return changed("bcm.yaml", (ONE, f"{more}    sources:\n{listed}"), ("gateways:\n", GATEWAYS))


def panel(folder: Path, *rows: str, more: str = "") -> PanelSettings:
    return loaded(folder, sources(*rows, more=more)).panels["rpp-1b"]


BG08 = "gateway: babel-1, first_unit_id: 9, poles: 1-48"
SDM = "gateway: babel-2, profile: sdm630, unit_ids: [3], poles: 49+51+53"


def test_poles_of_two_meters_are_one_panel(tmp_path: Path) -> None:
    found = panel(tmp_path, BG08, SDM)
    assert found.panel.pole_count == 53
    assert found.panel.unmonitored == {50, 52}
    first, second = found.sources
    assert (first.name, second.name) == ("babel-1-9", "babel-2-3")
    assert first.poles == tuple(range(1, 49))
    assert second.poles == (49, 51, 53)
    assert (first.poll_interval, second.poll_interval) == (15 * SECOND, 5 * SECOND)
    assert Quantity.ENERGY in second.quantities
    assert first.quantities == {Quantity.CURRENT}
    assert found.metered.units[3] == (49, 51, 53)
    assert found.metered.units[9] == (1, 3, 5, 7, 9, 11)


def test_the_meters_phases_are_on_the_poles_in_the_order_of_the_list(tmp_path: Path) -> None:
    second = panel(tmp_path, BG08, SDM.replace("49+51+53", "[53, 49, 51]")).sources[1]
    assert isinstance(second, ModbusSource)
    assert [channel.pole for channel in second.profile.channels] == [53, 49, 51]


def test_fewer_poles_than_the_meter_has_are_read_alone(tmp_path: Path) -> None:
    second = panel(tmp_path, BG08, SDM.replace("49+51+53", "50")).sources[1]
    assert second.poles == (50,)


def test_each_source_is_polled_on_its_line_with_its_own_poles(tmp_path: Path) -> None:
    settings = loaded(tmp_path, sources(BG08, SDM))
    first = [one for one in panel_pollings(settings, "babel-1") if one.plan.panel == "rpp-1b"]
    (second,) = panel_pollings(settings, "babel-2")
    assert [one.key for one in first] == [("rpp-1b", "babel-1-9", 0)]
    assert second.key == ("rpp-1b", "babel-2-3", 0)
    assert (second.interval, second.interval_ms) == (5 * SECOND, 5000)


def test_quantities_with_a_period_of_their_own_are_read_by_themselves(tmp_path: Path) -> None:
    periods = "periods: {energy: 60s, current: 1s}"
    found = panel(tmp_path, f"{SDM}, poll_interval: 5s, {periods}")
    fast, usual, slow = found.sources[0].polled
    assert (fast.quantities, fast.interval) == (frozenset({Quantity.CURRENT}), SECOND)
    assert (slow.quantities, slow.interval) == (frozenset({Quantity.ENERGY}), 60 * SECOND)
    assert usual.interval == 5 * SECOND
    assert {Quantity.POWER, Quantity.VOLTAGE} <= usual.quantities
    assert not found.is_whole


def test_a_panel_that_lists_nothing_has_one_source_without_a_name(tmp_path: Path) -> None:
    found = loaded(tmp_path, {}).panels["rpp-1b"]
    assert [source.name for source in found.sources] == [""]
    assert found.is_whole


def test_a_panel_that_lists_nothing_may_have_periods(tmp_path: Path) -> None:
    row = (
        "    gateway: babel-1\n    profile: sdm630\n    unit_ids: [9]\n    periods: {energy: 60s}\n"
    )
    found = loaded(tmp_path, changed("bcm.yaml", (ONE, row))).panels["rpp-1b"]
    assert [period.interval for period in found.sources[0].polled] == [15 * SECOND, 60 * SECOND]
    assert (found.sources[0].name, found.is_whole) == ("", False)


def test_a_source_that_takes_over_at_a_date_has_the_poles_of_the_one_before(
    tmp_path: Path,
) -> None:
    found = panel(
        tmp_path,
        f'{BG08}, valid_to: "2026-12-01T10:00"',
        'gateway: babel-2, first_unit_id: 9, poles: 1-48, valid_from: "2026-12-01T10:00"',
    )
    before, after = found.sources
    assert before.valid_to is not None
    assert before.valid_to == after.valid_from
    at = before.valid_to
    assert found.sources_at(at - SECOND) == (before,)
    assert found.source_of(1, at) is after


def test_the_register_of_another_meter_counts_from_its_date_on(tmp_path: Path) -> None:
    found = panel(
        tmp_path,
        f'{SDM}, name: new, valid_from: "2026-12-01T10:00"',
        f'{SDM}, name: old, valid_to: "2026-12-01T10:00"',
    )
    at = to_ms(datetime(2026, 12, 1, 15, tzinfo=UTC))  # 10:00 in New York
    replaced = {pole: scale.replaced_ms for pole, scale in found.register_scales.items()}
    assert replaced == dict.fromkeys((49, 51, 53), (at,))
    alone = panel(tmp_path, f'{SDM}, valid_from: "2026-12-01T10:00"')
    assert not any(scale.replaced_ms for scale in alone.register_scales.values())


@pytest.mark.parametrize(
    ("rows", "more", "complaint"),
    [
        (
            (BG08, SDM.replace("49+51+53", "47-49")),
            "",
            ("17: sources.1.poles: poles 47-48 are read by source babel-1-9 already"),
        ),
        (
            (BG08, SDM),
            "    poles: 50\n",
            "18: sources.1.poles: panel rpp-1b has 50 poles, not 51, 53",
        ),
        (
            (BG08, SDM.replace("babel-2", "babel-3")),
            "",
            ("17: sources.1.gateway: unknown gateway 'babel-3': expected one of babel-1, babel-2"),
        ),
        (
            (f"{BG08}, name: a", f"{SDM}, name: a"),
            "",
            ("17: sources.1.name: another source of this panel is called a: expected another name"),
        ),
        (
            (BG08, SDM.replace("49+51+53", "49-52")),
            "",
            "17: sources.1.poles: profile sdm630 measures 3 poles, not 4",
        ),
        (
            (BG08, "profile: sdm630, poles: 49"),
            "",
            "17: sources.1: expected gateway or mqtt or snmp: what it is read through",
        ),
        (
            (BG08,),
            "    gateway: babel-1\n",
            ("15: gateway: is given with sources: expected it in each of them"),
        ),
        (
            (BG08, "gateway: babel-1, profile: sdm630, unit_ids: [9], poles: 49, name: main"),
            "",
            ("17: sources.1.unit_ids: unit id 9 of gateway babel-1 is source babel-1-9's already"),
        ),
        (
            (f"{BG08}, periods: {{energy: 60s}}",),
            "",
            (
                "16: sources.0.periods.energy: is not measured by this source: "
                "expected one of current"
            ),
        ),
        (
            (f"{BG08}, periods: {{amps: 60s}}",),
            "",
            (
                "16: sources.0.periods.amps: expected a quantity: one of "
                "current, power, energy, voltage, power_factor, reactive_power, apparent_power, "
                "frequency, not 'amps'"
            ),
        ),
        (
            (SDM.replace("49+51+53", "48-1"),),
            "",
            ("16: sources.0.poles: expected poles such as 5, 1-48, 1+3+5 or 1-6, 9, not '48-1'"),
        ),
        (
            (f'{BG08}, valid_to: "2026-12-01T10:05"',),
            "",
            (
                "16: sources.0.valid_to: expected a quarter hour such as "
                "2026-03-10T09:15, not '2026-12-01T10:05'"
            ),
        ),
    ],
)
def test_what_does_not_go_together_is_named_in_one_line(
    tmp_path: Path, rows: tuple[str, ...], more: str, complaint: str
) -> None:
    (found,) = complaints(tmp_path, sources(*rows, more=more))
    assert found.replace("bcm.yaml:", "").replace("panels.rpp-1b.", "") == complaint


def test_a_panel_without_any_source_is_refused(tmp_path: Path) -> None:
    files = changed("bcm.yaml", (ONE, "    sources: []\n"))
    (complaint,) = complaints(tmp_path, files)
    assert complaint.endswith("panels.rpp-1b.sources: expected at least one source")


def test_when_the_current_of_a_pole_is_read(tmp_path: Path) -> None:
    """By the one source until its date, by the other from then on; no pole 50 at all."""
    at = '"2026-12-01T10:00"'
    old = f"{SDM}, valid_to: {at}, name: old"
    new = f"{SDM.replace('sdm630', 'em24')}, valid_from: {at}, name: new"
    found = panel(tmp_path, BG08, old, new).current_read
    when = datetime(2026, 12, 1, 15, tzinfo=UTC)
    for_good = datetime.max.replace(tzinfo=UTC)
    assert found[1] == ((BEGINNING, for_good),)
    assert found[49] == ((BEGINNING, when), (when, for_good))
    assert 50 not in found
