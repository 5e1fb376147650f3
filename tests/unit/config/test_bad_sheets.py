"""Mistakes in what published sheets have: named lines, load factors, totals, event days."""

from datetime import date
from pathlib import Path

import pytest

from bcm_mqtt.config.settings import SiteSettings
from bcm_mqtt.config.tariffs.table import tariff_table
from unit.config.test_bad_tariffs import named
from unit.domain.examples import NEW_YORK

SHARES = "{name: S, percent: 1, on: fee, on_lines: A}, {name: T, percent: 1, on_lines: C}"
SITE = SiteSettings("dc1", "dc1", NEW_YORK, "USD")


@pytest.mark.parametrize(
    ("version", "found"),
    [
        (
            "surcharges: [" + SHARES + "]",
            [
                "surcharges.0.on_lines: expected either on or on_lines",
                "surcharges.1.on_lines: unknown charge 'C': expected one of A",
            ],
        ),
        (
            "load_factor: [{name: L, price: -1}, {name: L, price: 1, above_share: 1.5}]",
            ["load_factor.1.above_share: expected a number from 0 to 1, not 1.5"],
        ),
        (
            "load_factor: [{name: L, price: -1}, {name: L, price: 1, above_hours: 5}]",
            [
                "load_factor.0: expected either above_hours or above_share",
                "load_factor.1.name: is the second charge for a load factor with the name 'L'",
            ],
        ),
        (
            "load_factor: [{name: L, price: -1, above_hours: 5}]\ndemand: [{price: 1, kva: true}]",
            ["demand.0: is the demand of the load factor: expected one in kW first"],
        ),
        ("total: {rounding: down}", ["total.round_to: is required"]),
        (
            "total: {round_to: 0, rounding: even}",
            [
                "total.round_to: expected a number from 0.001, not 0",
                "total.rounding: expected one of half-up, up, down, not 'even'",
            ],
        ),
    ],
)
def test_mistakes_of_what_published_sheets_have(
    tmp_path: Path, version: str, found: list[str]
) -> None:
    complained = named(tmp_path, f"energy: 1\nfees: [{{name: A, price: 1}}]\n{version}\n")
    assert sorted(one.partition(": ")[2] for one in complained) == sorted(found)


EVENTS = """\
energy: {on: 0.2, off: 0.1}
schedule:
  - {period: on, days: event, hours: 14:00-18:00}
otherwise: off
"""


def test_event_days_are_a_list_or_a_file(tmp_path: Path) -> None:
    hint = "expected event_days beside the versions, [] for none yet"
    assert named(tmp_path, EVENTS) == [f"3: schedule.0.days: is on event days: {hint}"]
    (wrong,) = named(tmp_path, EVENTS, "event_days: [2026-02-30]\n")
    assert "event_days.0: expected a date such as 2026-01-01, not '2026-02-30'" in wrong


def test_a_file_of_event_days_is_checked_row_by_row(tmp_path: Path) -> None:
    tariffs = tmp_path / "tariffs.yaml"
    version = EVENTS.replace("\n", "\n        ").rstrip()
    tariffs.write_text(
        "tariffs:\n  standard:\n    event_days: {file: events.csv}\n    versions:\n"
        f"      - valid_from: 2026-01-01\n        {version}\n"
    )
    (missing,) = tariff_table(tariffs, SITE).problems
    assert "events.csv" in str(missing)
    events = tmp_path / "events.csv"
    events.write_text("day,note\n2026-07-14,heat\n2026-07-25,\n")
    table = tariff_table(tariffs, SITE)
    assert not table.problems
    assert table.event_files == (str(events),)
    assert table.tariffs["standard"].holidays.events == {date(2026, 7, 14), date(2026, 7, 25)}
    events.write_text("day\n2026-07-14\n14.7.2026\n2026-07-14\n")
    expected = "expected a day such as 2026-07-15, not '14.7.2026'"
    assert [(one.line, one.key, one.message) for one in tariff_table(tariffs, SITE).problems] == [
        (3, "day", expected),
        (4, "day", "has 2026-07-14 a second time"),
    ]
