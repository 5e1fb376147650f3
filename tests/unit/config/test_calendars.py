"""Holidays by name, of the calendars of a library."""

from datetime import date
from pathlib import Path

import pytest

from bcm_mqtt.config.checking import holiday_notes
from bcm_mqtt.config.settings import SiteSettings
from bcm_mqtt.config.tariffs.table import read_tariffs
from bcm_mqtt.domain.tariff import NamedDay, Tariff
from unit.builders import NEW_YORK

SITE = SiteSettings("dc1", "dc1", NEW_YORK, "USD")
TARIFFS = """\
tariffs:
  toy:
    holidays: [{{from: {calendar}}}{more}]
    versions:
      - valid_from: 2026-01-01
        energy: {{peak: 0.3, base: 0.1}}
        schedule: [{{period: peak, days: mon-fri, hours: 08:00-20:00}}]
        otherwise: base
"""


def read(folder: Path, calendar: str, more: str = "") -> tuple[dict[str, Tariff], list[str]]:
    file = folder / "tariffs.yaml"
    file.write_text(TARIFFS.format(calendar=calendar, more=more))
    tariffs, _, problems = read_tariffs(file, SITE)
    return tariffs, [str(one).partition("tariffs.toy.")[2] for one in problems]


def of_year(tariff: Tariff, year: int) -> list[str]:
    return [f"{one.day:%m-%d} {one.name}" for one in tariff.holidays.named if one.day.year == year]


def test_days_are_picked_by_their_names(tmp_path: Path) -> None:
    names = "only: [New Year's Day, Easter Monday, National Day]"
    tariffs, problems = read(tmp_path, f"{{country: AT, {names}}}")
    assert problems == []
    toy = tariffs["toy"]
    assert of_year(toy, 2026) == [
        "01-01 New Year's Day",
        "04-06 Easter Monday",
        "10-26 National Day",
    ]
    assert of_year(toy, 2027)[1] == "03-29 Easter Monday"
    assert date(2026, 4, 6) in toy.holidays
    assert date(2026, 1, 6) not in toy.holidays  # Epiphany is not picked
    assert {one.day.year for one in toy.holidays.named} == set(range(2025, 2065))


def test_the_day_on_which_one_is_observed_goes_with_it_unless_it_is_not_wanted(
    tmp_path: Path,
) -> None:
    only = "country: US, only: [Independence Day]"
    tariffs, _ = read(tmp_path, f"{{{only}}}")
    # The 4th of July 2026 is a Saturday.
    assert of_year(tariffs["toy"], 2026) == [
        "07-03 Independence Day (observed)",
        "07-04 Independence Day",
    ]
    tariffs, _ = read(tmp_path, f"{{{only}, observed: false}}")
    assert of_year(tariffs["toy"], 2026) == ["07-04 Independence Day"]


def test_a_subdivision_has_days_of_its_own_and_all_are_taken_where_none_is_named(
    tmp_path: Path,
) -> None:
    tariffs, _ = read(tmp_path, "{country: DE, subdivision: BY}", ", 2026-12-24")
    days = {one.day for one in tariffs["toy"].holidays.named if one.day.year == 2026}
    assert date(2026, 11, 1) in days  # All Saints' Day, in Bavaria
    assert date(2026, 12, 24) in tariffs["toy"].holidays
    assert date(2026, 12, 24) not in days


@pytest.mark.parametrize(
    ("calendar", "said"),
    [
        ("{country: XX}", "unknown country 'XX'"),
        ("{country: US, subdivision: XX}", "unknown subdivision 'XX'"),
        (
            "{country: AT, only: [National Dya]}",
            "unknown holiday 'National Dya': expected one of All Saints' Day, Ascension Day",
        ),
        ("{country: AT, onyl: []}", "unknown key: did you mean only?"),
    ],
)
def test_what_a_calendar_does_not_have_is_said(tmp_path: Path, calendar: str, said: str) -> None:
    _, (problem,) = read(tmp_path, calendar)
    assert problem.startswith("holidays.0")
    assert said in problem


def test_a_calendar_stands_alone(tmp_path: Path) -> None:
    file = tmp_path / "tariffs.yaml"
    text = TARIFFS.format(calendar="{country: AT}", more="")
    file.write_text(text.replace("{from: {country: AT}}", "{from: {country: AT}, day: 07-04}"))
    (problem,) = read_tariffs(file, SITE)[2]
    assert "expected from alone: other days have entries of their own" in str(problem)


def test_check_prints_the_dates_of_two_years(tmp_path: Path) -> None:
    tariffs, _ = read(tmp_path, "{country: AT, only: [National Day, Easter Monday]}")
    assert list(holiday_notes(tariffs, 2026)) == [
        "tariff toy: holidays of 2026: 04-06 Easter Monday, 10-26 National Day",
        "tariff toy: holidays of 2027: 03-29 Easter Monday, 10-26 National Day",
    ]


def test_named_days_of_a_time_can_be_kept() -> None:
    january = [NamedDay(date(2026, 1, day), f"{day}") for day in (1, 6)]
    may = NamedDay(date(2026, 5, 1), "1")
    holidays = Tariff("t", "USD", NEW_YORK, ()).holidays.kept([*january, may], may.day, may.day)
    month = (date(2026, 1, 1), date(2026, 1, 31))
    assert holidays.within(*month).named == tuple(january)
    moved = holidays.kept([NamedDay(date(2026, 1, 7), "6")], *month)
    assert [one.day.day for one in moved.named] == [7, 1]
