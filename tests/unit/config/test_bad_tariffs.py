"""Mistakes in the charges, schedules and holidays of tariffs.yaml: each with its line."""

from pathlib import Path
from textwrap import dedent, indent

import pytest

from unit.config.site_files import complaints

SEASONS = """\
energy: {summer: 0.14, winter: 0.11}
schedule:
  - {period: summer, season: 05-01..10-31}
  - {period: winter, season: 11-01..04-30}
"""
TWO_PERIODS = """\
energy: {on: 0.2, off: 0.1}
schedule:
  - {period: on, days: mon-fri, hours: 08:00-20:00}
otherwise: off
"""
DAYS = "expected a day such as mon, days such as mon-fri, holiday or event"
HOURS = "expected hours on the quarter such as 08:00-20:00, up to 24:00"
NIGHT = "expected hours that end after they begin: 22:00-24:00 and 00:00-06:00 for a night"
SEASON = "expected two days of the year such as 06-01..09-30"
KINDS = "expected one of energy, allocation, rider, demand, committed, reactive, fee, surcharge"
KINDS += ", minimum, maximum, item"


def named(folder: Path, version: str, before: str = "") -> list[str]:
    """Complaints about a version of which line 1 is the first, without the part before it."""
    head = f"tariffs:\n  standard:\n{indent(before, '    ')}    versions:\n"
    head += "      - valid_from: 2026-01-01\n"
    found = complaints(
        folder,
        {
            "tariffs.yaml": head + indent(dedent(version), "        "),
            "customers.yaml": "customers: {}\n",
        },
    )
    lines = []
    for complaint in found:
        place, message = complaint.removeprefix("tariffs.yaml:").split(": ", 1)
        number = int(place) - head.count("\n")
        lines.append(f"{number}: {message.removeprefix('tariffs.standard.')}")
    return [line.replace("versions.0.", "") for line in lines]


@pytest.mark.parametrize(
    ("version", "found"),
    [
        (
            "energy:\n  - {up_to: 10, price: 1}\n  - {up_to: 20, price: 1}\n",
            ["3: energy.1: expected a last tier without up_to"],
        ),
        (
            "energy:\n  - {price: 1}\n  - {price: 1}\n",
            ["2: energy.0: expected up_to, which only the last tier goes without"],
        ),
        (
            "energy:\n  - {up_to: 20, price: 1}\n  - {up_to: 20, price: 1}\n  - {price: 1}\n",
            ["3: energy.1.up_to: expected more than 20, where the tier begins"],
        ),
        (
            "energy:\n  - {up_to: 0, price: 1}\n  - {up_to: 9, price: 1}\n",
            [
                "2: energy.0.up_to: expected more than 0, where the tier begins",
                "3: energy.1: expected a last tier without up_to",
            ],
        ),
        (
            "energy:\n  - {hours_use: 9, price: 1}\n  - {up_to: 9, price: 1}\n  - {price: 1}\n",
            ["3: energy.1.up_to: expected hours_use, as another tier has it"],
        ),
        (
            "energy:\n  - {hours_use: 9, price: 1}\n  - {hours_use: 9, price: 1}\n",
            [
                "3: energy.1: expected a last tier without hours_use",
                "3: energy.1.hours_use: expected more than 9, where the tier begins",
            ],
        ),
        (
            "energy:\n  - {hours_use: 9, per_day: true, price: 1}\n  - {price: 1}\n",
            ["2: energy.0.per_day: is for up_to"],
        ),
        ("energy: []\n", ["1: energy: expected at least one tier"]),
        (
            "energy:\n  - {upto: 20, price: x}\n",
            [
                "2: energy.0.price: expected a number, not 'x'",
                "2: energy.0.upto: unknown key: did you mean up_to?",
            ],
        ),
        (
            "energy: {on: 1, off: 2}\n",
            ["1: energy: has a price for each period: expected a schedule as well"],
        ),
        (
            "energy: 1\notherwise: off\ndemand:\n  - {price: 1, period: on}\n",
            [
                "2: otherwise: needs a schedule, of which it takes the rest",
                "4: demand.0.period: needs a schedule, which says when that is",
            ],
        ),
        (
            TWO_PERIODS.replace("period: on", "period: no").replace(": off", ": of"),
            [
                "1: energy.off: has a price and no time: no rule of the schedule names it",
                "1: energy.on: has a price and no time: no rule of the schedule names it",
                "3: schedule.0.period: unknown period 'no': expected one of off, on",
                "4: otherwise: unknown period 'of': expected one of off, on",
            ],
        ),
        (
            TWO_PERIODS + "demand:\n  - {price: 1, period: peak}\n",
            ["6: demand.0.period: unknown period 'peak': expected one of off, on"],
        ),
        (
            TWO_PERIODS.replace("otherwise: off\n", "  - {period: off, hours: 20:00-24:00}\n"),
            [
                "2: schedule: leaves a hole: no period on Thu 2026-01-01 at 00:00",
            ],
        ),
        (
            SEASONS.replace("04-30", "04-29"),
            ["2: schedule: leaves a hole: no period on Thu 2026-04-30 at 00:00"],
        ),
        (
            SEASONS.replace("04-30", "05-01"),
            ["4: schedule.1: overlaps rule 0 (summer), as on Fri 2026-05-01 at 00:00"],
        ),
        (
            TWO_PERIODS.replace("mon-fri", "[mon-fri, wed, holliday]").replace("20:00", "20:05"),
            [
                f"3: schedule.0.days.2: {DAYS}, not 'holliday'",
                f"3: schedule.0.hours: {HOURS}, not '08:00-20:05'",
            ],
        ),
        (
            TWO_PERIODS.replace("08:00-20:00", "22:00-06:00"),
            [
                f"3: schedule.0.hours: {NIGHT}, not '22:00-06:00'",
            ],
        ),
        (
            TWO_PERIODS.replace("days: mon-fri", "months: [1, 13], season: 1-1..3-31"),
            [
                "3: schedule.0.months.1: expected a whole number from 1 to 12, not 13",
                f"3: schedule.0.season: {SEASON}, not '1-1..3-31'",
            ],
        ),
        (
            TWO_PERIODS.replace("days: mon-fri", "months: 1, season: 01-01..01-31"),
            ["3: schedule.0: expected months or season, not both"],
        ),
        (
            "energy: 1\ndemand:\n  - {price: 1}\n  - {price: 2, coincident: true}\n",
            ["4: demand.1: is the second charge for the same demand: expected a name"],
        ),
        (
            "energy: 1\ndemand:\n  - {price: 1, ratchet: {share: 80, months: 0}}\n",
            [
                "3: demand.0.ratchet.months: expected a whole number from 1 to 60, not 0",
                "3: demand.0.ratchet.share: expected a number from 0 to 1, not 80",
            ],
        ),
        (
            "energy: 1\ncommitted: {kw: -1, price: 2}\n",
            [
                "2: committed.kw: expected a number from 0, not -1",
                "2: committed.overage_price: is required",
            ],
        ),
        (
            """\
            energy: 1
            fees:
              - {name: A, price: 1, connections: 1P}
              - {name: A, price: 1, per: circuit, rating_from: 30, rating_to: 20}
            """,
            [
                "3: fees.0.connections: is for fees per circuit",
                "4: fees.1.name: is the second fee with the name 'A'",
                "4: fees.1.rating_to: expected at least 30",
            ],
        ),
        (
            """\
            energy: 1
            fees:
              - {name: A, price: 1, per: pole}
              - {name: B, price: 1, per: circuit, connections: [4P]}
            """,
            [
                "3: fees.0.per: expected month or circuit, not 'pole'",
                "4: fees.1.connections.0: expected one of 1P, 2P, 2P-N, 3P, 3P-D, not '4P'",
            ],
        ),
        (
            """\
            energy: 1
            minimum: {amount: x}
            overhead: 0.9
            taxes:
              - {name: A, percent: 101, on: [energy, tax]}
            """,
            [
                "2: minimum.amount: expected a number from 0, not 'x'",
                "3: overhead: expected a number from 1, not 0.9",
                f"5: taxes.0.on.1: {KINDS}, not 'tax'",
                "5: taxes.0.percent: expected a number from 0 to 100, not 101",
            ],
        ),
        (
            """\
            energy: 1
            riders:
              - {name: Duty, price: 0.1, period: peak}
              - {name: Duty, price: 1}
            daily: [{name: D, price: 1}, {name: D, price: 2}]
            minimum: 20
            maximum: 10
            taxes:
              - {name: A, percent: 1, on_taxes: B}
              - {name: B, percent: 1, on_taxes: [A, A]}
            """,
            [
                "3: riders.0.period: needs a schedule, which says when that is",
                "4: riders.1.name: is the second rider with the name 'Duty'",
                "5: daily.1.name: is the second daily charge with the name 'D'",
                "7: maximum: expected at least 20, which the month costs at least",
                "9: taxes.0.on_taxes: 'B' is no tax above this one: expected one of none",
            ],
        ),
        (
            "energy: 1\nsurcharges: [{name: S, percent: 101, on: minimum}]\n",
            [
                (
                    "2: surcharges.0.on: expected one of energy, allocation, rider, demand, "
                    "committed, reactive, fee, not 'minimum'"
                ),
                "2: surcharges.0.percent: expected a number from -100 to 100, not 101",
            ],
        ),
        (
            """\
            energy: 1
            schedule: [{period: peak, hours: 08:00-20:00}]
            otherwise: base
            riders: [{name: Duty, price: 0.1, period: peak}, {name: Levy, price: 1, period: top}]
            maximum: {amount: 1, per_kwh: 1}
            """,
            [
                (
                    "4: riders.0.period: needs an energy price for each period: else energy is "
                    "not cut by periods"
                ),
                "4: riders.1.period: unknown period 'top': expected one of base, peak",
                "5: maximum: expected either amount or per_kwh",
            ],
        ),
        (
            "energy: 1\ndemnad: []\n",
            ["2: demnad: unknown key: did you mean demand?"],
        ),
    ],
)
def test_a_mistake_is_named_with_its_line_and_what_was_expected(
    tmp_path: Path, version: str, found: list[str]
) -> None:
    assert named(tmp_path, version) == found


@pytest.mark.parametrize(
    ("holiday", "found"),
    [
        ("2026-02-30", "expected a date such as 2026-01-01, not '2026-02-30'"),
        ("{day: 07-04, nth: 1}", "expected either day, or month, weekday and nth"),
        ("{month: 5, weekday: mon}", "expected either day, or month, weekday and nth"),
        ("{}", "expected either day, or month, weekday and nth"),
    ],
)
def test_a_holiday_that_is_none_is_refused(tmp_path: Path, holiday: str, found: str) -> None:
    complained = named(tmp_path, "energy: 1\n", f"holidays:\n  - {holiday}\n")
    assert [line.split(": ", 2)[2] for line in complained] == [found]


@pytest.mark.parametrize(
    ("holiday", "key", "found"),
    [
        ("{day: 7-4}", "day", "expected a day of the year such as 07-04, not '7-4'"),
        ("{day: 07-04, observed: {sat: thu}}", "observed.sat", "expected fri or mon, not 'thu'"),
        ("{month: 5, weekday: m, nth: last}", "weekday", "expected one of mon, tue, wed, thu,"),
        ("{month: 5, weekday: mon, nth: 5}", "nth", "expected 1, 2, 3, 4 or last, not 5"),
        ("{dya: 07-04}", "dya", "unknown key: did you mean day?"),
    ],
)
def test_a_bad_value_of_a_holiday_is_named(
    tmp_path: Path, holiday: str, key: str, found: str
) -> None:
    (complained,) = named(tmp_path, TWO_PERIODS, f"holidays:\n  - {holiday}\n")
    assert f"holidays.0.{key}: {found}" in complained


def test_a_hole_that_only_a_holiday_makes_is_named_however_late_it_comes(tmp_path: Path) -> None:
    version = """\
        energy: {on: 0.2, off: 0.1}
        schedule:
          - {period: on, days: mon-fri}
          - {period: off, days: [sat, sun]}
    """
    assert named(tmp_path, version, "holidays:\n  - 2060-03-03\n") == [
        "2: schedule: leaves a hole: no period on Wed 2060-03-03, a holiday, at 00:00"
    ]


def test_a_version_needs_no_period_for_the_time_after_it(tmp_path: Path) -> None:
    version = "energy: {on: 0.2}\nschedule:\n  - {period: on, months: [1, 2, 3, 4]}\n"
    hole = "2: schedule: leaves a hole: no period on Fri 2026-05-01 at 00:00"
    assert named(tmp_path, version) == [hole]
    ends = "valid_until: 2026-04-30\n" + version
    assert named(tmp_path, ends) == ["0: versions.0: leaves a hole: no rate after 2026-04-30"]


def test_a_customer_of_a_tariff_with_committed_power_must_say_how_much(tmp_path: Path) -> None:
    tariffs = (
        "tariffs:\n  standard:\n    versions:\n      - valid_from: 2026-01-01\n        energy: 1\n"
        "        committed: {price: 1, overage_price: 2}\n"
    )
    customers = "customers:\n  A: {tariff: standard}\n  B: {tariff: standard, committed_kw: 0}\n"
    said = "customers.A: tariff standard prices committed power: expected committed_kw"
    files = {"tariffs.yaml": tariffs, "customers.yaml": customers}
    assert complaints(tmp_path, files) == [f"customers.yaml:2: {said}"]
